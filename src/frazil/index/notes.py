"""Which file of a release was chosen, kept with the page that the answer follows from."""

from datetime import datetime
from typing import Any

from frazil.catalog import Choice
from frazil.model import Offer, Rejection, RejectionKind

Kept = dict[str, dict[str, tuple[Any, ...]]]
"""Answers as plain values, by what they are about and by version."""


class Notes:
    """Answers about the releases of one page, each following from the page and from what it is about alone.

    `kept` is what an earlier run noted; `changed` says whether this one has more to say.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self.kept: Kept = kept or {}
        self.changed = False
        self._known: dict[tuple[str, str], Choice] = {}

    def recall(self, about: str, version: str) -> Choice | None:
        """Return what was noted."""
        known = self._known.get((about, version))
        if known is None:
            kept = self.kept.get(about, {}).get(version)
            if kept is not None:
                known = self._known[about, version] = _choice(kept)
        return known

    def note(self, about: str, version: str, choice: Choice) -> None:
        """Note an answer."""
        self._known[about, version] = choice
        self.kept.setdefault(about, {})[version] = _plain(choice)
        self.changed = True


def _plain(choice: Choice) -> tuple[Any, ...]:
    if isinstance(choice, Rejection):
        return choice.name, choice.version, choice.kind.value, choice.fact
    return (
        choice.filename,
        choice.url,
        choice.sha256,
        choice.size,
        None if choice.upload_time is None else choice.upload_time.isoformat(),
        choice.requires_python,
        choice.yanked,
        choice.metadata,
    )


def _choice(kept: tuple[Any, ...]) -> Choice:
    if len(kept) == 4:
        name, version, kind, fact = kept
        return Rejection(name, version, RejectionKind(kind), fact)
    filename, url, sha256, size, uploaded, *rest = kept
    return Offer(filename, url, sha256, size, None if uploaded is None else datetime.fromisoformat(uploaded), *rest)
