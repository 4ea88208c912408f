"""Machines of one team: each has a home and a checkout of its own, and all have the same index and shared cache."""

from pathlib import Path

from frazil.settings import RemoteOptions
from tests.support.index_server import IndexServer, Release
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"2.0": ["werkzeug<3"], "3.0": ["werkzeug>=3", "click"]},
    "werkzeug": {"2.0": [], "3.0": [], "3.1": []},
    "click": {"8.1": []},
}
WHEELS = {"flask-3.0-py3-none-any.whl", "werkzeug-3.1-py3-none-any.whl", "click-8.1-py3-none-any.whl"}
"""What the newest of `PACKAGES` deliver to a machine of a team."""


class Team:
    """Makes machines; `address` is that of the cache."""

    def __init__(self, folder: Path, index: IndexServer, address: str, **variables: str) -> None:
        self.folder, self.index, self.address, self.variables = folder, index, address, variables

    def machine(
        self, name: str, *, write: bool = False, required: bool = False, timeout: float = 5.0, **variables: str
    ) -> Machine:
        machine = Machine(self.folder / name / "home", self.index, self.folder / name / "shop")
        machine.declare({"web": ["flask"]})
        machine.variables = {**self.variables, **variables}
        machine.remote = RemoteOptions(address=self.address, write=write, required=required or None, timeout=timeout)
        return machine

    def fill(self) -> Machine:
        """Let a machine that writes resolve and fetch; return it."""
        writer = self.machine("writer", write=True)
        assert writer.ensure().tier == "resolve"
        assert writer.warnings == [], writer.warnings
        return writer


def contents(machine: Machine) -> dict[str, bytes]:
    """Return what was delivered, by file name."""
    return {path.name: path.read_bytes() for path in machine.out.iterdir()}
