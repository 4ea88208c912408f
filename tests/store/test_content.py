"""The content store: what it vouches for, what it takes in, what it does with damage."""

import hashlib
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.errors import DiskError, IntegrityError, WriteForbidden
from frazil.locks import locked
from frazil.store.content import Store
from frazil.store.signature import read_digest
from frazil.store.writing import remove_anything

DATA = b"the bytes of a wheel\n" * 100
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "flask-3.1.0-py3-none-any.whl"


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(store: Store, data: bytes = DATA, name: str = NAME) -> Path:
    with store.writer(sha256_of(data), name, len(data), source="a test") as writer:
        writer.write(data)
    return store.path(sha256_of(data), name)


def has(store: Store, data: bytes = DATA, name: str = NAME) -> bool:
    return store.has(sha256_of(data), name, len(data))


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def damage_unseen(place: Path, data: bytes) -> None:
    """Change an entry's bytes and leave its size, time and inode as they were: bit rot."""
    status = place.stat()
    place.chmod(0o644)
    with place.open("r+b") as file:
        file.write(data)
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


# Getting in ------------------------------------------------------------------------------------------------


def test_an_artifact_lies_under_its_sha256_read_only(store: Store) -> None:
    place = put(store)
    assert place == store.root / "v1" / SHA256[:2] / SHA256 / NAME
    assert place.read_bytes() == DATA
    assert stat.S_IMODE(place.stat().st_mode) == 0o444
    assert has(store)


def test_nothing_else_is_left_after_a_publication(store: Store) -> None:
    put(store)
    folder = f"v1/{SHA256[:2]}/{SHA256}"
    assert files_below(store.root) == {
        "README.txt",
        "CACHEDIR.TAG",
        f"{folder}/{NAME}",
        f"{folder}/.{NAME}.stat",
    }


def test_the_same_bytes_may_have_two_names(store: Store) -> None:
    put(store)
    assert not has(store, name="other-1.0.tar.gz")
    put(store, name="other-1.0.tar.gz")
    assert has(store)
    assert has(store, name="other-1.0.tar.gz")


@pytest.mark.promise("R1")
def test_wrong_bytes_are_refused_with_what_was_expected_and_what_came(store: Store) -> None:
    wrong = b"x" * len(DATA)
    with pytest.raises(IntegrityError) as caught, store.writer(SHA256, NAME, len(DATA), source="index corp") as writer:
        writer.write(wrong)
    assert caught.value.sentence == f"{NAME} is not the file that was locked"
    assert caught.value.details == (
        f"expected sha256 {SHA256}, 2 100 bytes",
        f"got      sha256 {sha256_of(wrong)}, 2 100 bytes from index corp",
    )
    assert caught.value.hint == "nothing of it was kept"
    assert not has(store)
    assert files_below(store.root) == {"README.txt", "CACHEDIR.TAG"}


def test_too_few_bytes_are_refused(store: Store) -> None:
    with (
        pytest.raises(IntegrityError, match="not the file that was locked"),
        store.writer(SHA256, NAME, len(DATA)) as writer,
    ):
        writer.write(DATA[:-1])
    assert not has(store)


def test_a_byte_too_many_is_refused_at_once_not_at_the_end(store: Store) -> None:
    taken: list[int] = []

    def write_byte_by_byte() -> None:
        with store.writer(SHA256, NAME, 10) as writer:
            for end in range(1, 20):
                writer.write(DATA[end - 1 : end])
                taken.append(end)

    with pytest.raises(IntegrityError) as caught:
        write_byte_by_byte()
    assert taken[-1] == 10
    assert "at least 11 bytes" in caught.value.details[1]


def test_a_right_digest_of_another_size_than_locked_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError), store.writer(SHA256, NAME, len(DATA) + 1) as writer:
        writer.write(DATA)
    assert not has(store)


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def write_and_be_interrupted() -> None:
        with store.writer(SHA256, NAME, len(DATA)) as writer:
            writer.write(DATA)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_be_interrupted()
    assert not has(store)
    assert files_below(store.root) == {"README.txt", "CACHEDIR.TAG"}


