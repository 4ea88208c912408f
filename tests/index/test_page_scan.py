"""Scanned pages say what the same pages say when they are read whole."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frazil.errors import IndexAnswerError
from frazil.index.listing import PageListing
from frazil.index.page_scan import scan_page
from frazil.index.simple import parse_page
from frazil.model import Offer

URL = "https://index.example/simple/foo-bar/"
JSON = "application/vnd.pypi.simple.v1+json"

_NAMES = ["foo_bar", "foo-bar", "Foo.Bar", "foo__bar", "foo", "foo-bar-baz", "other"]
_VERSIONS = ["1.0", "1.0.1", "1.0.0", "01.0", "2.0rc1", "v3", "1.0+local.1", "nonsense", "-1.0", "1!1.0"]
_ENDINGS = [
    ".tar.gz",
    ".zip",
    ".exe",
    "-py2.7.egg",
    "-py3-none-any.whl",
    "-1-cp312-abi3-win_amd64.whl",
    "-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "-weird.whl",
    "-py3-none.whl",
    "-1x.tar.gz",
    ".whl",
]
_REASONS = ["", "broken]", 'not "good"', "a},{b", '"filename":"foo_bar-9.0.tar.gz"', "back\\slash", "plain"]


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    filename = "".join(draw(st.sampled_from(part)) for part in (_NAMES, ["-"], _VERSIONS, _ENDINGS))
    row: dict[str, Any] = {
        "core-metadata": draw(st.sampled_from([False, True, {"sha256": "cd" * 32}, {"filename": "foo_bar-8.0.zip"}])),
        "filename": filename,
        "hashes": {},
        "url": f"https://files.index.example/{filename}",
        "yanked": draw(st.sampled_from(_REASONS)),
    }
    if draw(st.integers(0, 20)) == 0:
        del row[draw(st.sampled_from(sorted(row)))]
    return row


def offers_of(page: PageListing) -> Mapping[str, tuple[Offer, ...]]:
    found = {version: page.offers(version) for version in page.versions}
    for version, offers in found.items():
        assert tuple(page.file(version, offer.filename) for offer in offers) == offers
    return {version: offers for version, offers in found.items() if offers}


@given(st.lists(_rows(), min_size=1, max_size=6), st.sampled_from([(",", ":"), (", ", ": ")]))
@settings(max_examples=400, deadline=None)
def test_a_scanned_page_offers_what_the_page_read_whole_does(
    rows: list[dict[str, Any]], separators: tuple[str, str]
) -> None:
    page = {"files": rows, "meta": {"api-version": "1.1"}, "name": "foo-bar"}
    body = json.dumps(page, separators=separators).encode()
    # A break between two rows is no usual shape.
    whole = json.dumps(page, indent=1).encode()
    assert scan_page(whole, "foo-bar") is None
    assert offers_of(parse_page(body, JSON, URL, "foo-bar")) == offers_of(parse_page(whole, JSON, URL, "foo-bar"))
    scanned = scan_page(body, "foo-bar")
    for spelling in () if scanned is None else scanned.spellings:
        assert scanned is not None
        assert scanned.files([spelling]) == scanned.files_from_all([spelling])


def scanned(text: str) -> bool:
    return scan_page(text.encode(), "foo-bar") is not None


def test_what_is_written_with_escapes_is_read_whole() -> None:
    row = '{"filename":"foo_bar-1.0.tar.gz","url":"x"}'
    assert scanned(f'{{"files":[{row},{row}]}}')
    assert not scanned(f'{{"files":[{row},{{"file\\u006eame":"foo_bar-2.0.tar.gz"}}]}}')
    assert not scanned(f'{{"files":[{row},{{"filename":"foo_bar-2\\u002e0.tar.gz"}}]}}')


@pytest.mark.parametrize(
    "more", ['],"files":[{}', '],"more":[{"filename":"foo_bar-2.0.tar.gz"}', '],"files":[{"filename":"x"}']
)
def test_a_page_with_a_second_list_is_read_whole(more: str) -> None:
    assert not scanned(f'{{"files":[{{"filename":"foo_bar-1.0.tar.gz"}},{{}}{more}]}}')


def test_an_egg_is_no_file_of_the_release_that_it_is_named_after() -> None:
    names = ["foo_bar-1.0-py2.7.egg", "foo_bar-1.0-py3-none-any.whl", "foo_bar-1.0.1-py3-none-any.whl"]
    rows = [{"filename": name, "url": f"https://files.index.example/{name}"} for name in names]
    page = parse_page(json.dumps({"files": rows}, separators=(",", ":")).encode(), JSON, URL, "foo-bar")
    assert page.filenames("1.0") == ("foo_bar-1.0-py3-none-any.whl",)


def test_a_row_that_cannot_be_cut_is_taken_from_the_whole_page() -> None:
    text = (
        '{"files":[{"filename":"foo_bar-1.0.tar.gz","url":"https://x.example/a","yanked":"},{"},{"filename":"y"},{}]}'
    )
    page = parse_page(text.encode(), JSON, URL, "foo-bar")
    assert [offer.yanked for offer in page.offers("1.0")] == ["},{"]


def test_a_page_cut_short_is_refused() -> None:
    with pytest.raises(IndexAnswerError):
        parse_page(b'{"files":[{"filename":"foo_bar-1.0.tar.gz"},{"filename":"fo', JSON, URL, "foo-bar")
