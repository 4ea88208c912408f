"""Opening what may be anything: only regular files are read, and nobody is kept waiting."""

import os
import socket
from pathlib import Path

import pytest

from frazil.opening import open_plain, read_plain

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, FIFOs and sockets as on POSIX")


def test_a_regular_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"what stands there")
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "file") == read_plain(str(tmp_path / "link")) == b"what stands there"
    assert read_plain(tmp_path / "file", most=4) == b"what"


@pytest.mark.parametrize("kind", ["fifo", "fifo with a writer", "socket", "device", "nothing"])
def test_what_is_no_regular_file_is_an_error_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    descriptor = None
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "fifo with a writer":
            os.mkfifo(path)
            descriptor = os.open(path, os.O_RDWR)
        case "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
        case "device":
            path.symlink_to("/dev/zero")
    with pytest.raises(OSError):  # noqa: PT011 - which one is the system's business
        open_plain(path)
    if descriptor is not None:
        os.close(descriptor)


def test_a_folder_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_plain(tmp_path)
