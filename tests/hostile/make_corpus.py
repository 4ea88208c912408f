"""Write the corpus of malformed inputs: `python -m tests.hostile.make_corpus`. What it writes is committed and read.

Each case is a file in `fixtures/malformed/<door>/`, and the sentence that refuses it in `sentences.json` there.
A sentence is taken down as it is today: whoever adds a case reads it, and whoever changes one sees it in the diff.
"""

import io
import json
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile.doors import DOORS
from tests.hostile.seeds import (
    ANSWER,
    FIXTURES,
    MANIFEST,
    METADATA,
    NETRC,
    REQUIREMENTS,
    fetch_result,
    json_page,
    seeds,
)
from tests.support.archives import tar_gz_bytes, wheel_bytes, zip_bytes

CORPUS = FIXTURES / "malformed"
SENTENCES = "sentences.json"

Cases = Iterator[tuple[str, bytes]]
SMALL = (FIXTURES / "frozen" / "v1" / "good" / "small.json").read_bytes()
TEXTS = {
    "empty": b"",
    "null-bytes": b"\0" * 100,
    "utf-16": "{}".encode("utf-16"),
    "not-utf-8": b'{"a": "\xff\xfe"}',
    "binary": bytes(range(256)),
}


def edited(document: bytes, change: Callable[[Any], None]) -> bytes:
    value = json.loads(document)
    change(value)
    return json.dumps(value, indent=1).encode()


# Locks -----------------------------------------------------------------------------------------------------


