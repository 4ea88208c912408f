"""The corpus of malformed inputs: each is refused, in the sentence that stands beside it."""

import json
import re

import pytest

from tests.hostile.doors import DOORS
from tests.hostile.make_corpus import CORPUS, SENTENCES

EXPECTED = {path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted(CORPUS.glob(f"*/{SENTENCES}"))}
CASES = [(door, name) for door, sentences in EXPECTED.items() for name in sentences]


def ours(sentence: str | None) -> str:
    """Return what is ours of a sentence: what the parsers of Python say themselves differs between its versions."""
    return re.split(
        r"is not JSON|is not TOML|cannot be read \(|is not a requirement|is no requirement|\(Expected", sentence or ""
    )[0]


def test_there_are_enough_cases_and_each_file_is_one() -> None:
    files = {(path.parent.name, path.name) for path in CORPUS.glob("*/*") if path.name != SENTENCES}
    assert files == set(CASES)
    assert len(CASES) >= 300


@pytest.mark.promise("R16")
@pytest.mark.promise("R19")
@pytest.mark.parametrize("door", sorted(EXPECTED))
def test_each_malformed_input_is_refused_in_its_sentence(door: str) -> None:
    said = {name: DOORS[door]((CORPUS / door / name).read_bytes()) for name in EXPECTED[door]}
    assert {name: ours(sentence) for name, sentence in said.items()} == {
        name: ours(sentence) for name, sentence in EXPECTED[door].items()
    }
    for sentence in said.values():
        assert sentence
        assert "\n" not in sentence
        assert sentence.isprintable()
