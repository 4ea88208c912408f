"""Asking for exports of a lock without a world around it: every file lies where its index name and path say."""

from dataclasses import dataclass
from typing import Any

from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact
from frazil.report.export.request import Request, choose_living
from tests.support.frozen_worlds import locks

ROOT = "https://files.index.example/packages/"


@dataclass(frozen=True)
class Everywhere:
    """Knows where everything is."""

    def artifact(self, coordinate: Coordinate, artifact: FrozenArtifact) -> str:
        path = artifact.path or f"{coordinate.name}/"
        return artifact.url or f"{ROOT}{path}{artifact.filename if path.endswith('/') else ''}"

    def index(self, name: str) -> str:
        return f"https://{name}.index.example/simple/"

    def folder(self, path: str) -> str:
        return path


@dataclass(frozen=True)
class Boxed:
    """A drawn lock in a box that says little of it: hypothesis would print it whole."""

    frozen: Frozen

    def __repr__(self) -> str:
        return f"Boxed({len(self.frozen.coordinates)} coordinates)"


boxed_locks = locks().filter(lambda frozen: any(target.environments for target in frozen.inputs.targets)).map(Boxed)
"""Locks with every corner of the format, and at least one target that is frozen for something."""


def request(
    frozen: Frozen, *, targets: tuple[str, ...] = (), environments: tuple[str, ...] = (), **how: Any
) -> Request:
    """Ask for some targets in some environments, all by default."""
    chosen, names = choose_living(frozen, targets=targets, environments=environments)
    return Request(frozen=frozen, targets=chosen, environments=names, whereabouts=Everywhere(), **how)
