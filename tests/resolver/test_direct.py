"""Projects that come from an address, on both engines: the one release that there is, and who may ask for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from frazil.catalog import UNVERSIONED, Catalog, InMemoryCatalog, InMemoryListing
from frazil.model import (
    ArchiveSource,
    DirectorySource,
    Metadata,
    Offer,
    RejectionKind,
    Resolution,
    Source,
)
from frazil.resolver.engines import ENGINES, Engine, NoAnswer, answer
from frazil.resolver.outcome import Refused
from frazil.resolver.proof import check_proof
from frazil.resolver.question import Member, Question, Selecting
from frazil.values import replace
from tests.support.universes import Release, Universe, catalog_of, question_of, wish

pytestmark = pytest.mark.parametrize("engine", ENGINES)

ACME = "https://h.example/acme-2.1-py3-none-any.whl"


class World:
    """An index, and what lies at addresses beside it."""

    def __init__(self, releases: Mapping[str, Mapping[str, list[str]]], *wishes: str) -> None:
        named = {name: {v: Release(tuple(r)) for v, r in versions.items()} for name, versions in releases.items()}
        self.universe = Universe(releases=named, wishes=wishes)
        self.direct: dict[str, InMemoryListing] = {}
        self.said: dict[str, Metadata] = {}

    def put(
        self, name: str, version: str, *requires: str, source: Source | None = None, filename: str | None = None
    ) -> None:
        filename = f"{name}-{version}-py3-none-any.whl" if filename is None else filename
        offer = Offer(filename, "https://h.example/x", sha256="1" * 64, size=1)
        self.direct[name] = InMemoryListing(name, {version: (offer,)}, source or ArchiveSource(ACME))
        self.said[filename] = Metadata(name, version, requires)

    def catalog(self) -> Catalog:
        return _Both(catalog_of(self.universe), self.said)

    def question(self, **changes: Any) -> Question:
        return replace(question_of(self.universe, "linux"), direct=self.direct, **changes)

    def solve(self, engine: Engine, **changes: Any) -> Resolution:
        return answer(self.question(**changes), self.catalog(), engine=engine)

    def refuse(self, **changes: Any) -> NoAnswer:
        """Have the proving engine refuse, and see that its proof holds."""
        question = self.question(**changes)
        with pytest.raises(NoAnswer) as none:
            answer(question, self.catalog())
        assert isinstance(none.value.outcome, Refused)
        check_proof(none.value.outcome.proof, question, self.catalog())
        return none.value


class _Both(InMemoryCatalog):
    """The index, which knows too what lies at addresses, and must never be asked for those projects."""

    def __init__(self, inner: InMemoryCatalog, said: Mapping[str, Metadata]) -> None:
        super().__init__(inner._projects.values(), {**inner._metadata, **said})


def pins(found: Resolution) -> dict[str, str | None]:
    return {pin.name: pin.version for pin in found.pins}


def test_the_release_at_the_address_is_the_only_one(engine: Engine) -> None:
    world = World({"acme": {"9": []}, "dep": {"1": [], "2": []}}, f"acme @ {ACME}", "acme>=2")
    world.put("acme", "2.1", "dep<2")
    found = world.solve(engine)
    assert pins(found) == {"acme": "2.1", "dep": "1"}
    assert found.pins[0].source == ArchiveSource(ACME)


def test_no_index_is_asked_for_it(engine: Engine) -> None:
    world = World({"app": {"1": ["acme"]}, "acme": {"9": []}}, f"acme @ {ACME}", "app")
    world.put("acme", "2.1")
    catalog = world.catalog()
    assert isinstance(catalog, InMemoryCatalog)
    answer(world.question(), catalog, engine=engine)
    assert "acme" not in catalog.asked


def test_what_others_ask_of_it_must_admit_its_version(engine: Engine) -> None:
    world = World({"app": {"1": ["acme<2"], "2": ["acme>=3"]}, "acme": {"3": []}}, f"acme @ {ACME}", "app")
    world.put("acme", "2.1")
    if engine == "resolvelib":
        with pytest.raises(NoAnswer):
            world.solve(engine)
    else:
        world.refuse()


def test_a_constraint_must_admit_its_version(engine: Engine) -> None:
    world = World({}, f"acme @ {ACME}")
    world.put("acme", "2.1")
    assert pins(world.solve(engine, constraints=(wish("acme>2", None),))) == {"acme": "2.1"}
    world.refuse(constraints=(wish("acme<2", None),))


def test_a_release_of_an_index_may_not_ask_for_an_address_even_the_one_that_is_taken(engine: Engine) -> None:
    world = World({"app": {"1": [], "2": [f"acme @ {ACME}"]}}, f"acme @ {ACME}", "app")
    world.put("acme", "2.1")
    found = world.solve(engine)
    assert pins(found) == {"acme": "2.1", "app": "1"}
    (rejection,) = [each for each in found.rejections if each.name == "app"]
    assert rejection.kind is RejectionKind.UNREADABLE_METADATA
    assert "direct reference" in rejection.fact


def test_what_comes_from_an_address_may_ask_for_one(engine: Engine) -> None:
    world = World({}, "outer @ https://h.example/outer.zip")
    world.put("outer", "1", f"acme @ {ACME}", source=ArchiveSource("https://h.example/outer.zip"))
    world.put("acme", "2.1")
    found = world.solve(engine)
    assert pins(found) == {"acme": "2.1", "outer": "1"}
    (edge,) = next(pin for pin in found.pins if pin.name == "outer").edges
    assert edge.requirement.url == ACME


def test_an_address_that_nobody_prepared_is_not_answered_by_an_index(engine: Engine) -> None:
    world = World({"acme": {"9": []}}, "outer @ https://h.example/outer.zip")
    world.put("outer", "1", f"acme @ {ACME}", source=ArchiveSource("https://h.example/outer.zip"))
    if engine == "resolvelib":
        with pytest.raises(NoAnswer):
            world.solve(engine)
    else:
        world.refuse()


def test_an_exclusion_and_an_override_go_before_what_a_release_asks_for(engine: Engine) -> None:
    world = World({"app": {"1": [f"acme @ {ACME}"]}, "acme": {"3": []}}, "app")
    assert pins(world.solve(engine, excluded=frozenset({"acme"}))) == {"app": "1"}
    assert pins(world.solve(engine, overrides=(wish("acme>=3", None),))) == {"acme": "3", "app": "1"}


def test_a_member_may_ask_for_an_address(engine: Engine) -> None:
    member = Member(name="lib", target="libs/lib", version="1", requirements=(wish(f"acme @ {ACME}").declared,))
    world = World({}, "lib")
    world.put("acme", "2.1")
    assert pins(world.solve(engine, members={"lib": member})) == {"acme": "2.1"}


def test_a_folder_without_a_version_fits_every_specifier_and_has_none(engine: Engine) -> None:
    world = World({"app": {"1": ["loc>=7"]}}, "loc @ file:loc", "app", "loc<3")
    world.put("loc", UNVERSIONED, source=DirectorySource("loc"), filename="")
    found = world.solve(engine, constraints=(wish("loc!=5", None),))
    assert pins(found) == {"app": "1", "loc": None}
    assert next(pin for pin in found.pins if pin.name == "loc").artifact is None


def test_policy_on_what_an_index_offers_does_not_ask_about_it(engine: Engine) -> None:
    world = World({}, f"acme @ {ACME}")
    world.put("acme", "2.1a1", filename="acme-2.1a1.tar")
    strict = Selecting(prerelease="disallow", cutoff=datetime(2020, 1, 1, tzinfo=UTC), no_build=True, no_binary=True)
    assert pins(world.solve(engine, selecting=strict)) == {"acme": "2.1a1"}


@pytest.mark.parametrize(
    ("filename", "selecting"),
    [
        ("acme-2.1-cp312-cp312-win_amd64.whl", Selecting()),
        ("acme-2.1.tar", Selecting(wheels_only=True)),
        ("acme-2.1.tar", Selecting(hashes={"acme": frozenset({"2" * 64})})),
    ],
)
def test_it_is_turned_down_where_it_is_of_no_use(engine: Engine, filename: str, selecting: Selecting) -> None:
    world = World({}, f"acme @ {ACME}")
    world.put("acme", "2.1", filename=filename)
    if engine == "conflict":
        world.refuse(selecting=selecting)
