"""Zip archives that two readers may read differently, each refused with what is wrong with it."""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frazil.strict_zip import StrictZip, ZipError
from tests.support.archives import metadata_text, wheel_bytes, zip_bytes

WHEEL = wheel_bytes("foo", "1.0", metadata_text("foo", "1.0"), files={"foo/data.txt": b"data" * 100})
END = struct.Struct("<4s4H2LH")


def opened(data: bytes) -> StrictZip:
    archive = StrictZip(io.BytesIO(data), len(data))
    archive.check_layout()
    return archive


def contents(data: bytes) -> dict[str, bytes]:
    archive = opened(data)
    return {member.name: archive.read(member, 1 << 20) for member in archive.members}


def zipped(write: Callable[[zipfile.ZipFile], None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        write(archive)
    return packed.getvalue()


def write_many(archive: zipfile.ZipFile) -> None:
    for number in range(65_600):
        archive.writestr(f"{number}", b"")


def directory_at(data: bytes) -> int:
    at: int = END.unpack_from(data, len(data) - END.size)[6]
    return at


def with_directory(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return an archive with another directory, its end record put right."""
    start = directory_at(data)
    directory = change(data[start : len(data) - END.size])
    fields = list(END.unpack_from(data, len(data) - END.size))
    fields[5], fields[6] = len(directory), start
    return data[:start] + directory + END.pack(*fields)


def in_front(data: bytes, more: bytes, *, moved: bool) -> bytes:
    """Put bytes before an archive; `moved` puts the directory's place right, and that of every member."""
    if not moved:
        return more + data
    start, by = directory_at(data), len(more)
    directory = bytearray(data[start : len(data) - END.size])
    at = 0
    while at < len(directory):
        lengths = struct.unpack_from("<3H", directory, at + 28)
        place = struct.unpack_from("<L", directory, at + 42)[0]
        struct.pack_into("<L", directory, at + 42, place + by)
        at += 46 + sum(lengths)
    fields = list(END.unpack_from(data, len(data) - END.size))
    fields[6] = start + by
    return more + data[:start] + bytes(directory) + END.pack(*fields)


def test_an_honest_archive_gives_what_the_standard_library_gives() -> None:
    with zipfile.ZipFile(io.BytesIO(WHEEL)) as honest:
        assert contents(WHEEL) == {name: honest.read(name) for name in honest.namelist()}


def test_members_that_were_streamed_say_their_length_behind_their_bytes() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        def seek(self, *_: int) -> int:
            raise OSError

    packed = Unseekable()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"a" * 1000)
        archive.writestr("folder/", b"")
    assert contents(packed.getvalue()) == {"a.txt": b"a" * 1000, "folder/": b""}


def test_long_archives_are_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"abc")
    assert contents(packed.getvalue()) == {"a.txt": b"abc"}
    many = zipped(write_many, zipfile.ZIP_STORED)
    assert len(opened(many).members) == 65_600


@pytest.mark.promise("R7")
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no zip archive"),
        (b"PK", "no zip archive"),
        (WHEEL[:-1], "no zip archive|behind its end record"),
        (WHEEL[: len(WHEEL) // 2], "no zip archive"),
        (WHEEL + b"\0", "behind its end record"),
        (WHEEL + WHEEL, "before its first member"),
        (in_front(WHEEL, b"#!/bin/sh\n", moved=False), "before its first member"),
        (in_front(WHEEL, b"#!/bin/sh\n", moved=True), "before its first member"),
        (WHEEL[:-2] + b"\1\0x", "behind its end record"),
        (WHEEL[:-2] + struct.pack("<H", 22) + WHEEL[-22:], "more than one end record"),
        (with_directory(WHEEL, lambda directory: directory + b"\0" * 46), "cannot be read"),
        (with_directory(WHEEL, lambda directory: directory[:-1]), "cannot be read"),
        (with_directory(WHEEL, lambda _: b""), "another length"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"foo/DATA.txt")), "another name"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"foo/../a.txt")), "the path"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"/oo/data.txt")), "the path"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"C:o/data.txt")), "the path"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"foo\\data.txt")), "the path"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"foo//ata.txt")), "the path"),
        (with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"foo/dat\0.txt")), "the path"),
        (
            with_directory(WHEEL, lambda directory: directory.replace(b"foo/data.txt", b"foo/dat\xff.txt")),
            "differently",
        ),
    ],
)
def test_an_archive_that_two_readers_may_read_differently_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(ZipError, match=says):
        contents(data)


