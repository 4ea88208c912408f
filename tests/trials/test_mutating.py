"""Mutants: which changes are made, that each is a program, and that none is made where it would mean nothing."""

import ast

import pytest

from trials.modules import rooms
from trials.mutating import mutants_of, mutated
from trials.world import ROOT


def texts(source: str) -> set[str]:
    """Return what a source becomes by each of its mutants."""
    return {mutated(source.encode(), mutant).decode() for mutant in mutants_of("m", source.encode())}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b < c", {"a = b <= c", "a = b >= c"}),
        ("a = b is not c", {"a = b is c"}),
        ("a = b and c or d", {"a = b or c or d", "a = b and c and d"}),
        ("a = b + c", {"a = b - c"}),
        ("a = 'b' + c", set()),
        ("a = not b", {"a = b"}),
        ("a = 7", {"a = 8"}),
        ("a = True", {"a = False"}),
        ("if a:\n    f()", {"if not (a):\n    f()", "if a:\n    pass"}),
        ("def f():\n    return 'a'", {"def f():\n    return None"}),
        ("def f():\n    return None", set()),
        ("raise E('a')", {"pass"}),
        ("for a in b:\n    break", {"for a in b:\n    continue"}),
        ("a += b", {"pass"}),
        ("def f(a: 'int' = 1) -> 'str':\n    '''A text.'''", {"def f(a: 'int' = 2) -> 'str':\n    '''A text.'''"}),
        ("from a import b", set()),
        ("a = 'ä' if b else c", {"a = 'ä' if not (b) else c"}),
    ],
)
def test_the_changes_of_a_careless_edit_are_made(source: str, expected: set[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize("module", [room.module for room in rooms()])
def test_every_mutant_is_another_program(module: str) -> None:
    source = (ROOT / "src" / "frazil" / f"{module}.py").read_bytes()
    before = ast.dump(ast.parse(source))
    for mutant in mutants_of(module, source)[::7]:
        assert ast.dump(ast.parse(mutated(source, mutant))) != before, mutant.title


def test_every_module_has_tests_that_are_there() -> None:
    for room in rooms():
        assert (ROOT / "src" / "frazil" / f"{room.module}.py").exists(), room
        assert all((ROOT / test).exists() for test in room.tests), room
