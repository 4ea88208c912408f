"""What a run of the benchmark says: who decides, what holds, where frazil loses."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.cases import CASES, Bound, Case
from benchmarks.chart import Curve, growth_chart, ratio_chart
from benchmarks.documents import between_marks
from benchmarks.measuring import Spent
from benchmarks.results import Figures, Outcome, Report, format_report, parse_report, summed_up
from benchmarks.table import report_markdown, report_text
from benchmarks.tools import Programs, Role, tools_of
from benchmarks.workloads import read_workloads

CASE = Case(
    name="warm",
    workload="S",
    state="fresh cache",
    deed="resolve",
    tools=("frazil", "uv", "pip"),
    bounds=(Bound(most=1.0), Bound(of="requests", most=3, against="")),
)


def figures(tool: str, *wall: float, role: Role = "peer", **more: Any) -> Figures:
    return Figures(tool=tool, role=role, runs=len(wall), wall=wall, memory=30.0, **more)


def report(*each: Figures, load: float = 0.2, case: Case = CASE) -> Report:
    outcome = Outcome(case=case, figures=each)
    return Report(date="2026-01-01", machine="a machine", versions={"uv": "1"}, load=(load, 1.0), outcomes=(outcome,))


def found(given: Report) -> list[tuple[float | None, bool | None]]:
    return [(verdict.found, verdict.holds) for verdict in given.verdicts(given.outcomes[0])]


# Who decides -----------------------------------------------------------------------------------------------


def test_on_a_quiet_machine_medians_decide() -> None:
    given = report(figures("frazil", 1.0, 2.0, 2.0, role="subject"), figures("uv", 1.0, 1.0, 1.0))
    assert found(given)[0] == (2.0, False)


def test_on_a_busy_machine_minima_decide() -> None:
    given = report(figures("frazil", 1.0, 2.0, 2.0, role="subject"), figures("uv", 1.0, 1.0, 1.0), load=1.5)
    assert found(given)[0] == (1.0, True)
    assert "minima decide" in report_text(given)


def test_the_best_peer_is_the_fastest_and_a_limit_is_none() -> None:
    limit = figures("curl", 0.1, role="limit")
    given = report(figures("frazil", 2.0, role="subject"), figures("uv", 1.0), figures("pip", 4.0), limit)
    assert found(given)[0] == (2.0, False)


def test_a_peer_that_failed_is_no_measure() -> None:
    given = report(figures("frazil", 2.0, role="subject"), Figures(tool="uv", role="peer", failed="exit 1"))
    assert found(given)[0] == (None, None)
    assert "exit 1" in report_text(given)


def test_requests_are_judged_without_a_peer() -> None:
    few = report(figures("frazil", 1.0, role="subject", requests=3))
    many = report(figures("frazil", 1.0, role="subject", requests=4))
    assert (found(few)[1], found(many)[1]) == ((3.0, True), (4.0, False))


def test_an_exit_code_must_be_the_one_that_is_promised() -> None:
    case = replace(CASE, bounds=(Bound(of="code", most=5, against=""),))
    assert found(report(figures("frazil", 1.0, role="subject", code=5), case=case)) == [(5.0, True)]
    assert found(report(figures("frazil", 1.0, role="subject", code=1), case=case)) == [(1.0, False)]


def test_a_promise_may_compare_with_another_case() -> None:
    other = replace(CASE, workload="M", bounds=(Bound(most=1.3, against="frazil @ warm: S"),))
    small = report(figures("frazil", 1.0, role="subject"))
    large = Outcome(case=other, figures=(figures("frazil", 1.2, role="subject"),))
    both = replace(small, outcomes=(*small.outcomes, large))
    assert [verdict.found for verdict in both.verdicts(large)] == [1.2]


def test_the_middle_of_the_runs_is_kept_and_the_last_one_counts_requests() -> None:
    spent = [
        Spent(wall=wall, cpu=wall, memory=30, code=0, counts={"requests": n}) for n, wall in enumerate((3.0, 1.0, 2.0))
    ]
    summed = summed_up("frazil", "subject", spent)
    assert (summed.least, summed.middle, summed.cpu, summed.requests) == (1.0, 2.0, 2.0, 2)


# What is said ----------------------------------------------------------------------------------------------


def test_where_frazil_loses_stands_at_the_end_the_worst_first() -> None:
    worse = Outcome(
        case=replace(CASE, workload="M"), figures=(figures("frazil", 9.0, role="subject"), figures("uv", 1.0))
    )
    given = report(figures("frazil", 2.0, role="subject"), figures("uv", 1.0))
    text = report_text(replace(given, outcomes=(*given.outcomes, worse)))
    end = text[text.index("frazil loses in 2 of 2 cases") :]
    assert end.index("9.00 times uv: warm: M") < end.index("2.00 times uv: warm: S")
    assert "2 promises are not kept" in end


def test_the_table_of_the_documents_says_what_holds_and_what_not() -> None:
    page = report_markdown(report(figures("frazil", 2.0, role="subject", requests=3), figures("uv", 1.0)))
    assert "| warm: S | 1 | 2.000 / 2.000 | uv 1.000 / 1.000 | 2.00 / 2.00 |" in page
    assert "| warm: S | frazil: time at most 1 times the best peer | 2.00 | **not yet** |" in page
    assert "| warm: S | frazil: requests at most 3 | 3 | holds |" in page


def test_a_report_comes_back_from_json() -> None:
    given = report(figures("frazil", 2.0, role="subject"), Figures(tool="uv", role="peer", failed="no"))
    assert parse_report(format_report(given)) == given


def test_pictures_are_well_formed_whatever_names_hold() -> None:
    given = report(figures("frazil", 2.0, role="subject"), figures("uv", 1.0), case=replace(CASE, name="<&>"))
    curve = Curve("<&>", {10: 0.1, 20: 0.2})
    for picture in (ratio_chart(given), growth_chart([curve], title="<&>", unit="&")):
        assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - ours


@pytest.mark.parametrize("power", [1, 2])
def test_the_exponent_of_a_power_law_is_found(power: int) -> None:
    assert Curve("x", {n: 3 * n**power for n in (10, 20, 40)}).exponent == pytest.approx(power)


def test_figures_replace_those_between_their_marks_and_nothing_else() -> None:
    page = "before\n<!-- a: made by `make bench` -->\nold\n<!-- end of a -->\nafter\n"
    new = between_marks(page, "a", "new\n")
    assert new == "before\n<!-- a: made by `make bench` -->\n\nnew\n\n<!-- end of a -->\nafter\n"
    assert between_marks(new, "a", "new") == new
    with pytest.raises(ValueError, match="no marks for b"):
        between_marks(page, "b", "new")


# What is measured ------------------------------------------------------------------------------------------


def test_every_case_names_a_workload_and_tools_that_exist_and_can() -> None:
    workloads = read_workloads()
    tools = tools_of(Programs(frazil=Path("frazil"), python=Path("python")))
    for case in CASES:
        assert case.workload in workloads
        assert [name for name in case.tools if case.deed not in tools[name].deeds] == []
        assert {bound.tool for bound in case.bounds} <= {*case.tools}


def test_no_two_cases_have_one_title() -> None:
    titles = [case.title for case in CASES]
    assert sorted(set(titles)) == sorted(titles)
