"""Source archives laid out: sound ones as they are, hostile ones not at all."""

import io
import stat
import tarfile
import warnings
import zipfile
from pathlib import Path

import pytest

from frazil import unpacking
from frazil.errors import ConfigurationError, DiskError, UnsafeArchive
from frazil.unpacking import unpack_source
from tests.support.archives import tar_gz_bytes, zip_bytes

TREE = {"acme-1.0/pyproject.toml": b"[project]\n", "acme-1.0/src/acme.py": b"x = 1\n"}


def unpacked(tmp_path: Path, filename: str, data: bytes) -> Path:
    archive = tmp_path / filename
    archive.write_bytes(data)
    folder = tmp_path / "into"
    folder.mkdir()
    return unpack_source(archive, filename, folder)


def tar_of(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def plain(name: str, data: bytes = b"x", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.mode = mode
    return info, data


@pytest.mark.parametrize("filename", ["acme-1.0.tar.gz", "acme-1.0.zip"])
def test_an_archive_of_one_folder_is_that_folder(tmp_path: Path, filename: str) -> None:
    root = unpacked(tmp_path, filename, zip_bytes(TREE) if filename.endswith(".zip") else tar_gz_bytes(TREE))
    assert root == tmp_path / "into" / "acme-1.0"
    assert (root / "src" / "acme.py").read_bytes() == b"x = 1\n"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_of_any_compression_is_read(tmp_path: Path, mode: str) -> None:
    data = tar_of(plain("acme-1.0/setup.py", b"run()"), mode=mode)
    assert (unpacked(tmp_path, "acme.tar", data) / "setup.py").read_bytes() == b"run()"


def test_an_archive_without_a_folder_of_its_own_is_where_it_was_laid_out(tmp_path: Path) -> None:
    data = zip_bytes({"pyproject.toml": b"", "src/acme.py": b""})
    assert unpacked(tmp_path, "acme.zip", data) == tmp_path / "into"


def test_what_may_be_executed_stays_so(tmp_path: Path) -> None:
    root = unpacked(tmp_path, "a.tar.gz", tar_of(plain("a/run.sh", mode=0o755), plain("a/x", mode=0o644)))
    assert root.joinpath("run.sh").stat().st_mode & stat.S_IXUSR
    assert not root.joinpath("x").stat().st_mode & stat.S_IXUSR


def test_a_link_of_a_commit_is_laid_out(tmp_path: Path) -> None:
    root = unpacked(tmp_path, "a.tar", tar_of(plain("a/LICENSE", b"free"), link("a/docs", "LICENSE")))
    assert (root / "docs").read_bytes() == b"free"


HOSTILE_TARS = {
    "a link that stays inside": tar_of(plain("a/LICENSE", b"free"), link("a/docs", "LICENSE")),
    "a hard link that stays inside": tar_of(plain("a/x", b"free"), link("a/y", "a/x", tarfile.LNKTYPE)),
    "an absolute path": tar_of(plain("/a/x")),
    "a path with backslashes": tar_of(plain("a\\x")),
    "a parent path": tar_of(plain("../out")),
    "an absolute path that leads out": tar_of(plain("a/x"), plain("a/../../out")),
    "a link that leads out": tar_of(link("a/out", "../../out")),
    "an absolute link": tar_of(link("a/out", "/etc/passwd")),
    "a hard link that leads out": tar_of(link("a/out", "../../out", tarfile.LNKTYPE)),
    "a write through a link": tar_of(link("a/dir", ".."), plain("a/dir/../../out")),
    "a device": tar_of(link("a/dev", "", tarfile.CHRTYPE)),
    "a second file of one name": tar_of(plain("a/x", b"1"), plain("a/x", b"2")),
    "a second spelling of one name": tar_of(plain("a/x", b"1"), plain("./a/x", b"2")),
    "no tar at all": b"\x1f\x8bnonsense",
    "a cut gzip": tar_gz_bytes(TREE)[:-40],
    "nothing": b"",
}


@pytest.mark.parametrize("data", HOSTILE_TARS.values(), ids=HOSTILE_TARS)
def test_a_hostile_tar_is_refused_and_nothing_lands_outside(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnsafeArchive):
        unpacked(tmp_path, "a.tar.gz", data)
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar.gz", "into"}


def linked_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo("a/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "../../out")
    return packed.getvalue()


def doubled_zip() -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w") as archive:
        warnings.simplefilter("ignore")  # zipfile itself says that the name is there already
        archive.writestr("a/x", "1")
        archive.writestr("a/x", "2")
    return packed.getvalue()


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "a\\..\\out", "C:/out"])
def test_a_zip_with_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeArchive, match="path"):
        unpacked(tmp_path, "a.zip", zip_bytes({name: b"x"}))


def test_a_zip_with_a_link_or_a_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeArchive, match="link"):
        unpacked(tmp_path, "a.zip", linked_zip())
    (tmp_path / "into").rmdir()
    with pytest.raises(UnsafeArchive, match="twice"):
        unpacked(tmp_path, "b.zip", doubled_zip())


@pytest.mark.parametrize("filename", ["a.tar.gz", "a.zip"])
def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, filename: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_LIMIT", 1000)
    members = {"a/big": bytes(2000)}
    with pytest.raises(UnsafeArchive, match="too much"):
        unpacked(tmp_path, filename, zip_bytes(members) if filename.endswith(".zip") else tar_gz_bytes(members))


def test_an_archive_with_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 2)
    with pytest.raises(UnsafeArchive, match="too much"):
        unpacked(tmp_path, "a.tar.gz", tar_of(plain("a/1"), plain("a/2"), plain("a/3")))


@pytest.mark.parametrize("filename", ["a.tar.gz", "a.zip"])
def test_as_much_as_is_allowed_is_unpacked_and_not_a_byte_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filename: str
) -> None:
    members = {"a-1.0/one": b"12345", "a-1.0/two": b"67890"}
    data = zip_bytes(members) if filename.endswith(".zip") else tar_of(*(plain(n, d) for n, d in members.items()))
    monkeypatch.setattr("frazil.unpacking.UNPACKED_LIMIT", 10)
    monkeypatch.setattr("frazil.unpacking.MOST_MEMBERS", 2)
    (tmp_path / "fits").mkdir()
    assert {path.name for path in unpacked(tmp_path / "fits", filename, data).iterdir()} == {"one", "two"}
    for limit, value in (("UNPACKED_LIMIT", 9), ("MOST_MEMBERS", 1)):
        with monkeypatch.context() as lowered:
            lowered.setattr(f"frazil.unpacking.{limit}", value)
            (tmp_path / limit).mkdir()
            with pytest.raises(UnsafeArchive, match="unpacks to too much"):
                unpacked(tmp_path / limit, filename, data)


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8bno archive either", b"BZh9nor this", b"PK\3\4nor this"])
@pytest.mark.parametrize("filename", ["a.tar.gz", "a.zip"])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, filename: str, data: bytes) -> None:
    with pytest.raises(UnsafeArchive, match=r"is no source archive that can be read|is no zip archive"):
        unpacked(tmp_path, filename, data)


def test_a_python_that_cannot_unpack_safely_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tarfile, "data_filter")
    with pytest.raises(ConfigurationError, match="cannot unpack archives safely"):
        unpacked(tmp_path, "a.tar.gz", tar_of(plain("a-1.0/x")))


def test_what_the_disk_says_is_not_blamed_on_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(tar_of(plain("a-1.0/x")))
    with pytest.raises(DiskError, match="cannot unpack"):
        unpack_source(archive, "a.tar.gz", archive / "below")