def test_an_abandoned_writer_publishes_nothing_and_leaves_nothing(store: Store) -> None:
    with store.writer(SHA256, NAME, len(DATA)) as writer:
        writer.write(DATA)
        writer.abandon()
        assert files_below(store.root / "tmp") == set()
    assert not has(store)


def test_an_empty_artifact_can_be_stored(store: Store) -> None:
    put(store, b"")
    assert has(store, b"")


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x.whl", "a/b.whl", "a\\b.whl", "x.whl\0", "x\n.whl", ".hidden", "-r.whl", "nul.whl"),
        *("a:b", "x" * 300, "x.whl ", "x.", "\N{RIGHT-TO-LEFT OVERRIDE}x.whl", "CON", "a*.whl"),
    ],
)
def test_a_name_that_is_no_plain_segment_gets_no_path(store: Store, name: str) -> None:
    for attempt in (
        lambda: store.path(SHA256, name),
        lambda: store.has(SHA256, name, 1),
        lambda: store.writer(SHA256, name, 1),
    ):
        with pytest.raises(IntegrityError, match="not a plain file name"):
            attempt()
    assert not store.root.exists()


@pytest.mark.promise("R2")
@pytest.mark.parametrize("digest", ["", "0" * 63, "A" * 64, "../" + "0" * 61, "0" * 64 + "\n"])
def test_only_a_lower_case_sha256_gets_a_path(store: Store, digest: str) -> None:
    with pytest.raises(IntegrityError, match="no sha256 in the lock"):
        store.path(digest, NAME)


