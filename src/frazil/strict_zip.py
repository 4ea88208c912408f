"""Zip archives written by anybody, read by one strict reader: what two readers could read differently is refused.

One end record, right at the end; the directory right before it; members side by side from the first byte on, each under
one plain name of its own, each with the same words in front of its bytes as in the directory. So nothing is hidden
before, between or behind, and no other reader finds other members (PyPA advice after CVE-2025-54368).
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import Protocol

from frazil.regex import regex
from frazil.values import dataclass

LARGEST_DIRECTORY = 16 * 1024 * 1024
MOST_MEMBERS = 250_000
"""Bytes of a directory, and members in it."""

_TAIL = 66 * 1024
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIBED_BEHIND, _UTF8 = 0x1, 0x8, 0x800
# What two headers of one member must agree on besides; how hard a packer tried may differ.
_SAME_FLAGS = _ENCRYPTED | _DESCRIBED_BEHIND | _UTF8 | 0x20 | 0x40 | 0x2000
_END, _END_SIGN = struct.Struct("<4s4H2LH"), b"PK\5\6"
_END64, _END64_SIGN = struct.Struct("<4sQ2H2L4Q"), b"PK\6\6"
_LOCATOR, _LOCATOR_SIGN = struct.Struct("<4sLQL"), b"PK\6\7"
_ENTRY, _ENTRY_SIGN = struct.Struct("<4s6H3L5H2L"), b"PK\1\2"
_LOCAL, _LOCAL_SIGN = struct.Struct("<4s5H3L2H"), b"PK\3\4"
_BEHIND_SIGN = b"PK\7\x08"
_SHORT, _LONG = 0xFFFF, 0xFFFFFFFF
_LONG_FIELDS, _UNICODE_PATH = 0x0001, 0x7075
_UNPLAIN = regex(r"[\\\x00-\x1f\x7f]|^/|^[A-Za-z]:|(?:^|/)\.{0,2}(?:/|$)")
_CHUNK = 256 * 1024


class SeekableFile(Protocol):
    """A file that is read in any order."""

    def read(self, size: int = ..., /) -> bytes: ...
    def seek(self, offset: int, whence: int = ..., /) -> int: ...


class ZipError(ValueError):
    """An archive that is not read; the argument says why, as a clause about it: `has …`, `is …`."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file or folder of an archive, as its directory has it: sizes in bytes, `mode` as Unix has modes (or 0)."""

    name: str
    raw: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    at: int
    mode: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


