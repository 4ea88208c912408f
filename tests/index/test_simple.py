"""Pages of the Simple API in both forms: what they say, and that hostile ones say nothing worse than an error."""

import contextlib
import html
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frazil.errors import IndexAnswerError
from frazil.index.listing import PageListing
from frazil.index.simple import parse_page
from frazil.model import IndexSource, Offer

URL = "https://index.example/simple/foo-bar/"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
DIGEST = "ab" * 32


def json_page(files: Sequence[object], **more: object) -> bytes:
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "foo-bar", "files": files, **more}).encode()


def html_page(anchors: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{anchors}</body></html>".encode()


def listing(files: Sequence[object], **more: object) -> PageListing:
    return parse_page(json_page(files, **more), JSON, URL, "foo-bar")


def html_listing(anchors: str, head: str = "") -> PageListing:
    return parse_page(html_page(anchors, head), HTML, URL, "foo-bar")


def file(filename: str = "foo_bar-1.0-py3-none-any.whl", **more: Any) -> dict[str, object]:
    return {
        "filename": filename,
        "url": f"https://files.index.example/{filename}",
        "hashes": {"sha256": DIGEST},
        **more,
    }


def offer(**more: Any) -> Offer:
    (only,) = listing([file(**more)]).offers("1.0")
    return only


# JSON ------------------------------------------------------------------------------------------------------


def test_a_json_page_says_everything_of_a_file() -> None:
    page = listing(
        [
            {
                "filename": "foo_bar-1.0-py3-none-any.whl",
                "url": "../../packages/foo_bar-1.0-py3-none-any.whl#sha256=00",
                "hashes": {"sha256": DIGEST.upper(), "md5": "00"},
                "requires-python": ">=3.8, <4",
                "core-metadata": {"sha256": DIGEST},
                "dist-info-metadata": False,
                "yanked": "broken\non windows",
                "size": 12,
                "upload-time": "2024-01-02T03:04:05.678901Z",
                "provenance": None,
            }
        ]
    )
    assert page.name == "foo-bar"
    assert page.source == IndexSource("default")
    assert page.status == "active"
    assert page.versions == ("1.0",)
    assert page.offers("1.0") == (
        Offer(
            filename="foo_bar-1.0-py3-none-any.whl",
            url="https://index.example/packages/foo_bar-1.0-py3-none-any.whl",
            sha256=DIGEST,
            size=12,
            upload_time=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
            requires_python="<4,>=3.8",
            yanked="broken on windows",
            metadata=DIGEST,
        ),
    )


def test_versions_are_newest_first_whatever_the_order_of_the_page() -> None:
    names = ["foo_bar-1.0.tar.gz", "foo_bar-1.10.tar.gz", "foo_bar-1.9rc1.tar.gz", "foo_bar-1!0.1.tar.gz"]
    pages = [listing([file(name) for name in order]) for order in (names, names[::-1])]
    assert [page.versions for page in pages] == [("1!0.1", "1.10", "1.9rc1", "1.0")] * 2


def test_the_files_of_a_release_are_in_the_order_of_their_names() -> None:
    names = ["foo_bar-1.0.tar.gz", "foo_bar-1.0-py3-none-any.whl", "foo_bar-1.0-1-py3-none-any.whl"]
    assert [f.filename for f in listing([file(name) for name in names]).offers("1.0")] == sorted(names)


def test_spellings_of_one_version_are_one_release_named_by_the_shortest() -> None:
    names = ["foo_bar-1.0.0.tar.gz", "foo_bar-1.0-py3-none-any.whl", "foo_bar-v1.00.zip"]
    for order in (names, names[::-1]):
        page = listing([file(name) for name in order])
        assert page.versions == ("1.0",)
        assert len(page.offers("1.0")) == 3


def test_a_file_listed_twice_counts_once_with_its_digest() -> None:
    twice = [file(hashes={}, url="https://a.example/x"), file(url="https://b.example/x")]
    for order in (twice, twice[::-1]):
        (only,) = listing(order).offers("1.0")
        assert only.url == "https://b.example/x"


def test_files_that_do_not_belong_to_the_project_are_left_out() -> None:
    page = listing([file(), file("other-1.0-py3-none-any.whl"), file("foo_bar-2.0.egg"), file("foo_bar-x.tar.gz")])
    assert page.versions == ("1.0",)


def test_a_page_of_another_minor_version_is_read() -> None:
    assert listing([file()], meta={"api-version": "1.987", "new": []}).versions == ("1.0",)
    assert listing([file()], meta={}).versions == ("1.0",)
    assert listing([file()], meta=None).versions == ("1.0",)


@pytest.mark.parametrize(
    "meta", [{"api-version": "2.0"}, {"api-version": "0.1"}, {"api-version": 1}, {"api-version": "x"}]
)
def test_a_page_of_another_major_version_is_refused(meta: object) -> None:
    with pytest.raises(IndexAnswerError, match="version"):
        listing([file()], meta=meta)


@pytest.mark.parametrize(
    ("yanked", "expected"),
    [(False, None), (True, ""), ("", None), ("why", "why"), (None, None), (1, None), ([], None), ("\ud800x", "?x")],
)
def test_yanked_is_a_reason_or_nothing(yanked: object, expected: str | None) -> None:
    assert offer(yanked=yanked).yanked == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, None),
        ({"core-metadata": True}, ""),
        ({"core-metadata": False}, None),
        ({"core-metadata": {"sha256": DIGEST}}, DIGEST),
        ({"core-metadata": {"sha256": "short"}}, ""),
        ({"core-metadata": {"md5": "00"}}, ""),
        ({"dist-info-metadata": {"sha256": DIGEST}}, DIGEST),
        ({"core-metadata": False, "dist-info-metadata": True}, None),
        ({"core-metadata": "yes"}, None),
    ],
)
def test_a_metadata_file_is_announced_by_the_newer_key_first(keys: dict[str, object], expected: str | None) -> None:
    assert offer(**keys).metadata == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">=3.8", ">=3.8"),
        (" >= 3.8 , != 3.9.* ", "!=3.9.*,>=3.8"),
        ("", None),
        ("three", None),
        (">=3.8.*", None),
        (38, None),
        (">=" + "9" * 5000, None),
        ("===\x1b[31m", None),
        (">=3\ud800", None),
    ],
)
def test_a_requires_python_that_is_no_specifier_counts_as_not_said(text: object, expected: str | None) -> None:
    assert offer(**{"requires-python": text}).requires_python == expected


