"""The tar of a commit: fixed bytes, whatever machine packs it."""

import hashlib
import io
import tarfile
from collections.abc import Iterator

import pytest

from frazil.errors import IntegrityError
from frazil.git_tar import TreeEntry, tar_chunks


def packed(files: dict[str | bytes, tuple[str, bytes]], root: str = "acme-2.1") -> bytes:
    """Pack files given by path as (mode, content)."""
    contents = {}
    entries = []
    for number, (path, (mode, content)) in enumerate(files.items()):
        contents[str(number)] = content
        raw = path.encode() if isinstance(path, str) else path
        entries.append(TreeEntry(raw, mode, str(number), len(content)))

    def read(entry: TreeEntry) -> Iterator[bytes]:
        yield contents[entry.blob]

    return b"".join(tar_chunks(root, entries, read))


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: member for member in archive}


FILES: dict[str | bytes, tuple[str, bytes]] = {
    "pyproject.toml": ("100644", b'[project]\nname = "acme"\nversion = "2.1"\n'),
    "src/acme/__init__.py": ("100644", b""),
    "run.sh": ("100755", b"#!/bin/sh\n"),
}


def test_the_bytes_are_fixed() -> None:
    assert hashlib.sha256(packed(FILES)).hexdigest() == (
        "9f58a76dd9c278b254e6e68129a32fa8399372dd787bcbd110a759ee9e9c4705"
    )


def test_the_order_of_the_tree_does_not_show() -> None:
    assert packed(dict(reversed(FILES.items()))) == packed(FILES)


def test_there_is_one_root_folder_and_names_stand_in_byte_order() -> None:
    names = list(members(packed({"b": ("100644", b""), "a/b": ("100644", b""), "a.txt": ("100644", b"")})))
    assert names == ["acme-2.1/a.txt", "acme-2.1/a/b", "acme-2.1/b"]


def test_nothing_of_the_machine_or_the_clock_goes_in() -> None:
    found = members(packed(FILES))
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in found.values()} == {(0, 0, "", "", 0)}
    assert {name: oct(member.mode) for name, member in found.items()} == {
        "acme-2.1/pyproject.toml": "0o644",
        "acme-2.1/run.sh": "0o755",
        "acme-2.1/src/acme/__init__.py": "0o644",
    }


def test_it_is_ustar_in_whole_records() -> None:
    data = packed(FILES)
    assert data[257:265] == b"ustar\x0000"
    assert len(data) % tarfile.RECORDSIZE == 0


@pytest.mark.parametrize("path", ["docs/é.txt", "a" * 150 + "/b", b"caf\xe9.txt"])
def test_only_a_name_that_ustar_cannot_hold_has_a_pax_header(path: str | bytes) -> None:
    data = packed({path: ("100644", b"text"), "plain.txt": ("100644", b"")})
    assert data.count(b"@PaxHeader") == 1
    raw = path.encode() if isinstance(path, str) else path
    assert {name.encode("utf-8", "surrogateescape") for name in members(data)} == {
        b"acme-2.1/" + raw,
        b"acme-2.1/plain.txt",
    }


def test_a_long_name_that_can_be_split_stays_ustar() -> None:
    data = packed({"a" * 80 + "/" + "b" * 80: ("100644", b"")})
    assert b"@PaxHeader" not in data


def test_a_link_that_stays_inside_is_a_link_and_any_other_a_file_that_says_where_it_led() -> None:
    found = packed(
        {
            "docs/license": ("120000", b"../LICENSE"),
            "out": ("120000", b"../../etc/passwd"),
            "absolute": ("120000", b"/etc/passwd"),
        }
    )
    kinds = {name: (member.issym(), member.linkname, member.size) for name, member in members(found).items()}
    assert kinds == {
        "acme-2.1/docs/license": (True, "../LICENSE", 0),
        "acme-2.1/out": (False, "", 16),
        "acme-2.1/absolute": (False, "", 11),
    }


@pytest.mark.parametrize("path", ["../x", "a/../../x", ".git/config", "a/.GIT/hooks/x", "/x", "a//b"])
def test_a_path_that_no_tree_can_have_is_refused(path: str) -> None:
    with pytest.raises(IntegrityError, match="unsafe"):
        packed({path: ("100644", b"")})
