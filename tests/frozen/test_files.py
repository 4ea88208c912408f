"""Locks on disk: read whole, written only when there is something to say, never over one of a newer frazil."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.errors import DiskError, LockFileError, LockMissing, LockTooNew, WriteForbidden
from frazil.frozen.codec import format_frozen, parse_frozen
from frazil.frozen.files import read_frozen, read_frozen_reporting, read_lock_bytes, write_frozen
from frazil.frozen.model import LARGEST_LOCK, Frozen

SMALL = Path(__file__).parents[2] / "fixtures" / "frozen" / "v1" / "good" / "small.json"

root_is_never_denied = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root is never denied, and Windows has other permissions"
)


@pytest.fixture
def frozen() -> Frozen:
    return parse_frozen(SMALL.read_bytes())


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "frozen.json"


def test_what_was_written_is_read(lock: Path, frozen: Frozen) -> None:
    assert write_frozen(lock, frozen)
    assert lock.read_bytes() == SMALL.read_bytes()
    assert read_frozen(lock) == frozen
    assert read_frozen_reporting(lock).canonical


def test_the_same_lock_is_not_written_again(lock: Path, frozen: Frozen) -> None:
    write_frozen(lock, frozen)
    before = lock.stat()
    with forbid_writes():
        assert not write_frozen(lock, frozen)
    assert lock.stat().st_mtime_ns == before.st_mtime_ns
    assert lock.stat().st_ino == before.st_ino


def test_other_line_ends_are_no_reason_to_write(lock: Path, frozen: Frozen) -> None:
    lock.write_bytes(format_frozen(frozen).replace(b"\n", b"\r\n"))
    assert not write_frozen(lock, frozen)
    assert b"\r\n" in lock.read_bytes()


def test_a_lock_that_is_a_link_stays_one_and_what_it_leads_to_is_written(lock: Path, frozen: Frozen) -> None:
    real = lock.with_name("shared") / "lock.json"
    real.parent.mkdir()
    lock.symlink_to(real)
    assert write_frozen(lock, frozen)
    assert lock.is_symlink()
    assert real.read_bytes() == format_frozen(frozen)


def test_bytes_that_are_not_canonical_are_made_so(lock: Path, frozen: Frozen) -> None:
    lock.write_bytes(format_frozen(frozen) + b"\n")
    assert write_frozen(lock, frozen)
    assert lock.read_bytes() == format_frozen(frozen)


def test_another_lock_replaces_the_old_one(lock: Path, frozen: Frozen) -> None:
    write_frozen(lock, frozen)
    other = replace(frozen, subset=())
    assert write_frozen(lock, other)
    assert lock.read_bytes() == format_frozen(other)


@pytest.mark.parametrize("before", [b"", b"{", b"<<<<<<< ours\n", b"not a lock", b'{"frozen-version": 1}', b"\xff\xfe"])
def test_a_broken_lock_is_replaced(lock: Path, frozen: Frozen, before: bytes) -> None:
    lock.write_bytes(before)
    assert write_frozen(lock, frozen)
    assert read_frozen(lock) == frozen


def test_a_lock_of_a_newer_frazil_is_neither_read_nor_overwritten(lock: Path, frozen: Frozen) -> None:
    newer = b'{"frozen-version": 2, "pins": []}\n'
    lock.write_bytes(newer)
    with pytest.raises(LockTooNew, match=r"^frozen\.json has frozen-version 2"):
        read_frozen(lock)
    with pytest.raises(LockTooNew):
        write_frozen(lock, frozen)
    assert lock.read_bytes() == newer


def test_nothing_is_written_where_writing_is_forbidden(lock: Path, frozen: Frozen) -> None:
    with forbid_writes(), pytest.raises(WriteForbidden):
        write_frozen(lock, frozen)
    assert not lock.exists()


def test_a_lock_that_is_not_there_is_missed_with_what_to_do(lock: Path) -> None:
    with pytest.raises(LockMissing, match=r"^there is no frozen\.json in ") as caught:
        read_frozen(lock)
    assert caught.value.exit_code == 2
    assert caught.value.hint == "run `frazil resolve` to write it"


def test_a_broken_lock_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(b"{}")
    with pytest.raises(LockFileError, match=r"^other\.json is not a frozen resolution"):
        read_frozen(path)


def test_a_folder_is_no_lock(tmp_path: Path, frozen: Frozen) -> None:
    for attempt in (lambda: read_frozen(tmp_path), lambda: write_frozen(tmp_path, frozen)):
        with pytest.raises(DiskError, match=r"it is a folder|permission denied"):
            attempt()


@root_is_never_denied
def test_a_lock_that_may_not_be_read_is_told(lock: Path, frozen: Frozen) -> None:
    write_frozen(lock, frozen)
    lock.chmod(0)
    with pytest.raises(DiskError, match=r"permission denied"):
        read_frozen(lock)


def test_a_lock_that_is_too_large_is_not_read_to_its_end(lock: Path) -> None:
    with lock.open("wb") as file:
        file.truncate(LARGEST_LOCK * 1000)
    with pytest.raises(LockFileError, match=r"^frozen\.json is larger than 64 MiB"):
        read_lock_bytes(lock)


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors and FIFOs as on POSIX")
def test_a_lock_may_come_from_another_program_and_from_nothing_else_that_is_no_file(
    tmp_path: Path, frozen: Frozen
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(format_frozen(frozen))
    try:
        assert read_frozen(Path(f"/dev/fd/{reading}")) == frozen
    finally:
        os.close(reading)
    os.mkfifo(tmp_path / "frozen.json")
    with pytest.raises(DiskError, match="it is no regular file"):
        read_frozen(tmp_path / "frozen.json")


def test_a_lock_beside_is_read_by_its_name_alone(lock: Path, frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    write_frozen(lock, frozen)
    monkeypatch.chdir(lock.parent)
    assert read_frozen(Path(lock.name)) == frozen