def locks() -> Cases:
    yield from TEXTS.items()
    yield "byte-order-mark", b"\xef\xbb\xbf" + SMALL
    yield "not-json", b"frozen\n"
    yield "an-array", b"[]"
    yield "a-number", b"1"
    yield "nan", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": NaN')
    yield "infinity", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": -Infinity')
    yield "huge-number", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": ' + b"9" * 5000)
    yield "version-as-text", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": "1"')
    yield "version-as-float", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": 1.0')
    yield "version-zero", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": 0')
    yield "version-negative", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": -1')
    yield "version-true", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": true')
    yield "version-newer", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": 2')
    yield "version-newer-and-all-else-strange", b'{"frozen-version": 99, "x": [{"y": 0.5}]}'
    yield "version-twice", SMALL.replace(b'"frozen-version": 1', b'"frozen-version": 1, "frozen-version": 1')
    yield "version-missing", edited(SMALL, lambda d: d.pop("frozen-version"))
    yield "trailing-comma", SMALL.rstrip()[:-1] + b",}"
    yield "comment", SMALL.replace(b"{", b"{ // what is this\n", 1)
    yield "single-quotes", SMALL.replace(b'"', b"'")
    yield "two-documents", SMALL + SMALL
    yield "cut-short", SMALL[: len(SMALL) // 2]
    yield "conflict-markers", SMALL.replace(b"\n", b"\n<<<<<<< HEAD\n", 1)
    yield "nested-arrays", b'{"frozen-version": 1, "x": ' + b"[" * 1000 + b"]" * 1000 + b"}"
    yield "nested-objects", b'{"frozen-version": 1, "x": ' + b'{"a":' * 30 + b"1" + b"}" * 31
    yield "brackets-without-end", b"[" * 10_000
    yield "control-character", SMALL.replace(b'"default"', b'"def\x01ault"', 1)
    yield "lone-surrogate", SMALL.replace(b'"click"', b'"cl\\ud800ick"', 1)
    for key in ("environments", "resolves", "targets", "coordinates", "indexes"):
        yield f"without-{key}", edited(SMALL, _dropper(key))
        for name, value in (("null", None), ("text", "x"), ("number", 1), ("true", True)):
            yield f"{key}-as-{name}", edited(SMALL, _setter(key, value))
    for path, value in _LOCK_VALUES:
        yield f"{path.replace('.', '-').replace('/', '-')}-{_slug(value)}", edited(SMALL, _setter(path, value))


_LOCK_VALUES: tuple[tuple[str, Any], ...] = (
    *(
        ("coordinates.0.artifacts.0.sha256", v)
        for v in ("", "md5:" + "a" * 32, "A" * 64, "g" * 64, "a" * 63, "a" * 65, None, 1)
    ),
    *(("coordinates.0.artifacts.0.size", v) for v in (0, -1, 1.5, "1", True, 2**60)),
    *(
        ("coordinates.0.artifacts.0.filename", v)
        for v in (
            "../x.whl",
            "/etc/passwd",
            "a\\b.whl",
            "NUL.whl",
            "other-1-py3-none-any.whl",
            "x" * 300 + ".whl",
            "-x.whl",
            ".x.whl",
            "a\u202eb.whl",
            "",
        )
    ),
    *(
        ("coordinates.0.artifacts.0.path", v)
        for v in ("../", "/etc/", "%2e%2e/", "a//b/", "%252e%252e/", "a?b/", "http://evil.example/")
    ),
    *(
        ("coordinates.0.artifacts.0.url", v)
        for v in ("http://evil.example/x.whl", "file:///etc/passwd", "https://user:pw@index.example/x.whl", "x")
    ),
    *(("coordinates.0.name", v) for v in ("Foo", "a_b", "", "../x", "a b", "x\n")),
    *(("coordinates.0.version", v) for v in ("", "x", "01", "1.0.0.", "1" * 5000, "1 ", None)),
    *(("coordinates.0.index", v) for v in ("nowhere", "", 1)),
    *(("coordinates.0.unknown", v) for v in (1,)),
    *(
        ("indexes.0.url", v)
        for v in (
            "ftp://index.example/",
            "https://index.example",
            "file:///x/",
            "https://u:p@index.example/",
            "https://",
            "//x/",
        )
    ),
    *(("targets.services/api.resolve", v) for v in ("nowhere", None)),
    *(
        ("targets.services/api.requirements.0.requirement", v)
        for v in ("", "a ==", "foo @ file:///etc/passwd", "foo @ git+ext::sh", "(" * 500, "a; os_name ~= 'x'")
    ),
)


def _dropper(key: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        del document[key]

    return change


def _setter(path: str, value: Any) -> Callable[[Any], None]:
    *steps, last = path.split(".")

    def change(document: Any) -> None:
        for step in steps:
            document = document[int(step)] if isinstance(document, list) else document[step]
        document[int(last) if isinstance(document, list) else last] = value

    return change


def _slug(value: Any) -> str:
    text = json.dumps(value)
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in text).strip("-").lower()
    return f"{kept[:24].strip('-') or 'empty'}-{zlib.crc32(text.encode()):08x}"


# Pages -----------------------------------------------------------------------------------------------------


def json_pages() -> Cases:
    good = json_page()
    yield from TEXTS.items()
    yield "login", b"<html>log in</html>"
    yield "an-array", b"[]"
    yield "no-files", b'{"meta": {"api-version": "1.0"}}'
    yield "files-null", b'{"files": null}'
    yield "files-object", b'{"files": {}}'
    yield "nan", b'{"files": [], "x": NaN}'
    yield "huge-number", b'{"files": [], "x": ' + b"9" * 5000 + b"}"
    yield "nested", b'{"files": ' + b"[" * 20_000
    yield "cut-short", good[:-50]
    yield "two-documents", good + good
    yield "another-project", edited(good, lambda d: d.update(name="bar"))
    for number, version in enumerate(("2.0", "0.1", "x", "", 1, {}, "1", "1.0.0", "-1.0")):
        yield f"api-version-{number}", edited(good, _setter("meta.api-version", version))


def html_pages() -> Cases:
    yield "empty", b""
    yield "login", b"<html><a href='/login'>log in</a></html>"
    yield "null-bytes", b"\0" * 100
    yield "cut-in-a-tag", b"<a href='foo-1.0.zip'>x</a><a href='foo-2"
    yield "cut-in-an-attribute", b'<a href="foo-1.0.zip'
    yield "quote-without-end", b"<a x='>" * 20 + b"<a href=foo-1.0.zip"
    yield "json", b'{"files": []}'
    yield "version-2", b'<meta name="pypi:repository-version" content="2.0"><a href="foo-1.0.zip">'
    yield "version-none", b'<meta name="pypi:repository-version" content="x"><a href="foo-1.0.zip">'
    yield "base-none", b'<base href="http://[::1"><a href="foo-1.0.zip">'
    yield "only-a-comment", b"<!-- <a href='foo-1.0.zip'> -->"
    yield "only-a-script", b"<script><a href='foo-1.0.zip'></script>"


# Metadata --------------------------------------------------------------------------------------------------


def metadata() -> Cases:
    yield "empty", b""
    yield "login", b"<html>log in</html>"
    yield "null-bytes", b"\0" * 100
    yield "blank-first", b"\n" + METADATA.encode()
    for name, old, new in _METADATA_CHANGES:
        assert old in METADATA, old
        yield name, METADATA.replace(old, new, 1).encode("utf-8", "surrogatepass")


_METADATA_CHANGES = (
    ("another-name", "Name: foo", "Name: bar"),
    ("no-name", "Name: foo\n", ""),
    ("another-version", "Version: 1.0", "Version: 2.0"),
    ("no-version", "\nVersion: 1.0", ""),
    ("version-3", "Metadata-Version: 2.1", "Metadata-Version: 3.0"),
    ("version-99", "Metadata-Version: 2.1", "Metadata-Version: 99.0"),
    *(
        (f"requirement-{name}", "Requires-Dist: bar>=1,<2", f"Requires-Dist: {text}")
        for name, text in (
            ("empty-name", ">=1"),
            ("no-operator", "bar 1.0"),
            ("two-operators", "bar >>= 1"),
            ("open-bracket", "bar[x"),
            ("open-parenthesis", "bar (>=1"),
            ("marker-unknown", "bar; os == 'x'"),
            ("marker-open", "bar; (os_name == 'x'"),
            ("marker-half", "bar; os_name =="),
            ("marker-deep", f"bar; {'(' * 500}os_name == 'x'{')' * 500}"),
            ("control-character", "bar\x1b[31m>=1"),
            ("right-to-left", "bar\u202e>=1"),
            ("too-long", "bar" + "a" * 9000),
            ("spaces", f"bar{' ' * 7000}@"),
            ("digits", f"bar>={'1' * 5000}"),
            ("address-open", "bar @ "),
            ("surrogate", "b\ud800r"),
            ("path", "../bar"),
            ("option", "--index-url x"),
            ("two", "bar baz"),
            ("wildcard", "bar>=1.*"),
            ("compatible", "bar~=1"),
            ("quote-open", "bar; os_name == 'x"),
        )
    ),
)


# Archives --------------------------------------------------------------------------------------------------


def wheels() -> Cases:
    good = wheel_bytes("foo", "1.0", METADATA)
    end = len(good) - 22
    start = struct.unpack_from("<L", good, end + 16)[0]
    yield from (
        ("empty", b""),
        ("text", b"no zip"),
        ("null-bytes", b"\0" * 100),
        ("only-an-end", b"PK\5\6" + b"\0" * 18),
    )
    yield "cut-short", good[:-30]
    yield "byte-behind", good + b"\0"
    yield "comment", good[:-2] + b"\1\0x"
    yield "comment-that-is-an-end-record", good[:-2] + struct.pack("<H", 22) + good[-22:]
    yield "two-archives", good + good
    yield "script-in-front", b"#!/bin/sh\n" + good
    yield "directory-gone", good[:start] + good[end:]
    yield "directory-doubled", good[:end] + good[start:end] + good[end:]
    for name, offset, value in (
        ("local-name", 30, b"x"),
        ("local-method", 8, b"\0\0"),
        ("local-flags", 6, b"\1\0"),
        ("local-checksum", 14, b"abcd"),
        ("local-size", 22, b"\1\0\0\0"),
        ("local-packed-size", 18, b"\1\0\0\0"),
        ("local-sign", 0, b"XX"),
    ):
        yield name, good[:offset] + value + good[offset + len(value) :]
    for name, offset, value in (
        ("directory-sign", 0, b"XX"),
        ("directory-flags-encrypted", 8, b"\1\0"),
        ("directory-method", 10, b"\x0c\0"),
        ("directory-size", 24, b"\xff\xff\xff\0"),
        ("directory-place", 42, b"\1\0\0\0"),
        ("directory-link", 38, struct.pack("<L", 0o120777 << 16)),
        ("directory-device", 38, struct.pack("<L", 0o020666 << 16)),
        ("directory-name-length", 28, b"\xff\xff"),
        ("directory-disk", 34, b"\1\0"),
    ):
        at = start + offset
        yield name, good[:at] + value + good[at + len(value) :]
    for name, offset, value in (
        ("end-count", 8, b"\1\0\1\0"),
        ("end-disk", 4, b"\1\0"),
        ("end-size", 12, b"\1\0\0\0"),
        ("end-place", 16, b"\0\0\0\0"),
        ("end-long", 16, b"\xff\xff\xff\xff"),
    ):
        yield name, good[: end + offset] + value + good[end + offset + len(value) :]
    info = "foo-1.0.dist-info"
    for name, members in (
        ("no-dist-info", {"foo.py": b""}),
        ("two-dist-infos", {f"{info}/METADATA": b"", "foo-1.dist-info/METADATA": b""}),
        ("another-dist-info", {"bar-1.0.dist-info/METADATA": b""}),
        ("no-metadata", {f"{info}/RECORD": b""}),
        ("metadata-a-folder", {f"{info}/METADATA/": b""}),
        ("parent", {f"{info}/METADATA": b"", "../evil.py": b""}),
        ("absolute", {f"{info}/METADATA": b"", "/evil.py": b""}),
        ("drive", {f"{info}/METADATA": b"", "C:/evil.py": b""}),
        ("dot", {f"{info}/METADATA": b"", "./evil.py": b""}),
        ("empty-segment", {f"{info}/METADATA": b"", "a//evil.py": b""}),
        ("backslash", {f"{info}/METADATA": b"", "a\\..\\evil.py": b""}),
        ("control-character", {f"{info}/METADATA": b"", "a\x1b.py": b""}),
        ("file-and-folder", {f"{info}/METADATA": b"", "a": b"", "a/b": b""}),
    ):
        yield name, zip_bytes(members)
    yield "metadata-twice", _twice(f"{info}/METADATA")
    yield "module-twice", _twice("foo.py", also=f"{info}/METADATA")
    yield "packed-with-bzip2", _packed(zipfile.ZIP_BZIP2, f"{info}/METADATA")
    yield "packed-with-lzma", _packed(zipfile.ZIP_LZMA, f"{info}/METADATA")


def _twice(name: str, also: str | None = None) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w") as archive:
        warnings.simplefilter("ignore")
        for each, text in ((also, "x"), (name, "one"), (name, "two")):
            if each is not None:
                archive.writestr(zipfile.ZipInfo(each), text)
    return packed.getvalue()


def _packed(method: int, name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x" * 100, method)
    return packed.getvalue()


def sdists() -> Cases:
    good = tar_gz_bytes({"foo-1.0/PKG-INFO": METADATA.encode()})
    yield from (("empty", b""), ("text", b"no tar"), ("null-bytes", b"\0" * 100), ("cut-short", good[: len(good) // 2]))
    yield "pkg-info-twice", tar_gz_bytes({"foo-1.0/PKG-INFO": b"one", "Foo-1.0/PKG-INFO": b"two"})
    for name, kind in (
        ("link", tarfile.SYMTYPE),
        ("hard-link", tarfile.LNKTYPE),
        ("device", tarfile.CHRTYPE),
        ("fifo", tarfile.FIFOTYPE),
    ):
        yield f"pkg-info-a-{name}", _tar(("foo-1.0/PKG-INFO", kind, "/etc/passwd"))


def unpacked_sdists() -> Cases:
    for name, member in (
        ("parent", "../evil"),
        ("parent-deep", "a/../../evil"),
        ("absolute", "/tmp/evil"),  # noqa: S108 - a name
    ):
        yield name, _tar((member, tarfile.REGTYPE, ""))
    for name, target in (("absolute", "/etc/passwd"), ("parent", "../../../etc/passwd")):
        yield f"link-{name}", _tar(("foo-1.0/link", tarfile.SYMTYPE, target))
        yield f"hard-link-{name}", _tar(("foo-1.0/link", tarfile.LNKTYPE, target))
    for name, kind in (("device", tarfile.CHRTYPE), ("block-device", tarfile.BLKTYPE), ("fifo", tarfile.FIFOTYPE)):
        yield name, _tar(("foo-1.0/x", kind, ""))
    yield "twice", _tar(("foo-1.0/x", tarfile.REGTYPE, ""), ("foo-1.0/x", tarfile.REGTYPE, ""))
    yield "through-a-link", _tar(("foo-1.0/l", tarfile.SYMTYPE, "../.."), ("foo-1.0/l/evil", tarfile.REGTYPE, ""))
    yield from (("empty", b""), ("text", b"no tar"))


def _tar(*members: tuple[str, bytes, str]) -> bytes:
    import gzip

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return gzip.compress(packed.getvalue(), mtime=0)


def unpacked_zips() -> Cases:
    for name, data in wheels():
        if name in {
            "empty",
            "text",
            "parent",
            "absolute",
            "drive",
            "backslash",
            "module-twice",
            "directory-link",
            "byte-behind",
            "script-in-front",
            "local-name",
            "file-and-folder",
            "two-archives",
        }:
            yield name, data


# What a project says ---------------------------------------------------------------------------------------


def manifests() -> Cases:
    yield from ((name, data) for name, data in TEXTS.items() if name != "empty")
    yield "cut-short", MANIFEST[:200]
    yield "key-twice", MANIFEST + b"\n[project]\nname = 'x'\n"
    yield "nested", b"a = " + b"[" * 5000
    yield "huge-number", b"a = " + b"9" * 5000
    for number, (old, new) in enumerate(_MANIFEST_CHANGES):
        assert old in MANIFEST, old
        yield f"change-{number:02}", MANIFEST.replace(old, new, 1)


_MANIFEST_CHANGES = (
    (b'name = "services-api"', b"name = 1"),
    (b'name = "services-api"', b'name = "../x"'),
    (b'">=3.11"', b'"3.11"'),
    (b'">=3.11"', b"[]"),
    (b'"flask>=3"', b'"flask >> 3"'),
    (b'"flask>=3"', b"3"),
    (b'"flask>=3"', b'"flask @ file:///etc/passwd"'),
    (b'"flask>=3"', b'"flask @ https://user:password@index.example/x.whl"'),
    (b'"flask>=3"', b'"flask @ git+ext::sh"'),
    (b"https://files.index.example/fastlex", b"ftp://files.index.example/fastlex"),
    (b'include-group = "lint"', b'include-group = "dev"'),
    (b'include-group = "lint"', b'include-group = "nowhere"'),
    (b'prerelease = "allow"', b'prerelease = "maybe"'),
    (b'exclude-newer = "2024-01-02"', b'exclude-newer = "tomorrow"'),
    (b'exclude-newer = "2024-01-02"', b"exclude-newer = 1"),
    (b'"click<8.2"', b'"click[x]<8.2"'),
    (b'url = "https://index.example/simple/"', b'url = "ftp://index.example/"'),
    (b'url = "https://index.example/simple/"', b'url = "file:///etc/"'),
    (b'url = "https://index.example/simple/"', b'url = "index.example"'),
    (b'url = "https://index.example/simple/"', b""),
    (b'name = "corp"', b'name = "../corp"'),
    (b'packages = ["corp-*"]', b'packages = "corp-*"'),
    (b'python = "3.12"', b'python = "2.7"'),
    (b'python = "3.12"', b'python = "3.99999"'),
    (b'python = "3.12"', b"python = 3.12"),
    (b"manylinux_2_28_x86_64", b"manylinux_2_999999999_x86_64"),
    (b"manylinux_2_28_x86_64", b"amiga"),
    (b'environments = ["linux"]', b'environments = ["mars"]'),
    (b'[tool.frazil.targets."jobs/etl"]', b'[tool.frazil.targets."../jobs"]'),
    (b'[tool.frazil.targets."jobs/etl"]', b'[tool.frazil.targets."/etc"]'),
    (b"[tool.frazil.resolves.legacy]", b"[tool.frazil.resolves.default]"),
    (b'index = "corp"', b'index = "nowhere"'),
    (b"[tool.frazil.packages.torch]", b"[tool.frazil.unknown]"),
)


def requirements() -> Cases:
    yield "not-utf-8", b"flask\xff\n"
    yield "null-bytes", b"\0\0\0"
    for number, line in enumerate(_REQUIREMENT_LINES):
        yield f"line-{number:02}", REQUIREMENTS + line + b"\n"


_REQUIREMENT_LINES = (
    b"-r ../../../etc/passwd",
    b"-r /etc/passwd",
    b"-r https://index.example/x.txt",
    b"-r",
    b"-r nowhere.txt",
    b"-c -",
    b"-e ..",
    b"--index-url https://evil.example/",
    b"--extra-index-url https://evil.example/",
    b"--trusted-host evil.example",
    b"--pre",
    b"--hash=sha256:abc",
    b"flask --hash=md5:abc",
    b"flask --hash=sha256:abc",
    b"flask --global-option=x",
    b"${HOME}",
    b"flask @ ${URL}",
    b"flask; os_name",
    b"flask'",
    b'flask "x',
    b"./nowhere",
    b"../outside",
    b"file:///etc/passwd",
    b"http://evil.example/x.whl",
    b"flask @ ext::sh -c x",
    b"flask\x1b[31m",
    b"flask" + b" " * 5000 + b"@",
)


# The rest --------------------------------------------------------------------------------------------------


def answers() -> Cases:
    yield from (("empty", b""), ("binary", bytes(range(256))), ("text", b"hello\r\n\r\n"))
    for number, (old, new) in enumerate(
        (
            (b"HTTP/1.1 200 OK", b"HTTP/1.1 OK"),
            (b"HTTP/1.1 200 OK", b"HTTP/1.1 099 OK"),
            (b"HTTP/1.1 200 OK", b"HTTP/3 200 OK"),
            (b"HTTP/1.1 200 OK", b"ICY 200 OK"),
            (b"Content-Length: 5", b"Content-Length: 6"),
            (b"Content-Length: 5", b"Content-Length: -5"),
            (b"Content-Length: 5", b"Content-Length: 5, 6"),
            (b"Content-Length: 5", b"Content-Length: 0x5"),
            (b"Content-Length: 5", b"Content-Length: " + b"9" * 30),
            (b"Content-Length: 5", b"Transfer-Encoding: gzip"),
            (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
            (b"Content-Type: text/html", b"Content Type: text/html"),
            (b"Content-Type: text/html", b" folded"),
            (b"Content-Type: text/html", b"X: \0"),
            (b"Content-Type: text/html", b"no colon"),
        )
    ):
        yield f"change-{number:02}", ANSWER.replace(old, new, 1)
    for number, body in enumerate(
        (
            b"x\r\n",
            b"5\r\nhel",
            b"5\r\nhelloX\r\n0\r\n\r\n",
            b"-1\r\n",
            b"fffffffffffffffff\r\n",
            b"5\r\nhello\r\n0\r\n",
        )
    ):
        yield f"chunk-{number}", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


def fetch_results() -> Cases:
    good = fetch_result()
    yield from TEXTS.items()
    yield "nested", b"[" * 5000
    yield "cut-short", good[:-10]
    yield "another-version", edited(good, lambda d: d.update(format=999))
    for place in ("../x", "/etc/passwd", "a/../../x", "", "a\\b"):
        yield f"place-{_slug(place)}", edited(good, _setter("outputs.0.0", place))
    for key in ("key", "lock", "files", "outputs", "size"):
        yield f"without-{key}", edited(good, _dropper(key))


def records(door: str) -> Callable[[], Cases]:
    def cases() -> Cases:
        (good,) = seeds()[door]
        yield from TEXTS.items()
        yield "cut-short", good[:-5]
        yield "byte-behind", good + b"\0"
        yield "byte-changed", good[:-5] + bytes([good[-5] ^ 1]) + good[-4:]
        yield "only-a-title", good.partition(b"\n")[0] + b"\n"

    return cases


def foreign() -> Cases:
    yield from ((name, data) for name, data in TEXTS.items())
    yield "nested", b"version = 1\npackage = " + b"[" * 5000
    yield "huge-number", b"version = " + b"9" * 5000
    yield "no-package", b"version = 1\n"
    yield "package-a-text", b'version = 1\npackage = "x"\n'
    yield "version-huge", b'version = 1\n[[package]]\nname = "a"\nversion = "' + b"1" * 5000 + b'"\n'


KINDS: dict[str, Callable[[], Cases]] = {
    "answer": answers,
    "fetch-result": fetch_results,
    "html-page": html_pages,
    "json-page": json_pages,
    "kept-metadata": records("kept-metadata"),
    "lock": locks,
    "manifest": manifests,
    "metadata": metadata,
    "requirements": requirements,
    "sdist": sdists,
    "unpacked-sdist": unpacked_sdists,
    "unpacked-zip": unpacked_zips,
    "uv-lock": foreign,
    "wheel": wheels,
}
assert NETRC


def main() -> None:
    for door, cases in KINDS.items():
        folder = CORPUS / door
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        sentences = {}
        for name, data in cases():
            refused = DOORS[door](data)
            assert refused is not None, f"{door} takes {name}"
            (folder / name).write_bytes(data)
            sentences[name] = refused
        text = json.dumps(sentences, indent=1, sort_keys=True, ensure_ascii=True)
        (folder / SENTENCES).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
