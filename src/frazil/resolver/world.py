"""The question and the catalog together, as the engines see them: nodes with versions, and what each version needs.

A node is a project (`flask`) or one of its extras (`flask[async]`), whose versions are the project's and which needs
its project at the same version. Both engines, the raising pass and the explanation read the same world, so that a
fact is established once.
"""

from collections.abc import Iterable, Mapping
from functools import cache, cached_property

from frazil.address import is_from
from frazil.catalog import UNVERSIONED, Catalog, Listing, NoProject, Unreadable
from frazil.model import (
    Declared,
    DirectorySource,
    Edge,
    IndexSource,
    Metadata,
    Offer,
    Rejection,
    RejectionKind,
    Source,
)
from frazil.quick.requirements import may_open
from frazil.requirement import (
    Requirement,
    RequirementSyntaxError,
    gate_opens,
    is_exact_pin,
    marker_holds,
    parse_requirement,
    python_admitted,
)
from frazil.resolver.candidates import Candidate, choose_file
from frazil.resolver.known_facts import KnownNeeds, common_to
from frazil.resolver.needs import Need
from frazil.resolver.question import Member, Question, Replacements, Wish, wish_order
from frazil.resolver.versions import Preference, VersionSet
from frazil.values import dataclass, field, replace

_UNVERSIONED_MEMBER = "0"


@dataclass(slots=True)
class Node:
    """One variable of the search."""

    key: str
    name: str
    extra: str | None
    versions: VersionSet
    order: Preference
    listing: Listing | None = None
    member: Member | None = None
    near: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        return bool(self.versions.every)

    @property
    def is_unversioned(self) -> bool:
        """Say whether this is a folder that leaves its version to the build."""
        return self.versions.versions == (UNVERSIONED,)

    def version_text(self, version: int) -> str:
        return self.versions.versions[version]


def node_key(name: str, extra: str | None = None) -> str:
    return name if extra is None else f"{name}[{extra}]"


@dataclass(slots=True)
class Learnt:
    """What a search has read, for the next one: the versions of a node that say the same, taken together.

    `needs` are by node, needed node and admitted versions; `unusable` by node and reason; `read` are the releases
    about which nothing else is to be said.
    """

    needs: dict[tuple[str, str, int], tuple[int, Need]] = field(default_factory=dict)
    unusable: dict[tuple[str, RejectionKind], int] = field(default_factory=dict)
    read: set[tuple[str, int]] = field(default_factory=set)


@dataclass(slots=True)
class _Ground:
    """What holds whatever is wished, under one policy: worlds of questions that differ in nothing else share it."""

    rejections: dict[tuple[str, str], Rejection] = field(default_factory=dict)
    pinners: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    candidates: dict[tuple[str, int], Candidate | Rejection] = field(default_factory=dict)
    needs: dict[tuple[str, int], tuple[Need, ...] | Rejection] = field(default_factory=dict)
    edges: dict[tuple[str, int], tuple[Edge, ...]] = field(default_factory=dict)
    missing_extras: set[tuple[str, int]] = field(default_factory=set)
    learnt: Learnt = field(default_factory=Learnt)


