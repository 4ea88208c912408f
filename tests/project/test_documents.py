"""What a manifest says is known by its text: the record of it may be anything, and the answer stays the same."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from frazil.project import documents as kept
from frazil.project.document import Document, parse_document
from frazil.project.documents import Documents

TEXT = '[project]\nname = "a"\ndependencies = [\n  "b>=1",\n]\n[tool.x]\nlist = [1, 2.5, true, {deep = "é"}]\n'


def read(cache: Path | None, root: Path, *texts: str) -> list[Document]:
    documents = Documents(cache, root)
    found = [documents.parse(text, "pyproject.toml") for text in texts]
    documents.write()
    return found


def record(cache: Path) -> Path:
    [place] = (path for path in (cache / kept.FOLDER).rglob("*") if path.is_file())
    return place


def test_what_was_kept_is_what_was_parsed(tmp_path: Path) -> None:
    expected = parse_document(TEXT, "pyproject.toml")
    for _ in range(2):
        assert read(tmp_path, tmp_path, TEXT) == [expected]
    assert read(tmp_path, tmp_path, TEXT)[0].origin(("project", "dependencies", 0)).line == 4


def test_a_text_that_was_met_before_is_not_parsed_again(tmp_path: Path) -> None:
    read(tmp_path, tmp_path, TEXT)
    program = (
        "import sys; from pathlib import Path; from frazil.project.documents import Documents\n"
        f"here = Path({str(tmp_path)!r}); Documents(here, here).parse({TEXT!r}, 'f'); print('tomllib' in sys.modules)"
    )
    assert run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"


def test_only_what_was_met_last_is_kept(tmp_path: Path) -> None:
    read(tmp_path, tmp_path, "a = 1", "b = 2")
    both = record(tmp_path).stat().st_size
    read(tmp_path, tmp_path, "b = 2")
    assert record(tmp_path).stat().st_size < both


def test_each_project_has_a_record_of_its_own(tmp_path: Path) -> None:
    read(tmp_path, tmp_path / "one", "a = 1")
    read(tmp_path, tmp_path / "two", "a = 2")
    assert len([path for path in (tmp_path / kept.FOLDER).rglob("*") if path.is_file()]) == 2


@pytest.mark.parametrize("cut", [0, 1, 20, 60, -1], ids=str)
def test_a_record_that_was_cut_is_none(tmp_path: Path, cut: int) -> None:
    read(tmp_path, tmp_path, TEXT)
    place = record(tmp_path)
    place.write_bytes(place.read_bytes()[:cut])
    assert read(tmp_path, tmp_path, TEXT) == [parse_document(TEXT, "pyproject.toml")]


def test_no_flipped_bit_becomes_an_answer(tmp_path: Path) -> None:
    expected = [parse_document("a = 1", "pyproject.toml")]
    read(tmp_path, tmp_path, "a = 1")
    place = record(tmp_path)
    whole = place.read_bytes()
    for position in range(len(whole)):
        place.write_bytes(whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        assert read(tmp_path, tmp_path, "a = 1") == expected


def test_secrets_and_dates_are_kept_nowhere(tmp_path: Path) -> None:
    texts = ('url = "https://me:secret@index.example/simple/"', "day = 2026-01-31")
    assert read(tmp_path, tmp_path, *texts) == [parse_document(text, "pyproject.toml") for text in texts]
    assert not (tmp_path / kept.FOLDER).exists()


def test_without_a_cache_nothing_is_kept(tmp_path: Path) -> None:
    assert read(None, tmp_path, TEXT) == [parse_document(TEXT, "pyproject.toml")]
    assert [*tmp_path.iterdir()] == []
