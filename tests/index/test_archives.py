"""Metadata read out of wheels and source archives, honest and hostile ones."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frazil.index.archives import UNPACKED_LIMIT, ArchiveError, read_from_source, read_from_wheel
from frazil.index.core_metadata import METADATA_LIMIT
from tests.support.archives import metadata_text, sdist_bytes, tar_gz_bytes, wheel_bytes, zip_bytes

TEXT = metadata_text("foo-bar", "1.0", requires=["baz>=1"])


def from_wheel(data: bytes) -> bytes:
    return read_from_wheel(io.BytesIO(data), "foo-bar", "1.0")


def from_source(data: bytes, filename: str = "foo_bar-1.0.tar.gz") -> dict[str, bytes]:
    return read_from_source(io.BytesIO(data), filename, "foo-bar", "1.0")


# Wheels ----------------------------------------------------------------------------------------------------


def test_the_metadata_of_a_wheel_is_read() -> None:
    assert from_wheel(wheel_bytes("foo-bar", "1.0", TEXT)) == TEXT.encode()


@pytest.mark.parametrize("folder", ["foo_bar-1.0", "Foo.Bar-1.0.0", "foo-bar-v1.0"])
def test_the_folder_may_spell_name_and_version_otherwise(folder: str) -> None:
    assert from_wheel(zip_bytes({f"{folder}.dist-info/METADATA": b"x", "foo/__init__.py": b""})) == b"x"


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "0 .dist-info folders"),
        ({"foo_bar/METADATA": b"x"}, "0 .dist-info folders"),
        ({"sub/foo_bar-1.0.dist-info/METADATA": b"x"}, "0 .dist-info folders"),
        ({"foo_bar-1.0.dist-info/METADATA": b"x", "other-1.0.dist-info/METADATA": b"y"}, "2 .dist-info folders"),
        ({"foo_bar-1.0.dist-info/METADATA": b"x", "foo_bar-1.0.0.dist-info/RECORD": b"y"}, "2 .dist-info folders"),
        ({"other-1.0.dist-info/METADATA": b"x"}, "another release"),
        ({"foo_bar-2.0.dist-info/METADATA": b"x"}, "another release"),
        ({"foo_bar.dist-info/METADATA": b"x"}, "another release"),
        ({"foo_bar-1.0.dist-info/RECORD": b"x"}, "0 METADATA files"),
        ({"foo_bar-1.0.dist-info/metadata": b"x"}, "0 METADATA files"),
        ({"foo_bar-1.0.dist-info/METADATA": b"x" * (METADATA_LIMIT + 1)}, "larger than"),
    ],
)
def test_a_wheel_whose_metadata_is_not_where_it_belongs_is_refused(members: Mapping[str, bytes], says: str) -> None:
    with pytest.raises(ArchiveError, match=says):
        from_wheel(zip_bytes(members))


def test_two_members_of_one_name_are_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("foo_bar-1.0.dist-info/METADATA", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("foo_bar-1.0.dist-info/METADATA", "two")
    with pytest.raises(ArchiveError, match="has METADATA twice"):
        from_wheel(packed.getvalue())


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_packed_as_no_wheel_is_is_refused(compression: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        archive.writestr("foo_bar-1.0.dist-info/METADATA", "x")
    with pytest.raises(ArchiveError, match="packed in a way"):
        from_wheel(packed.getvalue())


def test_a_directory_larger_than_any_is_not_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number:0>60000}", b"")
    with pytest.raises(ArchiveError, match="too large"):
        from_wheel(packed.getvalue())


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18, b"no archive", b"PK\x03\x04" * 50, b"\xff" * 70_000])
def test_what_is_no_wheel_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        from_wheel(data)


# Source archives -------------------------------------------------------------------------------------------


def test_the_metadata_of_a_source_archive_is_read() -> None:
    found = from_source(sdist_bytes("foo-bar", "1.0", TEXT))
    assert found["PKG-INFO"] == TEXT.encode()
    assert b"build-system" in found["pyproject.toml"]


Pack = Callable[[Mapping[str, bytes]], bytes]
FORMS: list[tuple[Pack, str]] = [(tar_gz_bytes, "foo_bar-1.0.tar.gz"), (zip_bytes, "foo_bar-1.0.zip")]


@pytest.mark.parametrize(("pack", "filename"), FORMS)
def test_only_what_lies_in_the_root_folder_counts(pack: Pack, filename: str) -> None:
    members = {
        "PKG-INFO": b"above",
        "other-1.0/PKG-INFO": b"beside",
        "foo-bar-2.0/PKG-INFO": b"another version",
        "Foo.Bar-1.0/foo.egg-info/PKG-INFO": b"below",
        "Foo.Bar-1.0/PKG-INFO": b"here",
        "Foo.Bar-1.0/setup.py": b"",
    }
    assert from_source(pack(members), filename) == {"PKG-INFO": b"here"}
    assert from_source(pack({"x/PKG-INFO": b""}), filename) == {}


def test_what_lies_outside_of_a_tar_s_root_folder_does_not_count() -> None:
    members = {"../foo-bar-1.0/PKG-INFO": b"outside", "/foo-bar-1.0/PKG-INFO": b"absolute"}
    assert from_source(tar_gz_bytes(members)) == {}


@pytest.mark.parametrize(("pack", "filename"), FORMS)
def test_two_root_folders_that_both_fit_are_refused(pack: Pack, filename: str) -> None:
    with pytest.raises(ArchiveError, match="two PKG-INFO files"):
        from_source(pack({"foo-bar-1.0/PKG-INFO": b"one", "foo_bar-1.0/PKG-INFO": b"two"}), filename)


@pytest.mark.parametrize(("pack", "filename"), FORMS)
def test_a_metadata_file_larger_than_any_is_refused(pack: Pack, filename: str) -> None:
    with pytest.raises(ArchiveError, match="larger than"):
        from_source(pack({"foo-bar-1.0/PKG-INFO": b"x" * (METADATA_LIMIT + 1)}), filename)


def tar_of(*members: tuple[tarfile.TarInfo, bytes], pax: dict[str, str] | None = None) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            info.size = len(data)
            info.pax_headers = pax or {}
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(packed.getvalue())


def member(name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_a_metadata_file_that_is_no_plain_file_is_refused(kind: bytes) -> None:
    target = member("foo-bar-1.0/other")
    data = tar_of((target, b"x"), (member("foo-bar-1.0/PKG-INFO", kind=kind, link="foo-bar-1.0/other"), b""))
    with pytest.raises(ArchiveError, match="not a plain file"):
        from_source(data)


@pytest.mark.parametrize(
    "pax", [{"size": "1"}, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}, {"GNU.sparse.map": "0,1"}]
)
def test_a_member_whose_size_two_readers_may_see_differently_is_refused(pax: dict[str, str]) -> None:
    with pytest.raises(ArchiveError):
        from_source(tar_of((member("foo-bar-1.0/PKG-INFO"), b"1\n0\n5\nhello" + b"\0" * 600), pax=pax))


def test_honest_pax_headers_are_fine() -> None:
    data = tar_of(
        (member("foo-bar-1.0/ä" + "x" * 200), b"y"), (member("foo-bar-1.0/PKG-INFO"), b"x"), pax={"mtime": "1.5"}
    )
    assert from_source(data) == {"PKG-INFO": b"x"}


def test_an_archive_that_unpacks_to_more_than_any_is_given_up() -> None:
    piece = 64 * 1024 * 1024
    pieces = UNPACKED_LIMIT // piece + 1
    info = member("foo-bar-1.0/zeros")
    info.size = piece * pieces
    # A gzip file may have many parts: the same few bytes stand for all the zeros.
    data = gzip.compress(info.tobuf()) + gzip.compress(b"\0" * piece) * pieces
    assert len(data) < 2_000_000
    with pytest.raises(ArchiveError, match="too large to look into"):
        from_source(data)


def test_a_header_larger_than_any_is_not_read_into_memory() -> None:
    data = tar_of((member("foo-bar-1.0/PKG-INFO"), b"x"), pax={"comment": "x" * (3 * METADATA_LIMIT)})
    with pytest.raises(ArchiveError, match="header"):
        from_source(data)


def test_a_header_that_leads_backwards_is_refused() -> None:
    packed = io.BytesIO()
    info = member("foo-bar-1.0/x")
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" * 10 + b"\xfc\x00"  # a size of -1024: where it was read from
    block[148:156] = b"%06o\0 " % (256 + sum(block[:148]) + sum(block[156:512]))
    packed.write(block)
    packed.write(b"\0" * 2048)
    with pytest.raises(ArchiveError):
        from_source(gzip.compress(packed.getvalue()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f\x8b",
        gzip.compress(b"no tar", mtime=0),
        gzip.compress(b"x" * 5000, mtime=0),
        b"PK\x05\x06" + b"\0" * 18,
    ],
)
def test_what_is_no_source_archive_tells_nothing(data: bytes) -> None:
    for filename in ("foo_bar-1.0.tar.gz", "foo_bar-1.0.zip"):
        try:
            assert from_source(data, filename) == {}
        except ArchiveError as error:
            assert str(error)  # noqa: PT017 - either is right, but nothing else


# Anything --------------------------------------------------------------------------------------------------

WHOLE = [
    (wheel_bytes("foo-bar", "1.0", TEXT), "foo_bar-1.0-py3-none-any.whl"),
    (tar_gz_bytes({"foo-bar-1.0/PKG-INFO": TEXT.encode()}), "foo_bar-1.0.tar.gz"),
    (zip_bytes({"foo-bar-1.0/PKG-INFO": TEXT.encode()}), "foo_bar-1.0.zip"),
]


@given(st.sampled_from(WHOLE), st.data())
@settings(max_examples=300)
def test_an_archive_with_bytes_exchanged_is_read_or_refused(whole: tuple[bytes, str], data: st.DataObject) -> None:
    packed, filename = whole
    unpacked = gzip.decompress(packed) if filename.endswith(".gz") else packed
    body = bytearray(unpacked)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    hostile = gzip.compress(bytes(body)) if filename.endswith(".gz") else bytes(body)
    try:
        if filename.endswith(".whl"):
            from_wheel(hostile)
        else:
            from_source(hostile, filename)
    except ArchiveError as error:
        assert str(error).isprintable()  # noqa: PT017 - either is right, but nothing else