class World:
    """Facts of one question, each asked of the catalog at most once.

    `rejections` are the releases that were turned down. What a world `like` this one has established is not
    established again, if the questions differ only in what is wished and in constraints.
    """

    def __init__(self, question: Question, catalog: Catalog, like: "World | None" = None) -> None:
        self.question = question
        self.catalog = catalog
        self.pinned_by_wish: set[tuple[str, int]] = set()
        shares = like is not None and like.catalog is catalog and _differ_in_wishes_only(like.question, question)
        self.ground: _Ground = like.ground if like is not None and shares else _Ground()
        self.rejections = self.ground.rejections
        self._pinners = self.ground.pinners
        self._nodes = self.ground.nodes
        self._candidates = self.ground.candidates
        self._needs = self.ground.needs
        self._known_edges = self.ground.edges
        self._missing_extras = self.ground.missing_extras
        self._common = common_to(question, catalog)
        self._replacements = Replacements(question)
        self._direct = _direct_names(question)
        self.wishes: tuple[tuple[Need, Wish], ...] = self._wish_needs()

    @cached_property
    def roots(self) -> tuple[Need, ...]:
        """What the targets ask for, each need once: where every walk begins."""
        return tuple(dict.fromkeys(need for need, _ in self.wishes))

    @property
    def learnt(self) -> Learnt:
        """What searches have read."""
        return self.ground.learnt

    # Nodes ------------------------------------------------------------------------------------------------

    def node(self, key: str) -> Node:
        """Return a node, reading its project's page the first time."""
        known = self._nodes.get(key)
        if known is None:
            known = self._nodes[key] = self._new_node(key)
        return known

    def label(self, key: str) -> str:
        """Return what a person calls a node."""
        return key

    def projects(self) -> frozenset[str]:
        """Return the names of all projects that were looked at."""
        return frozenset(node.name for node in self._nodes.values())

    def unread(self) -> list[tuple[str, int]]:
        """Return the releases, and extras of releases, that could be taken here and whose needs were never read."""
        return [
            (key, version)
            for key, node in self._nodes.items()
            for version in node.order
            if (key, version) not in self._needs
            and (node.member is not None or isinstance(self.candidate(node.name, version), Candidate))
        ]

    def _new_node(self, key: str) -> Node:
        name, _, extra = key.rstrip("]").partition("[")
        if extra:
            base = self.node(name)
            return Node(key, name, extra, base.versions, base.order, base.listing, base.member, base.near)
        member = self.question.members.get(name)
        if member is not None:
            only = self._common.releases(name, (member.version or _UNVERSIONED_MEMBER,))
            return Node(key, name, None, only, Preference(only), member=member)
        answer = self.question.direct.get(name) or self.catalog.project(name)
        if isinstance(answer, NoProject):
            none = VersionSet(())
            return Node(key, name, None, none, Preference(none), near=answer.near)
        versions = self._common.releases(name, answer.versions)
        selecting = self.question.selecting
        order = Preference(
            versions,
            prerelease=selecting.prerelease_of(name),
            lowest=selecting.prefers_lowest(name, self._direct),
            first=self.question.locked.get(name) or self.question.preferred.get(name),
        )
        return Node(key, name, None, versions, order, listing=answer)

    def keeps(self, node: Node, mask: int) -> bool:
        """Say whether a set of versions holds the one that the lock pins, so that it can stay."""
        locked = self.question.locked.get(node.name)
        return locked is not None and bool(node.versions.only(locked) & mask)

    # Candidates -------------------------------------------------------------------------------------------

    def candidate(self, key: str, version: int) -> Candidate | Rejection:
        """Return the file that this environment takes of a release, or why it takes none (a member has no file)."""
        node = self.node(key)
        known = self._candidates.get((node.name, version))
        if known is None:
            assert node.listing is not None  # noqa: S101 - members have no candidates; callers ask `usable`
            known = choose_file(
                node.listing, node.version_text(version), self.question.environment, self.question.selecting
            )
            self._candidates[node.name, version] = known
            if isinstance(known, Rejection):
                self.rejections[node.name, known.version] = known
        return known

    def foresee(self, node: Node, versions: Iterable[int]) -> None:
        """Tell the catalog which releases will likely be read next."""
        listing = node.listing
        if listing is None:
            return
        environment, selecting = self.question.environment, self.question.selecting
        chosen = ((v, choose_file(listing, node.version_text(v), environment, selecting)) for v in versions)
        self.catalog.foresee(
            listing, [(node.version_text(v), each.artifact) for v, each in chosen if isinstance(each, Candidate)]
        )

    def rejection(self, key: str, version: int) -> Rejection | None:
        """Return why a release was turned down, if it was."""
        node = self.node(key)
        return self.rejections.get((node.name, node.version_text(version)))

    def must_be_pinned(self, node: Node, version: int) -> bool:
        """Say whether a release is yanked and so counts only while something pins it exactly (PEP 592)."""
        if node.member is not None or node.extra is not None:
            return False
        candidate = self.candidate(node.name, version)
        if isinstance(candidate, Rejection) or not candidate.yanked:
            return False
        locked = self.question.locked.get(node.name) == node.version_text(version)
        self.constraints_on(node)  # they may pin it, and nobody may have asked for them yet
        return not locked and (node.name, version) not in self.pinned_by_wish

    # Needs ------------------------------------------------------------------------------------------------

    def needs(self, node: Node, version: int) -> tuple[Need, ...] | Rejection:
        """Return what a release, or one of its extras, needs here; or why the release cannot be taken."""
        known = self._needs.get((node.key, version))
        if known is None:
            known = self._needs[node.key, version] = self._new_needs(node, version)
            if isinstance(known, Rejection):
                self.rejections[node.name, known.version] = known
            else:
                self._remember_pins(node, version, known)
        return known

    def has_read(self, node: Node, version: int) -> bool:
        return (node.key, version) in self._needs

    def _new_needs(self, node: Node, version: int) -> tuple[Need, ...] | Rejection:
        if node.member is not None:
            return self._member_needs(node.member, node, version)
        text = self._metadata(node, version)
        if isinstance(text, Rejection):
            return text
        known = self._common.needs.get((node.key, version))
        if known is None or not known.hold_for(text, self._releases_of):
            edges = self._edges(text, node, version)
            if isinstance(edges, Rejection):
                return edges
            lacks_extra = node.extra is not None and node.extra not in text.provides_extra
            needs = self._base_need(node, version) + self._needs_of(node, edges)
            releases = tuple(self._releases_of(need.node) for need in needs)
            known = KnownNeeds(text, edges, needs, lacks_extra, releases)
            self._common.needs[node.key, version] = known
        if known.lacks_extra:
            self._missing_extras.add((node.key, version))
        self._known_edges[node.key, version] = known.edges
        return known.needs

    def _releases_of(self, key: str) -> VersionSet:
        return self.node(key).versions

    def metadata(self, node: Node, version: int) -> Metadata:
        """Return the metadata of a release whose needs are known."""
        known = self._metadata(node, version)
        assert isinstance(known, Metadata)  # noqa: S101 - the caller holds an answer that contains this release
        return known

    def _metadata(self, node: Node, version: int) -> Metadata | Rejection:
        candidate = self.candidate(node.name, version)
        if isinstance(candidate, Rejection):
            return candidate
        assert node.listing is not None  # noqa: S101 - only members have none
        answer = self.catalog.metadata(node.listing, candidate.version, candidate.artifact)
        if isinstance(answer, Unreadable):
            kind = RejectionKind.DYNAMIC_METADATA if answer.dynamic else RejectionKind.UNREADABLE_METADATA
            return Rejection(node.name, candidate.version, kind, answer.reason)
        if not python_admitted(answer.requires_python, self.question.environment.python_full_version):
            kind = RejectionKind.REQUIRES_PYTHON
            return Rejection(node.name, candidate.version, kind, answer.requires_python or "")
        return answer

    def _edges(self, metadata: Metadata, node: Node, version: int) -> tuple[Edge, ...] | Rejection:
        edges = []
        variables = self.question.environment.variables
        for text in metadata.requires_dist:
            if not may_open(text, node.extra):
                continue
            try:
                requirement = parse_requirement(text)
                holds = gate_opens(requirement.marker, variables, node.extra)
            except RequirementSyntaxError as error:
                kind = RejectionKind.UNREADABLE_METADATA
                return Rejection(node.name, node.version_text(version), kind, f"{text!r}: {error}")
            if holds and not self._may_ask(node, requirement):
                kind = RejectionKind.UNREADABLE_METADATA
                return Rejection(node.name, node.version_text(version), kind, f"{text!r} is a direct reference")
            if holds:
                edges.append(Edge(requirement, node.extra))
        return tuple(sorted(set(edges), key=_edge_order))

    def _may_ask(self, asker: Node, requirement: Requirement) -> bool:
        """Say whether a release, or a member, may ask for this: for an address, only if the project comes from there.

        What an index offers may not name addresses at all, unless policy says otherwise of the project that it names.
        """
        if requirement.url is None or self._replacements.concern(requirement.name):
            return True
        if asker.listing is not None and isinstance(asker.listing.source, IndexSource):
            return False
        direct = self.question.direct.get(requirement.name)
        return direct is not None and is_from(requirement, direct.source)

    def _member_needs(self, member: Member, node: Node, version: int) -> tuple[Need, ...] | Rejection:
        full = self.question.environment.python_full_version
        if not python_admitted(member.requires_python, full):
            kind = RejectionKind.REQUIRES_PYTHON
            return Rejection(node.name, node.version_text(version), kind, member.requires_python or "")
        if node.extra is not None and node.extra not in member.extras:
            self._missing_extras.add((node.key, version))
        asked = member.requirements if node.extra is None else member.extras.get(node.extra, ())
        edges = self._member_edges(asked, node.extra)
        for edge in edges:
            if not self._may_ask(node, edge.requirement):
                kind = RejectionKind.UNREADABLE_METADATA
                fact = f"{edge.requirement.head} is asked for by no target here, but only on the way"
                return Rejection(node.name, node.version_text(version), kind, fact)
        return self._base_need(node, version) + self._needs_of(node, edges)

    def _member_edges(self, declared: tuple[Declared, ...], extra: str | None = None) -> tuple[Edge, ...]:
        variables = self.question.environment.variables
        held = (d.requirement for d in declared if marker_holds(d.requirement.marker, variables))
        return tuple(sorted({Edge(requirement, extra) for requirement in held}, key=_edge_order))

    def _base_need(self, node: Node, version: int) -> tuple[Need, ...]:
        return () if node.extra is None else (Need(node.name, 1 << version, None),)

    def _needs_of(self, asker: Node, edges: tuple[Edge, ...]) -> tuple[Need, ...]:
        effective = [(edge, replaced) for edge in edges for replaced in self._replacements.of(edge.requirement)]
        self._expect(r.name for _, r in effective)
        needs = (need for edge, requirement in effective for need in self._demands(requirement, edge))
        # What a release says of its own project lifts no yank.
        return tuple(replace(n, pins=False) if n.pins and self._is_of(n, asker.name) else n for n in needs)

    @staticmethod
    def _is_of(need: Need, name: str) -> bool:
        return need.node.partition("[")[0] == name

    def _expect(self, names: Iterable[str]) -> None:
        elsewhere = (self._nodes, self.question.members, self.question.direct)
        new = {name for name in names if not any(name in known for known in elsewhere)}
        if new:
            self.catalog.expect(sorted(new))

    def _demands(self, requirement: Requirement, edge: Edge) -> tuple[Need, ...]:
        mask = self._admitted(self.node(requirement.name), requirement.specifier)
        pins = is_exact_pin(requirement.specifier) if requirement.specifier else False
        keys = [requirement.name, *(node_key(requirement.name, extra) for extra in requirement.extras)]
        replaced = requirement.specifier != edge.requirement.specifier
        return tuple(Need(key, mask, edge, pins, replaced) for key in keys)

    @staticmethod
    def _admitted(node: Node, specifier: str) -> int:
        """Return the versions of a project that a specifier admits; where no version is stated, all fit."""
        stated = node.member.version is not None if node.member is not None else not node.is_unversioned
        return node.versions.admitted(specifier) if stated else node.versions.every

    # Wishes and constraints -------------------------------------------------------------------------------

    def _wish_needs(self) -> tuple[tuple[Need, Wish], ...]:
        found: list[tuple[Need, Wish]] = []
        self._expect(wish.requirement.name for wish in self.question.wishes)
        # Hundreds of targets wish for the same few things.
        demands = cache(lambda requirement, asked: self._demands(requirement, Edge(asked)))
        for wish in sorted(self.question.wishes, key=wish_order):
            for requirement in self._replacements.of(wish.requirement):
                found.extend((need, wish) for need in demands(requirement, wish.requirement))
        for need, _ in found:
            if need.pins:
                self._pin_by_wish(need)
        return tuple(found)

    def constraints_on(self, node: Node) -> tuple[tuple[int, Wish], ...]:
        """Return what each constraint admits of a node's versions; a constraint pulls nothing in."""
        if node.extra is not None or node.member is not None:
            return ()
        found = []
        for wish in sorted(self.question.constraints, key=wish_order):
            if wish.requirement.name == node.name:
                found.append((self._admitted(node, wish.requirement.specifier), wish))
                if is_exact_pin(wish.requirement.specifier):
                    self._pin_by_wish(Need(node.name, found[-1][0], None))
        return tuple(found)

    # Exact pins and missing extras ------------------------------------------------------------------------

    def _pin_by_wish(self, need: Need) -> None:
        versions = self.node(need.node).versions
        self.pinned_by_wish |= {
            (need.node, version) for version in range(len(versions.versions)) if need.mask >> version & 1
        }

    def _remember_pins(self, node: Node, version: int, needs: tuple[Need, ...]) -> None:
        for need in needs:
            if need.pins and not need.node.endswith("]"):
                for pinned in _bits(need.mask):
                    by_node = self._pinners.setdefault((need.node, pinned), {})
                    by_node[node.key] = by_node.get(node.key, 0) | 1 << version

    def pinners_of(self, key: str, version: int) -> Mapping[str, int]:
        """Return the nodes known to pin a release exactly, with the versions of theirs that do."""
        return self._pinners.get((key, version), {})

    def missing_extra(self, node: Node, version: int) -> bool:
        return (node.key, version) in self._missing_extras

    def edges(self, node: Node, version: int) -> tuple[Edge, ...]:
        """Return what the metadata of a release in an answer asks for here, before overrides and exclusions."""
        return self._known_edges[node.key, version]

    def artifact(self, node: Node, version: int) -> Offer | None:
        """Return the file that this environment takes of a release in an answer; a folder has none."""
        if isinstance(self.source(node), DirectorySource):
            return None
        candidate = self.candidate(node.name, version)
        assert isinstance(candidate, Candidate)  # noqa: S101 - the release is in an answer
        return candidate.artifact

    def source(self, node: Node) -> Source:
        if node.member is not None:
            return DirectorySource(node.member.target)
        assert node.listing is not None  # noqa: S101 - a node in an answer exists
        return node.listing.source


def _differ_in_wishes_only(one: Question, other: Question) -> bool:
    """Say whether two questions differ in nothing but wishes and constraints, and these in nothing that counts."""
    if one.selecting.lowest == "direct" and _direct_names(one) != _direct_names(other):
        return False
    return replace(one, wishes=other.wishes, constraints=other.constraints) == other


def _direct_names(question: Question) -> frozenset[str]:
    return frozenset(wish.requirement.name for wish in question.wishes)


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _edge_order(edge: Edge) -> tuple[str, str]:
    return str(edge.requirement), edge.extra or ""
