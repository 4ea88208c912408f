"""What a wish or a release asks for, as the engines see it."""

from frazil.model import Edge
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """What a wish or a release asks of a node: to be there, in one of the versions of `mask`.

    `edge` is the dependency as the metadata said; None between an extra and its own project. `replaced` says that an
    override stands in for what the metadata said.
    """

    node: str
    mask: int
    edge: Edge | None
    pins: bool = False
    replaced: bool = False
