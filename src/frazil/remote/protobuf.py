"""The wire format of protocol buffers, as much as a cache needs: numbers, texts and messages in fields.

Written by hand because it is small, the messages are few, and the library costs 200 ms to import.
"""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


def number(field: int, value: int) -> bytes:
    """Return a field with a whole number; zero is said by leaving it out."""
    return _varint(field << 3 | _VARINT) + _varint(value) if value else b""


def data(field: int, value: bytes | str) -> bytes:
    """Return a field with bytes, a text or a message; empty ones are said by leaving them out."""
    value = value.encode() if isinstance(value, str) else value
    return message(field, value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """Return a field with a message, which is there even when it says nothing."""
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def parse_fields(text: bytes) -> list[tuple[int, int | bytes]]:
    """Return fields and values in their order. Raises ValueError for what is no message."""
    found: list[tuple[int, int | bytes]] = []
    place = 0
    while place < len(text):
        tag, place = _read_varint(text, place)
        value: int | bytes
        match tag & 7:
            case 0:
                value, place = _read_varint(text, place)
            case 1:
                value, place = _take(text, place, 8)
            case 2:
                length, place = _read_varint(text, place)
                value, place = _take(text, place, length)
            case 5:
                value, place = _take(text, place, 4)
            case kind:
                raise ValueError(f"there is no wire type {kind}")
        found.append((tag >> 3, value))
    return found


def messages(text: bytes, field: int) -> list[bytes]:
    """Return all values of a field that holds bytes, texts or messages. Raises ValueError."""
    return [value for at, value in parse_fields(text) if at == field and isinstance(value, bytes)]


def last_data(text: bytes, field: int) -> bytes:
    """Return the bytes of a field that stands once, empty when it is not there. Raises ValueError."""
    return (messages(text, field) or [b""])[-1]


def last_number(text: bytes, field: int) -> int:
    """Return the number of a field that stands once, zero when it is not there. Raises ValueError."""
    numbers = [value for at, value in parse_fields(text) if at == field and isinstance(value, int)]
    return (numbers or [0])[-1]


def numbers(text: bytes, field: int) -> list[int]:
    """Return all numbers of a field, packed or not. Raises ValueError."""
    found: list[int] = []
    for at, value in parse_fields(text):
        if at != field:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        place = 0
        while place < len(value):
            one, place = _read_varint(value, place)
            found.append(one)
    return found


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(text: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(text[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, place + count + 1
    raise ValueError("a number has no end")


def _take(text: bytes, place: int, length: int) -> tuple[bytes, int]:
    if length > len(text) - place:
        raise ValueError("a field is cut short")
    return text[place : place + length], place + length
