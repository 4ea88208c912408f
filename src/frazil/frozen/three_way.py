"""Three values of one thing, before and on two sides: the side that changed it wins, and both is a conflict."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

_Key = TypeVar("_Key")
_Thing = TypeVar("_Thing")
_Value = TypeVar("_Value")


class Choices:
    """Chooses between two sides; where both changed a thing, ours stands and a conflict is noted."""

    def __init__(self) -> None:
        self.conflicts: list[str] = []

    def choose(self, what: str | Callable[[], str], base: _Value, ours: _Value, theirs: _Value) -> _Value:
        """Return the value of the side that changed it; `what` says in a sentence that both did."""
        if theirs in (base, ours):
            return ours
        if ours != base:
            self.conflicts.append(what if isinstance(what, str) else what())
            return ours
        return theirs

    def choose_each(
        self,
        what: Callable[[_Key], str],
        base: Mapping[_Key, _Value],
        ours: Mapping[_Key, _Value],
        theirs: Mapping[_Key, _Value],
    ) -> dict[_Key, _Value]:
        """Choose key by key; a key that is absent is a value too."""
        chosen: dict[_Key, _Value] = {}
        for key in {**base, **ours, **theirs}:
            value = self.choose(what(key), base.get(key), ours.get(key), theirs.get(key))
            if value is not None:
                chosen[key] = value
        return chosen

    def choose_fact(
        self,
        what: str,
        of: Callable[[_Thing], _Value],
        base: _Thing | None,
        ours: _Thing | None,
        theirs: _Thing | None,
    ) -> _Value:
        """Choose what is told of a thing by those that know it; a side that does not has changed nothing of it."""
        own, other = ours or base or theirs, theirs or base or ours
        if own is None or other is None:
            raise ValueError("nobody knows it")
        if base is None and of(own) != of(other):
            self.conflicts.append(what)
            return of(own)
        return self.choose(what, of(base or own), of(own), of(other))


def united(base: Collection[_Value], ours: Collection[_Value], theirs: Collection[_Value]) -> frozenset[_Value]:
    """Return a set that each side may have added to and taken from."""
    before, own, other = frozenset(base), frozenset(ours), frozenset(theirs)
    return (own & other) | (own - before) | (other - before)
