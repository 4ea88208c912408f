"""The HTML form of a page: its anchors as rows of the JSON form, in one pass that takes time linear in the page.

The standard library's HTML parser reads hostile pages in quadratic time and honest ones ten times slower than this.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from urllib.parse import unquote

from frazil.index.rows import LONGEST_VALUE, MOST_FILES, PageError, RawPage, Row
from frazil.regex import regex

# Possessive, so that a quote that never ends is seen at once. Where it ends nowhere, the page has been cut.
_TAG = regex(r"""<(?P<name>[A-Za-z][^\s/>]*+)(?P<attributes>(?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_OPENING = regex(r"<(?:[A-Za-z]|!--)")
_DISTRIBUTIONS = (".whl", ".tar.gz", ".zip", ".egg", ".tgz", ".tar.bz2", ".tar.xz", ".exe", ".msi", ".rpm", ".deb")
_MOST_TAGS = 3 * MOST_FILES
_MOST_ATTRIBUTES = 100
_ATTRIBUTE = regex(r"""([^\s"'>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++))?""")
_WANTED = {
    "a": {
        "href",
        "data-requires-python",
        "data-yanked",
        "data-core-metadata",
        "data-dist-info-metadata",
        "data-provenance",
    },
    "base": {"href"},
    "meta": {"name", "content"},
}
_RAW_END = {name: regex(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "textarea")}
_CHARSET = regex(r"charset\s*=\s*\"?([A-Za-z0-9_-]+)", re.IGNORECASE)
# Codecs that decode in linear time and can stand for a page; whatever else is named, UTF-8 is meant.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252"})


def read_html(body: bytes, content_type: str) -> RawPage:
    """Read the anchors of a page (PEP 503), its base address, version (PEP 629) and status (PEP 792).

    Raises PageError for a page that ends inside a tag, lists too much, or is none.
    """
    rows: list[Row] = []
    base = None
    meta: dict[str, str] = {}
    for tag, attributes in _tags(_decode(body, content_type)):
        if tag == "a" and attributes.get("href"):
            rows.append(_row(attributes))
            if len(rows) > MOST_FILES:
                raise PageError("it lists too many files")
        elif tag == "base" and base is None:
            base = attributes.get("href")
        elif tag == "meta" and attributes.get("name", "").startswith("pypi:"):
            meta.setdefault(attributes["name"], attributes.get("content", ""))
    stated = bool(meta) or content_type.lower().startswith("application/vnd.pypi.")
    if not stated and not any(_is_distribution(row["filename"]) for row in rows):
        # A login page, or the error of a proxy: that there is no such release must not rest on it.
        raise PageError("it links to no file, and does not say that it is such a page")
    return RawPage(
        rows=rows,
        base=base,
        api_version=meta.get("pypi:repository-version"),
        status=meta.get("pypi:project-status"),
    )


def _is_distribution(filename: str) -> bool:
    return filename.lower().endswith(_DISTRIBUTIONS)


def _decode(body: bytes, content_type: str) -> str:
    match = _CHARSET.search(content_type)
    charset = match[1].lower() if match else "utf-8"
    return body.decode(charset if charset in _CHARSETS else "utf-8", "replace")


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the start tags that matter with the attributes that matter; comments and scripts are passed over."""
    position, count = 0, 0
    while position != -1:
        # What follows decides whether this is the start of anything; to look at each `<` would take a minute.
        opening = _OPENING.search(text, position)
        if opening is None:
            return
        position = opening.start()
        count += 1
        if count > _MOST_TAGS:
            raise PageError("it has too many tags")
        match = _TAG.match(text, position)
        if match is not None:
            name = match["name"].lower()
            if name in _WANTED:
                yield name, _attributes(match["attributes"], _WANTED[name])
            position = _after_raw_text(text, match.end(), name)
        elif text.startswith("<!--", position):
            position = text.find("-->", position + 4)
        else:
            raise PageError("it ends inside a tag, so it has been cut")


def _after_raw_text(text: str, position: int, name: str) -> int:
    """Return where reading goes on after a start tag: behind the text of a script; -1 where that never ends."""
    if name not in _RAW_END:
        return position
    end = _RAW_END[name].search(text, position)
    return -1 if end is None else end.end()


def _attributes(text: str, wanted: set[str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(text), _MOST_ATTRIBUTES):
        name = match[1].lower()
        if name in wanted:
            value = (match[2] or "")[: LONGEST_VALUE + 2]
            attributes.setdefault(name, unescape(value[1:].rstrip(value[0]) if value[:1] in {'"', "'"} else value))
    return attributes


def _row(attributes: dict[str, str]) -> Row:
    """Turn an anchor into a row of the JSON form."""
    url, _, fragment = attributes["href"].strip().partition("#")
    # The file's name is the last segment of its address; PEP 503 makes the anchor's text equal to it.
    filename = url.partition("?")[0].rpartition("/")[2]
    row: dict[str, object] = {
        "filename": unquote(filename) if "%" in filename else filename,
        "url": url,
        "hashes": _hashes(fragment),
        "requires-python": attributes.get("data-requires-python"),
    }
    if "data-yanked" in attributes:
        row["yanked"] = attributes["data-yanked"] or True
    # PEP 714: the new name counts where both are there.
    metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
    if metadata is not None:
        row["core-metadata"] = _hashes(metadata) or metadata == "true"
    if "data-provenance" in attributes:
        row["provenance"] = attributes["data-provenance"]
    return row


def _hashes(text: str) -> dict[str, str]:
    """Return the digests in a fragment or an attribute: `sha256=…`, among others perhaps."""
    return dict(pair for part in text.split("&") if len(pair := part.split("=", 1)) == 2)
