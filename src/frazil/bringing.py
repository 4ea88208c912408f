"""Bringing what a lock lists into the store: downloads, and wheels that are built of what it has only as source."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from frazil.events import Warned
from frazil.fetcher.download import Downloaded, download_artifacts
from frazil.fetcher.plan import Download
from frazil.freeze import Phases
from frazil.frozen.inputs import inputs_of
from frazil.frozen.model import Frozen, FrozenArtifact, FrozenIndex
from frazil.frozen.selection import SelectedArtifact, Selection, selection_of
from frazil.named_hosts import believed, check_hosts
from frazil.outside import Outside, declared_again
from frazil.project.declaration import DeclaredProject
from frazil.settings import Settings
from frazil.shared_cache import SharedCacheOfRun
from frazil.store.content import Store
from frazil.to_build import Made, ToBuild, with_build_targets
from frazil.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """One lock, and all that it takes to have its artifacts here; `project` is None where no manifest was read."""

    frozen: Frozen
    lock: Path
    root: Path
    project: DeclaredProject | None
    settings: Settings
    phases: Phases
    shared: SharedCacheOfRun
    store: Store

    def outside(self) -> Outside:
        """Return the world outside as the lock names it; close it at the end."""
        indexes = declared_again(self._indexes)
        given = () if self.project is None else self.project.index_credentials
        return Outside(indexes, self.settings, index_credentials=given)

    @property
    def _indexes(self) -> tuple[FrozenIndex, ...]:
        """The indexes of the lock, with the file roots that are not its word alone."""
        declared = () if self.project is None else self.project.indexes
        roots = [(index.name, index.files) for index in declared]
        return tuple(believed(index, roots, self.settings.allowed_hosts) for index in self.frozen.inputs.indexes)

    def present(self, artifact: FrozenArtifact) -> bool:
        """Say whether the store has an artifact."""
        return self.store.has(artifact.sha256, artifact.filename, artifact.size)

    def download(self, downloads: tuple[Download, ...], outside: Outside) -> Downloaded:
        """Bring artifacts into the store.

        Raises IntegrityError, ArtifactGone, OutsideError, DiskError; LockFileError for a host that nobody declares.
        """
        if not downloads:
            return Downloaded()
        if self.project is not None:
            check_hosts(self.frozen, inputs_of(self.project), self.settings.allowed_hosts)
        with self.phases.phase("download"):
            return download_artifacts(
                downloads,
                client=outside.client,
                store=self.store,
                roots=outside.roots_of(self._indexes),
                locator=outside.locator,
                reporter=self.settings.reporter,
                shared=self.shared.of(self.project),
                packer=outside.git,
                root=self.root,
            )

    def check(self, artifacts: Iterable[tuple[str, str]], selected: Callable[[], tuple[SelectedArtifact, ...]]) -> None:
        """See that wheels, which are here, say of themselves what the lock does.

        `artifacts` are (sha256, file name); `selected` tells whose they are, for those that were not looked at yet.
        """
        from frazil.wheel_checks import check_wheels  # noqa: PLC0415 - only who has brought wheels reads them

        with self.phases.phase("check"):
            check_wheels(
                self.frozen,
                (sha256 for sha256, filename in artifacts if filename.endswith(".whl")),
                selected,
                lock=self.lock.absolute(),
                store=self.store,
                cache=self.settings.cache,
            )

    def make(self, items: Sequence[ToBuild], outside: Outside) -> Made:
        """Build wheels; what they are made of must have been brought. Warns of what was not built."""
        from frazil.build_wheels import make_wheels  # noqa: PLC0415 - only who builds pays for it
        from frazil.supply import Supply  # noqa: PLC0415

        supply = Supply(self.root, lambda: outside.client, self.settings)
        with closing(supply), self.phases.phase("build"):
            made = make_wheels(self.frozen, items, root=self.root, supply=supply, settings=self.settings)
        for sentence in made.left_out:
            self.settings.reporter(Warned(sentence))
        return made

    def with_builders(self, selection: Selection) -> Selection:
        """Return a selection with what builds the members in it."""
        names = with_build_targets(self.frozen, selection.targets, selection.environments)
        targets = [self.frozen.targets_by_name[name] for name in names]
        found = selection_of(self.frozen, targets, selection.environments)
        return replace(found, undelivered=selection.undelivered)
