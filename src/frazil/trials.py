"""Trying a version that a resolve did not choose: whether it exists, whether it may be taken, what comes of it."""

from contextlib import ExitStack, closing
from datetime import UTC, datetime

from packaging.version import Version

from frazil.asking import Asking
from frazil.catalog import Listing, NoProject
from frazil.freeze import Standing, outside_of
from frazil.frozen.model import Frozen
from frazil.frozen.preferences import pins_of
from frazil.model import Declared, Origin, Rejection, RejectionKind, Resolution
from frazil.offering import Kept, Offering
from frazil.requirement import Requirement
from frazil.resolver.bound import Bound, explaining
from frazil.resolver.candidates import choose_file
from frazil.resolver.core import smallest_core
from frazil.resolver.engines import LEADING, NoAnswer
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Question, Wish
from frazil.resolver.sentences import Releases, loss_words
from frazil.resolver.story import Story
from frazil.resolver.versions import Preference, VersionSet
from frazil.settings import Settings
from frazil.values import dataclass, replace

_ASKER = "why-not"
_MOST_TRIED = 5
_MOST_MOVED = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """How a version stands: `rejected`, `refused`, `possible`, `missing`, `chosen` or `unknown`; and why, in lines."""

    version: str | None
    kind: str
    told: tuple[str, ...]


class Trials:
    """Tries versions of one project with all that is declared now; `stack` closes what is opened."""

    def __init__(self, frozen: Frozen, name: str, standing: Standing, settings: Settings, stack: ExitStack) -> None:
        project = standing.project
        pins = {place: version for place, version in pins_of(frozen).items() if place[2] != name}
        asking = Asking(project, pins=pins, now=datetime.now(UTC))
        kept = Kept(frozen=frozen, names=frozenset(each for _, _, each in pins), doubted=frozenset({name}))
        outside = stack.enter_context(outside_of(project, settings))
        offering = Offering(asking, kept, outside, settings, engine=LEADING, bound=Bound())
        self._offering = stack.enter_context(closing(offering))
        self._questions = {(each.resolve, each.environment.name): each for each in asking.questions()}
        self._frozen = frozen
        self._name = name

    def of(self, place: tuple[str, str], pinned: str | None, version: str | None) -> Trial:
        """Try a version, or without one those that policy prefers to what is pinned, the best first.

        Raises OutsideError.
        """
        question = self._questions.get(place)
        if question is None:
            return Trial(version, "unknown", (f"nothing in resolve {place[0]} is declared for {place[1]} any more",))
        listing = self._offering.catalog.project(self._name)
        if isinstance(listing, NoProject):
            return Trial(version, "missing", (f"no index has a project {self._name}",))
        order = _in_order(question, listing)
        if version is None:
            return self._better(question, listing, order, pinned)
        there = next((each for each in order if Version(each) == Version(version)), None)
        if there is None:
            newest = f"; the newest is {listing.versions[0]}" if listing.versions else ""
            return Trial(version, "missing", (f"there is no release {self._name} {version}{newest}",))
        return self._tried(question, listing, there, pinned, better=_precedes(order, there, pinned))

    def _better(self, question: Question, listing: Listing, order: list[str], pinned: str | None) -> Trial:
        better = [version for version in order if _precedes(order, version, pinned)]
        if not better:
            return Trial(pinned, "chosen", (f"{self._name} {pinned} is the newest that policy takes",))
        told: list[str] = []
        for version in better[:_MOST_TRIED]:
            trial = self._tried(question, listing, version, pinned, better=True)
            told += trial.told
            if trial.kind != "rejected":
                return replace(trial, told=tuple(told))
        return Trial(better[0], "rejected", tuple(told))

    # One version ------------------------------------------------------------------------------------------

    def _tried(self, question: Question, listing: Listing, version: str, pinned: str | None, *, better: bool) -> Trial:
        lost = self._lost(question, listing, version)
        if lost is not None:
            return Trial(version, "rejected", (lost,))
        wish = Wish(Declared(Requirement(self._name, specifier=f"=={version}"), Origin("the command line")), _ASKER)
        try:
            found = self._offering.answer_one(replace(question, wishes=(*question.wishes, wish)))
        except NoAnswer as none:
            return self._refused(none, wish.declared, version)
        moved = f", and moves {moves}" if (moves := self._moves(question, found)) else ""
        if not better:
            return Trial(version, "possible", (f"{self._name} {version} would do{moved}, but {pinned} is preferred",))
        take = f"`frazil resolve -P {self._name}=={version}` takes it{moved}"
        return Trial(version, "possible", (f"nothing speaks against {self._name} {version}: {take}",))

    def _lost(self, question: Question, listing: Listing, version: str) -> str | None:
        """Say why a release cannot be taken, if its files or policy are the reason."""
        environment, selecting = question.environment, question.selecting
        candidate = choose_file(listing, version, environment, selecting)
        if isinstance(candidate, Rejection):
            kind, fact = candidate.kind, candidate.fact
        elif candidate.yanked:
            kind, fact = RejectionKind.YANKED, ""
        else:
            return None
        releases = Releases(f"{self._name} {version}", several=False)
        return loss_words(kind, releases, [fact], here="this environment", python=environment.python)

    def _refused(self, none: NoAnswer, asked: Declared, version: str) -> Trial:
        """Say what keeps a release out; what was asked here goes without saying."""
        if not isinstance(none.outcome, Refused):
            return Trial(version, "unknown", (f"the search for an answer with {self._name} {version} gave up",))
        core = smallest_core(none.world, none.outcome.proof, self._offering.catalog, explaining(Bound()))
        story = Story(core, none.world)
        told = (*story.requirements(besides=asked), *story.told_steps())
        return Trial(version, "refused", told or (story.sentence(),))

    def _moves(self, question: Question, found: Resolution) -> str:
        """Say which other pins an answer would move."""
        moves = []
        for pin in found.pins:
            old = self._frozen.pins.get((question.resolve, question.environment.name, pin.name))
            if pin.name != self._name and old is not None and old.version != pin.version:
                moves.append(f"{pin.name} {old.version} → {pin.version}")
        more = f" and {len(moves) - _MOST_MOVED} more" if len(moves) > _MOST_MOVED else ""
        return ", ".join(moves[:_MOST_MOVED]) + more


def _in_order(question: Question, listing: Listing) -> list[str]:
    """Return the versions of a project in the order in which policy prefers them."""
    selecting = question.selecting
    direct = {wish.requirement.name for wish in question.wishes}
    order = Preference(
        VersionSet(listing.versions),
        prerelease=selecting.prerelease_of(listing.name),
        lowest=selecting.prefers_lowest(listing.name, direct),
    )
    return [listing.versions[number] for number in order]


def _precedes(order: list[str], version: str, pinned: str | None) -> bool:
    """Say whether policy prefers a version to what is pinned."""
    return pinned not in order or order.index(version) < order.index(pinned)
