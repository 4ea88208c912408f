"""Pruning and verifying: what goes, what stays, and that nobody who works meanwhile is hurt."""

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from frazil.errors import UsageError
from frazil.events import Event, PhaseBegan
from frazil.locks import locked
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.upkeep import (
    CACHE,
    IN_USE_SECONDS,
    STORE,
    Item,
    Pruning,
    Worth,
    parse_size,
    prunable,
    prune,
    to_prune,
    verify,
)
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine
from tests.support.stored import store_artifact

NOW = 1_800_000_000.0
DAY = 86400.0


def item(name: str, *, days: float = 100, size: int = 10, worth: Worth = Worth.PUBLIC) -> Item:
    return Item(place=STORE, path=Path(name), size=size, used=NOW - days * DAY, worth=worth)


def names(items: list[Item]) -> list[str]:
    return [item.path.name for item in items]


# Deciding --------------------------------------------------------------------------------------------------


def test_what_was_not_used_since_goes_the_longest_unused_first() -> None:
    items = [item("new", days=1), item("old", days=40), item("oldest", days=50)]
    assert names(to_prune(items, Pruning(before=NOW - 30 * DAY), now=NOW)) == ["oldest", "old"]


def test_what_was_used_just_now_stays_whatever_the_age() -> None:
    items = [item("in-use", days=IN_USE_SECONDS / DAY / 2), item("idle", days=1)]
    assert names(to_prune(items, Pruning(before=NOW), now=NOW)) == ["idle"]
    assert names(to_prune(items, Pruning(most=0), now=NOW)) == ["idle"]


def test_a_size_is_reached_by_the_longest_unused() -> None:
    items = [item("a", days=3), item("b", days=2), item("c", days=1)]
    assert names(to_prune(items, Pruning(most=20), now=NOW)) == ["a"]
    assert names(to_prune(items, Pruning(most=19), now=NOW)) == ["a", "b"]
    assert to_prune(items, Pruning(most=30), now=NOW) == []


def test_a_ci_job_carries_on_only_what_not_anybody_could_download() -> None:
    items = [item("public", days=0), item("own", days=0, worth=Worth.OWN)]
    assert names(to_prune(items, Pruning(carried=True), now=NOW)) == ["public"]
    assert names(to_prune(items, Pruning(carried=True, most=0), now=NOW)) == ["public", "own"]


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1000000", 1_000_000), ("500MB", 500_000_000), ("2 gb", 2 * 10**9), ("1GiB", 2**30), ("1.5k", 1500)],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "many", "-1", "1XB", "1i", "1 2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no size"):
        parse_size(text)


# The places ------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """A store of two artifacts, one of them kept, and a cache with a bit of everything."""
    store = Store(settings.store)
    store_artifact(store, "public-1-py3-none-any.whl", b"x" * 100)
    own = store_artifact(store, "own-1-py3-none-any.whl", b"y" * 100)
    store.keep(own.parent.name, own.name)
    for place in ("http-1/ab/page", "metadata-1/a", "resolutions-v1/ab/a.resolution", "stamps-v1/s", "locks/a.lock"):
        path = settings.cache / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"z" * 10)
    for file in ("HEAD", "objects/pack"):
        path = settings.cache / "git-v1" / "abc" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"z" * 10)
    (settings.cache / "diary.txt").write_text("dear diary")
    return settings


def left(settings: Settings) -> set[str]:
    return {str(path.relative_to(settings.cache)) for path in settings.cache.rglob("*") if path.is_file()} | {
        entry.filename for entry in Store(settings.store).entries()
    }


def test_what_a_ci_job_carries_on(filled: Settings) -> None:
    before = left(filled)
    gone = prune(filled, to_prune(prunable(filled, (STORE, CACHE)), Pruning(carried=True), now=time.time()))
    assert len(gone) == 3
    assert before - left(filled) == {"public-1-py3-none-any.whl", "http-1/ab/page", "stamps-v1/s"}


def test_locks_and_what_is_not_ours_are_never_listed_and_a_repository_is_one_thing(filled: Settings) -> None:
    paths = {item.path.name for item in prunable(filled, (CACHE,))}
    assert paths == {"page", "a", "a.resolution", "s", "abc"}
    (repository,) = [item for item in prunable(filled, (CACHE,)) if item.path.name == "abc"]
    assert repository.size == 20


def test_a_repository_that_somebody_works_with_stays(filled: Settings) -> None:
    everything = prunable(filled, (CACHE,))
    with locked(filled.cache / "git-v1" / "abc.lock"):
        gone = prune(filled, everything)
    assert (filled.cache / "git-v1" / "abc" / "HEAD").exists()
    assert len(gone) == len(everything) - 1
    prune(filled, prunable(filled, (CACHE,)))
    assert not (filled.cache / "git-v1" / "abc").exists()


