"""A machine with a project on it: manifests, store, cache, and the verbs, against an index on loopback."""

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from frazil.delivery import FetchOptions, FetchReport, fetch_lock
from frazil.events import Event, Warned
from frazil.freeze import ResolveOptions, ResolveReport, freeze_project
from frazil.project.environments import current_environment
from frazil.settings import RemoteOptions, Settings
from frazil.tiers import EnsureReport, ensure_project
from tests.support.index_server import IndexServer

ENVIRONMENTS = {
    "linux": ("3.12", "manylinux_2_28_x86_64"),
    "windows": ("3.12", "win_amd64"),
    "here": current_environment()[:2],
}


@dataclass
class Machine:
    """One user's files below `home`; `project` may be shared between machines; `variables` are its environment's."""

    home: Path
    server: IndexServer
    project: Path
    events: list[Event] = field(default_factory=list)
    remote: RemoteOptions = field(default_factory=RemoteOptions)
    variables: dict[str, str] = field(default_factory=dict)
    no_cache: bool = False

    @property
    def settings(self) -> Settings:
        return Settings(
            store=self.home / "store",
            cache=self.home / "cache",
            environ={**os.environ, **self.variables},
            remote=self.remote,
            no_cache=self.no_cache,
            timeout=5.0,
            retries=0,
            reporter=self.events.append,
        )

    @property
    def lock(self) -> Path:
        return self.project / "frozen.json"

    @property
    def out(self) -> Path:
        return self.project / ".frazil" / "out"

    @property
    def warnings(self) -> list[str]:
        return [event.sentence for event in self.events if isinstance(event, Warned)]

    def declare(
        self, targets: dict[str, list[str]], *, more: str = "", environments: tuple[str, ...] = ("linux",)
    ) -> None:
        """Write `frazil.toml` with inline targets, the loopback index and some environments."""
        lines = [more, "[[index]]", 'name = "loop"', f'url = "{self.server.url}"']
        for name in environments:
            python, platform = ENVIRONMENTS[name]
            lines += [f"[environments.{name}]", f'python = "{python}"', f'platform = "{platform}"']
        for target, requirements in targets.items():
            lines += [f'[targets."{target}"]', f"requirements = {requirements!r}"]
        self.project.mkdir(parents=True, exist_ok=True)
        (self.project / "frazil.toml").write_text("\n".join(lines) + "\n")

    def resolve(self, *, offline: bool = False, **options: Any) -> ResolveReport:
        return freeze_project(self.project, None, ResolveOptions(**options), replace(self.settings, offline=offline))

    def fetch(self, *, offline: bool = False, **options: Any) -> FetchReport:
        return fetch_lock(self.project, None, FetchOptions(**options), replace(self.settings, offline=offline))

    def ensure(self, *, offline: bool = False, upgrade: bool = False, **options: Any) -> EnsureReport:
        settings = replace(self.settings, offline=offline)
        return ensure_project(self.project, None, FetchOptions(**options), ResolveOptions(upgrade=upgrade), settings)

    def delivered(self) -> set[str]:
        return {path.name for path in self.out.iterdir()} if self.out.exists() else set()

    def forget_output(self) -> None:
        shutil.rmtree(self.out)

    def forget_cache(self) -> None:
        shutil.rmtree(self.home / "cache", ignore_errors=True)

    def forget_store(self) -> None:
        shutil.rmtree(self.home / "store", ignore_errors=True)

    def requests(self) -> list[str]:
        """Return what was asked of the index since the last time, as paths."""
        asked = [request.path for request in self.server.log]
        self.server.forget()
        return asked


def reasons(report: EnsureReport) -> dict[str, str]:
    return {rejection.tier: rejection.reason for rejection in report.rejected}
