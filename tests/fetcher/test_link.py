"""Links: what lies in the output afterwards, what does not change, what is refused."""

import dataclasses
import errno
import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.errors import DiskError, UsageError, WriteForbidden
from frazil.events import ArtifactLinked, Event, Warned
from frazil.fetcher.clone import cannot_link, clone_file, copy_file
from frazil.fetcher.link import LinkOutcome, StoreChanged, link_out
from frazil.fetcher.place import Link
from frazil.fetcher.result import FetchResult, Output, ResultKey, Signed
from frazil.store.content import Store
from frazil.store.signature import Signature
from tests.support.index_server import IndexServer
from tests.support.stored import link_of, store_artifact
from tests.support.tree import snapshot

A, B = "a-1.0-py3-none-any.whl", "b-2.0.tar.gz"
MODES = ("auto", "copy", "hardlink", "symlink")
EDITABLE_MODES = ("auto", "copy")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and permissions as on POSIX")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "project" / "out"


def two(store: Store, folder: str = "") -> tuple[Link, ...]:
    store_artifact(store, A, b"the wheel")
    store_artifact(store, B, b"the sdist")
    return link_of(A, b"the wheel", folder), link_of(B, b"the sdist", folder)


def recorded(outcome: LinkOutcome, out: Path) -> FetchResult:
    lock = Signed("/frozen.json", Signature(0, 0, 0), "0" * 64, 0)
    return FetchResult(key=ResultKey(lock=lock.path, out=str(out)), lock=lock, outputs=outcome.outputs)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


# Bringing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_brings_the_bytes_and_nothing_else(store: Store, out: Path, mode: str) -> None:
    outcome = link_out(two(store), store=store, out=out, mode=mode)
    assert names(out) == [A, B]
    assert (out / A).read_bytes() == b"the wheel"
    assert (outcome.linked, outcome.unchanged, outcome.removed) == ((A, B), (), ())
    assert [output.place for output in outcome.outputs] == [A, B]
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_places_in_folders_are_made(store: Store, out: Path) -> None:
    link_out(two(store, "services/api[gpu]/linux"), store=store, out=out)
    assert names(out) == [f"services/api[gpu]/linux/{A}", f"services/api[gpu]/linux/{B}"]


def test_the_modes_are_what_they_are_called(store: Store, tmp_path: Path) -> None:
    links = two(store)
    source = store.path(links[0].sha256, A)
    for mode in MODES:
        link_out(links, store=store, out=tmp_path / mode, mode=mode)
    assert (tmp_path / "symlink" / A).readlink() == source
    assert (tmp_path / "hardlink" / A).stat().st_ino == source.stat().st_ino
    for mode in EDITABLE_MODES:
        status = (tmp_path / mode / A).lstat()
        assert stat.S_ISREG(status.st_mode)
        assert status.st_ino != source.stat().st_ino


@pytest.mark.promise("R5")
@pytest.mark.parametrize("mode", EDITABLE_MODES)
def test_a_copy_has_the_usual_permissions_and_editing_it_leaves_the_store_alone(
    store: Store, out: Path, mode: str
) -> None:
    links = two(store)
    link_out(links, store=store, out=out, mode=mode)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((out / A).stat().st_mode) == 0o666 & ~umask
    before = snapshot(store.root)
    with (out / A).open("r+b") as file:
        file.write(b"EDIT")
    assert snapshot(store.root) == before
    assert store.has(links[0].sha256, A, links[0].size)


def test_a_hard_link_is_read_only_and_an_edit_forced_through_it_makes_the_entry_a_miss(store: Store, out: Path) -> None:
    links = two(store)
    link_out(links, store=store, out=out, mode="hardlink")
    assert not (out / A).stat().st_mode & 0o222
    (out / A).chmod(0o644)
    with (out / A).open("r+b") as file:
        file.write(b"EDIT")
    assert not store.has(links[0].sha256, A, links[0].size)


def test_an_unknown_mode_is_refused_with_the_known_ones(store: Store, out: Path) -> None:
    with pytest.raises(UsageError, match='unknown link mode "clone"') as caught:
        link_out((), store=store, out=out, mode="clone")
    assert caught.value.hint == "modes: auto, copy, hardlink, symlink"


