"""Which projects of a question come from an address: those that targets ask for so, and all that follows from them."""

from collections.abc import Callable, Iterator

from frazil.directs import Asked, DirectListing
from frazil.errors import IntegrityError, NoResolution
from frazil.requirement import Requirement, gate_opens, parse_requirement
from frazil.resolver.question import Question, Replacements, wish_order

Read = Callable[[Asked, frozenset[str]], DirectListing]
"""Gives what an address leads to, and knows what these extras of it add."""


def direct_listings(question: Question, read: Read) -> dict[str, DirectListing]:
    """Return the projects of a question that come from an address.

    An address counts when a target asks for it, a member, a release that comes from an address itself, or an override.
    Raises NoResolution for two addresses of one project, and for one of a member; and what `read` raises.
    """
    return _Following(question, read).run()


class _Following:
    """Follows what is asked from the targets on, as far as members and addresses lead."""

    def __init__(self, question: Question, read: Read) -> None:
        self._question = question
        self._read = read
        self._replacements = Replacements(question)
        self._asked: dict[str, Asked] = {}
        self._listings: dict[str, DirectListing] = {}
        self._extras: dict[str, set[str | None]] = {}
        self._waiting: list[tuple[str, str | None]] = []

    def run(self) -> dict[str, DirectListing]:
        question = self._question
        for wish in sorted(question.wishes, key=wish_order):
            self._follow(wish.requirement, wish.target or "policy", str(wish.declared.origin))
        for wish in sorted(question.overrides, key=wish_order):
            if wish.requirement.url is not None:
                self._follow(wish.requirement, "an override", str(wish.declared.origin))
        while self._waiting:
            name, extra = self._waiting.pop()
            for requirement, who, where in self._edges(name, extra):
                self._follow(requirement, who, where)
        return self._listings

    def _follow(self, requirement: Requirement, who: str, where: str) -> None:
        for effective in self._replacements.of(requirement):
            name = effective.name
            if effective.url is not None:
                self._note(Asked(requirement=effective, who=who, where=where))
            known = self._extras.setdefault(name, set())
            new = {None, *effective.extras} - known
            known |= new
            if name in self._listings or name in self._question.members:
                self._waiting += [(name, extra) for extra in new]

    def _note(self, asked: Asked) -> None:
        name = asked.requirement.name
        member = self._question.members.get(name)
        if member is not None:
            raise self._refusal(asked, f"which is the project of {member.target}", _line(asked))
        first = self._asked.setdefault(name, asked)
        if first.address != asked.address:
            raise self._refusal(first, f"and {asked.who} by another one", _line(first), _line(asked))
        if first is asked:
            self._waiting += [(name, extra) for extra in self._extras.get(name, ())]
            self._listings[name] = self._read(asked, frozenset())
        _check_demand(asked, self._listings[name])

    def _edges(self, name: str, extra: str | None) -> Iterator[tuple[Requirement, str, str]]:
        """Give what a member or a direct reference asks for here, because of an extra or without any."""
        variables = self._question.environment.variables
        member = self._question.members.get(name)
        if member is not None:
            for each in member.requirements if extra is None else member.extras.get(extra, ()):
                if gate_opens(each.requirement.marker, variables, None):
                    yield each.requirement, member.target, str(each.origin)
            return
        listing = self._listings[name]
        if extra is not None and not listing.knows((extra,)):
            listing = self._listings[name] = self._read(self._asked[name], frozenset((extra,)))
        release = f"{name} {listing.version}"
        for text in listing.metadata.requires_dist:
            requirement = parse_requirement(text)
            if gate_opens(requirement.marker, variables, extra):
                yield requirement, release, f"metadata of {release}"

    def _refusal(self, asked: Asked, clause: str, *lines: str) -> NoResolution:
        name, environment = asked.requirement.name, self._question.environment.name
        return NoResolution(
            f"{asked.who} asks for {name} by an address, {clause} ({environment})",
            details=lines,
            hint=f"ask for {name} in one way everywhere, or override it: overrides in [tool.frazil]",
        )


def _line(asked: Asked) -> str:
    return f"{asked.who}  requires {asked.requirement}   {asked.where}"


def _check_demand(asked: Asked, listing: DirectListing) -> None:
    demanded = asked.sha256
    if demanded is not None and listing.offer.sha256 != demanded:
        raise IntegrityError(
            f"{listing.offer.filename} is not the file that is asked for",
            details=(f"expected sha256 {demanded}", f"got      sha256 {listing.offer.sha256}", _line(asked)),
        )
