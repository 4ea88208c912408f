"""A store that users share: what one brought in serves the others, and nobody's mistake is another's."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.store.content import Store

SOURCE = Path(__file__).parents[2] / "src"
DATA = b"the bytes of a wheel\n" * 100
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "flask-3.1.0-py3-none-any.whl"


def _can_be_others() -> bool:
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    # Somebody else must be able to read this very file and the interpreter.
    return as_user(1234, "print('here')").stdout == "here\n"


def as_user(number: int, code: str, *, group: int = 7777, umask: int = 0o022) -> "subprocess.CompletedProcess[str]":
    """Run code as another user, who is in one group."""
    text = f"import os\nos.umask({umask})\n{textwrap.dedent(code)}"
    command = ["setpriv", f"--reuid={number}", f"--regid={group}", "--clear-groups", sys.executable, "-c", text]
    environ = {"PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(command, env=environ, cwd="/", capture_output=True, text=True, check=False)


pytestmark = [
    pytest.mark.promise("R18"),
    pytest.mark.skipif(not _can_be_others(), reason="only root can be somebody else"),
]


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that a group shares; not pytest's, which lets nobody else in."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "store"
        folder.mkdir()
        os.chown(folder, 0, 7777)
        folder.chmod(0o2775)
        yield folder


def put_and_say(root: Path) -> str:
    return f"""
    from pathlib import Path
    from frazil.store.content import Store
    from frazil.errors import DiskError
    data = {DATA!r}
    store = Store(Path({str(root)!r}))
    try:
        if not store.has({SHA256!r}, {NAME!r}, len(data)):
            with store.alone({SHA256!r}, waiting=print, meanwhile=lambda: None):
                with store.writer({SHA256!r}, {NAME!r}, len(data)) as writer:
                    writer.write(data)
            print("brought")
        else:
            print("there")
        assert store.path({SHA256!r}, {NAME!r}).read_bytes() == data
    except DiskError as error:
        print(error.sentence)
    """


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o027])
def test_what_one_user_brought_serves_another(root: Path, umask: int) -> None:
    one = as_user(1234, put_and_say(root), umask=umask)
    assert (one.stdout, one.stderr) == ("brought\n", "")
    other = as_user(5678, put_and_say(root), umask=umask)
    assert (other.stdout, other.stderr) == ("there\n", "")


def test_with_a_group_s_umask_either_user_heals_what_the_other_damaged(root: Path) -> None:
    as_user(1234, put_and_say(root), umask=0o002)
    place = Store(root).path(SHA256, NAME)
    place.chmod(0o664)
    place.write_bytes(b"damage")
    other = as_user(5678, put_and_say(root), umask=0o002)
    assert (other.stdout, other.stderr) == ("brought\n", "")
    assert place.read_bytes() == DATA


def test_what_a_user_keeps_private_is_a_miss_for_another_in_one_sentence(root: Path) -> None:
    one = as_user(1234, put_and_say(root), umask=0o077)
    assert one.stdout == "brought\n"
    other = as_user(5678, put_and_say(root), umask=0o077)
    assert other.stderr == ""
    assert "permission denied" in other.stdout


def test_who_may_only_read_is_served_and_otherwise_told(root: Path) -> None:
    as_user(1234, put_and_say(root))
    stranger = as_user(5678, put_and_say(root), group=8888)
    assert (stranger.stdout, stranger.stderr) == ("there\n", "")
    damaged = Store(root).path(SHA256, NAME)
    damaged.chmod(0o644)
    damaged.write_bytes(b"damage")
    stranger = as_user(5678, put_and_say(root), group=8888)
    assert stranger.stderr == ""
    assert "permission denied" in stranger.stdout
    assert damaged.read_bytes() == b"damage"
    assert as_user(1234, put_and_say(root)).stdout == "brought\n"


def test_a_lock_that_another_user_left_stops_nobody(root: Path) -> None:
    (root / "locks").mkdir(mode=0o777)
    (root / "locks").chmod(0o777)
    lock = root / "locks" / f"{SHA256}.lock"
    lock.touch(mode=0o600)
    done = as_user(1234, put_and_say(root))
    assert (done.stdout, done.stderr) == ("brought\n", "")