class StrictZip:
    """An open archive of `length` bytes. Raises ZipError; OSError where the file cannot be read.

    Opening reads the directory alone, so that a few ranges of a file on a server will do. Who has the whole file asks
    for `check_layout` too, before anything in it counts.
    """

    def __init__(self, file: SeekableFile, length: int, *, tail: int = _TAIL) -> None:
        self._file = file
        self._length = length
        self._starts: dict[str, int] = {}
        start, size, count = self._find_directory(min(tail, length))
        self._directory_at = start
        self.members = self._read_directory(start, size, count)
        self.by_name = {member.name: member for member in self.members}
        self._check_names()
        self._check_places()

    def read(self, member: Member, limit: int) -> bytes:
        """Return the bytes of a member, at most so many, that agree with all that is said of them."""
        if member.size > limit:
            raise ZipError(f"has a {_last(member.name)} that is larger than {limit} bytes")
        return b"".join(self.chunks(member))

    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield the bytes of a member; raise ZipError as soon as they are not those that are stated."""
        if member.flags & _ENCRYPTED or member.method not in {_STORED, _DEFLATED}:
            raise ZipError(f"has {_last(member.name)} packed in a way that is not read")
        begin = self._begin_of(member)
        self._file.seek(begin)
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == _DEFLATED else None
        left, found, checksum = member.packed, 0, 0
        try:
            while left:
                piece = self._file.read(min(left, _CHUNK))
                if not piece:
                    raise ZipError("is cut short")
                left -= len(piece)
                for data in (piece,) if unpacker is None else _unpacked(unpacker, piece):
                    found += len(data)
                    if found > member.size:
                        raise ZipError(f"unpacks {_last(member.name)} to more than it states")
                    checksum = zlib.crc32(data, checksum)
                    yield data
        except zlib.error:
            raise ZipError(f"has {_last(member.name)} damaged") from None
        ended = unpacker is None or (unpacker.eof and not unpacker.unused_data)
        if not ended or found != member.size or checksum != member.checksum:
            raise ZipError(f"has {_last(member.name)} damaged")

    def check_layout(self) -> None:
        """See that every member says the same of itself as the directory does, and that nothing lies between them."""
        expected = 0
        for member in sorted(self.members, key=_place):
            if member.at != expected:
                raise ZipError("has bytes that belong to no member of it")
            end = self._begin_of(member) + member.packed
            expected = end + (self._length_behind(member, end) if member.flags & _DESCRIBED_BEHIND else 0)
        if expected != self._directory_at:
            raise ZipError("has bytes that belong to no member of it")

    # The directory ------------------------------------------------------------------------------------------

    def _find_directory(self, tail: int) -> tuple[int, int, int]:
        """Return where the directory begins, its length, and how many members it has."""
        last = self._read_at(self._length - tail, tail)
        at = len(last) - _END.size
        if at < 0 or last[at : at + 4] != _END_SIGN:
            raise ZipError(_why_no_end(last))
        _, disk, start_disk, here, count, size, start, comment = _END.unpack_from(last, at)
        if comment or _reaches_end(last, at):
            raise ZipError("has more than one end record")
        if disk or start_disk or here != count:
            raise ZipError("is one part of several")
        end = self._length - _END.size
        has_long = at >= _LOCATOR.size and last[at - _LOCATOR.size :].startswith(_LOCATOR_SIGN)
        if has_long:
            end, start, size, count = self._long_end(end - _LOCATOR.size, start, size, count)
        elif _LONG in {start, size} or count == _SHORT:
            raise ZipError("lacks the record of its true length")
        if start + size != end:
            raise ZipError("has bytes before its first member, or around its directory")
        if size > LARGEST_DIRECTORY or count > MOST_MEMBERS:
            raise ZipError("has a directory that is too large")
        return start, size, count

    def _long_end(self, locator_at: int, start: int, size: int, count: int) -> tuple[int, int, int, int]:
        """Read the end record of a long archive; where the short one states something too, both must be the same."""
        _, disk, record_at, disks = _LOCATOR.unpack(self._read_at(locator_at, _LOCATOR.size))
        if disk or disks > 1 or record_at + _END64.size != locator_at:
            raise ZipError("has a record of its length where none should be")
        record = _END64.unpack(self._read_at(record_at, _END64.size))
        sign, length, _, _, disk, start_disk, here, long_count, long_size, long_start = record
        if sign != _END64_SIGN or length != _END64.size - 12 or disk or start_disk or here != long_count:
            raise ZipError("has a record of its length that cannot be read")
        same = ((start, long_start, _LONG), (size, long_size, _LONG), (count, long_count, _SHORT))
        if any(short not in {long, most} for short, long, most in same):
            raise ZipError("has two end records that differ")
        return record_at, long_start, long_size, long_count

    def _read_directory(self, start: int, size: int, count: int) -> tuple[Member, ...]:
        data = self._read_at(start, size)
        members = []
        at = 0
        while at < size:
            if size - at < _ENTRY.size or not data.startswith(_ENTRY_SIGN, at):
                raise ZipError("has a directory that cannot be read")
            member, at = _entry(data, at)
            members.append(member)
        if at != size or len(members) != count:
            raise ZipError("has a directory of another length than it states")
        return tuple(members)

    def _check_names(self) -> None:
        if len(self.by_name) != len(self.members):
            raise ZipError(f"has {_twice(self.members)} twice")
        folders = {name[:end] for name in self.by_name for end in _slashes(name)}
        folders |= {name[:-1] for name in self.by_name if name.endswith("/")}
        clash = next((name for name in self.by_name if name in folders), None)
        if clash is not None:
            raise ZipError(f"has {_last(clash)} both as a file and as a folder")

    def _check_places(self) -> None:
        """See that members can lie where they are said to, without overlap."""
        end = 0
        for member in sorted(self.members, key=_place):
            if member.at < end:
                raise ZipError("has members that overlap")
            end = member.at + _LOCAL.size + len(member.raw) + member.packed
        if end > self._directory_at or (self.members and min(map(_place, self.members))):
            raise ZipError("has bytes before its first member, or around its directory")
        if not self.members and self._directory_at:
            raise ZipError("has bytes that belong to no member of it")

    # Members ------------------------------------------------------------------------------------------------

    def _begin_of(self, member: Member) -> int:
        """Return where the bytes of a member begin, once what stands before them was compared with the directory."""
        known = self._starts.get(member.name)
        if known is not None:
            return known
        header = self._read_at(member.at, _LOCAL.size + len(member.raw))
        sign, _, flags, method, _, _, checksum, packed, size, name_length, extra = _LOCAL.unpack_from(header)
        if sign != _LOCAL_SIGN or name_length != len(member.raw) or header[_LOCAL.size :] != member.raw:
            raise ZipError(f"calls {_last(member.name)} by another name in front of its bytes")
        extras = self._read_at(member.at + len(header), extra) if extra else b""
        packed, size = _long_fields(extras, (packed, size), "a member")
        said = (checksum, packed, size)
        behind = flags & _DESCRIBED_BEHIND and said in {(0, 0, 0), (0, member.packed, member.size)}
        same = said == (member.checksum, member.packed, member.size) or behind
        if not same or method != member.method or (flags ^ member.flags) & _SAME_FLAGS:
            raise ZipError(f"says something else of {_last(member.name)} in front of its bytes than in its directory")
        begin = member.at + len(header) + int(extra)
        self._starts[member.name] = begin
        return begin

    def _length_behind(self, member: Member, at: int) -> int:
        """Return how long what is said of a member behind its bytes is (its flags promise it)."""
        behind = self._read_at(at, min(24, self._directory_at - at))
        signed = 4 if behind.startswith(_BEHIND_SIGN) else 0
        for form in ("<LLL", "<LQQ"):
            length = struct.calcsize(form)
            stated = behind[signed : signed + length]
            if len(stated) == length and struct.unpack(form, stated) == (member.checksum, member.packed, member.size):
                return signed + length
        raise ZipError(f"says something else of {_last(member.name)} behind its bytes than in its directory")

    def _read_at(self, at: int, size: int) -> bytes:
        if at < 0 or size < 0 or at + size > self._length:
            raise ZipError("is cut short")
        self._file.seek(at)
        data = self._file.read(size)
        if len(data) != size:
            raise ZipError("is cut short")
        return data


# One entry of a directory ----------------------------------------------------------------------------------


def _entry(data: bytes, at: int) -> tuple[Member, int]:
    fields = _ENTRY.unpack_from(data, at)
    _, _, _, flags, method, _, _, checksum, packed, size, name_length, extra, comment, disk, _, attributes, start = (
        fields
    )
    begin = at + _ENTRY.size
    end = begin + name_length + extra + comment
    if end > len(data):
        raise ZipError("has a directory that cannot be read")
    raw = data[begin : begin + name_length]
    name = _name(raw, flags)
    if extra:
        extras = data[begin + name_length : begin + name_length + extra]
        size, packed, start = _long_fields(extras, (size, packed, start), name)
    mode = attributes >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ZipError(f"has {_last(name)} as a link or a device")
    if disk or (name.endswith("/") and size) or (method == _STORED and packed != size):
        raise ZipError(f"contradicts itself about {_last(name)}")
    return Member(name, raw, flags, method, checksum, packed, size, start, mode), end


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        raise ZipError("has a name that readers may read differently") from None
    if not name or _UNPLAIN.search(name.removesuffix("/")):
        raise ZipError(f"has the path {name[:100]!r}")
    return name


def _long_fields(extras: bytes, values: tuple[int, ...], name: str) -> tuple[int, ...]:
    """Return sizes and places, those too long for their field taken from the one extra field that has them."""
    found: list[bytes] = []
    at = 0
    while at + 4 <= len(extras):
        kind, length = struct.unpack_from("<HH", extras, at)
        if at + 4 + length > len(extras):
            break  # some tools pad with what is no field, and no reader takes it for one
        if kind == _UNICODE_PATH:
            raise ZipError(f"gives {_last(name)} a second name")
        if kind == _LONG_FIELDS:
            found.append(extras[at + 4 : at + 4 + length])
        at += 4 + length
    if not found:
        if _LONG in values:
            raise ZipError(f"does not say how long {_last(name)} is")
        return values
    wanted = values.count(_LONG)
    if len(found) > 1 or len(found[0]) < 8 * wanted or len(found[0]) % 8 not in {0, 4}:
        raise ZipError(f"contradicts itself about {_last(name)}")
    long = iter(struct.unpack_from(f"<{wanted}Q", found[0]))
    return tuple(next(long) if value == _LONG else value for value in values)


def _unpacked(unpacker: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    while piece:
        yield unpacker.decompress(piece, _CHUNK)
        piece = unpacker.unconsumed_tail
        if unpacker.eof:
            return


def _why_no_end(last: bytes) -> str:
    return "has bytes behind its end record" if _END_SIGN in last else "is no zip archive, or is cut short"


def _reaches_end(last: bytes, at: int) -> bool:
    """Say whether an earlier end record would be one too, its comment reaching to the end of the file."""
    position = last.rfind(_END_SIGN, 0, at)
    while position != -1:
        if len(last) - position >= _END.size:
            comment = _END.unpack_from(last, position)[-1]
            if position + _END.size + comment == len(last):
                return True
        position = last.rfind(_END_SIGN, 0, position)
    return False


def _slashes(name: str) -> Iterator[int]:
    at = name.find("/")
    while at != -1 and at < len(name) - 1:
        yield at
        at = name.find("/", at + 1)


def _twice(members: tuple[Member, ...]) -> str:
    seen: set[str] = set()
    for member in members:
        if member.name in seen:
            return _last(member.name)
        seen.add(member.name)
    return "a name"


def _last(name: str) -> str:
    """Return the last part of a name, for a message."""
    return (name.rstrip("/").rpartition("/")[2] or name)[:100]


def _place(member: Member) -> int:
    return member.at