@pytest.mark.parametrize("digest", ["", "ab", "g" * 64, "ab" * 33, 5, None, ["ab"], "\u0661" * 64])
def test_a_digest_that_is_not_one_counts_as_not_said(digest: object) -> None:
    assert offer(hashes={"sha256": digest}).sha256 is None


@pytest.mark.parametrize("size", [-1, 1.5, "12", True, None, 2**60, float("1e300")])
def test_a_size_that_is_no_count_of_bytes_counts_as_not_said(size: object) -> None:
    assert offer(size=size).size is None


@pytest.mark.parametrize(
    "text",
    ["2024-01-02", "2024-01-02T03:04:05", "yesterday", 5, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"],
)
def test_an_upload_time_that_is_no_instant_counts_as_not_said(text: object) -> None:
    assert offer(**{"upload-time": text}).upload_time is None


def test_an_upload_time_elsewhere_is_turned_into_utc() -> None:
    moment = offer(**{"upload-time": "2024-01-02T03:04:05+02:00"}).upload_time
    assert moment == datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert moment is not None
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("foo.whl", "https://index.example/simple/foo-bar/foo.whl"),
        ("/packages/foo.whl", "https://index.example/packages/foo.whl"),
        ("//files.example/foo.whl", "https://files.example/foo.whl"),
        (
            "http://files.example:8080/a%2Fb/foo%20bar.whl?token=a%26b#frag",
            "http://files.example:8080/a%2Fb/foo%20bar.whl?token=a%26b",
        ),
        ("https://user:secret@files.example/foo.whl", "https://files.example/foo.whl"),
        ("https://files.example/ö b/foo.whl", "https://files.example/%C3%B6%20b/foo.whl"),
    ],
)
def test_an_address_is_joined_and_carries_neither_credentials_nor_fragment(url: str, expected: str) -> None:
    assert offer(url=url).url == expected


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://files.example/foo.whl",
        "data:text/plain,x",
        "git+https://files.example/foo",
        "https://",
        "https:///foo.whl",
        "https://[::1/foo.whl",
        "https://files.example:port/foo.whl",
        "https://good.example\\@evil.example/foo.whl",
        "https://files.example/\x00foo.whl",
        "https://files.example/foo\n.whl",
        "https://files.example/\ud800.whl",
        "https://files.example/" + "a" * 9000,
        "",
        None,
        5,
        ["https://files.example/foo.whl"],
    ],
)
def test_a_file_without_an_http_address_is_left_out(url: object) -> None:
    page = listing([file(url=url), file("foo_bar-2.0.tar.gz")])
    assert page.offers("1.0") == ()
    assert len(page.offers("2.0")) == 1