def test_with_nothing_to_link_the_output_is_an_empty_folder(store: Store, out: Path) -> None:
    assert link_out((), store=store, out=out) == LinkOutcome()
    assert list(out.iterdir()) == []


def test_many_large_files_are_copied_by_several_threads_and_all_are_right(store: Store, out: Path) -> None:
    contents = {f"a-{number}.whl": bytes([number]) * 3_000_000 for number in range(6)}
    for name, data in contents.items():
        store_artifact(store, name, data)
    outcome = link_out(tuple(link_of(name, data) for name, data in contents.items()), store=store, out=out, mode="copy")
    assert {name: (out / name).read_bytes() for name in contents} == contents
    assert len(outcome.linked) == 6


def test_where_hard_links_do_not_work_files_are_copied_and_the_user_is_told(store: Store) -> None:
    other = Path("/dev/shm")  # noqa: S108 - a second file system, where there is one
    if not os.access(other, os.W_OK) or other.stat().st_dev == store.root.parent.stat().st_dev:
        pytest.skip("needs a second file system")
    heard: list[Event] = []
    links = two(store)
    import tempfile

    with tempfile.TemporaryDirectory(dir=other) as folder:
        outcome = link_out(links, store=store, out=Path(folder) / "out", mode="hardlink", reporter=heard.append)
        assert (Path(folder) / "out" / A).read_bytes() == b"the wheel"
        again = link_out(
            links,
            store=store,
            out=Path(folder) / "out",
            mode="hardlink",
            previous=recorded(outcome, Path(folder) / "out"),
        )
    assert [type(event) for event in heard if not isinstance(event, ArtifactLinked)] == [Warned]
    assert again.linked == ()


def test_a_file_system_that_cannot_clone_says_no_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"bytes")
    cloned = clone_file(tmp_path / "source", tmp_path / "target")
    assert (tmp_path / "target").exists() is cloned
    if cloned:
        assert (tmp_path / "target").read_bytes() == b"bytes"


def test_only_what_a_copy_may_heal_counts_as_cannot_link() -> None:
    assert cannot_link(OSError(errno.EXDEV, "other device"))
    assert not cannot_link(OSError(errno.ENOSPC, "full"))


@pytest.mark.promise("R1")
def test_a_copy_is_hashed_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"bytes" * 1_000_000)
    checks: list[None] = []
    digest = copy_file(tmp_path / "source", tmp_path / "target", lambda: checks.append(None))
    assert digest == link_of("x", (tmp_path / "target").read_bytes()).sha256
    assert len(checks) > 1


# What stands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_what_still_is_as_it_was_left_is_not_touched(store: Store, out: Path, mode: str) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out, mode=mode)
    before = snapshot(out)
    again = link_out(links, store=store, out=out, mode=mode, previous=recorded(first, out))
    assert (again.linked, again.unchanged) == ((), (A, B))
    assert again.outputs == first.outputs
    assert snapshot(out) == before


@pytest.mark.parametrize("mode", EDITABLE_MODES)
def test_right_bytes_without_a_record_are_not_copied_again(store: Store, out: Path, mode: str) -> None:
    links = two(store)
    link_out(links, store=store, out=out, mode=mode)
    os.utime(out / B, ns=(7, 7))  # as a restored CI cache would
    again = link_out(links, store=store, out=out, mode=mode)
    assert again.unchanged == (A, B)
    assert (out / B).stat().st_mtime_ns == 7


@pytest.mark.parametrize("mode", MODES)
def test_an_edited_file_is_brought_anew(store: Store, out: Path, mode: str) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out, mode=mode)
    (out / A).unlink()
    (out / A).write_bytes(b"the WHEEL")
    again = link_out(links, store=store, out=out, mode=mode, previous=recorded(first, out))
    assert again.linked == (A,)
    assert (out / A).read_bytes() == b"the wheel"


@pytest.mark.parametrize("mode", MODES)
def test_another_artifact_of_the_same_name_takes_the_place(store: Store, out: Path, mode: str) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out, mode=mode)
    store_artifact(store, A, b"rebuilt!!")
    again = link_out((link_of(A, b"rebuilt!!"),), store=store, out=out, mode=mode, previous=recorded(first, out))
    assert (again.linked, again.removed) == ((A,), (B,))
    assert (out / A).read_bytes() == b"rebuilt!!"


