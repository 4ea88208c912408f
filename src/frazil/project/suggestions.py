"""What somebody may have meant: the hint under an unknown name."""

from collections.abc import Iterable

_SHOWN = 20


def closest(written: str, known: Iterable[str]) -> str:
    """Return the known names closest to what was written, joined by `or`; empty when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    return " or ".join(get_close_matches(written, sorted(known), n=3, cutoff=0.6))


def suggestion(written: str, known: Iterable[str], *, title: str) -> str:
    """Return a hint that names the closest known names, then all of them while they are few.

    `title` opens the list (`known keys`, `environments`).
    """
    names = sorted(known)
    if not names:
        return f"there are no {title}"
    close = closest(written, names)
    listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return (f"did you mean {close}? " if close else "") + f"{title}: {listed}"