@pytest.mark.promise("R7")
def test_a_member_twice_is_refused() -> None:
    def write(archive: zipfile.ZipFile) -> None:
        archive.writestr("a.txt", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "two")

    with pytest.raises(ZipError, match=r"a\.txt twice"):
        opened(zipped(write))


@pytest.mark.promise("R7")
@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a", "a/")])
def test_a_name_of_a_file_and_of_a_folder_is_refused(names: tuple[str, str]) -> None:
    with pytest.raises(ZipError, match="both as a file and as a folder"):
        opened(zip_bytes(dict.fromkeys(names, b"")))


@pytest.mark.promise("R7")
@pytest.mark.parametrize("kind", [0o120777, 0o020644, 0o060644, 0o010644, 0o140644])
def test_links_and_devices_are_refused(kind: int) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = kind << 16
    with pytest.raises(ZipError, match="a link or a device"):
        opened(zipped(lambda archive: archive.writestr(info, "/etc/passwd")))


@pytest.mark.promise("R7")
@pytest.mark.parametrize(
    ("offset", "change"),
    [(6, b"\1\0"), (8, b"\0\0"), (14, b"abcd"), (18, b"\1\0\0\0"), (22, b"\1\0\0\0"), (30, b"x")],
)
def test_a_member_that_says_something_else_in_front_of_its_bytes_is_refused(offset: int, change: bytes) -> None:
    data = bytearray(WHEEL)
    data[offset : offset + len(change)] = change
    with pytest.raises(ZipError, match="in front of its bytes"):
        opened(bytes(data))


@pytest.mark.promise("R7")
def test_bytes_between_members_are_refused() -> None:
    first, second = zip_bytes({"a": b"1"}), zip_bytes({"b": b"2"})
    one, two = directory_at(first), directory_at(second)
    gap = b"hidden"
    entry = bytearray(second[two : len(second) - END.size])
    struct.pack_into("<L", entry, 42, one + len(gap))
    directory = first[one : len(first) - END.size] + bytes(entry)
    start = one + len(gap) + two
    end = END.pack(b"PK\5\6", 0, 0, 2, 2, len(directory), start, 0)
    with pytest.raises(ZipError, match="belong to no member"):
        opened(first[:one] + gap + second[:two] + directory + end)


@pytest.mark.promise("R7")
def test_members_that_share_bytes_are_refused() -> None:
    """The bomb of many names for one place, and the quieter one of members inside each other."""
    data = zip_bytes({"a": b"1" * 1000})
    start = directory_at(data)
    entry = data[start : len(data) - END.size]
    both = entry + entry.replace(b"a", b"b")
    end = END.pack(b"PK\5\6", 0, 0, 2, 2, len(both), start, 0)
    with pytest.raises(ZipError, match="overlap"):
        opened(data[:start] + both + end)


@pytest.mark.promise("R8")
def test_a_member_unpacks_to_no_more_than_it_states_and_that_is_limited() -> None:
    bomb = zip_bytes({"a": bytes(50_000_000)})
    archive = opened(bomb)
    with pytest.raises(ZipError, match="larger than 1000 bytes"):
        archive.read(archive.members[0], 1000)
    lying = with_directory(bomb, lambda d: d.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 1000)))
    lying = lying[:22] + struct.pack("<L", 1000) + lying[26:]
    with pytest.raises(ZipError, match="more than it states"):
        contents(lying)


