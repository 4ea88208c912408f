"""The shape of the source: short functions, named ideas, a sentence at the head of each module."""

import ast
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "frazil"

LONGEST_FUNCTION = 90
NINE_IN_TEN_AT_MOST = 35
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "lib"}


def _python_files(*folders: Path) -> list[Path]:
    return sorted(chain.from_iterable(folder.rglob("*.py") for folder in folders))


def _functions(files: list[Path]) -> dict[str, int]:
    """Return the lines of every function, docstring included, by `file:line name`."""
    lengths = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                where = f"{file.relative_to(file.parents[2])}:{node.lineno} {node.name}"
                lengths[where] = node.end_lineno - node.lineno + 1
    return lengths


def _too_long(lengths: dict[str, int]) -> list[str]:
    return [f"{where} has {lines} lines" for where, lines in lengths.items() if lines > LONGEST_FUNCTION]


def _ninth_decile(lengths: dict[str, int]) -> int:
    ordered = sorted(lengths.values())
    return ordered[len(ordered) * 9 // 10]


def _opening(file: Path) -> str:
    """Return the first paragraph of a module's docstring."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0]


def test_no_function_is_longer_than_a_screen_or_two() -> None:
    assert _too_long(_functions(_python_files(SOURCE, ROOT / "tests", ROOT / "benchmarks"))) == []


def test_nine_functions_in_ten_are_short() -> None:
    assert _ninth_decile(_functions(_python_files(SOURCE))) < NINE_IN_TEN_AT_MOST


def test_no_module_has_a_name_that_says_nothing() -> None:
    folders = [folder for folder in SOURCE.rglob("*") if folder.is_dir()]
    assert [path for path in [*_python_files(SOURCE), *folders] if path.stem in NAMELESS] == []


def test_every_module_opens_with_a_sentence_on_its_job() -> None:
    public = [file for file in _python_files(SOURCE) if not file.stem.startswith("_")]
    silent = [file for file in public if not _opening(file).endswith((".", ":"))]
    assert silent == []


@pytest.mark.parametrize(("extra", "long"), [(0, False), (1, True)])
def test_the_longest_function_allowed_is_counted_to_the_line(tmp_path: Path, extra: int, *, long: bool) -> None:
    body = "    pass\n" * (LONGEST_FUNCTION - 1 + extra)
    (tmp_path / "module.py").write_text(f"def f():\n{body}", encoding="utf-8")
    assert bool(_too_long(_functions([tmp_path / "module.py"]))) is long
