"""Whole files or nothing, and the switch under which nothing is written."""

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from frazil.atomic import (
    disk_errors,
    forbid_writes,
    is_temporary,
    make_cache_folder,
    make_folder,
    remove_file,
    sync_folder,
    temporary_beside,
    write_atomically,
    write_cached,
    writes_forbidden,
    writing,
)
from frazil.errors import DiskError, WriteForbidden
from tests.support.tree import snapshot


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="permission bits and links of POSIX")


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two", durable=False)
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["lock.json"]


def test_a_reader_sees_the_old_bytes_or_the_new_ones_and_never_a_part(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    bodies = [bytes([digit]) * 200_000 for digit in b"0123456789"]
    write_atomically(path, bodies[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda body: write_atomically(path, body, durable=False), bodies * 5))
    done.set()
    reader.join()
    assert seen <= set(bodies)
    assert names(tmp_path) == ["lock.json"]


@posix_only
def test_a_replaced_file_keeps_its_permission_bits(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    write_atomically(path, b"one")
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix_only
def test_a_mode_that_is_asked_for_is_given_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        write_atomically(tmp_path / "a", b"", mode=0o444)
        write_atomically(tmp_path / "b", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o444
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600


@posix_only
def test_a_link_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    link = tmp_path / "lock.json"
    link.symlink_to(precious)
    write_atomically(link, b"new")
    assert precious.read_bytes() == b"mine"
    assert not link.is_symlink()


def test_a_folder_in_the_way_is_an_error_that_names_it_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock.json" / "inside").mkdir(parents=True)
    with pytest.raises(DiskError, match=r"cannot write .*lock\.json: ") as caught:
        write_atomically(tmp_path / "lock.json", b"")
    assert caught.value.exit_code == 2
    assert names(tmp_path) == ["lock.json"]


def test_a_missing_folder_and_a_file_in_the_place_of_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=r"the folder .*nowhere does not exist"):
        write_atomically(tmp_path / "nowhere" / "lock.json", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match=r"file is not a folder"):
        write_atomically(tmp_path / "file" / "below" / "lock.json", b"")
    with pytest.raises(DiskError, match=r"cannot create .*below"):
        make_folder(tmp_path / "file" / "below")


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits of POSIX")
def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    script = (
        "import pathlib, resource, sys\n"
        "from frazil.atomic import write_atomically\n"
        "from frazil.errors import DiskError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "write_atomically(path, b'old')\n"
        "try:\n    write_atomically(path, b'x' * 5000)\n"
        "except DiskError as error:\n    print(error.sentence)\n"
    )
    path = tmp_path / "lock.json"
    run = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert "cannot write" in run.stdout
    assert "larger than the system allows" in run.stdout
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["lock.json"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(DiskError, match="permission denied"):
            write_atomically(tmp_path / "lock.json", b"")
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EISDIR, "it is a folder"),
        (errno.ENOENT, "there is no such file"),
        (errno.ENAMETOOLONG, "the name is too long"),
        (errno.EMFILE, "too many files are open"),
        (errno.EIO, os.strerror(errno.EIO).lower()),
    ],
)
def test_what_the_system_says_becomes_one_sentence_that_names_the_file(tmp_path: Path, code: int, why: str) -> None:
    with pytest.raises(DiskError) as caught, disk_errors("read", tmp_path / "x"):
        raise OSError(code, os.strerror(code))
    assert caught.value.sentence == f"cannot read {tmp_path / 'x'}: {why}"


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), temporary_beside(tmp_path / "lock.json") as temporary:  # noqa: PT012
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


def test_the_names_of_temporary_files_are_unpredictable_and_known_to_a_sweep(tmp_path: Path) -> None:
    with temporary_beside(tmp_path / ("x" * 250)) as one, temporary_beside(tmp_path / ("x" * 250)) as two:
        assert one != two
        assert is_temporary(one.name)
        one.write_bytes(b"")  # the name fits although the target's is nearly as long as names can be
    assert not is_temporary("lock.json")


