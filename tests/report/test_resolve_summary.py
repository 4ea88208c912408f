"""What a resolve says: whole screens."""

from dataclasses import replace
from inspect import cleandoc
from pathlib import Path
from typing import Any

from frazil.costs import Costs
from frazil.freeze import ResolveReport
from frazil.frozen.diff import Change, Changes, changes
from frazil.frozen.model import Frozen
from frazil.frozen.reasons import Reason
from frazil.frozen.staleness import Difference
from frazil.model import Rejection, RejectionKind
from frazil.report.changes import change_lines
from frazil.report.lines import Tone, plain
from frazil.report.resolve_summary import resolve_document, resolve_lines, spread_line
from frazil.requirement import parse_requirement
from tests.support.locks import example_lock, lock_of

HERE = Path("/repo")


def report(frozen: Frozen | None = None, **fields: Any) -> ResolveReport:
    settled: dict[str, Any] = {
        "frozen": frozen or example_lock(),
        "lock": HERE / "frozen.json",
        "current": False,
        "written": True,
        "moved": Changes(),
        "costs": Costs(requests=4, phases=(("read", 0.01), ("resolve", 0.2))),
        **fields,
    }
    return ResolveReport(**settled)


def change(name: str, kind: str, old: str | None, new: str | None, *reasons: Reason, **fields: Any) -> Change:
    settled: dict[str, Any] = {
        "resolves": ("default",),
        "environments": ("linux", "windows"),
        "everywhere": True,
        "targets": ("services/api",),
        "old_files": (),
        "new_files": (),
        **fields,
    }
    return Change(name=name, kind=kind, old=old, new=new, reasons=reasons, **settled)


def asks(by: str, requirement: str, *, kind: str = "coordinate", file: str | None = None) -> Reason:
    version = "1.0" if kind == "coordinate" else None
    return Reason(kind=kind, by=by, version=version, requirement=parse_requirement(requirement), file=file)


def screen(resolved: ResolveReport, **options: bool) -> str:
    return "\n".join(plain(each) for each in resolve_lines(resolved, HERE, **options))


def test_a_current_lock_is_said_in_one_line() -> None:
    said = screen(report(current=True, written=False, costs=Costs(phases=(("read", 0.003),))))
    assert said == "Up to date: frozen.json answers 4 targets for linux, windows (17 coordinates, 3 ms)"


def test_a_first_lock_says_how_large_it_is_and_that_there_is_nothing_to_compare_with() -> None:
    frozen = example_lock()
    first = report(frozen, moved=changes(None, frozen), costs=Costs(requests=287, phases=(("resolve", 1.9),)))
    differing = "colorama only on windows; numpy 2.2.1 (linux), 2.1.3 (windows); uvloop only on linux"
    assert screen(first).split("\n") == [
        "Resolved 4 targets for linux, windows in 1.9 s: 17 coordinates, 18 artifacts, 42.9 MB",
        "  + 17 new      first lock, nothing to compare with",
        f"  ! 3 differ by environment: {differing}",
        "Wrote frozen.json",
    ]


def test_a_relock_says_why_what_moved_and_what_pushed_it() -> None:
    moved = Changes(
        changes=(
            change("polars", "added", None, "1.35.1", asks("jobs/etl", "polars>=1", kind="target")),
            change("pyarrow", "upgraded", "21.0", "22.0", asks("polars", "pyarrow>=22")),
        ),
        unchanged=116,
    )
    why = Difference(
        kind="requirement-added",
        sentence="target jobs/etl: polars>=1 added in jobs/etl/requirements.txt:4",
        target="jobs/etl",
        file="jobs/etl/requirements.txt",
        line=4,
    )
    assert screen(report(moved=moved, reasons=(why,))) == cleandoc(
        """
        target jobs/etl: polars>=1 added in jobs/etl/requirements.txt:4
        Resolved in 0.21 s (4 requests)
          + polars 1.35.1            jobs/etl
          ↑ pyarrow 21.0 → 22.0      polars asks pyarrow>=22
          116 unchanged
        Wrote frozen.json
        """
    )


def test_every_kind_of_change_has_its_mark_and_who_goes_back_is_called_so() -> None:
    moved = Changes(
        changes=(
            change("a", "removed", "1", None),
            change("b", "downgraded", "2", "1", asks("", "b<2", kind="constraint", file="pyproject.toml")),
            change("c", "source", "1", "1"),
            change("d", "artifacts", "1", "1", new_files=("d-1-py3-none-any.whl",)),
            change("e", "added", None, "3", asks("f", "e")),
            change("g", "upgraded", "1", "2", environments=("windows",), everywhere=False),
            change("h", "source", "1", None),
        )
    )
    assert [plain(each) for each in change_lines(moved)] == [
        "  + e 3                          f asks e",
        "  - a 1",
        "  ↑ g 1 → 2 [windows]",
        "  ↓ b 2 → 1                      downgraded: constraint b<2 in pyproject.toml",
        "  ~ c 1 from another source",
        "  ~ h from another source",
        "  ~ d 1 other files              d-1-py3-none-any.whl",
    ]


def test_in_is_green_out_and_back_are_red_and_the_rest_is_yellow() -> None:
    moved = Changes(
        changes=tuple(
            change(kind, kind, "1", "2")
            for kind in ("added", "removed", "upgraded", "downgraded", "source", "artifacts")
        )
    )
    tones = [each[1].tone for each in change_lines(moved)]
    assert tones == [Tone.IN, Tone.OUT, Tone.CHANGED, Tone.OUT, Tone.CHANGED, Tone.CHANGED]


