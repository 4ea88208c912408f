"""Faults injected into a fetch, point by point and kind by kind: nothing wrong is kept, and the next fetch heals."""

import errno
import hashlib
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from frazil.errors import DiskError, FrazilError
from tests.support.index_server import IndexServer
from tests.support.machine import Machine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what POSIX systems say")


@pytest.fixture
def machine(tmp_path: Path, index_server: IndexServer) -> Machine:
    """A machine with a lock and nothing fetched: three small artifacts, one of which is under 64 KiB twice."""
    index_server.add_wheel("a", "1.0", requires=["b", "c"], files={"filler": os.urandom(100_000)})
    index_server.add_wheel("b", "1.0", files={"filler": os.urandom(3000)})
    index_server.add_sdist("c", "1.0")
    machine = Machine(tmp_path / "home", index_server, tmp_path / "shop")
    machine.declare({"web": ["a"]})
    machine.resolve()
    index_server.forget()
    return machine


def judge(machine: Machine, lock: bytes) -> None:
    """See that the lock is as it was, that no entry of the store is wrong, and no file of the output."""
    assert machine.lock.read_bytes() == lock
    for file in (machine.home / "store" / "v1").rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            assert hashlib.sha256(file.read_bytes()).hexdigest() == file.parent.name
    right = {file.filename: file.data for files in machine.server.projects.values() for file in files}
    for file in machine.out.glob("*") if machine.out.exists() else ():
        assert file.name.startswith(".frazil-") or file.read_bytes() == right[file.name]


def heals(machine: Machine) -> None:
    machine.fetch()
    # A folder that could not be removed when its fetch failed is swept an hour later.
    assert {name for name in machine.delivered() if not name.startswith(".frazil-")} == {
        "a-1.0-py3-none-any.whl",
        "b-1.0-py3-none-any.whl",
        "c-1.0.tar.gz",
    }
    assert list((machine.home / "store" / "tmp").iterdir()) == []


def failure_of(machine: Machine) -> FrazilError | KeyboardInterrupt | None:
    """Fetch, and return how that failed; nothing else may come out of it."""
    try:
        machine.fetch()
    except (FrazilError, KeyboardInterrupt) as failed:
        return failed
    return None


def path_of(machine: Machine, project: str = "a") -> str:
    return f"/packages/{machine.server.projects[project][0].path}"


# On the wire -----------------------------------------------------------------------------------------------

ON_THE_WIRE: dict[str, dict[str, Any]] = {
    "connect: reset": {"reset": True},
    "connect: refused": {"status": 307, "headers": {"Location": "http://127.0.0.1:{closed}/a"}},
    **{f"status: {status}": {"status": status} for status in (204, 206, 400, 401, 403, 404, 408, 410, 418, 429)},
    **{f"status: {status}, with a body": {"status": status, "body": b"<html>"} for status in (300, 500, 502, 503, 599)},
    "status: 302 to nowhere": {"status": 302},
    "status: 302 to another scheme": {"status": 302, "headers": {"Location": "file:///etc/hostname"}},
    "status: 302 to itself": {"status": 302, "headers": {"Location": "{path}"}},
    "status: 429 for ever": {"status": 429, "headers": {"Retry-After": "999999"}},
    "header: no length": {"headers": {"Content-Length": ""}, "truncate": 50_000},
    "header: a length that is none": {"headers": {"Content-Length": "many"}},
    "header: a negative length": {"headers": {"Content-Length": "-5"}},
    "header: too long a length": {"headers": {"Content-Length": "99999999"}, "truncate": 100},
    "header: too short a length": {"headers": {"Content-Length": "100"}},
    "header: gzip that is none": {"headers": {"Content-Encoding": "gzip"}},
    "header: an unknown encoding": {"headers": {"Content-Encoding": "snappy"}},
    "header: chunks that are none": {"headers": {"Transfer-Encoding": "chunked", "Content-Length": ""}},
    "body: nothing": {"body": b""},
    "body: a page of a captive portal": {"body": b"<html>log in</html>", "headers": {"Content-Type": "text/html"}},
    "body: other bytes": {"body": b"x" * 100_000},
    "body: endless": {"body": b"x" * 5_000_000},
    **{f"close: after {count} bytes": {"truncate": count} for count in (0, 1, 1000, 65_536, 100_000)},
}


