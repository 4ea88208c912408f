"""Making a bundle from a lock: bring everything once, build what has no wheel, and write it with its locks."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from frazil.atomic import forbid_writes
from frazil.bringing import Bringing
from frazil.bundle.manifest import (
    LOCK,
    MANIFEST,
    README,
    SOURCE,
    SOURCES,
    SUMS,
    TEXT,
    WHEEL,
    WHEELS,
    BundledFile,
    Manifest,
    Text,
    format_manifest,
    format_sums,
    place_files,
)
from frazil.bundle.reading import open_bundle
from frazil.bundle.readme import readme
from frazil.bundle.shipping import BundledWheels, Shipped, locked_wheels, parts_to_build, shipped_parts
from frazil.bundle.writing import Copy, Item, StoreChanged, check_place, write_bundle
from frazil.costs import Costs
from frazil.delivery import FetchOptions, bringing_from, read_source, warn_if_stale
from frazil.digest import sha256_of
from frazil.errors import BuildFailed, UsageError
from frazil.fetcher.plan import FetchPlan, plan_downloads
from frazil.freeze import Phases
from frazil.frozen.model import Coordinate, FrozenArtifact, FrozenTarget
from frazil.frozen.selection import Selection, select
from frazil.model import Environment, Rules
from frazil.report.export.pylock import pylocks
from frazil.report.export.request import Exported, Request, choose_living
from frazil.settings import Settings
from frazil.shared_cache import SharedCacheOfRun
from frazil.to_build import Made, ToBuild
from frazil.turns import turn
from frazil.values import dataclass, replace

_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOptions:
    """What to bundle and where to: `out` is a folder, or a file that ends in `.tar`; `add_to` another bundle.

    With `sources` all goes in that a frazil on the far side asks for, what the lock has only as source among it.
    """

    out: Path
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    add_to: Path | None = None
    local: bool = True
    sources: bool = False
    locked: bool = False
    frozen: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleReport:
    """What is in a bundle. Sizes are bytes; of the `wheels`, `new` ones lie in it and the others in the older bundle.
    `sources` lie in it besides.

    `planned` is the plan of a run that wrote nothing, and `to_build` what it would build.
    """

    out: Path
    targets: tuple[str, ...]
    environments: tuple[str, ...]
    locks: tuple[str, ...] = ()
    wheels: int = 0
    size: int = 0
    new: int = 0
    new_size: int = 0
    sources: int = 0
    fetched: int = 0
    fetched_size: int = 0
    built: tuple[str, ...] = ()
    current: bool = False
    planned: FetchPlan | None = None
    to_build: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    costs: Costs = Costs()


def make_bundle(root: Path | None, lock: Path | None, options: BundleOptions, settings: Settings) -> BundleReport:
    """Make a bundle of what a lock ships to some targets in some environments.

    Raises UsageError for a place that is taken, an older bundle that is none, or a name that is unknown; BuildFailed
    for what has no wheel and cannot be built here; and what a fetch raises. Then nothing is left of the bundle.
    """
    reading = FetchOptions(out=options.out, locked=options.locked, frozen=options.frozen, dry_run=options.dry_run)
    with ExitStack() as stack:
        if options.dry_run:
            stack.enter_context(forbid_writes())
        phases = Phases(settings)
        stack.enter_context(turn(settings, options.out))
        with phases.phase("read"):
            source = read_source(root, lock, reading, Rules(), settings)
        warnings = warn_if_stale(source, settings)
        shared = stack.enter_context(SharedCacheOfRun(settings))
        bringing = bringing_from(source, settings, phases, shared)
        return replace(_Making(bringing, options).run(), warnings=warnings)


@dataclass(frozen=True, slots=True)
class Older:
    """The bundle that an addition adds to: what it holds, and the sha256 of its manifest."""

    manifest: Manifest
    sha256: str


class _Making:
    def __init__(self, bringing: Bringing, options: BundleOptions) -> None:
        self._frozen = bringing.frozen
        self._options = options
        self._phases = bringing.phases
        self._store = bringing.store
        self._bringing = bringing
        self._targets, self._environments = choose_living(
            bringing.frozen, targets=options.targets, environments=options.environments
        )

    def run(self) -> BundleReport:
        for remaining in reversed(range(_TRIES)):
            try:
                return self._run()
            except StoreChanged:
                if not remaining:
                    raise
        raise AssertionError  # the loop returns or raises

    def _run(self) -> BundleReport:
        old = self._old
        with self._phases.phase("plan"):
            parts = shipped_parts(self._frozen, self._targets, self._environments, local=self._options.local)
            items = parts_to_build(self._frozen, parts)
            selection = self._selection(parts, items)
            plan = FetchPlan(downloads=plan_downloads(selection, present=self._bringing.present))
        if self._options.dry_run:
            return replace(self._report(plan), planned=plan, to_build=tuple(item.label for item in items))
        with self._bringing.outside() as outside:
            self._bringing.download(plan.downloads, outside)
            artifacts = [(each.artifact.sha256, each.artifact.filename) for each in selection.artifacts]
            self._bringing.check(artifacts, lambda: selection.artifacts)
            made = self._bringing.make(items, outside) if items else Made()
            costs = outside.costs
        wheels = BundledWheels(parts, items, made)
        self._refuse_missing(wheels, made)
        with self._phases.phase("bundle"):
            manifest, texts = self._contents(wheels, old)
            current = self._is_current(manifest, texts)
            if not current:
                check_place(self._options.out)
                write_bundle(self._items(manifest, texts), self._options.out, self._store)
        return replace(self._counted(manifest, plan), current=current, costs=self._costs(costs))

    # What is in it ----------------------------------------------------------------------------------------

    def _selection(self, parts: Sequence[Shipped], items: Sequence[ToBuild]) -> Selection:
        """Return what must be brought: the wheels of the lock, and with something to build all that this takes."""
        if items:
            return self._bringing.with_builders(self._delivered)
        if self._options.sources:
            return self._delivered
        return Selection(
            targets=tuple(target.name for target in self._targets),
            environments=self._environments,
            artifacts=locked_wheels(parts),
            undelivered=(),
        )

    @cached_property
    def _delivered(self) -> Selection:
        """Return what a fetch would deliver."""
        names = [target.name for target in self._targets]
        return select(self._frozen, targets=names, environments=self._environments)

    def _refuse_missing(self, wheels: BundledWheels, made: Made) -> None:
        missing = wheels.missing
        if not missing:
            return
        what = "1 thing has" if len(missing) == 1 else f"{len(missing)} things have"
        details = made.left_out or tuple(f"{label} for {', '.join(names)}" for label, names in missing)
        raise BuildFailed(
            f"{what} no wheel and cannot be built here, so there is no bundle: {', '.join(n for n, _ in missing)}",
            details=details,
            hint="choose with --target and --env what this machine can build, or leave out the repository's own "
            "projects with --no-local",
        )

    def _contents(self, wheels: BundledWheels, old: Older | None) -> tuple[Manifest, tuple[Text, ...]]:
        """Return the manifest, and the files that are made here, in the order in which they are written."""
        shipped = wheels.shipped
        taken = {} if old is None else {(f.sha256, f.filename): f.path for f in old.manifest.wheels}
        places = place_files(WHEELS, ((a.sha256, a.filename) for a in shipped), taken)
        wheels.placed(places)
        locks = self._locks(wheels)
        files = [
            BundledFile(
                path=places[artifact.sha256, artifact.filename],
                kind=WHEEL,
                sha256=artifact.sha256,
                size=artifact.size,
                project=_project(part),
                version=artifact.filename.split("-")[1],
                built=wheels.is_built(artifact),
                here=(artifact.sha256, artifact.filename) not in taken,
                users=tuple((name, tuple(sorted(targets))) for name, targets in sorted(users.items())),
            )
            for artifact, (part, users) in shipped.items()
        ]
        files += self._sources({(a.sha256, a.filename) for a in shipped}, old)
        texts = [Text(exported.name, exported.text.encode()) for exported in locks]
        files += [_text_file(text, LOCK) for text in texts]
        manifest = Manifest(
            targets=tuple(target.name for target in self._targets),
            environments=tuple((e.name, e.python, e.platform) for e in self._named_environments),
            files=tuple(sorted(files, key=lambda file: file.path)),
            adds_to=None if old is None else old.sha256,
        )
        told = sorted(locks, key=lambda exported: (exported.name.count("."), exported.name))
        page = Text(README, readme(manifest, [(exported.name, exported.targets) for exported in told]))
        manifest = _with_left(
            replace(manifest, files=(_text_file(page, TEXT), *manifest.files)), old.manifest if old else None
        )
        head = Text(MANIFEST, format_manifest(manifest))
        return manifest, (head, Text(SUMS, format_sums(manifest, sha256_of(head.data))), page, *texts)

    def _sources(self, shipped: set[tuple[str, str]], old: Older | None) -> Iterator[BundledFile]:
        """Give what a fetch would deliver besides, where that is wanted: sources, and the wheels that build them."""
        besides = {
            key: selected
            for selected in (self._delivered.artifacts if self._options.sources else ())
            if (key := (selected.artifact.sha256, selected.artifact.filename)) not in shipped
        }
        known = () if old is None else old.manifest.artifacts
        taken = {(file.sha256, file.filename): file.path for file in known if file.kind == SOURCE}
        places = place_files(SOURCES, besides, taken)
        for key, selected in besides.items():
            yield BundledFile(
                path=places[key],
                kind=SOURCE,
                sha256=selected.artifact.sha256,
                size=selected.artifact.size,
                project=selected.coordinate.name,
                version=selected.coordinate.version,
                here=key not in taken,
            )

    def _locks(self, wheels: BundledWheels) -> tuple[Exported, ...]:
        """Return the locks: one for each target, and one for all where one can say it (else one for each resolve)."""
        request = Request(
            frozen=self._frozen,
            targets=self._targets,
            environments=self._environments,
            whereabouts=_Nowhere(),
            local=self._options.local,
            wheels=wheels,
        )
        each = {exported.name: exported for exported in pylocks(replace(request, each=True))}
        together = {exported.name: exported for exported in pylocks(request)}
        # A resolve and a target may go by one name: the target's own file says more.
        return tuple(lock for _, lock in sorted({**together, **each}.items()))

    @property
    def _named_environments(self) -> Iterator[Environment]:
        return (self._frozen.environments_by_name[name] for name in self._environments)

    def _items(self, manifest: Manifest, texts: Sequence[Text]) -> Iterator[Item]:
        yield from texts
        for file in manifest.artifacts:
            if file.here:
                source = self._store.path(file.sha256, file.filename)
                yield Copy(path=file.path, source=source, sha256=file.sha256, size=file.size)

    # What is there ----------------------------------------------------------------------------------------

    @cached_property
    def _old(self) -> Older | None:
        """Return what the bundle that is added to says of itself."""
        if self._options.add_to is None:
            return None
        if self._options.out.resolve() == self._options.add_to.resolve():
            raise UsageError(
                "the new bundle would take the place of the one that it adds to", hint="choose another --out"
            )
        with open_bundle(self._options.add_to) as bundle:
            return Older(bundle.manifest, bundle.manifest_sha256)

    def _is_current(self, manifest: Manifest, texts: Sequence[Text]) -> bool:
        """Say whether exactly this bundle is there already, every byte of it."""
        from frazil.bundle.checking import is_bundle_of  # noqa: PLC0415 - only where something is there already

        out = self._options.out
        return out.exists() and is_bundle_of(out, manifest, {text.path: text.data for text in texts})

    # Telling ----------------------------------------------------------------------------------------------

    def _report(self, plan: FetchPlan) -> BundleReport:
        return BundleReport(
            out=self._options.out,
            targets=tuple(target.name for target in self._targets),
            environments=self._environments,
            fetched=len(plan.downloads),
            fetched_size=plan.download_size,
            costs=self._costs(Costs()),
        )

    def _counted(self, manifest: Manifest, plan: FetchPlan) -> BundleReport:
        new = [file for file in manifest.wheels if file.here]
        return replace(
            self._report(plan),
            locks=tuple(file.path for file in manifest.files if file.kind == LOCK),
            wheels=len(manifest.wheels),
            size=sum(file.size for file in manifest.wheels),
            new=len(new),
            new_size=sum(file.size for file in new),
            sources=sum(file.kind == SOURCE and file.here for file in manifest.files),
            built=tuple(sorted(file.filename for file in new if file.built)),
        )

    def _costs(self, costs: Costs) -> Costs:
        return replace(costs, phases=tuple(self._phases.spent))


class _Nowhere:
    """Addresses, of which a bundle has none: where its machine finds things is nobody else's business."""

    def artifact(self, coordinate: Coordinate, artifact: FrozenArtifact) -> str:
        raise AssertionError(f"{artifact.filename} of {coordinate.name} lies in the bundle")

    def index(self, name: str) -> str:
        raise AssertionError(f"no index is named in a bundle, {name} neither")

    def folder(self, path: str) -> str:
        raise AssertionError(f"{path} is a wheel in the bundle")


def _text_file(text: Text, kind: str) -> BundledFile:
    return BundledFile(path=text.path, kind=kind, sha256=sha256_of(text.data), size=len(text.data))


def _project(part: Coordinate | FrozenTarget) -> str:
    return part.name if isinstance(part, Coordinate) else (part.project_name or part.name)


def _with_left(manifest: Manifest, old: Manifest | None) -> Manifest:
    """Return an addition with what the older bundle has and this one neither uses nor replaces."""
    if old is None:
        return manifest
    own: Mapping[str, BundledFile] = manifest.by_path
    left = [(path, *facts) for path, facts in old.expected.items() if path not in own]
    return replace(manifest, left=tuple(sorted(left)))