@pytest.mark.parametrize(
    "row", [None, 5, "x", [], {}, {"filename": 5}, {"filename": None}, {"url": "x"}, {"filename": ["a"]}]
)
def test_a_file_that_is_no_file_is_left_out(row: object) -> None:
    assert listing([row, file()]).versions == ("1.0",)


def test_keys_of_the_wrong_type_count_as_not_said() -> None:
    wrong: list[Any] = [None, 5, 1.5, True, "x", [], {}, [[]], {"sha256": {}}]
    keys = ["hashes", "requires-python", "core-metadata", "yanked", "size", "upload-time"]
    for key in keys:
        for value in wrong:
            assert offer(**{key: value}).url.startswith("https://files.index.example/")


# Status ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["active", "archived", "deprecated"])
def test_the_status_of_a_project_is_told_in_both_forms(status: str) -> None:
    assert listing([file()], **{"project-status": {"status": status}}).status == status
    assert html_listing("", f'<meta name="pypi:project-status" content="{status}">').status == status


@pytest.mark.parametrize("status", [{"status": "unheard-of"}, {"status": 5}, {}, "archived", None, []])
def test_a_status_that_is_not_known_means_active(status: object) -> None:
    assert listing([file()], **{"project-status": status}).status == "active"


def test_a_quarantined_project_offers_no_files() -> None:
    page = listing([file()], **{"project-status": {"status": "quarantined"}})
    assert (page.status, page.versions) == ("quarantined", ())


# HTML ------------------------------------------------------------------------------------------------------


def test_an_html_page_says_what_its_attributes_say() -> None:
    page = html_listing(
        f'<a class="x" HREF="../foo_bar-1.0-py3-none-any.whl#sha256={DIGEST}" data-requires-python="&gt;=3.8"'
        f' data-yanked="because &amp; so" data-dist-info-metadata="sha256={"cd" * 32}">whatever</a>'
    )
    assert page.offers("1.0") == (
        Offer(
            filename="foo_bar-1.0-py3-none-any.whl",
            url="https://index.example/simple/foo_bar-1.0-py3-none-any.whl",
            sha256=DIGEST,
            requires_python=">=3.8",
            yanked="because & so",
            metadata="cd" * 32,
        ),
    )


@pytest.mark.parametrize(
    "anchor",
    [
        "<a href='foo_bar-1.0.tar.gz'>x</a>",
        "<a href=foo_bar-1.0.tar.gz>x</a>",
        "<a\n\thref = 'foo_bar-1.0.tar.gz'\n>x</a>",
        "<A HREF=foo_bar-1.0.tar.gz />",
        "<p>3 < 4<a href=foo_bar-1.0.tar.gz>",
        "<!-- <a href='other'> --><a href=foo_bar-1.0.tar.gz>",
        "<script>'<a href=\"'</script><a href=foo_bar-1.0.tar.gz>",
        "<p title='>'><a href=foo_bar-1.0.tar.gz>",
        "<a href=' foo%5Fbar-1.0.tar.gz?download=1 '>",
        "<a href=foo_bar-1.0.tar.gz href=twice>",
        "<a href='foo_bar-1.0.tar.gz#md5=00'><!-- never ends",
        "<a href=https://files.example/packages/foo_bar-1.0.tar.gz>",
    ],
)
def test_an_anchor_is_found_however_it_is_written(anchor: str) -> None:
    page = html_listing(anchor)
    assert page.versions == ("1.0",)
    assert [offer.filename for offer in page.offers("1.0")] == ["foo_bar-1.0.tar.gz"]


