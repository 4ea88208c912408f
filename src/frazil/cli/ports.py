"""What the command line needs of the API, so that something else may stand in its place.

The values are imported for their types only: help, completion and cache come without resolver and network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from frazil.settings import Settings

if TYPE_CHECKING:
    from frazil.ageing import Ages
    from frazil.auditing import Audit
    from frazil.bundle.checking import ImportBundleReport, VerifyReport
    from frazil.bundle.making import BundleReport
    from frazil.delivery import FetchReport
    from frazil.exporting import ExportReport
    from frazil.freeze import ResolveReport
    from frazil.frozen.model import Frozen, FrozenTarget
    from frazil.importing import ImportReport
    from frazil.model import Rules
    from frazil.rebuilding import Rebuild
    from frazil.references import LockReference
    from frazil.tiers import EnsureReport
    from frazil.unchosen import WhyNot


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
        build: bool,
        all_artifacts: bool,
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
        build: bool,
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


class ExplainAbsence(Protocol):
    """`frazil.api.why_not`."""

    def __call__(
        self,
        project: Path,
        asked: str,
        *,
        lock: Path | None,
        environments: Sequence[str],
        settings: Settings,
    ) -> WhyNot: ...


class ReadAges(Protocol):
    """`frazil.api.read_ages`."""

    def __call__(
        self,
        frozen: Frozen,
        targets: Sequence[FrozenTarget],
        environments: Sequence[str],
        *,
        now: datetime,
        settings: Settings,
    ) -> Ages: ...


class AuditLock(Protocol):
    """`frazil.api.audit`."""

    def __call__(
        self,
        frozen: Frozen,
        targets: Sequence[FrozenTarget],
        environments: Sequence[str],
        *,
        advisories: Sequence[Path],
        ignored: Sequence[str],
        settings: Settings,
    ) -> Audit: ...


class ReadRebuild(Protocol):
    """`frazil.api.read_rebuild`."""

    def __call__(
        self,
        old: LockReference,
        new: LockReference,
        *,
        project: Path,
        since: str | None,
        targets: Sequence[str],
        environments: Sequence[str],
        environ: Mapping[str, str],
    ) -> Rebuild: ...


class ExportLock(Protocol):
    """`frazil.api.export_lock`."""

    def __call__(
        self,
        lock: LockReference,
        *,
        form: str,
        out: Path | None,
        targets: Sequence[str],
        environments: Sequence[str],
        per_target: bool,
        local: bool,
        files_urls: Sequence[tuple[str, str]],
        locked: bool,
        frozen: bool,
        check: bool,
        settings: Settings,
    ) -> ExportReport: ...


class ImportLock(Protocol):
    """`frazil.api.import_lock`."""

    def __call__(
        self,
        project: Path,
        file: Path | None,
        *,
        lock: Path | None,
        dry_run: bool,
        engine: str | None,
        prove: bool,
        rules: Rules,
        settings: Settings,
    ) -> ImportReport: ...


class MakeBundle(Protocol):
    """`frazil.api.make_bundle`."""

    def __call__(
        self,
        project: Path,
        *,
        out: Path,
        lock: Path | None,
        targets: Sequence[str],
        environments: Sequence[str],
        add_to: Path | None,
        local: bool,
        sources: bool,
        locked: bool,
        frozen: bool,
        dry_run: bool,
        settings: Settings,
    ) -> BundleReport: ...


class ImportBundle(Protocol):
    """`frazil.api.import_bundle`."""

    def __call__(self, bundle: Path, /, *, settings: Settings) -> ImportBundleReport: ...


class Api(Protocol):
    """The documented functions, as `frazil.api` has them."""

    @property
    def resolve(self) -> Resolve: ...
    @property
    def fetch(self) -> Fetch: ...
    @property
    def ensure(self) -> Ensure: ...
    @property
    def export_lock(self) -> ExportLock: ...
    @property
    def import_lock(self) -> ImportLock: ...
    @property
    def make_bundle(self) -> MakeBundle: ...
    @property
    def import_bundle(self) -> ImportBundle: ...
    @property
    def read_ages(self) -> ReadAges: ...
    @property
    def audit(self) -> AuditLock: ...
    @property
    def read_rebuild(self) -> ReadRebuild: ...
    @property
    def why_not(self) -> ExplainAbsence: ...

    def verify_bundle(self, bundle: Path, /) -> VerifyReport: ...
    def find_lock(self, project: Path, /) -> Path: ...
    def read_frozen(self, path: Path, /) -> Frozen: ...
    def read_reference(self, reference: LockReference, /, *, environ: Mapping[str, str]) -> Frozen: ...
