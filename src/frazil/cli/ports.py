"""What the command line needs of the API, so that something else may stand in its place.

The values are imported for their types only: help, completion and cache come without resolver and network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from frazil.settings import Settings

if TYPE_CHECKING:
    from frazil.freeze import ResolveReport
    from frazil.frozen.model import Frozen
    from frazil.model import Rules
    from frazil.references import LockReference
    from frazil.tiers import EnsureReport, FetchReport


class Resolve(Protocol):
    """`frazil.api.resolve`."""

    def __call__(
        self,
        project: Path,
        *,
        lock: Path | None,
        upgrade: bool,
        upgrade_packages: Sequence[str],
        locked: bool,
        check: bool,
        dry_run: bool,
        engine: str | None,
        prove: bool,
        keep_going: bool,
        rules: Rules,
        settings: Settings,
    ) -> ResolveReport: ...


class Fetch(Protocol):
    """`frazil.api.fetch`."""

    def __call__(
        self,
        project: Path,
        *,
        lock: Path | None,
        targets: Sequence[str],
        environments: Sequence[str],
        out: Path | None,
        layout: str,
        link_mode: str,
        locked: bool,
        frozen: bool,
        check: bool,
        dry_run: bool,
        settings: Settings,
    ) -> FetchReport: ...


class Ensure(Protocol):
    """`frazil.api.ensure`."""

    def __call__(
        self,
        project: Path,
        *,
        lock: Path | None,
        targets: Sequence[str],
        environments: Sequence[str],
        out: Path | None,
        layout: str,
        link_mode: str,
        upgrade: bool,
        upgrade_packages: Sequence[str],
        locked: bool,
        frozen: bool,
        check: bool,
        dry_run: bool,
        engine: str | None,
        prove: bool,
        keep_going: bool,
        rules: Rules,
        settings: Settings,
    ) -> EnsureReport: ...


class Api(Protocol):
    """The documented functions, as `frazil.api` has them."""

    @property
    def resolve(self) -> Resolve: ...
    @property
    def fetch(self) -> Fetch: ...
    @property
    def ensure(self) -> Ensure: ...

    def find_lock(self, project: Path, /) -> Path: ...
    def read_frozen(self, path: Path, /) -> Frozen: ...
    def read_reference(self, reference: LockReference, /, *, environ: Mapping[str, str]) -> Frozen: ...
