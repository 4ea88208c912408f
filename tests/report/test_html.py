"""The page as a file: it holds all that it needs and allows nothing else; no name in a lock gets out of its place."""

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import frazil.report
from frazil.frozen.model import Frozen
from frazil.report.html import SCRIPTS, format_page
from frazil.report.page_data import page_document
from tests.support.frozen_worlds import locks
from tests.support.locks import example_lock, lock_of

FOLDER = Path(frazil.report.__file__).parent / "page"
VENDOR = FOLDER / "vendor"


class Reader(HTMLParser):
    """Takes a page apart: elements with their attributes, and the text of those that hold text alone."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = dict(attrs).get("id") or tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser names it
        self._open = ""

    def handle_data(self, data: str) -> None:
        self._texts.setdefault(self._open, []).append(data)

    def text(self, name: str) -> str:
        """Return the text of the elements of an id, or of those of a tag that have none."""
        return "".join(self._texts.get(name, ()))


def page_of(frozen: Frozen) -> Reader:
    return Reader(format_page(page_document(frozen)))


def hostile(text: str) -> Frozen:
    """Return a lock that says a text wherever it may say what it likes."""
    frozen = lock_of({"a": ("1", [])}, targets={text: ["a"]})
    [release] = frozen.coordinates
    [artifact] = release.artifacts
    release = replace(release, license=text, yanked=text, artifacts=(replace(artifact, url=text),))
    return replace(frozen, coordinates=(release,))


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "{{data}} {{app}} \\1 \\g<0>",
    "&lt;b&gt; <img src=x onerror=alert(1)>",
    "\u2028\u202e'\"`${1}",
]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(locks())
def test_the_same_lock_gives_the_same_bytes(frozen: Frozen) -> None:
    assert format_page(page_document(frozen)) == format_page(page_document(frozen))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_data(text: str) -> None:
    harmless, page = page_of(hostile("harmless")), page_of(hostile(text))
    assert page.elements == harmless.elements
    assert page.text("script") == harmless.text("script")
    told = json.loads(page.text("data"))["lock"]
    shown = text.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
    assert told["targets"][0]["name"] == told["coordinates"][0]["license"] == shown


def test_a_hostile_title_stays_a_title() -> None:
    document = {**page_document(example_lock()), "title": "</title><script>alert(1)</script>"}
    page = Reader(format_page(document))
    assert [tag for tag, _ in page.elements].count("script") == 4
    assert page.text("title").startswith("</title><script>")


def test_no_credentials_reach_the_page() -> None:
    page = format_page(page_document(hostile("https://me:secret@files.index.example/a")))
    assert b"secret" not in page


def test_the_data_is_what_the_lock_tells() -> None:
    document = page_document(example_lock(), example_lock())
    assert json.loads(Reader(format_page(document)).text("data")) == document


def test_nothing_runs_and_nothing_styles_but_what_the_page_was_written_with() -> None:
    page = page_of(example_lock())
    [policy] = [
        each["content"] or "" for tag, each in page.elements if each.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "connect-src" not in rules
    source = format_page(page_document(example_lock())).decode()
    scripts = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    [style] = re.findall(r"<style[^>]*>(.*?)</style>", source, re.DOTALL)
    assert rules["script-src"].split() == [digest(script) for script in scripts]
    assert rules["style-src"].split() == [digest(style)]


def digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_nothing_on_the_page_leads_elsewhere() -> None:
    page = page_of(example_lock())
    for tag, attributes in page.elements:
        assert "src" not in attributes
        assert tag not in {"iframe", "object", "embed", "form"} or attributes.get("method") == "dialog"
        assert (attributes.get("href") or "#").startswith(("#", "data:image/svg+xml,"))
    assert "sourceMappingURL" not in page.text("script")


def test_the_page_carries_the_licences_of_what_it_is_drawn_with() -> None:
    text = format_page(page_document(example_lock())).decode()
    for name in ("cytoscape", "dagre"):
        first, *_ = (VENDOR / f"{name}.LICENSE").read_text(encoding="utf-8").split("\n")
        assert first in text


def test_what_others_wrote_is_byte_for_byte_what_the_readme_says() -> None:
    rows = re.findall(r"^\| `([\w.]+)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} == {file.name for file in VENDOR.glob("*.js")}
    for name, sha256 in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == sha256


def test_every_script_is_written_into_the_page() -> None:
    assert sorted(SCRIPTS) == sorted(file.stem for file in (FOLDER / "scripts").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_turns_text_into_markup_or_code(script: str) -> None:
    text = (FOLDER / "scripts" / f"{script}.js").read_text(encoding="utf-8")
    ways = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttpRequest|import\("
    )
    assert re.findall(ways, text) == []
    assert "</script" not in text


# Contrast ---------------------------------------------------------------------------------------------------

COLOURS = dict(
    re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", (FOLDER / "style.css").read_text(encoding="utf-8"))
)
FILLED = [name.removeprefix("on-") for name in COLOURS if name.startswith("on-")]
TEXTS = [
    *(("ink", ground) for ground in ("card", "paper", "chosen", "hover", "bar")),
    *(("soft", ground) for ground in ("card", "paper", "chosen", "hover", "bar")),
    *(("accent", ground) for ground in ("card", "chosen", "hover", "bar")),
    *((f"on-{fill}", fill) for fill in FILLED),
]
LINES = [
    ("edge", "card"),
    ("accent", "card"),
    *((f"on-{status}", "card") for status in ("added", "removed", "changed")),
]


def contrast(one: str, other: str, theme: int) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it, in the light theme (0) or the dark one (1)."""
    values = []
    for name in (one, other):
        code = COLOURS[name].split(", ")[theme]
        channels = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        values.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(values) + 0.05) / (min(values) + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_stands_out_from_its_ground(text: str, ground: str, theme: int) -> None:
    assert contrast(text, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), LINES)
def test_lines_and_marks_stand_out_from_their_ground(line: str, ground: str, theme: int) -> None:
    assert contrast(line, ground, theme) >= 3
