"""What ensure says: whole screens."""

from inspect import cleandoc
from pathlib import Path

from frazil.costs import Costs
from frazil.delivery import FetchReport
from frazil.fetcher.plan import FetchPlan
from frazil.freeze import ResolveReport
from frazil.frozen.diff import Changes
from frazil.frozen.staleness import Difference
from frazil.report.ensure_summary import ensure_document, ensure_lines
from frazil.report.lines import plain
from frazil.tiers import TIERS, EnsureReport, TierRejection
from tests.support.locks import example_lock

HERE = Path("/repo")
OUT = HERE / ".frazil" / "out"
REJECTED = (
    TierRejection(tier="fetch-result", reason="frozen.json changed since the last fetch"),
    TierRejection(tier="resolve-result", reason="2 artifacts are not in the store (polars, pyarrow)"),
)


def screen(ensured: EnsureReport, *, verbose: bool = False, dry_run: bool = False) -> str:
    return "\n".join(plain(each) for each in ensure_lines(ensured, HERE, verbose=verbose, dry_run=dry_run))


def test_nothing_to_do_is_one_line_with_the_tier_and_the_time() -> None:
    fetched = FetchReport(out=OUT, artifacts=301, unchanged=301)
    ensured = EnsureReport(tier="fetch-result", rejected=(), fetch=fetched, seconds=0.017)
    assert screen(ensured) == "Up to date: 301 artifacts in .frazil/out (fetch-result, 17 ms)"


def test_verbose_gives_the_verdict_on_every_tier_that_was_tried() -> None:
    fetched = FetchReport(out=OUT, artifacts=301, fetched=2, fetched_size=38_200_000, linked=299)
    ensured = EnsureReport(tier="fetch", rejected=REJECTED, fetch=fetched, seconds=0.7)
    assert screen(ensured, verbose=True) == cleandoc(
        """
        fetch-result    no: frozen.json changed since the last fetch
        resolve-result  no: 2 artifacts are not in the store (polars, pyarrow)
        fetch           yes: lock is current
        Ready: 301 artifacts in .frazil/out (2 fetched, 38.2 MB, 299 linked)
        """
    )
    assert screen(ensured).count("\n") == 0


def test_a_resolve_says_what_it_changed_before_what_was_fetched() -> None:
    resolved = ResolveReport(
        frozen=example_lock(),
        lock=HERE / "frozen.json",
        current=False,
        written=True,
        moved=Changes(),
        costs=Costs(requests=3, phases=(("resolve", 0.5),)),
    )
    ensured = EnsureReport(
        tier="resolve", rejected=REJECTED, fetch=FetchReport(out=OUT, artifacts=1, linked=1), resolve=resolved
    )
    assert screen(ensured) == cleandoc(
        """
        Resolved in 0.50 s (3 requests)
        Wrote frozen.json
        Ready: 1 artifact in .frazil/out (1 linked)
        """
    )


def test_a_dry_run_says_what_would_be_resolved_and_fetched() -> None:
    why = Difference(kind="requirement-added", sentence="target a: b added in a.txt:1")
    resolved = ResolveReport(
        frozen=example_lock(),
        lock=HERE / "frozen.json",
        current=False,
        written=False,
        moved=Changes(),
        reasons=(why,),
    )
    fetched = FetchReport(out=OUT, planned=FetchPlan())
    ensured = EnsureReport(tier="resolve", rejected=(), fetch=fetched, resolve=resolved)
    assert screen(ensured, dry_run=True) == cleandoc(
        """
        target a: b added in a.txt:1
        Resolved in 0 ms (no requests)
        Would write frozen.json. Nothing was written.
        Would fetch nothing, and link 0 artifacts into .frazil/out
        Nothing was written.
        """
    )


def test_every_tier_has_a_word_for_why_it_holds() -> None:
    for tier in TIERS:
        ensured = EnsureReport(tier=tier, rejected=(), fetch=FetchReport(out=OUT, linked=1))
        assert "it holds" not in screen(ensured, verbose=True)


def test_the_object_carries_tier_and_rejections() -> None:
    ensured = EnsureReport(tier="fetch", rejected=REJECTED, fetch=FetchReport(out=OUT), seconds=0.5)
    document = ensure_document(ensured, dry_run=False)
    assert document["tier"] == "fetch"
    assert document["rejected"] == [
        {"tier": "fetch-result", "reason": "frozen.json changed since the last fetch"},
        {"tier": "resolve-result", "reason": "2 artifacts are not in the store (polars, pyarrow)"},
    ]
    assert document["resolve"] is None
