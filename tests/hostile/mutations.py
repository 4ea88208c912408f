"""Changes to good input that make it hostile: of bytes, of words, of lines, and of the values in a document."""

import json
import random
import re
from typing import Any

NASTY = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"..",
    b"../../etc/passwd",
    b"/",
    b"\\",
    b"%2e%2e%2f",
    b"%00",
    b"C:",
    b"NUL",
    b"-",
    b"--upload-pack=x",
    b"file:///etc/passwd",
    b"javascript:x",
    b"http://user:password@evil.example/",
    b"git+ext::sh -c x",
    b"NaN",
    b"Infinity",
    b"-0",
    b"1e999",
    b"9" * 25,
    b"9" * 5000,
    b"1." * 500 + b"1",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"[" * 200,
    b"{" * 60,
    b"(" * 300,
    b"a = [" * 50,
    b'"',
    b"'",
    b"<",
    b">",
    b"&#0;",
    b"&" * 100,
    b"a" * 300,
    b"a" * 70_000,
    b" " * 5000,
    b"\t" * 50,
    b"#" * 50,
    b"\\u0000",
    b"\\ud800",
    b"PK\x05\x06",
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"$" * 20,
    b"${HOME}",
    b"; extra == 'x'",
    b"; python_version < '3' and (" * 20,
    b">=1,<2,!=1.5,==1.*,~=1.0,===x",
    b"==" + b"1" * 1500,
    b" @ http://",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**30,
    0.5,
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "..",
    "../x",
    "x" * 5000,
    "foo" * 100,
    [],
    {},
    [[]],
    [None],
    {"": None},
    ["x", "x"],
    "http://evil.example/",
    "file:///etc/passwd",
    "foo @ http://evil.example/x.whl",
    "1" * 5000,
    "(" * 300,
    "1!" * 40,
)
_WORD = re.compile(rb"[A-Za-z0-9_.+!-]+")


def mutated(data: bytes, source: random.Random) -> bytes:
    """Return some bytes with one to six changes made to them."""
    for _ in range(source.choice((1, 1, 1, 2, 3, 6))):
        data = source.choice(_CHANGES)(data, source)
    return data[:4_000_000]


def _flipped(data: bytes, source: random.Random) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 8))):
        changed[source.randrange(len(changed))] = source.randrange(256)
    return bytes(changed)


def _cut(data: bytes, source: random.Random) -> bytes:
    at, end = _span(data, source)
    return data[:at] + data[end:]


def _cut_short(data: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(len(data) + 1)]


def _repeated(data: bytes, source: random.Random) -> bytes:
    at, end = _span(data, source)
    return data[:end] + data[at:end] * source.choice((1, 1, 2, 20)) + data[end:]


def _swapped(data: bytes, source: random.Random) -> bytes:
    a, b = _span(data, source)
    c, d = _span(data, source)
    if b > c:
        return data
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _put_in(data: bytes, source: random.Random) -> bytes:
    at = source.randrange(len(data) + 1)
    return data[:at] + source.choice(NASTY) + data[at:]


def _word_replaced(data: bytes, source: random.Random) -> bytes:
    words = list(_WORD.finditer(data[:200_000]))
    if not words:
        return data
    word = source.choice(words)
    new = source.choice((*NASTY, source.choice(words)[0], word[0] * 3, word[0].upper(), word[0][:-1]))
    return data[: word.start()] + new + data[word.end() :]


def _line_moved(data: bytes, source: random.Random) -> bytes:
    lines = data.split(b"\n")
    line = lines.pop(source.randrange(len(lines)))
    for _ in range(source.choice((0, 1, 2))):
        lines.insert(source.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def _value_replaced(data: bytes, source: random.Random) -> bytes:
    """Change one value of a JSON document; other data as a word."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _word_replaced(data, source)
    places = list(_places(document))
    if not places:
        return data
    parent, key = source.choice(places)
    match source.randrange(4):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[source.choice(("", "x", "name", "url", "__proto__", "\ud800"))] = source.choice(VALUES)
        case 2:
            other, position = source.choice(places)
            parent[key] = _copied(other[position])
        case _:
            parent[key] = source.choice(VALUES)
    return json.dumps(document).encode()


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        current = waiting.pop()
        keys = list(current) if isinstance(current, dict) else range(len(current)) if isinstance(current, list) else ()
        for key in keys:
            found.append((current, key))
            waiting.append(current[key])
    return found


def _span(data: bytes, source: random.Random) -> tuple[int, int]:
    at = source.randrange(len(data) + 1)
    return at, min(len(data), at + source.choice((1, 2, 4, 16, 64, 500)))


_CHANGES = (
    _flipped,
    _cut,
    _cut_short,
    _repeated,
    _swapped,
    _put_in,
    _put_in,
    _word_replaced,
    _word_replaced,
    _line_moved,
    _value_replaced,
    _value_replaced,
)