def test_a_copy_has_the_time_of_its_entry_so_that_any_edit_changes_it(store: Store, out: Path) -> None:
    links = two(store)
    link_out(links, store=store, out=out)
    assert (out / A).stat().st_mtime_ns == store.path(links[0].sha256, A).stat().st_mtime_ns


def test_an_edit_at_once_in_place_of_the_same_size_is_seen(store: Store, out: Path) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out)
    with (out / A).open("r+b") as file:
        file.write(b"THE")
    again = link_out(links, store=store, out=out, previous=recorded(first, out))
    assert again.linked == (A,)


@pytest.mark.parametrize("before", MODES)
@pytest.mark.parametrize("after", MODES)
def test_another_link_mode_gives_what_it_promises(store: Store, tmp_path: Path, before: str, after: str) -> None:
    links, out = two(store), tmp_path / "out"
    first = link_out(links, store=store, out=out, mode=before)
    link_out(links, store=store, out=out, mode=after, previous=recorded(first, out))
    source = store.path(links[0].sha256, A)
    same = (out / A).stat().st_ino == source.stat().st_ino
    assert same is (after in {"hardlink", "symlink"})
    assert (out / A).is_symlink() is (after == "symlink")
    assert os.access(out / A, os.R_OK)
    if after in EDITABLE_MODES:
        assert (out / A).stat().st_mode & stat.S_IWUSR


def test_a_symbolic_link_into_another_store_is_made_anew(store: Store, out: Path, tmp_path: Path) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out, mode="symlink")
    moved = Store(tmp_path / "moved")
    two(moved)
    again = link_out(links, store=moved, out=out, mode="symlink", previous=recorded(first, out))
    assert again.linked == (A, B)
    assert (out / A).readlink() == moved.path(links[0].sha256, A)


# Removing --------------------------------------------------------------------------------------------------


def test_only_what_the_earlier_record_lists_is_removed(store: Store, out: Path) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out)
    (out / "mine-1.0.whl").write_text("mine")
    outcome = link_out(links[:1], store=store, out=out, previous=recorded(first, out))
    assert outcome.removed == (B,)
    assert names(out) == [A, "mine-1.0.whl"]


def test_without_a_record_nothing_is_removed(store: Store, out: Path) -> None:
    links = two(store)
    link_out(links, store=store, out=out)
    assert link_out(links[:1], store=store, out=out).removed == ()
    assert names(out) == [A, B]


def test_a_listed_file_that_moved_about_unchanged_is_removed(store: Store, out: Path) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out)
    os.utime(out / B, ns=(7, 7))
    assert link_out(links[:1], store=store, out=out, previous=recorded(first, out)).removed == (B,)


def test_a_listed_file_that_somebody_changed_stays_and_the_user_is_told(store: Store, out: Path) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out)
    (out / B).write_text("my patch")
    heard: list[Event] = []
    outcome = link_out(links[:1], store=store, out=out, previous=recorded(first, out), reporter=heard.append)
    assert (outcome.removed, outcome.edited) == ((), (B,))
    assert (out / B).read_text() == "my patch"
    assert [type(event) for event in heard] == [Warned]


def test_folders_that_become_empty_go_and_others_stay(store: Store, out: Path) -> None:
    one, other = two(store, "services/api/linux")
    first = link_out((one, other), store=store, out=out)
    (out / "services" / "notes.txt").write_text("mine")
    link_out((), store=store, out=out, previous=recorded(first, out))
    assert names(out) == ["services/notes.txt"]
    assert not (out / "services" / "api").exists()


def test_nothing_is_removed_through_a_link_that_lies_in_the_output(store: Store, out: Path, tmp_path: Path) -> None:
    links = two(store, "services")
    first = link_out(links, store=store, out=out)
    elsewhere = tmp_path / "elsewhere"
    (out / "services").rename(elsewhere)
    (out / "services").symlink_to(elsewhere)
    outcome = link_out((), store=store, out=out, previous=recorded(first, out))
    assert outcome.removed == ()
    assert names(elsewhere) == [A, B]


def test_a_folder_in_the_place_of_a_listed_file_stays(store: Store, out: Path) -> None:
    links = two(store)
    first = link_out(links, store=store, out=out)
    (out / B).unlink()
    (out / B).mkdir()
    assert link_out(links[:1], store=store, out=out, previous=recorded(first, out)).removed == ()
    assert (out / B).is_dir()


