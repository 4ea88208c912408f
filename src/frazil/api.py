"""The documented functions: resolve, fetch, ensure, read_frozen. The command line calls nothing else to do its work.

Every function takes a project (any folder of it) and returns a value that says what happened; what went wrong is
raised as one of the family in `frazil.errors`. The values are those of `frazil.freeze`, `frazil.delivery`,
`frazil.tiers` and `frazil.frozen.model`, which each function imports when it is called: reading a lock needs no
resolver.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from frazil.errors import ConfigurationError, LockMissing
from frazil.settings import Settings, settings_from

if TYPE_CHECKING:
    from frazil.ageing import Ages
    from frazil.auditing import Audit
    from frazil.bundle.checking import ImportBundleReport, VerifyReport
    from frazil.bundle.making import BundleReport
    from frazil.delivery import FetchReport
    from frazil.evidence import Evidence
    from frazil.exporting import ExportReport
    from frazil.freeze import ResolveReport
    from frazil.frozen.model import Frozen, FrozenTarget
    from frazil.importing import ImportReport
    from frazil.model import Rules
    from frazil.rebuilding import Rebuild
    from frazil.references import LockReference
    from frazil.tiers import EnsureReport
    from frazil.unchosen import WhyNot

LOCK_NAME = "frozen.json"

__all__ = [
    "LOCK_NAME",
    "audit",
    "ensure",
    "export_lock",
    "fetch",
    "find_lock",
    "import_bundle",
    "import_lock",
    "make_bundle",
    "read_ages",
    "read_frozen",
    "read_rebuild",
    "read_reference",
    "resolve",
    "verify_bundle",
    "why_not",
]


def resolve(
    project: str | Path = ".",
    *,
    lock: str | Path | None = None,
    upgrade: bool = False,
    upgrade_packages: Sequence[str] = (),
    locked: bool = False,
    check: bool = False,
    dry_run: bool = False,
    engine: str | None = None,
    prove: bool = False,
    keep_going: bool = False,
    rules: Rules | None = None,
    settings: Settings | None = None,
) -> ResolveReport:
    """Choose versions for every target and write the lock (`frozen.json` of the project unless `lock` is given).

    `upgrade_packages` are `name` or `name==version`. With `locked` or `check` nothing is written and a stale lock
    raises StaleLock; `dry_run` computes the answer and writes nothing. With `keep_going` the answers of the resolves
    that have one are written when others fail, and what failed is raised all the same. `rules` are policy on top of
    what the project declares, and are recorded in the lock. Raises NoResolution, GaveUp, OutsideError, BadInput.
    """
    from frazil.freeze import ResolveOptions, freeze_project  # noqa: PLC0415 - see the module's docstring
    from frazil.model import Rules  # noqa: PLC0415

    options = ResolveOptions(
        upgrade=upgrade,
        upgrade_packages=tuple(upgrade_packages),
        locked=locked,
        check=check,
        dry_run=dry_run,
        engine=engine,
        prove=prove,
        keep_going=keep_going,
        rules=rules or Rules(),
    )
    settings = settings or settings_from(os.environ)
    root, evidence = _root_looking(project, settings)
    report = freeze_project(root, _path(lock), options, settings)
    return report.resting_on(evidence)


def fetch(
    project: str | Path = ".",
    *,
    lock: str | Path | None = None,
    targets: Sequence[str] = (),
    environments: Sequence[str] = (),
    out: str | Path | None = None,
    layout: str = "flat",
    link_mode: str = "auto",
    build: bool = False,
    all_artifacts: bool = False,
    locked: bool = False,
    frozen: bool = False,
    check: bool = False,
    dry_run: bool = False,
    settings: Settings | None = None,
) -> FetchReport:
    """Bring exactly what the lock lists for these targets and environments (all when none are named) and link it out.

    Needs no manifest: a folder with a lock alone will do, and so will `lock` on its own. `out` is `.frazil/out` of the
    project unless given. With `all_artifacts` it is everything that the lock lists. The layout `simple` makes `out` a
    static index that a web server can serve, or adds to one. With `build` wheels are made of what the lock has only as
    source, and of members. With `locked` a stale lock raises StaleLock; `frozen` does not read the manifests. Raises
    LockFileError, BuildFailed, OutsideError, IntegrityError, UsageError, DiskError.
    """
    from frazil.delivery import FetchOptions, fetch_lock  # noqa: PLC0415 - see the module's docstring

    options = FetchOptions(
        out=_path(out),
        layout=layout,
        link_mode=link_mode,
        build=build,
        all_artifacts=all_artifacts,
        targets=tuple(targets),
        environments=tuple(environments),
        locked=locked,
        frozen=frozen,
        check=check,
        dry_run=dry_run,
    )
    try:
        root, evidence = _root_looking(project)
    except ConfigurationError:
        root, evidence = None, None
    found = _path(lock) or (find_lock(project) if root is None else None)
    settings = settings or settings_from(os.environ)
    if layout == "simple":
        from frazil.seeding.making import seed_mirror  # noqa: PLC0415 - only for a mirror

        return seed_mirror(root, found, options, settings)
    return fetch_lock(root, found, options, settings).resting_on(evidence)


def ensure(
    project: str | Path = ".",
    *,
    lock: str | Path | None = None,
    targets: Sequence[str] = (),
    environments: Sequence[str] = (),
    out: str | Path | None = None,
    layout: str = "flat",
    link_mode: str = "auto",
    build: bool = False,
    upgrade: bool = False,
    upgrade_packages: Sequence[str] = (),
    locked: bool = False,
    frozen: bool = False,
    check: bool = False,
    dry_run: bool = False,
    engine: str | None = None,
    prove: bool = False,
    keep_going: bool = False,
    rules: Rules | None = None,
    settings: Settings | None = None,
) -> EnsureReport:
    """Bring what these targets need with the least work, falling through the four tiers.

    The arguments are those of `resolve` and `fetch`. The report names the tier that answered and why each earlier one
    was turned down.
    """
    from frazil.delivery import FetchOptions  # noqa: PLC0415
    from frazil.freeze import ResolveOptions  # noqa: PLC0415 - see the module's docstring
    from frazil.model import Rules  # noqa: PLC0415
    from frazil.tiers import ensure_project  # noqa: PLC0415

    fetching = FetchOptions(
        out=_path(out),
        layout=layout,
        link_mode=link_mode,
        build=build,
        targets=tuple(targets),
        environments=tuple(environments),
        locked=locked,
        frozen=frozen,
        check=check,
        dry_run=dry_run,
    )
    resolving = ResolveOptions(
        upgrade=upgrade,
        upgrade_packages=tuple(upgrade_packages),
        locked=locked,
        check=check,
        dry_run=dry_run,
        engine=engine,
        prove=prove,
        keep_going=keep_going,
        rules=rules or Rules(),
    )
    found = _path(lock)
    settings = settings or settings_from(os.environ)
    try:
        root, evidence = _root_looking(project, settings)
    except ConfigurationError:
        if not frozen:
            raise
        # What that rests on is not worth telling: such a run is short without a stamp.
        found = found or find_lock(project)
        root, evidence = found.parent, None
    report = ensure_project(root, found, fetching, resolving, settings)
    return report.resting_on(evidence)


def why_not(
    project: str | Path = ".",
    asked: str = "",
    *,
    lock: str | Path | None = None,
    environments: Sequence[str] = (),
    settings: Settings | None = None,
) -> WhyNot:
    """Say why a version (`asked` is `name==version`), or anything newer (`name`), is not in the lock.

    The lock answers, then what its resolve kept in the cache; only where both are silent an index is asked, and then
    the verdict says so. Raises UsageError, LockFileError, OutsideError.
    """
    from frazil.unchosen import explain_absence  # noqa: PLC0415 - see the module's docstring

    root = _root_or_none(project)
    found = _path(lock) or (find_lock(project) if root is None else None)
    return explain_absence(root, found, asked, environments, settings or settings_from(os.environ))


def export_lock(
    lock: LockReference | str | Path,
    *,
    form: str = "pylock",
    out: str | Path | None = None,
    targets: Sequence[str] = (),
    environments: Sequence[str] = (),
    per_target: bool = False,
    local: bool = True,
    files_urls: Sequence[tuple[str, str]] = (),
    locked: bool = False,
    frozen: bool = False,
    check: bool = False,
    settings: Settings | None = None,
) -> ExportReport:
    """Write a lock in another format: to `out` (a file, or a folder), else only into the report.

    `form` is `pylock`, `requirements`, `cyclonedx`, `spdx`, `dot`, `mermaid`, `graphml` or `json-graph`; `per_target`
    makes a pylock for each target. `files_urls` are (index, file root) for indexes whose root is not known. That a lock
    is stale is a warning, StaleLock with `locked`, not looked at with `frozen`; with `check` nothing is written and
    Difference says what would be. Raises UsageError, LockFileError, OutsideError, DiskError.
    """
    from frazil.exporting import ExportOptions  # noqa: PLC0415 - see the module's docstring
    from frazil.exporting import export_lock as export  # noqa: PLC0415
    from frazil.references import lock_file  # noqa: PLC0415

    options = ExportOptions(
        form=form,
        out=_path(out),
        targets=tuple(targets),
        environments=tuple(environments),
        per_target=per_target,
        local=local,
        files_urls=tuple(files_urls),
        locked=locked,
        frozen=frozen,
        check=check,
    )
    reference = lock_file(Path(lock).absolute()) if isinstance(lock, str | Path) else lock
    return export(reference, options, settings or settings_from(os.environ))


def import_lock(
    project: str | Path = ".",
    file: str | Path | None = None,
    *,
    lock: str | Path | None = None,
    dry_run: bool = False,
    engine: str | None = None,
    prove: bool = False,
    rules: Rules | None = None,
    settings: Settings | None = None,
) -> ImportReport:
    """Resolve with the versions of another tool's lock preferred: that in `file`, else the only one in the project.

    The report says what was kept, and why the rest was not. Raises ForeignLockError, and what `resolve` raises.
    """
    from frazil.freeze import ResolveOptions  # noqa: PLC0415 - see the module's docstring
    from frazil.importing import find_foreign_lock  # noqa: PLC0415
    from frazil.importing import import_lock as take_over  # noqa: PLC0415
    from frazil.model import Rules  # noqa: PLC0415

    root = _root(project)
    options = ResolveOptions(dry_run=dry_run, engine=engine, prove=prove, rules=rules or Rules())
    foreign = _path(file) or find_foreign_lock(root)
    return take_over(root, _path(lock), foreign, options, settings or settings_from(os.environ))


def make_bundle(
    project: str | Path = ".",
    *,
    out: str | Path,
    lock: str | Path | None = None,
    targets: Sequence[str] = (),
    environments: Sequence[str] = (),
    add_to: str | Path | None = None,
    local: bool = True,
    sources: bool = False,
    locked: bool = False,
    frozen: bool = False,
    dry_run: bool = False,
    settings: Settings | None = None,
) -> BundleReport:
    """Put everything that these targets install in these environments into `out`: a folder, or a `.tar`.

    Wheels, a `pylock.toml` for all targets and one for each, and a manifest; plain pip and uv install from it without
    a network. `add_to` is an older bundle: the new one holds only what that one lacks. Without `local` the repository's
    own projects are left out; with `sources` all goes in that a frazil on the far side fetches. The same lock makes the
    same bytes. Raises UsageError for a place that is taken, BuildFailed for what has no wheel and cannot be built here,
    and what `fetch` raises.
    """
    from frazil.bundle.making import BundleOptions  # noqa: PLC0415 - see the module's docstring
    from frazil.bundle.making import make_bundle as make  # noqa: PLC0415

    options = BundleOptions(
        out=Path(out).absolute(),
        targets=tuple(targets),
        environments=tuple(environments),
        add_to=_path(add_to),
        local=local,
        sources=sources,
        locked=locked,
        frozen=frozen,
        dry_run=dry_run,
    )
    root = _root_or_none(project)
    found = _path(lock) or (find_lock(project) if root is None else None)
    return make(root, found, options, settings or settings_from(os.environ))


def verify_bundle(bundle: str | Path) -> VerifyReport:
    """Hash everything in a bundle (a folder or a tar). Raises IntegrityError that names what is wrong, UsageError."""
    from frazil.bundle.checking import verify_bundle as verify  # noqa: PLC0415 - see the module's docstring

    return verify(Path(bundle).absolute())


def import_bundle(bundle: str | Path, *, settings: Settings | None = None) -> ImportBundleReport:
    """Bring the artifacts of a bundle into the store, everything hashed again.

    What is sound stays even when something else is damaged. Raises IntegrityError, UsageError, DiskError.
    """
    from frazil.bundle.checking import import_bundle as take  # noqa: PLC0415 - see the module's docstring

    return take(Path(bundle).absolute(), settings or settings_from(os.environ))


def read_frozen(path: str | Path) -> Frozen:
    """Read a lock file with all checks. Raises LockFileError, LockTooNew, DiskError."""
    from frazil.frozen.files import read_frozen as read  # noqa: PLC0415 - see above

    return read(Path(path).absolute())


def read_reference(reference: LockReference, *, environ: Mapping[str, str] | None = None) -> Frozen:
    """Read a lock from a file or from a revision of git (`frazil.references` makes references) with all checks.

    Raises LockFileError, LockTooNew, DiskError, and UsageError for a revision that is not there.
    """
    from frazil.references import read_reference as read  # noqa: PLC0415 - see above

    return read(reference, environ=os.environ if environ is None else environ)


def read_rebuild(
    old: LockReference,
    new: LockReference,
    *,
    project: str | Path = ".",
    since: str | None = None,
    targets: Sequence[str] = (),
    environments: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Rebuild:
    """Say which targets the change from one lock to another concerns, and with `since` the change of their own files.

    What cannot be read makes everything affected, and the value says why. Raises UsageError for unknown names.
    """
    from frazil.rebuilding import read_rebuild as read  # noqa: PLC0415 - see above

    return read(
        old,
        new,
        project=Path(project).absolute(),
        since=since,
        targets=tuple(targets),
        environments=tuple(environments),
        environ=os.environ if environ is None else environ,
    )


def read_ages(
    frozen: Frozen,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    now: datetime | None = None,
    settings: Settings | None = None,
) -> Ages:
    """Ask the indexes how old the releases of a lock are, and what is newer, yanked, archived or gone.

    Raises OutsideError.
    """
    from frazil.ageing import read_ages as read  # noqa: PLC0415 - see above

    moment = now or datetime.now(UTC)
    return read(frozen, targets, environments, now=moment, settings=settings or settings_from(os.environ))


def audit(
    frozen: Frozen,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    advisories: Sequence[str | Path] = (),
    ignored: Sequence[str] = (),
    settings: Settings | None = None,
) -> Audit:
    """Look up the known vulnerabilities of what targets ship, in advisories (OSV) or, without any, with the indexes.

    `advisories` are files, archives and folders; `ignored` are identifiers to pass over. Raises ConfigurationError,
    IndexAnswerError where nobody knows anything, OutsideError, DiskError.
    """
    from frazil.auditing import read_audit  # noqa: PLC0415 - see above

    paths = tuple(Path(path) for path in advisories)
    return read_audit(
        frozen,
        targets,
        environments,
        advisories=paths,
        ignored=ignored,
        settings=settings or settings_from(os.environ),
    )


def find_lock(project: str | Path = ".") -> Path:
    """Return the lock of a project: `frozen.json` of its root, else of the nearest folder upwards that has one.

    The project's own is returned whether or not it is there. Raises LockMissing when there is no project and no lock.
    """
    root = _root_or_none(project)
    if root is not None:
        return root / LOCK_NAME
    start = Path(project).absolute()
    for folder in (start, *start.parents):
        if (folder / LOCK_NAME).is_file():
            return folder / LOCK_NAME
    raise LockMissing(f"there is no {LOCK_NAME} in {start} or above", hint="run `frazil resolve` where the project is")


def _root(project: str | Path) -> Path:
    return _root_looking(project)[0]


def _root_looking(project: str | Path, settings: Settings | None = None) -> tuple[Path, Evidence]:
    from frazil.project.reading import find_root_looking  # noqa: PLC0415 - reads TOML, which --frozen does not need

    cache = None if settings is None or settings.no_cache else settings.cache
    return find_root_looking(Path(project).absolute(), cache)


def _root_or_none(project: str | Path) -> Path | None:
    try:
        return _root(project)
    except ConfigurationError:
        return None


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path).absolute()