@pytest.mark.promise("R7")
def test_a_second_name_in_an_extra_field_is_refused() -> None:
    info = zipfile.ZipInfo("a")
    name = b"b"
    info.extra = struct.pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(b"a")) + name
    with pytest.raises(ZipError, match="second name"):
        opened(zipped(lambda archive: archive.writestr(info, "x")))


@pytest.mark.promise("R7")
def test_two_end_records_that_differ_are_refused() -> None:
    many = zipped(write_many, zipfile.ZIP_STORED)
    at = len(many) - END.size
    fields = list(END.unpack_from(many, at))
    fields[3] = fields[4] = 5
    with pytest.raises(ZipError, match="two end records that differ"):
        opened(many[:at] + END.pack(*fields))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_archive_with_bytes_exchanged_is_read_or_refused(data: st.DataObject) -> None:
    broken = bytearray(WHEEL)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ZipError):
        contents(bytes(broken))


# Field by field --------------------------------------------------------------------------------------------


def changed(data: bytes, at: int, form: str, value: int) -> bytes:
    """Return bytes with one field put to a value."""
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


@pytest.mark.promise("R7")
@pytest.mark.parametrize(("field", "value"), [(4, 1), (6, 1), (8, 0), (8, 99), (10, 0), (10, 99)])
def test_an_archive_of_several_parts_is_refused(field: int, value: int) -> None:
    with pytest.raises(ZipError, match="is one part of several"):
        opened(changed(WHEEL, len(WHEEL) - END.size + field, "<H", value))


@pytest.mark.promise("R7")
@pytest.mark.parametrize(
    ("name", "field", "form", "value"),
    [("a.txt", 34, "<H", 1), ("folder/", 24, "<L", 1), ("a.txt", 24, "<L", 4), ("a.txt", 20, "<L", 2)],
)
def test_an_entry_that_contradicts_itself_is_refused(name: str, field: int, form: str, value: int) -> None:
    def write(archive: zipfile.ZipFile) -> None:
        archive.writestr(name, b"" if name.endswith("/") else b"abc")

    data = zipped(write, zipfile.ZIP_STORED)
    opened(data)
    with pytest.raises(ZipError, match="contradicts itself about"):
        opened(changed(data, directory_at(data) + field, form, value))


@pytest.fixture(scope="module")
def long_archive() -> bytes:
    """An archive whose end record says that its true length stands in a long one."""
    return zipped(write_many, zipfile.ZIP_STORED)


LOCATOR, RECORD = END.size + 20, END.size + 20 + 56


@pytest.mark.promise("R7")
@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ((LOCATOR, 4, "<L"), 1, "where none should be"),
        ((LOCATOR, 8, "<Q"), 5, "where none should be"),
        ((LOCATOR, 16, "<L"), 2, "where none should be"),
        ((LOCATOR, 0, "<L"), 0, "lacks the record of its true length"),
        ((RECORD, 0, "<L"), 0, "cannot be read"),
        ((RECORD, 4, "<Q"), 45, "cannot be read"),
        ((RECORD, 16, "<L"), 1, "cannot be read"),
        ((RECORD, 20, "<L"), 1, "cannot be read"),
        ((RECORD, 24, "<Q"), 65_599, "cannot be read"),
    ],
)
def test_a_record_of_the_true_length_is_believed_only_as_a_whole(
    long_archive: bytes, place: tuple[int, int, str], value: int, says: str
) -> None:
    behind, field, form = place
    with pytest.raises(ZipError, match=says):
        opened(changed(long_archive, len(long_archive) - behind + field, form, value))


def test_a_locator_that_counts_one_disk_or_none_is_read(long_archive: bytes) -> None:
    for disks in (0, 1):
        opened(changed(long_archive, len(long_archive) - LOCATOR + 16, "<L", disks))
