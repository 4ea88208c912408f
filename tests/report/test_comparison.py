"""A difference as words and as Markdown: counted, named, and never markup of its own."""

import re
from dataclasses import replace

import pytest

from frazil.frozen.comparison import Comparison, compare
from frazil.frozen.model import Frozen
from frazil.project.environments import parse_environment
from frazil.report.comparison import comparison_lines, comparison_markdown, comparison_words
from frazil.report.lines import plain
from tests.support.locks import example_lock

NEW = example_lock()


def without(*names: str) -> Frozen:
    return replace(NEW, coordinates=tuple(each for each in NEW.coordinates if each.name not in names))


def words(comparison: Comparison) -> str:
    return "\n".join(map(plain, comparison_words(comparison)))


def test_what_came_is_told_with_who_asks_and_what_it_means_for_each_target() -> None:
    lines = [plain(each) for each in comparison_lines(compare(without("docopt"), NEW))]
    assert lines[0].split() == ["+", "docopt", "0.6.2", "jobs/etl", "jobs/etl"]
    assert lines[-1].split() == ["jobs/etl", "linux", "1", "added", "(docopt)", "+25.9", "kB"]


def test_environments_where_the_same_happened_stand_on_one_line() -> None:
    lines = [plain(each) for each in comparison_lines(compare(without("h11"), NEW))]
    assert [each.split()[:3] for each in lines if each.startswith("services/api ")] == [
        ["services/api", "linux", "windows"]
    ]


def test_a_target_that_loses_bytes_says_so() -> None:
    assert plain(comparison_lines(compare(NEW, without("docopt")))[-1]).endswith("-25.9 kB")


def test_nothing_is_told_of_nothing() -> None:
    assert words(compare(NEW, NEW)) == "nothing differs"
    assert comparison_lines(compare(NEW, NEW)) == ()


@pytest.mark.parametrize(("old", "new", "mark"), [(0, 1, "+"), (1, 0, "-")])
def test_targets_and_environments_that_only_one_lock_has_are_named(old: int, new: int, mark: str) -> None:
    targets = tuple(target for target in NEW.inputs.targets if target.name != "libs/common")
    mac = parse_environment("mac", "3.12", "macosx_14_0_arm64")
    other = replace(NEW, inputs=replace(NEW.inputs, targets=targets, environments=(*NEW.inputs.environments[:1], mac)))
    locks = (replace(other, coordinates=()), replace(NEW, coordinates=()))
    comparison = compare(locks[old], locks[new])
    lines = [plain(each).strip() for each in comparison_lines(comparison)]
    assert f"{mark} target libs/common" in lines
    assert f"{mark} environment windows" in lines
    assert "only one lock has" in words(comparison)


def test_an_environment_that_moved_is_told_with_both_machines() -> None:
    newer = parse_environment("linux", "3.13", "manylinux_2_28_x86_64")
    inputs = replace(NEW.inputs, environments=(newer, *NEW.inputs.environments[1:]))
    (line,) = comparison_lines(compare(NEW, replace(NEW, inputs=inputs)))
    assert plain(line).strip().startswith("~ environment linux was python 3.12 on")


def test_markdown_is_a_table_of_releases_and_one_of_targets() -> None:
    text = comparison_markdown(compare(without("docopt"), NEW), "main:frozen.json", "frozen.json")
    assert text.startswith("`frozen.json` against `main:frozen.json`: 1 added\n\n|")
    assert "| + | `docopt` |  | 0.6.2 |  | jobs/etl | jobs/etl asks docopt==0.6.2 |" in text
    assert "| `jobs/etl` | linux | 1 added (docopt) | +25.9 kB |" in text
    assert text.endswith("|\n")


def test_what_a_lock_says_is_no_markup() -> None:
    hostile = "a|b`c"
    targets = tuple(replace(t, name=hostile) if t.name == "jobs/etl" else t for t in NEW.inputs.targets)
    coordinates = tuple(
        replace(
            each,
            targets=tuple(
                (key, tuple(hostile if n == "jobs/etl" else n for n in names)) for key, names in each.targets
            ),
        )
        for each in NEW.coordinates
    )
    new = replace(NEW, inputs=replace(NEW.inputs, targets=targets), coordinates=coordinates)
    old = replace(new, coordinates=tuple(each for each in new.coordinates if each.name != "docopt"))
    text = comparison_markdown(compare(old, new), "[x](https://a.example)", "new")
    for table in text.split("\n\n")[1:]:
        columns = {len(re.split(r"(?<!\\)\|", row)) for row in table.rstrip("\n").split("\n")}
        assert len(columns) == 1, table
    assert "`[x](https://a.example)`" in text


def test_an_empty_comparison_is_said_in_markdown_too() -> None:
    assert comparison_markdown(compare(NEW, NEW), "a", "b") == "`b` against `a`: nothing differs\n"
