"""What a search will likely ask for next, for a catalog that reads ahead while the search waits.

A guess is wrong when a release that was not read yet narrows what is asked of a project. That is rare, but for
projects that have moved on: where the newest release is of another series than those that were asked for have in
mind, somebody often holds them back. Such a guess is not sure, and waits until all that can be read without it was.
"""

import threading
from collections.abc import Iterable
from itertools import islice

from frazil.catalog import Guess, Listing
from frazil.model import Metadata
from frazil.quick.requirements import gate_of
from frazil.quick.specifiers import spans_of
from frazil.quick.versions import version_key
from frazil.requirement import Requirement, RequirementSyntaxError, gate_opens, parse_requirement
from frazil.resolver.candidates import Candidate, choose_file
from frazil.resolver.question import Question, Replacements
from frazil.resolver.versions import Preference, VersionSet

_MOST_TRIED = 40
_A_YEAR = 1990
"""From here on a first number is a year: it moves on by itself, and no series ends with it."""
_MOST_LEARNT = 20
"""Releases of one project that are learnt from: a search that walks down a project will choose few of them."""


class Foresight:
    """A `Scout` for one question: what it learns of one release it applies to all, as if each were chosen."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._replacements = Replacements(question)
        self._direct = frozenset(wish.requirement.name for wish in question.wishes)
        self._elsewhere = question.members.keys() | question.direct.keys()
        self._lock = threading.Lock()
        self._specifiers: dict[str, set[str]] = {}
        self._extras: dict[str, set[str]] = {}
        self._metadata: dict[str, Metadata] = {}
        self._learnt: dict[str, int] = {}
        self._begun = False
        self._beginning = threading.Lock()

    def guess(self, listing: Listing) -> Guess | None:
        """Return the first release, in the order of policy, that all that was learnt admits and that fits here."""
        self._begin()
        name = listing.name
        selecting = self._question.selecting
        versions = VersionSet(listing.versions)
        order = Preference(
            versions,
            prerelease=selecting.prerelease_of(name),
            lowest=selecting.prefers_lowest(name, self._direct),
            first=self._question.locked.get(name) or self._question.preferred.get(name),
        )
        with self._lock:
            specifiers = tuple(self._specifiers.get(name, ()))
        admitted = versions.every
        for specifier in specifiers:
            admitted &= versions.admitted(specifier)
        for number in islice(order.within(admitted), _MOST_TRIED):
            version = listing.versions[number]
            candidate = choose_file(listing, version, self._question.environment, selecting)
            if isinstance(candidate, Candidate) and not candidate.yanked:
                return Guess(version, candidate.artifact, _is_in_mind(version, specifiers))
        return None

    def learn(self, name: str, metadata: Metadata) -> Iterable[str]:
        """Take in what a release asks for, should it be chosen; return the projects that are then asked for."""
        self._begin()
        with self._lock:
            learnt = self._learnt[name] = self._learnt.get(name, 0) + 1
            if learnt > _MOST_LEARNT:
                return ()
            self._metadata[name] = metadata
            extras: tuple[str | None, ...] = (None, *self._extras.get(name, ()))
        return self._follow(metadata, extras)

    def _begin(self) -> None:
        """Take in what is wished, once there is something to guess: where all is at hand, there never is."""
        with self._beginning:
            if self._begun:
                return
            self._begun = True
            for wish in self._question.constraints:
                self._specifiers.setdefault(wish.requirement.name, set()).add(wish.requirement.specifier)
            self._ask(wish.requirement for wish in self._question.wishes)

    def _follow(self, metadata: Metadata, asked_extras: Iterable[str | None]) -> set[str]:
        extras = frozenset(asked_extras)
        variables = self._question.environment.variables
        asked = []
        for text in metadata.requires_dist:
            opening = _opening(text, extras)
            try:
                requirement = parse_requirement(text) if opening else None
                if requirement and any(gate_opens(requirement.marker, variables, extra) for extra in opening):
                    asked.append(requirement)
            except RequirementSyntaxError:
                continue
        return self._ask(asked)

    def _ask(self, requirements: Iterable[Requirement]) -> set[str]:
        """Note what is asked for; follow the extras of projects that are known already."""
        names: set[str] = set()
        again: list[tuple[Metadata, set[str]]] = []
        with self._lock:
            for requirement in (each for asked in requirements for each in self._replacements.of(asked)):
                name = requirement.name
                if name in self._elsewhere or requirement.url is not None:
                    continue
                names.add(name)
                if requirement.specifier:
                    self._specifiers.setdefault(name, set()).add(requirement.specifier)
                new = {*requirement.extras} - self._extras.setdefault(name, set())
                self._extras[name] |= new
                if new and name in self._metadata:
                    again.append((self._metadata[name], new))
        for metadata, extras in again:
            names |= self._follow(metadata, extras)
        return names


def _opening(text: str, extras: frozenset[str | None]) -> frozenset[str | None]:
    """Return the extras, of those that are asked for, with which a requirement may hold; None is to ask for none."""
    gate = gate_of(text)
    if gate is not None:
        return extras & {gate}
    return extras if "extra" in text else extras & {None}


def _is_in_mind(version: str, specifiers: Iterable[str]) -> bool:
    """Say whether a release is of a series that those who ask had in mind: one that they name, or any."""
    series = _series(version_key(version))
    if series[1:] >= (_A_YEAR,):
        return True
    named = [
        _series(bound)
        for specifier in specifiers
        for span in spans_of(specifier) or ()
        if not span.excluded and (bound := span.low or span.high) is not None
    ]
    return not named or max(named) >= series


def _series(key: tuple[object, ...]) -> tuple[object, ...]:
    """Return the first number of a release with its epoch."""
    release = key[1]
    assert isinstance(release, tuple)  # noqa: S101 - the shape of a key
    return key[0], *release[:1]
