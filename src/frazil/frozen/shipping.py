"""Who ships what in an environment, read off the `targets` maps for all targets at once: sets of them are integers."""

from collections.abc import Iterable, Iterator, Mapping

from frazil.frozen.model import Frozen
from frazil.frozen.walk import EVERYWHERE

Bits = Mapping[str, int]
"""For each target the power of two that stands for it."""


def bits_of(names: Iterable[str]) -> dict[str, int]:
    """Return a bit for each name, in sorted order."""
    return {name: 1 << position for position, name in enumerate(sorted({*names}))}


def named(mask: int, bits: Bits) -> list[str]:
    """Return the names that a mask stands for, in the order of the bits."""
    return [name for name, bit in bits.items() if mask & bit] if mask else []


def shipped_in(frozen: Frozen, environment: str, bits: Bits, *, listed: bool = False) -> Iterator[int]:
    """Yield for each coordinate of a lock the targets (of those that have a bit) that ship it in an environment.

    `P[x]` ships what `P` ships too; with `listed` only those count that the map itself lists.
    """
    living = {target.name: target for target in frozen.inputs.targets if environment in target.environments}
    users = {name: bits.get(name, 0) if name in living else 0 for name in frozen.targets_by_name}
    for name, target in living.items():
        if target.base in living and not listed:
            users[target.base] |= bits.get(name, 0)
    for coordinate in frozen.coordinates:
        mask = 0
        if any(environment in names for _, names in coordinate.resolves):
            for key, shippers in coordinate.targets:
                if key in {EVERYWHERE, environment}:
                    for name in shippers:
                        mask |= users[name]
        yield mask
