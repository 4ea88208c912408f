"""The page: one HTML file that holds everything it needs, and is forbidden to ask for more."""

import hashlib
import json
from base64 import b64encode
from html import escape
from importlib.resources import files

from frazil.regex import regex
from frazil.report.envelope import Document, safe

SCRIPTS = (
    *("words", "elements", "world", "view", "state", "colours"),
    *("lists", "targets", "coordinates", "details", "overview", "pictures", "drawing", "controls", "main"),
)
"""Our own scripts (`page/scripts/*.js`) in the order they are written, each after those whose names it uses."""

_PLACE = regex(r"\{\{(\w+)\}\}")
_SOURCE_MAP = regex(r"\n//# sourceMappingURL=\S*")
_FOLDER = files("frazil.report") / "page"


def format_page(document: Document) -> bytes:
    """Return the page for what `page_data.page_document` tells. Same document, same bytes.

    Nothing on the page runs or styles but what is written here: its policy (CSP) lists the digest of each script and
    style, and allows no request. What comes from the lock is data, and no text in it can end the element it is in.
    """
    scripts = {
        "cytoscape": _vendored("cytoscape.min.js"),
        "dagre": _vendored("dagre.min.js"),
        "app": _program(),
    }
    style = _text("style.css")
    parts = {
        **scripts,
        "style": style,
        "policy": _policy(list(scripts.values()), style),
        "title": escape(safe(document["title"])),
        "licences": escape(f"{_text('vendor/cytoscape.LICENSE')}\n\n{_text('vendor/dagre.LICENSE')}"),
        "data": _inlined(document),
    }
    # In one pass: what was put in is not looked at again.
    return _PLACE.sub(lambda place: parts[place[1]], _text("index.html")).encode()


def _program() -> str:
    """Return our scripts as one that leaves no name behind."""
    body = "\n".join(_text(f"scripts/{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{body}}})();\n'


def _vendored(name: str) -> str:
    return _SOURCE_MAP.sub("", _text(f"vendor/{name}"))


def _text(path: str) -> str:
    # Line ends become those that a browser sees, or the digests would not fit.
    return _FOLDER.joinpath(path).read_text(encoding="utf-8")


def _policy(scripts: list[str], style: str) -> str:
    allowed = " ".join(map(_digest, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inlined(document: Document) -> str:
    """Return a document as JSON that HTML takes for text, whatever is in it."""
    text = json.dumps(safe(document), ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