@pytest.mark.promise("R9")
@pytest.mark.parametrize("fault", ON_THE_WIRE.values(), ids=ON_THE_WIRE)
def test_a_fault_on_the_wire_keeps_nothing_wrong_and_the_good_ones_and_heals(
    machine: Machine, fault: dict[str, Any]
) -> None:
    lock = machine.lock.read_bytes()
    path = path_of(machine)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody
        told = {"path": path, "closed": taken.getsockname()[1]}
        headers = {name: value.format(**told) for name, value in fault.get("headers", {}).items()}
        injected = machine.server.fault(path, **{**fault, "headers": headers})
        failed = failure_of(machine)
    if isinstance(failed, FrazilError):
        assert "a-1.0" in " ".join((failed.sentence, *failed.details)), "the bad one is named"
        assert not machine.delivered(), "the output is as it was"
    judge(machine, lock)
    kept = {file.name for file in (machine.home / "store" / "v1").rglob("*.whl")}
    assert "b-1.0-py3-none-any.whl" in kept, "the good ones are kept"
    injected.times = 0
    heals(machine)


# On the disk -----------------------------------------------------------------------------------------------

# Every one of these is called several times by a fetch, by whoever of its threads.
POINTS = ("open", "fsync", "replace", "mkdir", "utime", "chmod", "unlink", "lstat", "listdir", "scandir")
KINDS = ("ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE", "ESTALE", "signal")


class Injector:
    """Lets one call of a function of `os` fail that is about a path of the machine."""

    def __init__(self, folder: Path, kind: str, when: int) -> None:
        self.folder, self.kind, self.left = str(folder), kind, when

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def injected(*words: Any, **how: Any) -> Any:
            if self._concerns(words):
                self.left -= 1
                if self.left == 0:
                    raise self._failure()
            return function(*words, **how)

        return injected

    def _failure(self) -> BaseException:
        if self.kind == "signal":
            return KeyboardInterrupt()
        number = getattr(errno, self.kind)
        return OSError(number, os.strerror(number))

    def _concerns(self, words: tuple[Any, ...]) -> bool:
        if words and isinstance(words[0], int):
            return True  # a descriptor, of what only a fetch opens
        return bool(words) and str(words[0]).startswith(self.folder)


@pytest.mark.promise("R3")
@pytest.mark.parametrize("when", [1, 2, 5, 9])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", POINTS)
def test_a_fault_on_the_disk_keeps_nothing_wrong_and_heals(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, point: str, kind: str, when: int
) -> None:
    lock = machine.lock.read_bytes()
    injector = Injector(machine.home.parent, kind, when)
    with monkeypatch.context() as patched:
        patched.setattr(os, point, injector(getattr(os, point)))
        failed = failure_of(machine)
    if isinstance(failed, FrazilError):
        assert failed.exit_code in {2, 4}
        assert failed.sentence
    else:
        assert failed is None or kind == "signal"
    judge(machine, lock)
    heals(machine)


@pytest.mark.promise("R20")
def test_each_disk_error_is_one_sentence_that_names_what_it_was_about(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = Injector(machine.home.parent, "ENOSPC", 1)
    monkeypatch.setattr(os, "fsync", injector(os.fsync))
    with pytest.raises(DiskError) as caught:
        machine.fetch()
    assert re.fullmatch(r"cannot write \S+(whl|tar\.gz): the disk is full", caught.value.sentence)
    assert caught.value.hint == "free some space and run the same command again"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing between tries."""
    monkeypatch.setattr("frazil.fetcher.download._PAUSE_SECONDS", 0.0)
