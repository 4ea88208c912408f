"""What every action of `frazil cache` answers, as an object for a program."""

from collections.abc import Sequence

from frazil.report.envelope import Document


def cache_document(
    action: str,
    places: Sequence[Document],
    *,
    dry_run: bool = False,
    damaged: Sequence[str] = (),
    key: str | None = None,
    restore_keys: Sequence[str] = (),
) -> Document:
    """Return the answer of an action; each of `places` has a name, a path, and its files and size where counted."""
    return {
        "action": action,
        "dry-run": dry_run,
        "places": list(places),
        "damaged": list(damaged),
        "key": key,
        "restore-keys": list(restore_keys),
    }
