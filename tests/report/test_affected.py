"""Who is affected: names, a sentence, a matrix."""

import json

from frazil.frozen.affected import Affected
from frazil.report.affected import affected_details, affected_lines, affected_matrix, affected_words
from frazil.report.lines import plain
from tests.support.locks import LINUX, WINDOWS

FOUND = (
    Affected(target="api", environment="linux", reasons=("closure",), projects=("flask", "jinja2")),
    Affected(target="api", environment="windows", reasons=("environment", "sources"), files=("api/a.py",)),
    Affected(target="etl", environment="linux", reasons=("new",)),
)


def test_each_target_is_named_once() -> None:
    assert [plain(each) for each in affected_lines(FOUND)] == ["api", "etl"]


def test_the_sentence_counts_targets_and_names_projects() -> None:
    assert plain(affected_words(FOUND, 7, ["linux", "windows"])) == "2 of 7 targets (flask, jinja2)"
    assert plain(affected_words((), 7, ["linux"])) == "0 of 7 targets"


def test_where_only_some_environments_are_concerned_they_are_named() -> None:
    assert plain(affected_words(FOUND[1:2], 1, ["linux", "windows"])) == "1 of 1 target, only for windows"
    assert plain(affected_words(FOUND[1:2], 1, ["windows"])) == "1 of 1 target"


def test_every_reason_has_its_words() -> None:
    said = [" ".join(plain(each).split()) for each in affected_details(FOUND)]
    assert said == [
        "api linux other files of flask, jinja2",
        "api windows another interpreter or platform, changed: api/a.py",
        "etl linux new",
    ]


def test_the_matrix_is_one_line_of_json_with_the_machine_of_each_pair() -> None:
    text = affected_matrix(FOUND, [LINUX, WINDOWS])
    assert text.count("\n") == 1
    rows = json.loads(text)["include"]
    assert rows[1] == {"target": "api", "environment": "windows", "python": "3.12", "platform": "win_amd64"}
    assert affected_matrix((), [LINUX]) == '{"include": []}\n'
