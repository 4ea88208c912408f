"""All that a run can choose from: the indexes, what addresses lead to, what must be built to be known, the old lock."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from frazil.address import address_of, is_from
from frazil.asking import Asking
from frazil.catalog import UNVERSIONED, Catalog, Listing, NoProject, Unreadable
from frazil.errors import BuildFailed, FrazilError, NoResolution, UnsafeArchive
from frazil.frozen.model import Coordinate, Frozen
from frazil.model import BUILD_RESOLVE, Declared, IndexSource, Metadata, Offer, Origin, Pin, Resolution
from frazil.outside import Outside
from frazil.requirement import Requirement, marker_holds
from frazil.resolver.bound import Bound
from frazil.resolver.candidates import covers
from frazil.resolver.engines import Engine, NoAnswer, answer, answer_jointly
from frazil.resolver.foresight import Foresight
from frazil.resolver.question import JointQuestion, Question, Wish
from frazil.settings import Settings
from frazil.values import dataclass, replace

if TYPE_CHECKING:
    from frazil.building import BuildAnswer, SourceBuilder
    from frazil.directs import AddressReader, Asked, DirectListing
    from frazil.sources import Sources, SourceTree
    from frazil.supply import Supply

_Place = tuple[str, str, tuple[Wish, ...]]

MOST_FAILED_BUILDS = 3
"""Releases of one project whose builds may fail before that is an error: it is not the releases then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a run keeps of an old lock: `frozen` but for the projects that were let go of, or are `doubted`."""

    frozen: Frozen | None
    names: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()

    def coordinate(self, question: Question, asked: "Asked") -> Coordinate | None:
        """Return what the lock has from an address: for this question, else for any other one."""
        name = asked.requirement.name
        if self.frozen is None or name not in self.names - self.doubted:
            return None
        own = self.frozen.pins.get((question.resolve, question.environment.name, name))
        candidates = [own] if own is not None else []
        candidates += [each for each in self.frozen.coordinates if each.name == name]
        return next((each for each in candidates if self._answers(each, asked)), None)

    @staticmethod
    def _answers(coordinate: Coordinate, asked: "Asked") -> bool:
        demanded = {asked.sha256} - {None}
        return is_from(asked.requirement, coordinate.source) and demanded <= {a.sha256 for a in coordinate.artifacts}


class Offering:
    """Answers the questions of one run; close it at the end."""

    def __init__(
        self, asking: Asking, kept: Kept, outside: Outside, settings: Settings, *, engine: Engine, bound: Bound
    ) -> None:
        self._outside = outside
        self._asking = asking
        self._kept = kept
        self._engine = engine
        self._bound = bound
        self._settings = settings
        self.catalog = SourceCatalog(outside.catalog, lambda: self.builder, lambda: self._sources)
        self._directs: dict[_Place, dict[str, DirectListing]] = {}
        self._wanted: dict[_Place, dict[str, frozenset[str]]] = {}

    # What most runs never need: nothing of it is imported before.

    @cached_property
    def _members_name_an_address(self) -> bool:
        """Whether a member asks for one: where nobody does, nothing can come from an address."""
        targets = self._asking.project.targets
        return any(each.requirement.url is not None for target in targets for each in target.requirements)

    @cached_property
    def _supply(self) -> "Supply":
        from frazil.supply import Supply  # noqa: PLC0415

        return Supply(self._asking.project.root, lambda: self._outside.client, self._settings)

    @cached_property
    def _sources(self) -> "Sources":
        from frazil.sources import Sources  # noqa: PLC0415

        return Sources(self._asking.project.root, lambda: self._outside.git, self._supply)

    @cached_property
    def _reader(self) -> "AddressReader":
        from frazil.directs import AddressReader  # noqa: PLC0415

        targets = self._asking.project.targets
        members = {t.name: t.project_name for t in targets if t.project_name is not None and t.base is None}
        return AddressReader(
            self._sources, self._supply, lambda: self.builder, members=members, settings=self._settings
        )

    @cached_property
    def builder(self) -> "SourceBuilder":
        from frazil.building import SourceBuilder  # noqa: PLC0415 - most runs build nothing

        return SourceBuilder(self._answer_build, self._sources, self._supply, self._settings)

    def close(self) -> None:
        if "_supply" in self.__dict__:
            self._supply.close()

    # Answers ----------------------------------------------------------------------------------------------

    def answer_one(self, question: Question) -> Resolution:
        """Answer one question, as far as can be from the lock. Raises NoAnswer, and what reading and building raise."""
        while True:
            prepared = self._prepared(question)
            self._outside.catalog.follow(Foresight(prepared))
            found = self._found_in_lock(prepared)
            if found is None:
                found = answer(prepared, self.catalog, engine=self._engine, bound=self._bound)
            if self._knows_extras(prepared, found):
                return found

    def _found_in_lock(self, question: Question) -> Resolution | None:
        """Answer a question as far as can be from the old lock; None where that knows nothing of it."""
        if self._kept.frozen is None:
            return None
        from frazil.relock import answer_anew, known_catalog  # noqa: PLC0415 - a first resolve has no old lock

        known = known_catalog(
            self._kept.frozen, self._asking.project, question, self.catalog, doubted=self._kept.doubted
        )
        return None if known is None else answer_anew(question, known, engine=self._engine, bound=self._bound)

    def answer_together(self, joint: JointQuestion) -> tuple[Resolution, ...]:
        """Answer questions that must share every version: then an address that counts in one counts in all of them.

        Raises NoAnswer, NoResolution.
        """
        while True:
            prepared = [self._prepared(question) for question in joint.questions]
            everywhere = _shared_addresses(prepared)
            shared = JointQuestion(questions=tuple(replace(question, direct=everywhere) for question in prepared))
            found = answer_jointly(shared, self.catalog, engine=self._engine, bound=self._bound)
            if all(self._knows_extras(*each) for each in zip(prepared, found, strict=True)):
                break
        for question, resolution in zip(prepared, found, strict=True):
            for pin in resolution.pins:
                if pin.name in everywhere and pin.name not in question.direct:
                    raise _one_address_only(pin.name, question)
        return found

    def _prepared(self, question: Question) -> Question:
        """Return a question with the projects that come from an address."""
        place = _place(question)
        if place not in self._directs:
            self._directs[place] = self._direct_listings(question)
        return replace(question, direct=self._directs[place])

    def _direct_listings(self, question: Question) -> "dict[str, DirectListing]":
        if not (self._members_name_an_address or _names_an_address(question)):
            return {}
        from frazil.addressing import direct_listings  # noqa: PLC0415 - most projects name no address

        return direct_listings(question, self._read_for(question))

    def _read_for(self, question: Question) -> "Callable[[Asked, frozenset[str]], DirectListing]":
        """Return how addresses are read for a question: from the lock where that has all that is wanted."""
        from frazil.directs import locked_listing  # noqa: PLC0415 - loaded with the listings
        from frazil.frozen.known import asked_extras  # noqa: PLC0415

        frozen, environment = self._kept.frozen, question.environment.name
        extras = {} if frozen is None else asked_extras(frozen, question.resolve, environment)
        wanted = self._wanted.get(_place(question), {})

        def read(asked: "Asked", more: frozenset[str]) -> "DirectListing":
            name = asked.requirement.name
            locked = self._kept.coordinate(question, asked)
            if locked is not None and environment in locked.environments_in(question.resolve):
                listing = locked_listing(locked, environment, frozenset(extras.get(name, ())))
                if listing is not None and listing.knows(more | wanted.get(name, frozenset())):
                    return listing
            may_build = not covers(question.selecting.no_build, name)
            return self._reader.read(replace(asked, may_build=may_build), locked)

        return read

    def _knows_extras(self, question: Question, found: Resolution) -> bool:
        """Say whether all is known that the extras of addresses add; what the lock has not is read the next time."""
        if not question.direct:
            return True
        from frazil.directs import DirectListing  # noqa: PLC0415 - loaded with the listings

        unknown = {
            pin.name: frozenset(pin.extras)
            for pin in found.pins
            if isinstance(direct := question.direct.get(pin.name), DirectListing) and not direct.knows(pin.extras)
        }
        if unknown:
            self._wanted.setdefault(_place(question), {}).update(unknown)
            del self._directs[_place(question)]
        return not unknown

    # Builds -----------------------------------------------------------------------------------------------

    def build_requirements(self, pin: Pin) -> tuple[Requirement, ...]:
        """Return what building a release takes, as far as that is known without a build. Raises BuildFailed."""
        label = pin.name if pin.version is None else f"{pin.name} {pin.version}"
        from frazil.sources import content_of  # noqa: PLC0415 - loaded with the builder

        return self.builder.requirements(
            content_of(pin.source, pin.artifact),
            lambda: self._sources.pyproject(pin.name, pin.version, pin.source, pin.artifact),
            label,
        )

    def _answer_build(self, requirements: tuple[Requirement, ...], label: str) -> "BuildAnswer":
        """Choose what meets build requirements for this interpreter, as the lock has it where it can be."""
        from frazil.building import BuildAnswer  # noqa: PLC0415 - loaded by the build that asks
        from frazil.interpreter import running_interpreter  # noqa: PLC0415

        here = running_interpreter()
        question = self._asking.question(BUILD_RESOLVE, here, build_wishes(requirements, label, here.variables))
        question = replace(question, locked=self._build_pins())
        prepared = replace(question, direct=self._direct_listings(question))
        self._outside.catalog.follow(Foresight(prepared))
        try:
            found = answer(prepared, self.catalog, engine=self._engine, bound=self._bound)
        except NoAnswer as none:
            raise self.why_not((none,)) from None
        return BuildAnswer(found.pins, tuple(_members_in(question, found)))

    def _build_pins(self) -> dict[str, str]:
        """Return the locked versions of build requirements, those of an environment that matches this machine first."""
        from frazil.interpreter import matches  # noqa: PLC0415 - loaded by the build that asks

        near = {each.name for each in self._asking.project.environments if matches(each)}
        pins = [(e in near, n, v) for (r, e, n), v in self._asking.pins.items() if r == BUILD_RESOLVE]
        return {name: version for _, name, version in sorted(pins)}

    def passed_over(self, resolutions: Iterable[Resolution]) -> tuple[str, ...]:
        """Say which newer releases than those that were taken could not be built."""
        taken = {pin.name for resolution in resolutions for pin in resolution.pins}
        return tuple(
            f"{error.sentence}; it was passed over"
            for name, errors in sorted(self.catalog.failed.items())
            for error in errors
            if name in taken
        )

    # Refusals ---------------------------------------------------------------------------------------------

    def why_not(self, failures: Sequence[NoAnswer], *, ending: str = "") -> FrazilError:
        """Return the error for questions without an answer: a build that failed proves nothing about versions."""
        from frazil.refusing import refused  # noqa: PLC0415 - explaining takes much that answering does not

        for none in failures:
            for name in sorted(_projects_under(none)):
                if self.catalog.failed.get(name):
                    return self.catalog.failed[name][0]
        error = refused(failures, self.catalog, self._engine, self._bound, ending=ending)
        told, last = (error.details[:-1], error.details[-1:]) if ending else (error.details, ())
        error.details = (*told, *_address_lines(failures), *last)
        return error


class SourceCatalog:
    """The indexes, with a build where nothing else tells what a release requires; an address speaks for itself.

    `failed` are the builds that failed, by project: their releases count as unreadable.
    """

    def __init__(
        self, inner: Catalog, builder: Callable[[], "SourceBuilder"], sources: Callable[[], "Sources"]
    ) -> None:
        self._inner = inner
        self._builder = builder
        self._sources = sources
        self.failed: dict[str, list[BuildFailed]] = {}
        self._known: dict[tuple[str, str, str], Metadata | Unreadable] = {}

    def project(self, name: str) -> Listing | NoProject:
        return self._inner.project(name)

    def expect(self, names: Iterable[str]) -> None:
        self._inner.expect(names)

    def foresee(self, project: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        if isinstance(project.source, IndexSource):
            self._inner.foresee(project, releases)

    def metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        """Return what a file says of its release, building it if need be; remembered for the run.

        Raises OutsideError, IntegrityError, and BuildFailed when too many releases of a project failed.
        """
        if not isinstance(project.source, IndexSource):
            from frazil.directs import DirectListing  # noqa: PLC0415 - loaded by who made the listing

            assert isinstance(project, DirectListing)  # noqa: S101 - an address is the only other source here
            return project.metadata
        found = self._inner.metadata(project, version, offer)
        if not isinstance(found, Unreadable) or not found.dynamic:
            return found
        key = (project.name, version, offer.filename)
        if key not in self._known:
            built = self._build(project, version, offer)
            if isinstance(built, Unreadable) and self._builder().is_busy:
                return built  # it may have failed for what is under way
            self._known[key] = built
        return self._known[key]

    def _build(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        from frazil.index.core_metadata import read_wheel_metadata  # noqa: PLC0415 - loaded with the builder
        from frazil.sources import content_of  # noqa: PLC0415

        def tree() -> "SourceTree":
            return self._sources().tree(project.name, version, project.source, offer)

        content = content_of(project.source, offer)
        try:
            return self._builder().metadata(
                content, tree, lambda data: read_wheel_metadata(data, project.name, version)
            )
        except UnsafeArchive as error:
            return Unreadable(error.sentence)
        except BuildFailed as error:
            failures = self.failed.setdefault(project.name, [])
            failures.append(error)
            if len(failures) >= MOST_FAILED_BUILDS:
                raise failures[0] from None
            return Unreadable(f"its build failed: {error.sentence}", dynamic=True)


def _names_an_address(question: Question) -> bool:
    """Say whether a target or policy asks for an address."""
    return any(wish.requirement.url is not None for wish in (*question.wishes, *question.overrides))


def build_wishes(
    requirements: Iterable[Requirement], label: str, variables: tuple[tuple[str, str], ...]
) -> tuple[Wish, ...]:
    """Return what the build of a release wishes where these marker variables hold."""
    held = (requirement for requirement in requirements if marker_holds(requirement.marker, variables))
    who, where = f"the build of {label}", Origin(f"[build-system] of {label}")
    return tuple(Wish(Declared(requirement, where), who) for requirement in held)


def _place(question: Question) -> _Place:
    return question.resolve, question.environment.name, question.wishes


def _shared_addresses(questions: Iterable[Question]) -> dict[str, Listing]:
    """Return the addresses of several environments together; one project has one version."""
    found: dict[str, Listing] = {}
    for question in questions:
        for name, listing in question.direct.items():
            if found.setdefault(name, listing).versions != listing.versions:
                raise _one_address_only(name, question)
    return found


def _one_address_only(name: str, question: Question) -> NoResolution:
    return NoResolution(
        f"{name} comes from an address in some environments and from elsewhere in {question.environment.name}, "
        'and share = "strict" wants one release everywhere',
        hint=f"ask for {name} at its address in every environment",
    )


def _projects_under(none: NoAnswer) -> frozenset[str]:
    """Return the projects that a refusal speaks of; of a search that gave up, all that were looked at."""
    from frazil.resolver.clauses import nodes_under  # noqa: PLC0415 - only a refusal is looked into
    from frazil.resolver.outcome import Refused  # noqa: PLC0415

    if not isinstance(none.outcome, Refused):
        return none.world.projects()
    return frozenset(node.partition("[")[0].partition("@")[0] for node in nodes_under(none.outcome.proof))


def _address_lines(failures: Iterable[NoAnswer]) -> tuple[str, ...]:
    """Say of the projects of a refusal that come from an address that there is nothing else of them."""
    from frazil.resolver.core import questions_in  # noqa: PLC0415 - only a refusal is looked into

    found = {}
    for none in failures:
        names = _projects_under(none)
        for question in questions_in(none.world.question):
            for name, listing in question.direct.items():
                if name in names:
                    release = name if listing.versions == (UNVERSIONED,) else f"{name} {listing.versions[0]}"
                    found[name] = f"{release} is all there is: it comes from {address_of(listing.source)}"
    return tuple(found[name] for name in sorted(found))


def _members_in(question: Question, found: Resolution) -> Iterator[tuple[str, str]]:
    """Give the members that an answer rests on, by project name and folder."""
    asked = [wish.requirement.name for wish in question.wishes]
    asked += [edge.requirement.name for pin in found.pins for edge in pin.edges]
    seen: set[str] = set()
    while asked:
        name = asked.pop()
        member = question.members.get(name)
        if member is None or name in seen:
            continue
        seen.add(name)
        variables = question.environment.variables
        asked += [d.requirement.name for d in member.requirements if marker_holds(d.requirement.marker, variables)]
        yield name, member.target