@pytest.mark.parametrize(
    "anchor",
    [
        "<a name='foo_bar-1.0.tar.gz'>",
        "<a href=''>",
        "<a href='#x'>",
        "<a href='foo_bar-1.0.tar.gz/'>",
        "<abbr href=foo_bar-1.0.tar.gz>",
        "<!-- <a href=foo_bar-1.0.tar.gz> -->",
        "<style><a href=foo_bar-1.0.tar.gz>",
        "<a href='..%2Ffoo_bar-1.0.tar.gz'>",
    ],
)
def test_what_is_no_anchor_of_a_file_is_left_out(anchor: str) -> None:
    assert html_listing(anchor).versions == ()


def test_the_base_of_an_html_page_is_what_addresses_are_joined_to() -> None:
    (only,) = html_listing("<a href=foo_bar-1.0.tar.gz>", '<base href="/files/"><base href="/other/">').offers("1.0")
    assert only.url == "https://index.example/files/foo_bar-1.0.tar.gz"


def test_an_html_page_of_another_major_version_is_refused() -> None:
    assert html_listing("", '<meta name="pypi:repository-version" content="1.9">').versions == ()
    with pytest.raises(IndexAnswerError, match="version 2"):
        html_listing("", '<meta name="pypi:repository-version" content="2.0">')


def test_an_html_page_that_was_cut_inside_a_tag_is_refused() -> None:
    with pytest.raises(IndexAnswerError, match="cut"):
        parse_page(b"<a href='foo_bar-1.0.tar.gz'>x</a><a href='foo_bar-2", HTML, URL, "foo-bar")


def test_an_html_page_may_name_its_charset_but_not_any_codec() -> None:
    body = "<a href='foo_bar-1.0.tar.gz' data-yanked='\u00e9'>".encode("latin-1")
    for charset, reason in (
        ("latin-1", "\u00e9"),
        ("utf-8", "\ufffd"),
        ("unicode_escape", "\ufffd"),
        ("zlib", "\ufffd"),
    ):
        page = parse_page(body, f"text/html; charset={charset}", URL, "foo-bar")
        assert page.offers("1.0")[0].yanked == reason


# Content types ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        f"{JSON}; charset=utf-8",
        "Application/vnd.PyPI.simple.v1+JSON ;x=y",
        "application/vnd.pypi.simple.latest+json",
    ],
)
def test_a_json_page_is_known_by_its_type_with_any_parameters(content_type: str) -> None:
    assert parse_page(json_page([file()]), content_type, URL, "foo-bar").versions == ("1.0",)


@pytest.mark.parametrize(
    "content_type", [HTML, "text/html", "text/html;charset=UTF-8", "application/vnd.pypi.simple.latest+html"]
)
def test_an_html_page_is_known_by_its_type_with_any_parameters(content_type: str) -> None:
    assert parse_page(html_page("<a href=foo_bar-1.0.tar.gz>"), content_type, URL, "foo-bar").versions == ("1.0",)


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain", "application/octet-stream", "x" * 5000])
def test_what_is_not_called_a_page_is_none(content_type: str) -> None:
    with pytest.raises(IndexAnswerError, match="content type") as caught:
        parse_page(json_page([file()]), content_type, URL, "foo-bar", index="corp")
    assert "corp" in caught.value.sentence
    assert "foo-bar" in caught.value.sentence
    assert caught.value.details == (URL,)
    assert caught.value.hint


@pytest.mark.parametrize("content_type", ["application/vnd.pypi.simple.v2+json", "application/vnd.pypi.simple.v2+html"])
def test_a_content_type_of_another_major_version_is_refused(content_type: str) -> None:
    with pytest.raises(IndexAnswerError, match="version 2"):
        parse_page(json_page([file()]), content_type, URL, "foo-bar")


# Hostile pages ---------------------------------------------------------------------------------------------