def test_a_file_of_this_machine_is_adopted_by_copy(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "built.whl"
    file.write_bytes(DATA)
    store.adopt(file, sha256=SHA256, filename=NAME, size=len(DATA))
    file.write_bytes(b"changed")
    assert has(store)
    assert store.path(SHA256, NAME).read_bytes() == DATA


def test_a_wrong_file_of_this_machine_is_not_adopted(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "built.whl"
    file.write_bytes(DATA + b"!")
    with pytest.raises(IntegrityError, match="not the file that was locked"):
        store.adopt(file, sha256=SHA256, filename=NAME, size=len(DATA))
    assert not has(store)


def test_two_writers_of_one_entry_are_both_fine(store: Store) -> None:
    other = Store(store.root)
    with store.writer(SHA256, NAME, len(DATA)) as one, other.writer(SHA256, NAME, len(DATA)) as two:
        one.write(DATA)
        two.write(DATA)
    assert has(store)
    assert has(other)


# Vouching --------------------------------------------------------------------------------------------------


def test_an_entry_that_looks_as_published_is_not_read_again(store: Store) -> None:
    place = put(store)
    damage_unseen(place, b"THE")
    assert has(store), "silent bit rot is the work of verify"


@pytest.mark.promise("R1")
def test_a_touched_entry_is_read_again_and_then_vouched_for_anew(store: Store) -> None:
    place = put(store)
    os.utime(place, ns=(1, 1))
    assert has(store)
    damage_unseen(place, b"THE")
    assert has(store), "the record was renewed, so equal looks are enough again"


def test_an_entry_without_a_record_is_read(store: Store) -> None:
    place = put(store)
    record = place.with_name(f".{NAME}.stat")
    record.unlink()
    assert has(store)
    assert record.exists()


@pytest.mark.parametrize("text", ["", "1 2", "a b c", "1 2 3 4", "\0" * 500])
def test_a_broken_record_only_costs_a_reading(store: Store, text: str) -> None:
    place = put(store)
    place.with_name(f".{NAME}.stat").write_text(text)
    assert has(store)


def test_an_entrys_time_lies_so_far_back_that_any_write_changes_it(store: Store) -> None:
    before = time.time_ns()
    assert put(store).stat().st_mtime_ns < before - 1_000_000_000


def test_a_change_within_the_clock_tick_is_seen(store: Store) -> None:
    place = put(store)
    place.chmod(0o644)
    place.write_bytes(b"X" + DATA[1:])  # at once: same inode, same size
    assert not has(store)


@pytest.mark.promise("R4")
@pytest.mark.parametrize("damaged", [b"", DATA[:-1], DATA + b"x", b"X" + DATA[1:]])
def test_a_damaged_entry_is_a_miss_and_removed(store: Store, damaged: bytes) -> None:
    place = put(store)
    place.chmod(0o644)
    place.write_bytes(damaged)
    assert not has(store)
    assert not place.exists()
    put(store)
    assert has(store)


def _lay(kind: str, place: Path, elsewhere: Path) -> None:
    match kind:
        case "link to the right bytes":
            place.symlink_to(elsewhere)
        case "link that leads nowhere":
            place.symlink_to("nowhere")
        case "folder":
            place.mkdir()
            (place / "inside").write_text("x")
        case "fifo":
            os.mkfifo(place)


@pytest.mark.promise("R4")
@pytest.mark.skipif(os.name == "nt", reason="FIFOs and links as on POSIX")
@pytest.mark.parametrize("kind", ["link to the right bytes", "link that leads nowhere", "folder", "fifo"])
def test_what_is_no_regular_file_is_a_miss_replaced_and_never_followed(store: Store, tmp_path: Path, kind: str) -> None:
    elsewhere = tmp_path / "elsewhere.whl"
    elsewhere.write_bytes(DATA)
    place = put(store)
    place.unlink()
    _lay(kind, place, elsewhere)
    assert not has(store)
    _lay(kind, place, elsewhere)
    put(store)
    assert has(store)
    assert place.is_file()
    assert not place.is_symlink()
    assert elsewhere.read_bytes() == DATA


@pytest.mark.skipif(os.name == "nt", reason="links as on POSIX")
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_link_in_place_of_a_folder_of_the_store_is_never_followed(store: Store, tmp_path: Path, level: int) -> None:
    place = put(store)
    folder = place.parents[level]
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    assert not has(store)
    before = files_below(elsewhere)
    put(store)
    assert has(store)
    assert not folder.is_symlink()
    assert files_below(elsewhere) == before


@pytest.mark.skipif(os.name == "nt", reason="links as on POSIX")
def test_a_link_in_place_of_the_record_is_never_followed(store: Store, tmp_path: Path) -> None:
    place = put(store)
    record = place.with_name(f".{NAME}.stat")
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    record.unlink()
    record.symlink_to(victim)
    assert has(store)
    assert victim.read_text() == "keep me"
    assert not record.is_symlink()


def test_a_lock_with_a_wrong_size_does_not_cost_the_store_a_sound_entry(store: Store) -> None:
    put(store)
    assert not store.has(SHA256, NAME, len(DATA) + 1)
    assert has(store)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_store_that_cannot_be_written_serves_what_it_vouches_for(store: Store) -> None:
    put(store)
    before = files_below(store.root)
    folders = [store.root, *(path for path in store.root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert has(Store(store.root))
        assert not has(Store(store.root), b"something else")
        with forbid_writes():
            assert has(Store(store.root))
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert files_below(store.root) == before


def test_a_store_that_cannot_be_written_is_one_sentence(store: Store) -> None:
    store.root.mkdir()
    store.root.chmod(0o555)
    if os.access(store.root, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(DiskError, match="permission denied"):
        put(store)


def test_a_file_where_the_store_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(DiskError, match="is not a folder"):
        put(Store(tmp_path / "store"))
    assert not has(Store(tmp_path / "store"))


def test_with_writes_forbidden_nothing_is_removed_renewed_or_taken_in(store: Store) -> None:
    place = put(store)
    os.utime(place, ns=(1, 1))
    record = place.with_name(f".{NAME}.stat").read_text()
    with forbid_writes():
        assert has(store)
        assert place.with_name(f".{NAME}.stat").read_text() == record
        place.chmod(0o644)
        place.write_bytes(b"damage")
        assert not has(store)
        assert place.read_bytes() == b"damage"
        with pytest.raises(WriteForbidden):
            store.writer(SHA256, NAME, 1)
        with pytest.raises(WriteForbidden):
            store.discard(SHA256, NAME)


@pytest.mark.skipif(os.name == "nt", reason="links as on POSIX")
def test_no_digest_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    found = read_digest(tmp_path / "file")
    assert found is not None
    assert found[0] == SHA256
    assert read_digest(tmp_path / "link") is None
    assert read_digest(tmp_path) is None
    assert read_digest(tmp_path / "nothing") is None


def test_what_another_process_put_in_the_place_of_damage_is_not_removed(tmp_path: Path) -> None:
    place = tmp_path / "entry"
    place.write_bytes(b"damaged")
    damaged = place.lstat()
    (tmp_path / "new").write_bytes(b"sound")
    (tmp_path / "new").replace(place)
    remove_anything(place, damaged)
    assert place.read_bytes() == b"sound"
    remove_anything(place, place.lstat())
    assert not place.exists()


# All of it -------------------------------------------------------------------------------------------------


def test_entries_are_listed_in_order_with_their_sizes(store: Store) -> None:
    contents = [b"one", b"three", b"seventeen"]
    for number, data in enumerate(contents):
        put(store, data, f"a-{number}.whl")
    listed = list(store.entries())
    assert [entry.sha256 for entry in listed] == sorted(map(sha256_of, contents))
    assert all(entry.path.read_bytes() in contents and entry.size == entry.path.stat().st_size for entry in listed)
    assert store.size() == sum(map(len, contents))


def test_an_empty_store_has_nothing_and_is_not_created_by_asking(store: Store) -> None:
    assert list(store.entries()) == []
    assert list(store.verify()) == []
    assert store.size() == 0
    assert store.clean().entries == 0
    assert not has(store)
    assert not store.root.exists()


def test_verify_finds_bit_rot_that_nothing_else_sees(store: Store) -> None:
    place = put(store)
    put(store, b"sound", "sound-1.whl")
    damage_unseen(place, b"THE")
    verdicts = {verdict.entry.filename: verdict.damage for verdict in store.verify()}
    assert verdicts["sound-1.whl"] is None
    assert "its sha256 is" in (verdicts[NAME] or "")
    assert not has(store)
    assert has(store, b"sound", "sound-1.whl")


@pytest.mark.skipif(os.name == "nt", reason="links as on POSIX")
def test_verify_reports_a_link_in_an_entrys_place(store: Store, tmp_path: Path) -> None:
    place = put(store)
    place.unlink()
    place.symlink_to(tmp_path)
    assert [verdict.damage for verdict in store.verify()] == ["it is no regular file"]
    assert tmp_path.is_dir()


def test_cleaning_removes_every_entry_and_says_how_much(store: Store) -> None:
    put(store)
    put(store, b"other", "other-1.whl")
    cleaned = store.clean()
    assert (cleaned.entries, cleaned.size) == (2, len(DATA) + 5)
    assert files_below(store.root) == {"README.txt", "CACHEDIR.TAG"}
    put(store)
    assert has(store)


def test_cleaning_sweeps_what_killed_writers_left_a_day_ago_and_nothing_younger(store: Store) -> None:
    put(store)
    old, young = store.root / "tmp" / "old.tmp", store.root / "tmp" / "young.tmp"
    old.write_text("")
    young.write_text("")
    os.utime(old, (0, 0))
    store.clean()
    assert not old.exists()
    assert young.exists()


def test_a_write_after_cleaning_by_another_process_makes_its_folders_again(store: Store) -> None:
    put(store)
    with store.writer(SHA256, NAME, len(DATA)) as writer:
        writer.write(DATA)
        Store(store.root).clean()
    assert has(store)


def test_the_store_explains_itself(store: Store) -> None:
    put(store)
    assert "content store" in (store.root / "README.txt").read_text()
    assert (store.root / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


# Alone, kept, of use ---------------------------------------------------------------------------------------


def _at_rest() -> None:
    pass


def told_nobody(_holder: str) -> None:
    pass


def test_one_at_a_time_brings_an_entry_in_and_nothing_of_that_stays(store: Store) -> None:
    told: list[str] = []
    count = 0

    def bring() -> None:
        nonlocal count
        for _ in range(10):
            with store.alone(SHA256, waiting=told.append, meanwhile=_at_rest):
                before = count
                threading.Event().wait(0.001)
                count = before + 1

    threads = [threading.Thread(target=bring) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == 30
    assert set(told) <= {f"process {os.getpid()}", "another process"}
    assert list((store.root / "locks").iterdir()) == []


def test_others_may_be_brought_in_meanwhile(store: Store) -> None:
    def waits(_holder: str) -> None:
        raise AssertionError

    with (
        store.alone(SHA256, waiting=waits, meanwhile=_at_rest),
        store.alone("0" * 64, waiting=waits, meanwhile=_at_rest),
    ):
        pass


def test_a_wait_for_another_can_be_ended(store: Store) -> None:
    def enough() -> None:
        raise InterruptedError

    with (
        store.alone(SHA256, waiting=told_nobody, meanwhile=_at_rest),
        pytest.raises(InterruptedError),
        store.alone(SHA256, waiting=told_nobody, meanwhile=enough),
    ):
        pass


def test_where_no_lock_can_be_taken_nobody_waits(store: Store) -> None:
    store.root.mkdir()
    (store.root / "locks").write_text("no folder")
    with store.alone(SHA256, waiting=told_nobody, meanwhile=_at_rest):
        put(store)
    assert has(store)


def test_a_kept_entry_is_marked_until_it_is_discarded(store: Store) -> None:
    put(store)
    put(store, b"anybody's", "b-1.0-py3-none-any.whl")
    store.keep(SHA256, NAME)
    assert {entry.filename: entry.kept for entry in store.entries()} == {NAME: True, "b-1.0-py3-none-any.whl": False}
    store.discard(SHA256, NAME)
    assert not list((store.root / "v1").rglob(f"*{NAME}*"))
    assert [entry.filename for entry in store.entries()] == ["b-1.0-py3-none-any.whl"]


def test_an_entry_tells_when_it_was_last_of_use_to_ten_minutes(store: Store) -> None:
    record = put(store).with_name(f".{NAME}.stat")
    now = time.time()
    for age, noted in ((3600, True), (660, True), (540, False), (0, False)):
        os.utime(record, (now - age, now - age))
        assert has(store)
        assert (abs(record.stat().st_mtime - (now - age)) > 300) is noted
    os.utime(record, (now - 3600, now - 3600))
    assert next(iter(store.entries())).used == pytest.approx(now - 3600)
    with forbid_writes():
        assert has(store)
    assert record.stat().st_mtime == pytest.approx(now - 3600)


def test_an_entry_without_a_record_was_of_use_when_it_was_published(store: Store) -> None:
    place = put(store)
    place.with_name(f".{NAME}.stat").unlink()
    assert next(iter(store.entries())).used == place.stat().st_mtime


def test_a_record_says_size_time_and_inode(store: Store) -> None:
    place = put(store)
    status = place.stat()
    expected = f"{status.st_size} {status.st_mtime_ns} {status.st_ino}\n"
    assert place.with_name(f".{NAME}.stat").read_text() == expected


def test_locks_that_the_dead_left_are_swept_after_a_day_and_held_ones_never(store: Store) -> None:
    put(store)
    folder = store.root / "locks"
    folder.mkdir(exist_ok=True)
    long_ago = time.time() - 2 * 24 * 60 * 60
    for name, age in (("old", long_ago), ("held", long_ago), ("young", time.time() - 23 * 60 * 60)):
        (folder / f"{name}.lock").touch()
        os.utime(folder / f"{name}.lock", (age, age))
    with locked(folder / "held.lock"):
        os.utime(folder / "held.lock", (long_ago, long_ago))
        with forbid_writes():
            store.sweep()
        assert len(list(folder.iterdir())) == 3
        store.sweep()
        assert {path.name for path in folder.iterdir()} == {"held.lock", "young.lock"}


def test_what_is_no_folder_in_place_of_the_temporary_ones_is_no_reason_to_fail(store: Store) -> None:
    put(store)
    (store.root / "tmp").rmdir()
    (store.root / "tmp").write_text("x")
    store.sweep()
    put(store, b"more", "b-1.0-py3-none-any.whl")
    assert has(store, b"more", "b-1.0-py3-none-any.whl")


def test_discarding_takes_half_written_records_and_empty_folders_along_and_nothing_else(store: Store) -> None:
    place = put(store)
    put(store, name="other-1.0.tar.gz")
    (place.parent / ".frazil-0123.tmp").touch()
    store.discard(SHA256, NAME)
    assert {path.name for path in place.parent.iterdir()} == {"other-1.0.tar.gz", ".other-1.0.tar.gz.stat"}
    store.discard(SHA256, "other-1.0.tar.gz")
    assert list((store.root / "v1").iterdir()) == []
    store.discard(SHA256, NAME)


def test_verify_tells_what_each_damage_is(store: Store) -> None:
    place = put(store)
    place.chmod(0o644)
    place.write_bytes(b"other")
    with forbid_writes():
        assert [verdict.damage for verdict in store.verify()] == [f"its sha256 is {sha256_of(b'other')}"]
    assert place.exists(), "nothing is removed where nothing may be written"
    assert [verdict.entry.size for verdict in store.verify()] == [5]
    assert not place.exists()


def test_folders_that_are_none_of_the_store_s_are_passed_over(store: Store) -> None:
    put(store)
    for name in ("zz", "abc", "a", SHA256[:2] + "/" + "0" * 64, SHA256[:2] + "/" + SHA256[:-1]):
        folder = store.root / "v1" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stranger.whl").write_bytes(b"x")
    assert [entry.sha256 for entry in store.entries()] == [SHA256]


# Writing ---------------------------------------------------------------------------------------------------


def test_an_entry_is_synced_before_it_is_renamed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, b"first", "b-1.0-py3-none-any.whl")
    heard: list[str] = []
    sync, rename = os.fsync, os.replace

    def hear_sync(number: int) -> None:
        heard.append(f"sync {os.fstat(number).st_size}")
        sync(number)

    def hear_rename(old: Path, new: Path) -> None:
        heard.append(f"rename {Path(new).name}")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", hear_sync)
    monkeypatch.setattr(os, "replace", hear_rename)
    put(store)
    assert heard == [f"sync {len(DATA)}", f"rename {NAME}", f"rename .{NAME}.stat"]


def test_nobody_but_the_writer_reads_what_is_not_verified(store: Store) -> None:
    with store.writer(SHA256, NAME, len(DATA)) as writer:
        writer.write(DATA)
        (temporary,) = (store.root / "tmp").iterdir()
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600


def test_a_rename_that_fails_while_a_right_entry_is_there_is_fine(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    rename = os.replace

    def refused(old: Path, new: Path) -> None:
        if Path(new).name == NAME:
            raise PermissionError(13, "somebody reads it")
        rename(old, new)

    monkeypatch.setattr(os, "replace", refused)
    put(store)
    assert has(store)
    assert list((store.root / "tmp").iterdir()) == []


def test_a_rename_that_fails_for_good_is_one_sentence_and_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def refused(_old: Path, new: Path) -> None:
        tries.append(Path(new))
        raise PermissionError(13, "nobody may")

    store.root.mkdir()
    for name in ("README.txt", "CACHEDIR.TAG"):
        (store.root / name).touch()
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(DiskError, match=rf"cannot write .*{NAME}: permission denied"):
        put(store)
    assert len(tries) == 5
    assert list((store.root / "tmp").iterdir()) == []
    assert not has(store)


def test_folders_that_vanish_before_the_rename_are_made_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, left = os.replace, [1, 1, 1]

    def late(old: Path, new: Path) -> None:
        if Path(new).name == NAME and left:
            left.pop()
            Path(new).parent.rmdir()
        rename(old, new)

    monkeypatch.setattr(os, "replace", late)
    put(store)
    assert has(store)


def test_a_writer_that_is_given_up_meanwhile_publishes_nothing(store: Store) -> None:
    writer = store.writer(SHA256, NAME, len(DATA))
    with writer:
        writer.write(DATA)
        thread = threading.Thread(target=writer.abandon)
        thread.start()
        thread.join()
    assert not has(store)
    assert list((store.root / "tmp").iterdir()) == []


def test_sizes_are_told_in_groups_of_three(store: Store) -> None:
    with pytest.raises(IntegrityError) as caught, store.writer(SHA256, NAME, 1_234_567):
        pass
    assert caught.value.details[0] == f"expected sha256 {SHA256}, 1 234 567 bytes"


def test_the_hint_of_who_writes_is_told(store: Store) -> None:
    with pytest.raises(IntegrityError) as caught, store.writer(SHA256, NAME, 1, hint="ask somebody"):
        pass
    assert caught.value.hint == "ask somebody"
    assert caught.value.details[1] == f"got      sha256 {sha256_of(b'')}, 0 bytes"
