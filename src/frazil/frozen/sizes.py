"""How many bytes each target ships in each environment, and how many of them nobody else does."""

from collections.abc import Iterable, Sequence

from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.shipping import bits_of, shipped_in
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Files, each counted once, and their bytes."""

    artifacts: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSize:
    """What a target ships in an environment (None: in all that were looked at), and what only it brings.

    What `P[x]` has from `P` is `P`'s to bring. `alone` compares with the other targets that were looked at: within an
    environment there, in all of them together.
    """

    target: str
    environment: str | None
    whole: Weight
    alone: Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of targets, each in all environments and then in every one; `whole` is what all of them ship."""

    rows: tuple[TargetSize, ...]
    whole: Weight


_File = tuple[str, str, int]
"""Name, digest and bytes."""


def sizes_of(frozen: Frozen, targets: Sequence[FrozenTarget], environments: Sequence[str]) -> Sizes:
    """Return what these targets ship in these environments, sorted by target."""
    bits = bits_of(target.name for target in targets)
    using: dict[str, dict[_File, int]] = {}
    bringing: dict[str, dict[_File, int]] = {}
    for environment in environments:
        using[environment] = _files(frozen, environment, shipped_in(frozen, environment, bits))
        bringing[environment] = _files(frozen, environment, shipped_in(frozen, environment, bits, listed=True))
    everywhere, brought = _together(using.values()), _together(bringing.values())
    rows: list[TargetSize] = []
    for target in sorted(targets, key=lambda target: target.name):
        bit = bits[target.name]
        rows.append(_row(target.name, None, bit, everywhere, brought))
        rows += [
            _row(target.name, environment, bit, using[environment], bringing[environment])
            for environment in environments
            if environment in target.environments
        ]
    return Sizes(rows=tuple(rows), whole=_weight(everywhere))


def _files(frozen: Frozen, environment: str, masks: Iterable[int]) -> dict[_File, int]:
    """Return the targets that each file concerns in an environment."""
    found: dict[_File, int] = {}
    for coordinate, mask in zip(frozen.coordinates, masks, strict=True):
        artifact = coordinate.artifact_for(environment) if mask else None
        if artifact is not None:
            file = (artifact.filename, artifact.sha256, artifact.size)
            found[file] = found.get(file, 0) | mask
    return found


def _together(by_environment: Iterable[dict[_File, int]]) -> dict[_File, int]:
    found: dict[_File, int] = {}
    for files in by_environment:
        for file, mask in files.items():
            found[file] = found.get(file, 0) | mask
    return found


def _row(
    target: str, environment: str | None, bit: int, using: dict[_File, int], bringing: dict[_File, int]
) -> TargetSize:
    return TargetSize(
        target=target,
        environment=environment,
        whole=_weight(file for file, mask in using.items() if mask & bit),
        alone=_weight(file for file, mask in bringing.items() if mask == bit),
    )


def _weight(files: Iterable[_File]) -> Weight:
    counted = list(files)
    return Weight(artifacts=len(counted), size=sum(size for _, _, size in counted))