def test_removing_what_is_not_there_is_fine_and_a_folder_is_an_error(tmp_path: Path) -> None:
    remove_file(tmp_path / "nothing")
    (tmp_path / "file").write_bytes(b"")
    remove_file(tmp_path / "file")
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    with pytest.raises(DiskError, match="cannot remove"):
        remove_file(tmp_path / "a")
    assert names(tmp_path) == ["a"]


def test_nothing_is_written_under_the_switch_from_any_thread(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    before = snapshot(tmp_path)
    deeds: list[Callable[[], object]] = [
        lambda: write_atomically(tmp_path / "old", b"new"),
        lambda: write_atomically(tmp_path / "new", b"new"),
        lambda: make_folder(tmp_path / "folder"),
        lambda: remove_file(tmp_path / "old"),
        lambda: writing(tmp_path / "anything"),
        lambda: ExitStack().enter_context(temporary_beside(tmp_path / "x")),
    ]
    with ThreadPoolExecutor(2) as pool, forbid_writes():
        assert writes_forbidden()
        for deed in deeds:
            with pytest.raises(WriteForbidden) as caught:
                deed()
            with pytest.raises(WriteForbidden):
                pool.submit(deed).result()
            assert caught.value.exit_code == 70
    assert snapshot(tmp_path) == before


def test_what_need_not_be_written_is_no_write(tmp_path: Path) -> None:
    with forbid_writes():
        make_folder(tmp_path)


def test_the_switch_may_be_nested_and_is_off_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), forbid_writes():  # noqa: PT012
        with forbid_writes():
            pass
        with pytest.raises(WriteForbidden):
            writing(tmp_path)
        raise RuntimeError
    writing(tmp_path)
    assert not writes_forbidden()


# Caches ----------------------------------------------------------------------------------------------------


def test_a_file_of_a_cache_is_written_with_its_folders_and_replaced_whole(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    place = cache / "pages" / "a" / "b"
    write_cached(cache, str(place), b"one")
    with place.open("rb") as open_before:
        write_cached(cache, str(place), b"another")
        assert open_before.read() == b"one"
    assert place.read_bytes() == b"another"
    assert names(place.parent) == ["b"]
    assert (cache / "CACHEDIR.TAG").exists()


@posix_only
def test_a_link_in_a_cache_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "record").symlink_to(victim)
    write_cached(tmp_path, str(tmp_path / "record"), b"x")
    assert victim.read_bytes() == b"precious"
    assert stat.S_IMODE((tmp_path / "record").lstat().st_mode) == 0o600


def test_a_file_of_a_cache_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "record").mkdir()
    with pytest.raises(DiskError, match=r"cannot write .*record: it is a folder"):
        write_cached(tmp_path, str(tmp_path / "record"), b"x")
    assert names(tmp_path) == ["record"]


@posix_only
def test_a_file_of_a_cache_that_the_disk_has_no_room_for_leaves_nothing(tmp_path: Path) -> None:
    program = """
import resource, signal, sys
from pathlib import Path
from frazil.atomic import write_cached
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
write_cached(Path(sys.argv[1]), sys.argv[1] + "/record", b"x" * 1000)
"""
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert "DiskError: cannot write" in ended.stderr
    assert names(tmp_path) == []


def test_nothing_is_written_in_a_cache_while_writes_are_forbidden(tmp_path: Path) -> None:
    with forbid_writes(), pytest.raises(WriteForbidden):
        write_cached(tmp_path, str(tmp_path / "record"), b"x")


# Surviving a loss of power ---------------------------------------------------------------------------------