def test_pruning_twice_or_two_at_once_is_no_error(filled: Settings) -> None:
    everything = prunable(filled, (STORE, CACHE))
    threads = [threading.Thread(target=prune, args=(filled, everything)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    prune(filled, everything)
    assert left(filled) >= {"diary.txt", "locks/a.lock"}
    assert not list(Store(filled.store).entries())


def test_an_entry_that_is_used_again_counts_as_new(settings: Settings) -> None:
    store = Store(settings.store)
    place = store_artifact(store, "a-1-py3-none-any.whl", b"x" * 100)
    os.utime(place.with_name(f".{place.name}.stat"), (1000, 1000))
    assert [entry.used for entry in store.entries()] == [1000]
    assert store.has(place.parent.name, place.name, 100)
    (entry,) = store.entries()
    assert entry.used > time.time() - 3600


def test_discarding_an_entry_takes_its_mark_along(settings: Settings) -> None:
    store = Store(settings.store)
    place = store_artifact(store, "a-1-py3-none-any.whl", b"x")
    store.keep(place.parent.name, place.name)
    store.discard(place.parent.name, place.name)
    assert [path for path in (settings.store / "v1").rglob("*") if path.is_file()] == []


def test_verifying_finds_what_rotted_and_removes_it(filled: Settings) -> None:
    store = Store(filled.store)
    (entry,) = [entry for entry in store.entries() if entry.filename.startswith("public")]
    entry.path.chmod(0o600)
    entry.path.write_bytes(b"!" * 100)
    stored, cached = verify(filled, (STORE, CACHE))
    assert (stored.entries, [path.name for path, _ in stored.damaged]) == (2, [entry.filename])
    assert (cached.entries, [path.name for path, _ in cached.damaged]) == (1, ["a.resolution"])
    assert [(each.entries, each.damaged) for each in verify(filled, (STORE, CACHE))] == [(1, ()), (0, ())]


# Beside running jobs ---------------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with IndexServer() as server:
        world(server, {name: {"1": []} for name in ("a", "b", "c", "d")})
        machine = Machine(tmp_path / "home", server, tmp_path / "shop")
        machine.declare({"one": ["a", "b", "c", "d"]})
        yield machine


class PruningOnce(list[Event]):
    """Hears what happens, and prunes everything just before the files are linked out."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.pruned: list[Item] = []

    def append(self, event: Event, /) -> None:
        super().append(event)
        if event == PhaseBegan("link") and not self.pruned:
            self.pruned = prune(self.settings, prunable(self.settings, (STORE,)))


def test_a_run_that_is_pruned_under_its_feet_ends_well(machine: Machine) -> None:
    machine.ensure()
    machine.forget_output()
    machine.events = PruningOnce(machine.settings)
    machine.ensure()
    assert len(machine.events.pruned) == 4
    assert len(machine.delivered()) == 4


def test_artifacts_of_an_index_that_knows_us_are_kept_and_those_of_a_public_one_are_not(machine: Machine) -> None:
    machine.ensure()
    assert {entry.kept for entry in Store(machine.settings.store).entries()} == {False}
    machine.forget_store()
    machine.forget_output()
    machine.variables = {"FRAZIL_INDEX_LOOP_USERNAME": "me", "FRAZIL_INDEX_LOOP_PASSWORD": "canary"}
    machine.fetch()
    assert {entry.kept for entry in Store(machine.settings.store).entries()} == {True}


def test_pruning_beside_eight_running_fetches_hurts_none_of_them(tmp_path: Path, machine: Machine) -> None:
    machine.ensure()
    wanted = {path.name: path.read_bytes() for path in machine.out.iterdir()}
    checkouts = [Machine(machine.home, machine.server, tmp_path / f"checkout-{number}") for number in range(8)]
    for checkout in checkouts:
        shutil.copytree(machine.project, checkout.project, ignore=shutil.ignore_patterns(".frazil"))
    pruned: list[Item] = []

    def fetched(checkout: Machine) -> dict[str, bytes]:
        checkout.fetch()
        found = {path.name: path.read_bytes() for path in checkout.out.iterdir()}
        checkout.forget_output()
        return found

    def prune_beside(fetching: Sequence[Future[dict[str, bytes]]]) -> None:
        # As often as a run begins anew before it gives up.
        for number in (0, 1, 3, 5):
            while sum(each.done() for each in fetching) < number:
                time.sleep(0.001)
            items = to_prune(prunable(machine.settings, (STORE, CACHE)), Pruning(carried=True), now=time.time())
            pruned.extend(prune(machine.settings, items))

    for _ in range(5):
        with ThreadPoolExecutor(8) as threads:
            fetching = [threads.submit(fetched, checkout) for checkout in checkouts]
            prune_beside(fetching)
        assert [each.result() for each in fetching] == [wanted] * 8
    assert pruned


def _spoil(path: Path, number: int) -> None:
    """Let a file rot in one of five ways, its time as it was: so does a disk."""
    status, data = path.stat(), bytearray(path.read_bytes())
    path.chmod(0o600)
    match number % 5:
        case 0:
            data[number % len(data)] ^= 1 << (number % 8)
        case 1:
            del data[-1]
        case 2:
            data.append(0)
        case 3:
            data.clear()
        case _:
            data[:] = bytes(len(data))
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_verifying_finds_each_of_a_hundred_planted_corruptions_and_nothing_else(settings: Settings) -> None:
    store = Store(settings.store)
    places = [
        store_artifact(store, f"p{number}-1-py3-none-any.whl", f"artifact {number}".encode() * 50)
        for number in range(150)
    ]
    for number, place in enumerate(places[:100]):
        _spoil(place, number)
    (stored,) = verify(settings, (STORE,))
    assert stored.entries == 150
    assert {path.name for path, _ in stored.damaged} == {place.name for place in places[:100]}
    (again,) = verify(settings, (STORE,))
    assert (again.entries, again.damaged) == (50, ())
