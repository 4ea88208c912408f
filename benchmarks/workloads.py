"""Workloads: what is asked for, and how each tool is told."""

import platform
import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
ONE = "main"
"""The name of the only target of a workload that is no monorepo."""

_LINUX = "sys_platform == 'linux' and platform_machine == 'x86_64' and implementation_name == 'cpython'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is asked for. `change` is an (old, new) requirement of the first target; an empty old one adds.

    `isolated` makes each target a resolve of its own; `refused` says that there is no answer.
    """

    name: str
    pack: str
    targets: Mapping[str, tuple[str, ...]]
    cutoff: str
    python: str
    change: tuple[str, str] = ("", "")
    isolated: bool = False
    refused: bool = False

    @property
    def requirements(self) -> tuple[str, ...]:
        """All that any target asks for."""
        return tuple(sorted({requirement for asked in self.targets.values() for requirement in asked}))

    @property
    def is_monorepo(self) -> bool:
        return ONE not in self.targets

    def changed(self) -> "Workload":
        """Return the workload after somebody edited one requirement."""
        old, new = self.change
        first, *others = self.targets
        edited = tuple(requirement for requirement in self.targets[first] if requirement != old)
        return replace(self, targets={first: (*edited, new), **{name: self.targets[name] for name in others}})


def this_python(recorded: str) -> str:
    """Return the Python to freeze for: this very one, so that every tool answers one question, if packs are for it."""
    running = platform.python_version()
    return running if running.startswith(f"{recorded}.") else recorded


def this_platform() -> str:
    """Return the platform to freeze for: this machine's own, so that every tool chooses the same wheels."""
    library, version = platform.libc_ver()
    if library != "glibc" or platform.machine() != "x86_64":
        return "manylinux_2_28_x86_64"
    return f"manylinux_{version.replace('.', '_')}_x86_64"


def read_workloads() -> dict[str, Workload]:
    """Return every workload of workloads.toml by name."""
    tables = tomllib.loads((_HERE / "workloads.toml").read_text(encoding="utf-8"))
    defaults = tables.pop("defaults")
    return {name: _workload(name, {**defaults, **table}) for name, table in tables.items()}


def _workload(name: str, table: Mapping[str, Any]) -> Workload:
    asked = {ONE: tuple(table["requirements"])} if "requirements" in table else _monorepo(table["targets"])
    old, new = table.get("change", ("", ""))
    return Workload(
        name=name,
        pack=table.get("pack", name),
        targets=asked,
        cutoff=table["cutoff"],
        python=this_python(table["python"]),
        change=(old, new),
        isolated=table.get("isolated", False),
        refused=table.get("refused", False),
    )


# Monorepos -------------------------------------------------------------------------------------------------


def _monorepo(count: int) -> dict[str, tuple[str, ...]]:
    """Make up targets that can be answered together; target number k is the same in every monorepo that has it."""
    rows = (_HERE / "popular.txt").read_text(encoding="utf-8").splitlines()
    newest = {name: version for name, _, version in (row.partition(" ") for row in rows)}
    return {f"t{number:03}": _target(random.Random(7_000 + number), newest) for number in range(count)}


def _target(dice: random.Random, newest: Mapping[str, str]) -> tuple[str, ...]:
    names = list(newest)
    weights = [1 / (10 + rank) for rank in range(len(names))]
    count = dice.randint(5, 15)
    chosen: list[str] = []
    while len(chosen) < count:
        name = dice.choices(names, weights)[0]
        if name not in chosen:
            chosen.append(name)
    return tuple(sorted(_requirement(dice, name, newest[name]) for name in chosen))


def _requirement(dice: random.Random, name: str, newest: str) -> str:
    """Ask for any release (60 %), for those from a bound below the newest on (25 %), or up to the newest (15 %)."""
    roll = dice.random()
    numbers = re.match(r"(\d+)(?:\.(\d+))?", newest)
    if numbers is None or roll < 0.60:
        return name
    major, minor = int(numbers[1]), int(numbers[2] or 0)
    if roll >= 0.85:
        return f"{name}<{major + 1}"
    return f"{name}>={major}.0" if major else f"{name}>=0.{max(0, minor - dice.randint(0, 3))}"


# Telling a tool --------------------------------------------------------------------------------------------


def write_requirements(workload: Workload, folder: Path) -> None:
    """Write one requirements file of all that is asked for, and one in a folder for each target of a monorepo."""
    _write(folder / "requirements.in", _lines(workload.requirements))
    for name, asked in workload.targets.items() if workload.is_monorepo else ():
        _write(folder / "targets" / name / "requirements.in", _lines(asked))


def write_project(workload: Workload, folder: Path, index: str) -> None:
    """Write what uv and frazil read: the same manifests, each with a table of either tool."""
    head = _manifest("benchmark", workload, () if workload.is_monorepo else workload.requirements)
    _write(folder / "pyproject.toml", head + _uv_table(workload, index) + _frazil_table(workload, index))
    for name, asked in workload.targets.items() if workload.is_monorepo else ():
        isolated = "[tool.frazil]\nisolated = true\n" if workload.isolated else ""
        _write(folder / "targets" / name / "pyproject.toml", _manifest(name, workload, asked) + isolated)


def _manifest(name: str, workload: Workload, asked: tuple[str, ...]) -> str:
    return (
        f'[project]\nname = "{name}"\nversion = "0"\nrequires-python = "=={workload.python}"\n'
        f"dependencies = [{_quoted(asked)}]\n\n[tool.uv]\npackage = false\n\n"
    )


def _uv_table(workload: Workload, index: str) -> str:
    members = '[tool.uv.workspace]\nmembers = ["targets/*"]\n\n' if workload.is_monorepo else ""
    rules = f'no-build = true\nenvironments = ["{_LINUX}"]\n\n[[tool.uv.index]]\nurl = "{index}"\ndefault = true\n\n'
    return rules + members


def _frazil_table(workload: Workload, index: str) -> str:
    members = 'members = ["targets/*"]\n' if workload.is_monorepo else ""
    return (
        f"[tool.frazil]\nno-build = true\n{members}\n"
        f'[[tool.frazil.index]]\nname = "replay"\nurl = "{index}"\n\n'
        f'[tool.frazil.environments.linux]\npython = "{workload.python}"\nplatform = "{this_platform()}"\n'
    )


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _lines(words: tuple[str, ...]) -> str:
    return "".join(f"{word}\n" for word in words)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
