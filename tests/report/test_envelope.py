"""The object that `--json` prints, whatever the verb."""

import json

from frazil.errors import LockMissing, StaleLock
from frazil.report.envelope import failure_document, format_document, success_document


def test_success_is_an_envelope_and_then_the_answer() -> None:
    document = success_document("tree", {"rows": []}, ["careful"])
    assert list(document) == ["schema-version", "command", "ok", "error", "warnings", "rows"]
    assert document == {
        "schema-version": 1,
        "command": "tree",
        "ok": True,
        "error": None,
        "warnings": ["careful"],
        "rows": [],
    }


def test_a_failure_says_its_code_message_hint_details_and_exit_code() -> None:
    error = StaleLock("frozen.json is out of date", hint="run `frazil resolve`", details=("a", "b"))
    assert failure_document("ensure", error)["error"] == {
        "code": "stale-lock",
        "message": "frozen.json is out of date",
        "hint": "run `frazil resolve`",
        "details": ["a", "b"],
        "exit-code": 1,
    }


def test_lists_are_never_null() -> None:
    document = failure_document(None, LockMissing("there is no lock"))
    assert document["error"]["details"] == []
    assert document["warnings"] == []


def test_the_text_is_ascii_without_credentials_or_escapes_from_outside() -> None:
    text = format_document({"path": "/d\udcff/é", "url": "https://ada:secret@index.example/", "name": "\x1b[31mred"})
    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "path": "/d?/é",
        "url": "https://index.example/",
        "name": "\N{REPLACEMENT CHARACTER}[31mred",
    }


def test_times_are_rounded_to_a_microsecond() -> None:
    assert json.loads(format_document({"seconds": 0.1 + 0.2})) == {"seconds": 0.3}
