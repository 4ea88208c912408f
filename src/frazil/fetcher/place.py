"""One file of the output, as a value: who only links knows nothing of locks and plans."""

from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One place in the output: `place` is relative to it, with `/` between segments that are plain on every system."""

    place: str
    filename: str
    sha256: str
    size: int