# Refusing --------------------------------------------------------------------------------------------------


@pytest.mark.promise("R5")
def test_a_link_at_a_place_is_replaced_and_what_it_leads_to_is_not_written(
    store: Store, out: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    out.mkdir(parents=True)
    (out / A).symlink_to(victim)
    link_out(two(store), store=store, out=out)
    assert victim.read_text() == "keep me"
    assert not (out / A).is_symlink()


def test_a_link_to_the_store_left_in_the_output_is_replaced_by_a_copy(store: Store, out: Path) -> None:
    links = two(store)
    out.mkdir(parents=True)
    (out / A).symlink_to(store.path(links[0].sha256, A))
    os.link(store.path(links[1].sha256, B), out / B)
    (out / B).chmod(0o644)
    assert link_out(links, store=store, out=out, mode="copy").linked == (A, B)
    assert not (out / A).is_symlink()
    assert (out / B).stat().st_nlink == 1


def test_a_link_in_place_of_a_folder_is_refused_and_nothing_is_written(store: Store, out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out.mkdir(parents=True)
    (out / "services").symlink_to(elsewhere)
    with pytest.raises(DiskError, match="is a symbolic link, and nothing is written through one") as caught:
        link_out(two(store, "services/api"), store=store, out=out)
    assert caught.value.hint
    assert list(elsewhere.iterdir()) == []
    assert [path.name for path in out.iterdir()] == ["services"]


def test_an_output_that_is_itself_a_link_to_a_folder_is_the_users_choice(
    store: Store, out: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out.parent.mkdir()
    out.symlink_to(elsewhere)
    link_out(two(store), store=store, out=out)
    assert names(elsewhere) == [A, B]


@pytest.mark.parametrize("where", ["project", "project/out"])
def test_a_file_in_the_outputs_way_is_one_sentence(store: Store, out: Path, tmp_path: Path, where: str) -> None:
    links = two(store)
    (tmp_path / where).parent.mkdir(exist_ok=True)
    (tmp_path / where).write_text("a file")
    with pytest.raises(DiskError, match=r"cannot be made: .* is not a folder"):
        link_out(links, store=store, out=out)


def test_a_dangling_link_in_the_outputs_way_is_one_sentence(store: Store, out: Path) -> None:
    out.parent.mkdir()
    out.symlink_to("nowhere")
    with pytest.raises(DiskError, match="is a link that leads nowhere"):
        link_out(two(store), store=store, out=out)


def test_a_file_where_a_folder_belongs_is_one_sentence(store: Store, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "services").write_text("a file")
    with pytest.raises(DiskError, match="must be a folder, but is a file"):
        link_out(two(store, "services"), store=store, out=out)


def test_a_folder_where_an_artifact_belongs_is_one_sentence_and_stays(store: Store, out: Path) -> None:
    (out / A).mkdir(parents=True)
    with pytest.raises(DiskError, match="is a folder where an artifact belongs"):
        link_out(two(store), store=store, out=out)
    assert (out / A).is_dir()


@pytest.mark.parametrize("below", ["", "v1", "v1/ab/deep"])
def test_an_output_inside_the_store_is_refused(store: Store, below: str) -> None:
    links = two(store)
    before = snapshot(store.root)
    with pytest.raises(DiskError, match="lies in the store"):
        link_out(links, store=store, out=store.root / below)
    assert snapshot(store.root) == before


def test_an_output_that_cannot_be_written_is_one_sentence(store: Store, out: Path) -> None:
    links = two(store)
    out.mkdir(parents=True, mode=0o555)
    if os.access(out, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(DiskError, match="permission denied"):
        link_out(links, store=store, out=out)


def test_with_writes_forbidden_nothing_is_written(store: Store, out: Path) -> None:
    links = two(store)
    with forbid_writes(), pytest.raises(WriteForbidden):
        link_out(links, store=store, out=out)
    assert not out.exists()


# A store that changes meanwhile ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_an_entry_that_vanished_stops_all_before_the_output_changes(store: Store, out: Path, mode: str) -> None:
    links = two(store)
    first = link_out(links[:1], store=store, out=out, mode=mode)
    before = snapshot(out)
    store.discard(links[1].sha256, B)
    with pytest.raises(StoreChanged, match=rf"{B} was damaged in the store or removed from it"):
        link_out(links, store=store, out=out, mode=mode, previous=recorded(first, out))
    assert snapshot(out) == before


def test_bit_rot_is_seen_by_a_copy_and_the_entry_is_dropped(store: Store, out: Path) -> None:
    links = two(store)
    entry = store.path(links[0].sha256, A)
    status = entry.stat()
    entry.chmod(0o644)
    with entry.open("r+b") as file:
        file.write(b"rot")
    os.utime(entry, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.has(links[0].sha256, A, links[0].size)
    with pytest.raises(StoreChanged):
        link_out(links, store=store, out=out, mode="copy")
    assert names(out) == []
    assert not entry.exists()
    store_artifact(store, A, b"the wheel")
    link_out(links, store=store, out=out, mode="copy")


def test_what_a_killed_fetch_was_preparing_is_swept_later(store: Store, out: Path) -> None:
    old, young = out / ".frazil-0123.tmp", out / ".frazil-4567.tmp"
    for stage in (old, young):
        stage.mkdir(parents=True)
        (stage / "0").write_text("half")
    os.utime(old, (0, 0))
    link_out(two(store), store=store, out=out)
    assert not old.exists()
    assert young.exists()


@pytest.mark.promise("R15")
def test_a_disk_that_takes_no_more_leaves_the_old_output(store: Store, out: Path) -> None:
    import resource

    links = two(store)
    first = link_out(links, store=store, out=out)
    large = b"large" * 400_000
    store_artifact(store, "c-3.0.tar.gz", large)
    before = snapshot(out)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with pytest.raises(DiskError, match="cannot write"):
            link_out((*links[:1], link_of("c-3.0.tar.gz", large)), store=store, out=out, previous=recorded(first, out))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert snapshot(out) == before


LINK = """
    import json, sys
    from pathlib import Path
    from frazil.fetcher.link import link_out
    from frazil.fetcher.place import Link
    from frazil.store.content import Store
    links = tuple(Link(**link) for link in json.loads(sys.argv[3]))
    for _ in range(10):
        link_out(links, store=Store(Path(sys.argv[1])), out=Path(sys.argv[2]), mode=sys.argv[4])
"""


@pytest.mark.promise("R18")
def test_processes_that_fill_one_output_at_once_are_all_fine(store: Store, out: Path) -> None:
    links = two(store, "services/api/linux")
    described = json.dumps([dataclasses.asdict(link) for link in links])
    source = Path(__file__).parents[2] / "src"
    crew = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(LINK), str(store.root), str(out), described, mode],
            env={**os.environ, "PYTHONPATH": str(source)},
            stderr=subprocess.PIPE,
        )
        for mode in ("copy", "hardlink", "symlink")
    ]
    ended = [(process.communicate()[1], process.returncode) for process in crew]
    assert ended == [(b"", 0)] * 3
    assert names(out) == [link.place for link in links]
    assert (out / links[0].place).read_bytes() == b"the wheel"


# What it is for --------------------------------------------------------------------------------------------


def test_plain_pip_installs_from_the_output(store: Store, out: Path, tmp_path: Path) -> None:
    with IndexServer() as server:
        app = server.add_wheel("app", "1.0", requires=["lib>=2"], files={"app.py": "import lib\nanswer = lib.answer\n"})
        lib = server.add_wheel("lib", "2.0", files={"lib.py": "answer = 42\n"})
    for file in (app, lib):
        store_artifact(store, file.filename, file.data)
    link_out(tuple(link_of(file.filename, file.data) for file in (app, lib)), store=store, out=out)
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    subprocess.run(
        [*command, "--no-index", "--find-links", str(out), "--target", str(site), "app"], check=True, cwd=tmp_path
    )
    found = subprocess.run(
        [sys.executable, "-c", "import app; print(app.answer)"],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        check=True,
    )
    assert found.stdout.strip() == b"42"


def test_outputs_say_how_each_file_looks(store: Store, out: Path) -> None:
    (output, _) = link_out(two(store), store=store, out=out).outputs
    status = (out / A).stat()
    assert output == Output(
        A, link_of(A, b"the wheel").sha256, "auto", Signature(status.st_size, status.st_mtime_ns, status.st_ino)
    )
