"""Seeding a mirror from a lock: bring the files, link them out, then write the pages that list them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from itertools import groupby
from pathlib import Path

from frazil.atomic import disk_errors, forbid_writes, make_folder, read_if_there, write_atomically
from frazil.bringing import Bringing
from frazil.costs import Costs
from frazil.delivery import (
    FetchOptions,
    FetchReport,
    bringing_from,
    read_source,
    report_of,
    selection_for,
    warn_if_stale,
)
from frazil.digest import sha256_of
from frazil.errors import Difference, UsageError
from frazil.fetcher.link import LinkOutcome, StoreChanged, link_out
from frazil.fetcher.plan import FetchPlan, plan_downloads
from frazil.freeze import Phases
from frazil.frozen.encoding import instant_text
from frazil.frozen.selection import SelectedArtifact, Selection
from frazil.model import IndexSource, Rules
from frazil.seeding.pages import (
    Page,
    PageError,
    PageFile,
    format_html,
    format_json,
    format_projects_html,
    format_projects_json,
    page_with,
    parse_index,
    parse_page,
)
from frazil.seeding.tree import METADATA, SIMPLE, Placed, bases_of, place_artifacts
from frazil.settings import Settings
from frazil.shared_cache import SharedCacheOfRun
from frazil.to_build import is_wheel
from frazil.turns import turn
from frazil.values import replace

JSON, HTML = "index.json", "index.html"

_TRIES = 2


def seed_mirror(root: Path | None, lock: Path | None, options: FetchOptions, settings: Settings) -> FetchReport:
    """Make `out` a static index of what a lock lists, or add to the one that it is; nothing of that ever goes.

    Raises UsageError for a folder that is another mirror, and what a fetch raises. The pages come last: whoever is
    served meanwhile finds every file that a page lists.
    """
    if options.out is None:
        raise UsageError("a mirror needs a place", hint="name its folder with --out")
    if options.build:
        raise UsageError("a mirror has what its index has: --build makes wheels that no index knows")
    with ExitStack() as stack:
        if options.check or options.dry_run:
            stack.enter_context(forbid_writes())
        phases = Phases(settings)
        stack.enter_context(turn(settings, options.out))
        with phases.phase("read"):
            source = read_source(root, lock, options, Rules(), settings)
        warnings = warn_if_stale(source, settings)
        shared = stack.enter_context(SharedCacheOfRun(settings))
        bringing = bringing_from(source, settings, phases, shared)
        return replace(_Seeding(bringing, options, options.out.absolute()).run(), warnings=warnings)


class _Seeding:
    def __init__(self, bringing: Bringing, options: FetchOptions, out: Path) -> None:
        self._bringing = bringing
        self._options = options
        self._out = out
        self._phases = bringing.phases
        selection = selection_for(bringing.frozen, options)
        of_indexes = tuple(s for s in selection.artifacts if _is_of_index(s))
        self._undelivered = (*selection.undelivered, *_by_address(selection))
        self._selection = replace(selection, artifacts=of_indexes)

    def run(self) -> FetchReport:
        for remaining in reversed(range(_TRIES)):
            with self._phases.phase("plan"):
                placed = place_artifacts(self._selection.artifacts, self._bases)
                self._pages(placed, {})  # a page that is in the way is found before a file is touched
                plan = FetchPlan(
                    downloads=plan_downloads(self._selection, present=self._bringing.present),
                    links=tuple(each.link for each in placed),
                    undelivered=self._undelivered,
                )
            if self._options.dry_run or self._options.check:
                return self._only_planned(plan, placed)
            with self._bringing.outside() as outside:
                shared = self._bringing.download(plan.downloads, outside).shared
                self._bringing.check(plan.artifacts, lambda: self._selection.artifacts)
                costs = outside.costs
            try:
                outcome = self._link(plan)
            except StoreChanged:
                if not remaining:
                    raise
                continue
            with self._phases.phase("pages"):
                self._write(self._texts(placed))
            return replace(self._report(plan, outcome, costs), shared=shared)
        raise AssertionError  # the loop returns or raises

    @cached_property
    def _bases(self) -> dict[str, str]:
        """Return the tree of each index of the lock."""
        sources = {s.coordinate.source for s in self._selection.artifacts}
        used = {source.index for source in sources if isinstance(source, IndexSource)}
        text = read_if_there(self._out / SIMPLE / JSON)
        try:
            top = None if text is None else parse_index(text)
        except PageError as error:
            raise self._no_mirror(self._out / SIMPLE / JSON, error) from None
        return bases_of(used, top)

    def _link(self, plan: FetchPlan) -> LinkOutcome:
        with self._phases.phase("link"):
            return link_out(
                plan.links,
                store=self._bringing.store,
                out=self._out,
                mode=self._options.link_mode,
                reporter=self._bringing.settings.reporter,
            )

    # Pages ------------------------------------------------------------------------------------------------

    def _texts(self, placed: Iterable[Placed]) -> dict[str, bytes]:
        """Return every page and metadata file by its place, in the order in which they are written."""
        found = {each: self._metadata(each) for each in placed}
        metadata = {each: text for each, text in found.items() if text is not None}
        pages = self._pages(placed, metadata)
        texts = {f"{each.link.place}{METADATA}": text for each, text in metadata.items()}
        for folder, page in pages.items():
            texts |= {f"{folder}/{HTML}": format_html(page), f"{folder}/{JSON}": format_json(page)}
        for index, base in self._bases.items():
            names = {page.name for folder, page in pages.items() if folder == f"{base}{SIMPLE}/{page.name}"}
            names |= {path.parent.name for path in (self._out / base / SIMPLE).glob(f"*/{JSON}")}
            texts[f"{base}{SIMPLE}/{HTML}"] = format_projects_html(names)
            texts[f"{base}{SIMPLE}/{JSON}"] = format_projects_json(index, names)
        return texts

    def _pages(self, placed: Iterable[Placed], metadata: Mapping[Placed, bytes]) -> dict[str, Page]:
        """Return the page of every project by its folder, with what is there already."""
        found = {}
        for (base, name), group in groupby(sorted(placed, key=_project), key=_project):
            folder = f"{base}{SIMPLE}/{name}"
            found[folder] = self._page(folder, name, [_page_file(each, metadata.get(each)) for each in group])
        return found

    def _page(self, folder: str, name: str, files: Iterable[PageFile]) -> Page:
        place = self._out / folder / JSON
        text = read_if_there(place)
        try:
            return page_with(name, files, None if text is None else parse_page(text))
        except PageError as error:
            raise self._no_mirror(place, error) from None

    def _metadata(self, placed: Placed) -> bytes | None:
        """Return what a wheel says of itself; a file that cannot be read has none, as on any index."""
        from frazil.index.archives import ArchiveError, read_from_wheel  # noqa: PLC0415 - only for what is new

        artifact, coordinate = placed.selected.artifact, placed.coordinate
        if not is_wheel(artifact) or coordinate.version is None:
            return None
        source = self._bringing.store.path(artifact.sha256, artifact.filename)
        try:
            with disk_errors("read", source), source.open("rb") as file:
                return read_from_wheel(file, coordinate.name, coordinate.version)
        except ArchiveError:
            return None

    def _write(self, texts: dict[str, bytes]) -> None:
        for place, text in texts.items():
            path = self._out / place
            if read_if_there(path) != text:
                make_folder(path.parent)
                write_atomically(path, text)

    @staticmethod
    def _no_mirror(place: Path, error: PageError) -> UsageError:
        return UsageError(f"{place} is in the way: {error}", hint="choose another --out, or remove what is there")

    # Telling ----------------------------------------------------------------------------------------------

    def _report(self, plan: FetchPlan, outcome: LinkOutcome, costs: Costs) -> FetchReport:
        spent = replace(costs, phases=tuple(self._phases.spent))
        return report_of(plan, outcome, self._selection, out=self._out, costs=spent)

    def _only_planned(self, plan: FetchPlan, placed: Iterable[Placed]) -> FetchReport:
        missing = [each.link.place for each in placed if not (self._out / each.link.place).is_file()]
        if self._options.check and (plan.downloads or missing):
            raise Difference(
                f"{self._out} lacks {len(missing)} of {len(plan.links)} files that the lock lists",
                details=tuple(missing[:20]),
                hint="run the same command without --check",
            )
        return replace(self._report(plan, LinkOutcome(), Costs()), planned=plan)


def _project(placed: Placed) -> tuple[str, str]:
    return placed.base, placed.coordinate.name


def _is_of_index(selected: SelectedArtifact) -> bool:
    return isinstance(selected.coordinate.source, IndexSource)


def _by_address(selection: Selection) -> Iterator[str]:
    """Name what comes by address: no index has it, and so no mirror of one."""
    yield from sorted({s.artifact.filename for s in selection.artifacts if not _is_of_index(s)})


def _page_file(placed: Placed, metadata: bytes | None) -> PageFile:
    artifact, coordinate = placed.selected.artifact, placed.coordinate
    return PageFile(
        filename=artifact.filename,
        url=placed.url,
        sha256=artifact.sha256,
        size=artifact.size,
        version=coordinate.version or "0",
        upload_time=None if artifact.upload_time is None else instant_text(artifact.upload_time),
        requires_python=coordinate.requires_python,
        yanked=coordinate.yanked,
        metadata=None if metadata is None else sha256_of(metadata),
    )
