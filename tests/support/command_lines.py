"""Running the command line in this process, with an API that answers as a test says."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frazil.ageing import Ages
from frazil.auditing import Audit
from frazil.bundle.checking import ImportBundleReport, VerifyReport
from frazil.bundle.making import BundleReport
from frazil.cli.ports import Api
from frazil.cli.run import Streams, run
from frazil.delivery import FetchReport
from frazil.exporting import ExportReport
from frazil.freeze import ResolveReport
from frazil.frozen.model import Frozen
from frazil.importing import ImportReport
from frazil.rebuilding import Rebuild
from frazil.references import LockReference
from frazil.tiers import EnsureReport
from frazil.unchosen import WhyNot
from tests.support.locks import example_lock


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Ran:
    """What a command line did: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass
class StandIn:
    """An API that does nothing but answer; `calls` are (function, arguments) in order.

    An answer may be an exception to raise, or a function of the call's arguments that gives the answer.
    """

    resolving: Any = None
    fetching: Any = None
    ensuring: Any = None
    absence: Any = None
    rebuilding: Any = None
    ages: Any = None
    auditing: Any = None
    exporting: Any = None
    importing: Any = None
    bundling: Any = None
    verifying: Any = None
    taking: Any = None
    frozen: Any = field(default_factory=example_lock)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def resolve(self, project: Path, **given: Any) -> ResolveReport:
        report: ResolveReport = self._answer("resolve", self.resolving, project, given)
        return report

    def fetch(self, project: Path, **given: Any) -> FetchReport:
        report: FetchReport = self._answer("fetch", self.fetching, project, given)
        return report

    def ensure(self, project: Path, **given: Any) -> EnsureReport:
        report: EnsureReport = self._answer("ensure", self.ensuring, project, given)
        return report

    def why_not(self, project: Path, asked: str, **given: Any) -> WhyNot:
        found: WhyNot = self._answer("why_not", self.absence, project, {"asked": asked, **given})
        return found

    def export_lock(self, lock: LockReference, **given: Any) -> ExportReport:
        report: ExportReport = self._answer("export_lock", self.exporting, lock.folder, {"lock": lock, **given})
        return report

    def import_lock(self, project: Path, file: Path | None, **given: Any) -> ImportReport:
        report: ImportReport = self._answer("import_lock", self.importing, project, {"file": file, **given})
        return report

    def make_bundle(self, project: Path, **given: Any) -> BundleReport:
        report: BundleReport = self._answer("make_bundle", self.bundling, project, given)
        return report

    def verify_bundle(self, bundle: Path, /) -> VerifyReport:
        report: VerifyReport = self._answer("verify_bundle", self.verifying, bundle, {})
        return report

    def import_bundle(self, bundle: Path, /, **given: Any) -> ImportBundleReport:
        report: ImportBundleReport = self._answer("import_bundle", self.taking, bundle, given)
        return report

    def find_lock(self, project: Path, /) -> Path:
        return project / "frozen.json"

    def read_frozen(self, path: Path, /) -> Frozen:
        frozen: Frozen = self._answer("read_frozen", self.frozen, path, {})
        return frozen

    def read_reference(self, reference: LockReference, /, *, environ: Mapping[str, str]) -> Frozen:  # noqa: ARG002
        frozen: Frozen = self._answer("read_reference", self.frozen, reference.folder / reference.path, {})
        return frozen

    def read_ages(self, frozen: Frozen, *given: Any, **named: Any) -> Ages:  # noqa: ARG002
        ages: Ages = self._answer("read_ages", self.ages, Path(), named)
        return ages

    def audit(self, frozen: Frozen, *given: Any, **named: Any) -> Audit:  # noqa: ARG002
        found: Audit = self._answer("audit", self.auditing, Path(), named)
        return found

    def read_rebuild(self, old: LockReference, new: LockReference, **given: Any) -> Rebuild:
        report: Rebuild = self._answer("read_rebuild", self.rebuilding, new.folder, {"old": old, **given})
        return report

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of the only call."""
        ((_, given),) = self.calls
        return given

    def _answer(self, name: str, answer: Any, project: Path, given: dict[str, Any]) -> Any:
        self.calls.append((name, {"project": project, **given}))
        if isinstance(answer, BaseException):
            raise answer
        return answer(**given) if callable(answer) else answer


def run_line(
    *argv: str,
    folder: Path = Path("/repo"),
    environ: Mapping[str, str] | None = None,
    api: Api | None = None,
    out: Any = None,
    err: Any = None,
) -> Ran:
    """Run a command line in this process on streams in memory."""
    out, err = out or io.StringIO(), err or io.StringIO()
    places = {"FRAZIL_STORE": str(folder / "store"), "FRAZIL_CACHE_DIR": str(folder / "cache")}
    streams = Streams(out=out, err=err)
    code = run(list(argv), environ={**places, **(environ or {})}, streams=streams, folder=folder, api=api)
    return Ran(code, out.getvalue(), err.getvalue())
