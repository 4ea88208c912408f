"""What a fetch says: whole screens."""

from inspect import cleandoc
from pathlib import Path
from typing import Any

from frazil.delivery import FetchReport
from frazil.fetcher.place import Link
from frazil.fetcher.plan import Download, FetchPlan
from frazil.model import IndexSource
from frazil.report.fetch_summary import fetch_document, fetch_lines
from frazil.report.lines import plain

HERE = Path("/repo")


def report(**fields: Any) -> FetchReport:
    return FetchReport(**{"out": HERE / ".frazil" / "out", "artifacts": 301, "size": 412_000_000, **fields})


def screen(fetched: FetchReport, **options: bool) -> str:
    return "\n".join(plain(each) for each in fetch_lines(fetched, HERE, **options))


def test_what_was_fetched_and_linked_is_said_in_one_line() -> None:
    fetched = report(fetched=2, fetched_size=38_200_000, linked=301)
    assert screen(fetched) == "Ready: 301 artifacts in .frazil/out (2 fetched, 38.2 MB, 301 linked)"


def test_what_stayed_and_what_went_is_said_only_where_there_is_any() -> None:
    assert screen(report(linked=1, unchanged=300, removed=3)) == (
        "Ready: 301 artifacts in .frazil/out (1 linked, 300 unchanged, 3 removed)"
    )


def test_counts_of_zero_are_not_said() -> None:
    assert screen(report(fetched=1, fetched_size=12)) == "Ready: 301 artifacts in .frazil/out (1 fetched, 12 bytes)"


def test_nothing_to_do_is_called_up_to_date() -> None:
    assert screen(report(unchanged=301)) == "Up to date: 301 artifacts in .frazil/out"


def test_an_output_elsewhere_is_shown_with_its_whole_path() -> None:
    assert screen(report(out=Path("/wheels"), linked=301)) == "Ready: 301 artifacts in /wheels (301 linked)"


def test_what_is_not_delivered_is_named() -> None:
    names = tuple(f"libs/l{n}" for n in range(9))
    assert len(screen(report(unchanged=1, undelivered=names)).split("\n")) == 1
    assert screen(report(linked=1, undelivered=names)).split("\n")[1] == (
        "not delivered, part of the repository: libs/l0, libs/l1, libs/l2, libs/l3, libs/l4 and 4 more"
    )
    assert "libs/l8" in screen(report(linked=1, undelivered=names), verbose=True)


def download(name: str, size: int) -> Download:
    return Download(
        filename=f"{name}-1-py3-none-any.whl",
        sha256="0" * 64,
        size=size,
        project=name,
        version="1",
        source=IndexSource("corp"),
    )


def planned(count: int) -> FetchPlan:
    downloads = tuple(download(f"p{n:02}", 1000 * (100 - n)) for n in range(count))
    links = tuple(Link(place=d.filename, filename=d.filename, sha256=d.sha256, size=d.size) for d in downloads)
    return FetchPlan(downloads=downloads, links=links, undelivered=("libs/common",))


def test_a_dry_run_shows_the_plan_and_says_that_nothing_was_written() -> None:
    assert screen(report(planned=planned(2)), dry_run=True) == cleandoc(
        """
        Would fetch 2 artifacts, 199 kB, and link 2 artifacts into .frazil/out
          + p00-1-py3-none-any.whl  100 kB   corp
          + p01-1-py3-none-any.whl  99.0 kB  corp
        not delivered, part of the repository: libs/common
        Nothing was written.
        """
    )


def test_a_plan_without_downloads_says_so() -> None:
    assert screen(report(planned=FetchPlan()), dry_run=True).startswith(
        "Would fetch nothing, and link 0 artifacts into .frazil/out"
    )


def test_a_check_that_comes_to_its_end_found_nothing_to_do() -> None:
    assert screen(report(planned=FetchPlan())) == "Up to date: 301 artifacts in .frazil/out"


def test_a_long_plan_is_cut() -> None:
    lines = screen(report(planned=planned(40)), dry_run=True).split("\n")
    assert lines[31] == "  and 10 more (-v shows all)"
    assert len(screen(report(planned=planned(40)), verbose=True, dry_run=True).split("\n")) == 43


def test_the_object_lists_the_plan_and_is_never_null() -> None:
    document = fetch_document(report(planned=planned(1)))
    assert document["dry-run"] is True
    assert document["planned"]["downloads"][0] == {
        "filename": "p00-1-py3-none-any.whl",
        "sha256": "0" * 64,
        "size": 100_000,
        "project": "p00",
        "version": "1",
        "index": "corp",
    }
    assert fetch_document(report())["planned"] == {"downloads": [], "links": []}