def test_many_changes_are_cut_but_never_those_that_go_back() -> None:
    up = [change(f"u{n:03}", "upgraded", "1", "2") for n in range(100)]
    down = [change(f"d{n:03}", "downgraded", "2", "1") for n in range(50)]
    moved = Changes(changes=(*up, *down))
    shown = [plain(each) for each in change_lines(moved)]
    assert sum("↑" in each for each in shown) == 30
    assert sum("↓" in each for each in shown) == 50
    assert shown[-1] == "  and 70 more (-v shows all)"
    assert len(change_lines(moved, verbose=True)) == 150


def test_many_reasons_are_cut() -> None:
    why = tuple(Difference(kind="k", sentence=f"reason {n}") for n in range(12))
    lines = screen(report(reasons=why)).split("\n")
    assert lines[9:11] == ["reason 9", "and 2 more reasons (-v shows all)"]
    assert "reason 11" in screen(report(reasons=why), verbose=True)


def test_a_dry_run_says_that_nothing_was_written() -> None:
    moved = Changes(changes=(change("a", "upgraded", "1", "2"),))
    assert screen(report(written=False, moved=moved), dry_run=True).endswith(
        "Would write frozen.json. Nothing was written."
    )


def test_a_dry_run_that_would_change_nothing_says_so() -> None:
    assert screen(report(written=False), dry_run=True).endswith("\nfrozen.json stays as it is")


def test_an_answer_that_is_the_same_as_before_leaves_the_lock_as_it_is() -> None:
    assert screen(report(written=False, costs=Costs(phases=(("resolve", 0.5),)))) == cleandoc(
        """
        Resolved in 0.50 s (no requests)
        frozen.json stays as it is
        """
    )


def test_a_lock_elsewhere_is_shown_with_its_whole_path() -> None:
    assert screen(report(lock=Path("/else/where.json"))).endswith("Wrote /else/where.json")


def test_what_only_one_environments_target_wants_is_no_difference() -> None:
    frozen = example_lock()
    only_linux = [c.name for c in frozen.coordinates if c.environments == ("linux",)]
    assert "docopt" in only_linux
    assert "docopt" not in plain(spread_line(frozen, verbose=True)[0])
    assert spread_line(lock_of({"a": ("1", [])}, targets={"app": ["a"]})) == ()


def test_one_difference_is_singular() -> None:
    frozen = example_lock()
    numpy = replace(frozen, coordinates=tuple(c for c in frozen.coordinates if c.name in {"numpy", "click"}))
    assert plain(spread_line(numpy)[0]) == "  ! 1 differs by environment: numpy 2.2.1 (linux), 2.1.3 (windows)"


def test_a_difference_says_what_was_turned_down_where_it_was_kept() -> None:
    frozen = example_lock()
    numpy = replace(frozen, coordinates=tuple(c for c in frozen.coordinates if c.name in {"numpy", "click"}))
    for kind, fact, words in (
        (RejectionKind.NO_FITTING_FILE, "cp312", "no file of 2.2.1"),
        (RejectionKind.NO_WHEEL, "", "no wheel of 2.2.1"),
        (RejectionKind.REQUIRES_PYTHON, ">=3.13", "2.2.1 needs Python >=3.13"),
        (RejectionKind.TOO_NEW, "2026-01-01", "2.2.1 is too new"),
        (RejectionKind.QUARANTINED, "", "2.2.1: quarantined"),
    ):
        rejected = {
            ("default", "windows"): (Rejection("numpy", "2.2.1", kind, fact), Rejection("numpy", "9", kind, fact)),
            ("default", "linux"): (Rejection("click", "2.1.3", kind, fact),),
        }
        [said] = spread_line(numpy, rejected)
        assert plain(said) == f"  ! 1 differs by environment: numpy 2.2.1 (linux), 2.1.3 (windows: {words})"


def test_the_object_says_the_same_with_every_name() -> None:
    moved = Changes(
        changes=(change("pyarrow", "upgraded", "21.0", "22.0", asks("polars", "pyarrow[x]>=22")),), unchanged=16
    )
    document = resolve_document(report(moved=moved), dry_run=False)
    assert document["changes"] == [
        {
            "name": "pyarrow",
            "kind": "upgraded",
            "old": "21.0",
            "new": "22.0",
            "resolves": ["default"],
            "environments": ["linux", "windows"],
            "everywhere": True,
            "targets": ["services/api"],
            "reasons": [
                {
                    "kind": "coordinate",
                    "by": "polars",
                    "version": "1.0",
                    "requirement": "pyarrow[x]>=22",
                    "file": None,
                }
            ],
            "old-files": [],
            "new-files": [],
            "old-publishers": None,
            "new-publishers": None,
        }
    ]
    assert [each["name"] for each in document["differing"]] == ["colorama", "numpy", "uvloop"]
    assert (document["coordinates"], document["unchanged"], document["lock"]) == (17, 16, str(HERE / "frozen.json"))


def test_a_server_that_files_come_from_for_the_first_time_is_named() -> None:
    lock = example_lock()
    moved = tuple(replace(index, files=index.files and "https://cdn.example/") for index in lock.inputs.indexes)
    now = replace(lock, inputs=replace(lock.inputs, indexes=moved))
    assert "  ! new host cdn.example  index corp keeps its files there" in screen(report(now, before=lock))
    assert "new host" not in screen(report(lock, before=lock))