class Synced:
    """Hears what is synced, as the kind and the inode of a descriptor, and renames, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: list[str] = []
        sync, rename = os.fsync, os.replace

        def hear_sync(descriptor: int) -> None:
            status = os.fstat(descriptor)
            self.heard.append("folder" if stat.S_ISDIR(status.st_mode) else f"file of {status.st_size}")
            sync(descriptor)

        def hear_rename(source: Path, target: Path) -> None:
            self.heard.append("rename")
            rename(source, target)

        monkeypatch.setattr(os, "fsync", hear_sync)
        monkeypatch.setattr(os, "replace", hear_rename)


@posix_only
def test_what_must_last_is_synced_before_its_rename_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = Synced(monkeypatch)
    write_atomically(tmp_path / "lock.json", b"12345")
    assert synced.heard == ["file of 5", "rename", "folder"]


@posix_only
def test_what_may_be_lost_is_not_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = Synced(monkeypatch)
    write_atomically(tmp_path / "record", b"12345", durable=False)
    make_cache_folder(tmp_path / "cache")
    assert synced.heard == ["rename", "rename"]


@posix_only
def test_a_folder_that_cannot_be_synced_is_no_error_and_leaves_nothing_open(tmp_path: Path) -> None:
    sync_folder(tmp_path / "nowhere")
    descriptors = Path("/proc/self/fd")
    before = len(names(descriptors)) if descriptors.exists() else 0
    for _ in range(3):
        sync_folder(tmp_path)
    assert before == (len(names(descriptors)) if before else 0)


# What the system says --------------------------------------------------------------------------------------

HINTS = {
    errno.ENOSPC: ("the disk is full", "free some space and run the same command again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run the same command again"),
    errno.EFBIG: ("the file is larger than the system allows", None),
    errno.EROFS: ("the file system is read-only", None),
    errno.EACCES: ("permission denied", "check who owns it and its folder"),
    errno.EPERM: ("permission denied", "check who owns it and its folder"),
    errno.EISDIR: ("it is a folder", None),
    errno.ENOENT: ("there is no such file", None),
    errno.ENAMETOOLONG: ("the name is too long", None),
    errno.ELOOP: ("its symbolic links lead in a circle", None),
    errno.EMFILE: ("too many files are open", "raise the limit (`ulimit -n`)"),
    errno.ENFILE: ("too many files are open", "raise the limit (`ulimit -n`)"),
    errno.EINVAL: (os.strerror(errno.EINVAL).lower(), None),
}


@pytest.mark.parametrize("number", HINTS)
def test_each_kind_of_failure_has_its_clause_and_its_hint(tmp_path: Path, number: int) -> None:
    with pytest.raises(DiskError) as caught, disk_errors("read", tmp_path / "x"):
        raise OSError(number, os.strerror(number))
    why, hint = HINTS[number]
    assert (caught.value.sentence, caught.value.hint) == (f"cannot read {tmp_path / 'x'}: {why}", hint)


def test_a_failure_without_a_number_is_called_by_its_kind(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=r"cannot read .*: timeouterror"), disk_errors("read", tmp_path):
        raise TimeoutError


def test_what_is_not_a_folder_is_found_above_what_was_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(DiskError, match=rf"cannot read .*: {tmp_path / 'file'} is not a folder"),
        disk_errors("read", tmp_path / "file" / "a" / "b"),
    ):
        raise NotADirectoryError(errno.ENOTDIR, "")
    with (
        pytest.raises(DiskError, match=rf"cannot read .*: {tmp_path} is not a folder"),
        disk_errors("read", tmp_path / "x"),
    ):
        raise NotADirectoryError(errno.ENOTDIR, "")


def test_a_cache_is_marked_once_for_backups(tmp_path: Path) -> None:
    make_cache_folder(tmp_path / "a" / "cache")
    tag = tmp_path / "a" / "cache" / "CACHEDIR.TAG"
    assert tag.read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    tag.write_bytes(b"mine")
    make_cache_folder(tmp_path / "a" / "cache")
    assert tag.read_bytes() == b"mine"