BAD_JSON = {
    "nothing": b"",
    "no JSON": b"<html>log in</html>",
    "cut": json_page([file()])[:-10],
    "a list": b"[]",
    "a text": b'"files"',
    "no files": b'{"meta": {"api-version": "1.0"}}',
    "files that are no list": b'{"files": {}}',
    "deep lists": b'{"files": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000,
    "a number of thousands of digits": b'{"files": [], "x": ' + b"9" * 5000 + b"}",
    "not a number": b'{"files": [], "x": NaN}',
    "infinity": b'{"files": [], "x": -Infinity}',
    "bad UTF-8": b'{"files": [], "x": "\xff"}',
    "UTF-16 of nothing": b"\xff\xfe\x00",
    "a flood of containers": b'{"files": [' + b"[]," * 2_100_000 + b"[]]}",
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
def test_a_json_page_that_cannot_be_read_is_an_error_that_names_index_and_project(body: bytes) -> None:
    with pytest.raises(IndexAnswerError, match=r"the index corp did not answer with a page for foo-bar: "):
        parse_page(body, JSON, URL, "foo-bar", index="corp")


def test_a_flood_of_anchors_is_an_error() -> None:
    with pytest.raises(IndexAnswerError, match="too many files"):
        parse_page(b"<a href=x>" * 500_001, HTML, URL, "foo-bar")


SLOW_HTML = {
    "tags that never end": "<a ",
    "comments that never end": "<!--",
    "scripts that never end": "<script>",
    "quotes in turn": "<a \"'>",
    "quoted ends": '<a ">" ',
    "attributes": "<a x y=z ",
    "signs": "<",
    "spaces": "<a href                ",
    "equals": "<a =======",
    "entities": "<a href='&amp;&#x41;&'>",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", SLOW_HTML.values(), ids=SLOW_HTML)
def test_a_hostile_html_page_does_not_take_for_ever(piece: str) -> None:
    # Time that grows with the square of the length would be hours here.
    with contextlib.suppress(IndexAnswerError):
        parse_page((piece * (4_000_000 // len(piece))).encode(), HTML, URL, "foo-bar")


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KEYS = (
    "filename",
    "url",
    "hashes",
    "requires-python",
    "core-metadata",
    "dist-info-metadata",
    "yanked",
    "size",
    "upload-time",
)


@st.composite
def _mutated_pages(draw: st.DrawFn) -> bytes:
    page: dict[str, Any] = json.loads(json_page([file(), file("foo_bar-2.0.tar.gz", size=1, yanked=True)]))
    for _ in range(draw(st.integers(1, 3))):
        where = draw(
            st.sampled_from([page, page["meta"] if isinstance(page.get("meta"), dict) else page, *_rows(page)])
        )
        where[draw(st.sampled_from([*_KEYS, "files", "meta", "api-version", "project-status"]))] = draw(_JUNK)
    return json.dumps(page).encode()


def _rows(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    files = page.get("files")
    return [row for row in files if isinstance(row, dict)] if isinstance(files, list) else []


def read_all(body: bytes, content_type: str) -> None:
    try:
        page = parse_page(body, content_type, URL, "foo-bar")
    except IndexAnswerError:
        return
    for version in page.versions:
        for offer in page.offers(version):
            assert offer.url.startswith(("http://", "https://"))
            assert page.find(offer.filename) == offer
            json.dumps(offer.yanked).encode("ascii")


@given(_mutated_pages())
@settings(max_examples=300)
def test_a_page_with_values_exchanged_is_read_or_refused(body: bytes) -> None:
    read_all(body, JSON)


_WHOLE_JSON = json_page([file(), file("foo_bar-2.0.tar.gz", yanked="x")])
_WHOLE_HTML = html_page(
    f"<a href='foo_bar-1.0.tar.gz#sha256={DIGEST}' data-yanked=''>x</a><!-- -->", "<base href='/x/'>"
)


@given(st.sampled_from([(_WHOLE_JSON, JSON), (_WHOLE_HTML, HTML)]), st.data())
@settings(max_examples=300)
def test_a_page_with_bytes_exchanged_is_read_or_refused(page: tuple[bytes, str], data: st.DataObject) -> None:
    body = bytearray(page[0])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    read_all(bytes(body), page[1])


# Both forms ------------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@st.composite
def _files(draw: st.DrawFn) -> dict[str, Any]:
    """One file in the words of the JSON form, without what HTML has no words for."""
    name = draw(st.sampled_from(["foo_bar", "foo-bar", "Foo.Bar", "other"]))
    version = draw(st.sampled_from(["1.0", "1.0.0", "2.0rc1", "v3", "nonsense", "1.0+local"]))
    suffix = draw(st.sampled_from([".tar.gz", "-py3-none-any.whl", "-1-cp312-abi3-win_amd64.whl", ".zip", ".exe"]))
    filename = f"{name}-{version}{suffix}"
    folder = draw(st.sampled_from(["", "/a/", "../", "https://files.example/x%2Fy/", "ftp://x/", "//host/"]))
    entry: dict[str, Any] = {"filename": filename, "url": f"{folder}{filename.replace('+', '%2B')}", "hashes": {}}
    if draw(st.booleans()):
        entry["hashes"] = {"sha256": draw(st.sampled_from([DIGEST, DIGEST.upper(), "bad"]))}
    if draw(st.booleans()):
        entry["requires-python"] = draw(st.sampled_from([">=3.8", ">=3.8,<4", "nonsense", ""]) | _TEXTS)
    if draw(st.booleans()):
        entry["yanked"] = draw(st.just(True) | _TEXTS.filter(bool))
    if draw(st.booleans()):
        entry["core-metadata"] = draw(st.sampled_from([True, False, {"sha256": "cd" * 32}, {"sha256": "bad"}]))
    return entry


def as_anchor(entry: Mapping[str, Any]) -> str:
    digest = entry["hashes"].get("sha256")
    attributes = {"href": entry["url"] + (f"#sha256={digest}" if digest else "")}
    if "requires-python" in entry:
        attributes["data-requires-python"] = entry["requires-python"]
    if "yanked" in entry:
        attributes["data-yanked"] = "" if entry["yanked"] is True else entry["yanked"]
    if "core-metadata" in entry:
        metadata = entry["core-metadata"]
        attributes["data-core-metadata"] = (
            f"sha256={metadata['sha256']}" if isinstance(metadata, dict) else str(metadata).lower()
        )
    spelled = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
    return f"<a {spelled}>{entry['filename']}</a>"


@given(st.lists(_files(), max_size=6), st.randoms())
@settings(max_examples=300)
def test_both_forms_of_a_page_and_every_order_of_it_say_the_same(entries: list[dict[str, Any]], random: Any) -> None:
    as_json, as_html = listing(entries), html_listing("\n".join(as_anchor(entry) for entry in entries))
    random.shuffle(entries)
    shuffled = listing(entries)
    assert as_json.versions == as_html.versions == shuffled.versions
    for version in as_json.versions:
        assert as_json.offers(version) == as_html.offers(version) == shuffled.offers(version)


def test_a_page_of_ten_thousand_versions_is_read_and_one_release_decoded() -> None:
    page = listing([file(f"foo_bar-{n}-cp3{p}-abi3-win_amd64.whl") for n in range(10_000) for p in range(10)])
    assert len(page.versions) == 10_000
    assert page.versions[0] == "9999"
    assert len(page.offers("5000")) == 10


def test_a_release_has_the_same_files_however_many_were_asked_for_before() -> None:
    kinds = (
        "foo_bar-{}-py3-none-any.whl",
        "foo-bar-{}.tar.gz",
        "foo_bar-{}.zip",
        "Foo.Bar-{}-1-cp312-abi3-linux_x86_64.whl",
    )
    versions = [text for number in range(20) for text in (f"1.{number}", f"1.{number}.1", f"1.{number}rc1")]
    # What ends with braces of its own must not be taken for the end of a row.
    more: list[dict[str, Any]] = [{}, {"core-metadata": {"sha256": DIGEST}}, {"size": 1}]
    files = [file(kind.format(v), **more[n % 3]) for n, v in enumerate(versions) for kind in kinds[: 1 + n % 4]]
    first, last = listing(files), listing(files)
    there = {version: first.offers(version) for version in first.versions}
    back = {version: last.offers(version) for version in reversed(last.versions)}
    assert there == back
    assert sum(map(len, there.values())) == len(files)


def test_a_file_is_found_by_its_name() -> None:
    page = listing([file("foo_bar-1.0.0.tar.gz"), file("foo_bar-1.0-py3-none-any.whl")])
    found = page.find("foo_bar-1.0.0.tar.gz")
    assert found is not None
    assert found.filename == "foo_bar-1.0.0.tar.gz"
    for missing in ("foo_bar-1.0.0.zip", "foo_bar-2.0.tar.gz", "foo_bar-nonsense.tar.gz", "../x"):
        assert page.find(missing) is None
