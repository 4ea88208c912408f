"""Pages of a static index: what is written is read again, by us and by the reference readers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.seeding.pages import (
    Page,
    PageError,
    PageFile,
    format_html,
    format_json,
    format_projects_html,
    format_projects_json,
    page_with,
    parse_index,
    parse_page,
)

WHEEL = PageFile(
    filename="app-1.0-py3-none-any.whl",
    url="../../packages/ab/app-1.0-py3-none-any.whl",
    sha256="a" * 64,
    size=5,
    version="1.0",
    upload_time="2024-01-02T03:04:05Z",
    requires_python=">=3.9,<4",
    yanked='bad "file" <b>',
    metadata="b" * 64,
)
PLAIN = PageFile(
    filename="app-0.9.tar.gz", url="../../files/app/app-0.9.tar.gz", sha256="c" * 64, size=7, version="0.9"
)


def test_a_page_is_read_as_it_was_written() -> None:
    page = page_with("app", [WHEEL, PLAIN], None)
    assert page.versions == ("0.9", "1.0")
    assert parse_page(format_json(page)) == page


def test_files_are_added_and_what_is_there_stays() -> None:
    old = page_with("app", [PLAIN], None)
    page = page_with("app", [WHEEL], old)
    assert [entry["filename"] for entry in page.files] == [PLAIN.filename, WHEEL.filename]
    assert page == page_with("app", [WHEEL, PLAIN], None)
    assert page_with("app", [WHEEL], page) == page


def test_another_file_of_a_known_name_is_refused() -> None:
    old = page_with("app", [WHEEL], None)
    changed = PageFile(filename=WHEEL.filename, url=WHEEL.url, sha256="d" * 64, size=5, version="1.0")
    with pytest.raises(PageError, match=r"it has another app-1\.0-py3-none-any\.whl"):
        page_with("app", [changed], old)


def test_json_says_all_that_the_standards_have() -> None:
    (_, entry) = json.loads(format_json(page_with("app", [WHEEL, PLAIN], None)))["files"]
    assert entry == {
        "filename": WHEEL.filename,
        "url": WHEEL.url,
        "hashes": {"sha256": "a" * 64},
        "size": 5,
        "upload-time": "2024-01-02T03:04:05Z",
        "requires-python": ">=3.9,<4",
        "yanked": 'bad "file" <b>',
        "core-metadata": {"sha256": "b" * 64},
        "dist-info-metadata": {"sha256": "b" * 64},
    }


def test_html_escapes_what_others_wrote() -> None:
    text = format_html(page_with("app", [WHEEL], None)).decode()
    assert 'data-requires-python="&gt;=3.9,&lt;4"' in text
    assert 'data-yanked="bad &quot;file&quot; &lt;b&gt;"' in text
    assert f'data-core-metadata="sha256={"b" * 64}"' in text
    assert f'href="{WHEEL.url}#sha256={"a" * 64}"' in text


def test_the_page_of_all_projects_says_whose_mirror_it_is() -> None:
    assert parse_index(format_projects_json("corp", ["b", "a"])) == "corp"
    assert json.loads(format_projects_json("corp", ["b", "a"]))["projects"] == [{"name": "a"}, {"name": "b"}]
    assert '<a href="a/">a</a>' in format_projects_html(["a"]).decode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"files": [{}], "versions": [], "name": "a"}',
        b'{"files": 1, "versions": [], "name": "a"}',
        format_json(Page(name="a", versions=("no version",), files=())),
    ],
)
def test_what_is_no_page_is_told_so(text: bytes) -> None:
    with pytest.raises(PageError):
        parse_page(text)
    with pytest.raises(PageError):
        parse_index(text)


@given(st.binary(max_size=200))
def test_no_bytes_end_otherwise(data: bytes) -> None:
    with pytest.raises(PageError):
        parse_page(data)
