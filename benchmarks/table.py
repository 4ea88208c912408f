"""A report in words and columns: for a terminal, and as Markdown for the documents."""

from collections.abc import Callable

from benchmarks.cases import Bound
from benchmarks.results import Figures, Outcome, Report, Verdict

_COLUMNS = (
    f"{'':24}{'runs':>5}{'least s':>10}{'median s':>10}{'CPU s':>8}{'MiB':>7}{'requests':>10}{'MB':>8}{'x best':>9}"
)


def report_text(report: Report) -> str:
    """Return a report for a terminal; what frazil loses stands at the end, where it is read."""
    blocks = [_head(report), *(_block(report, outcome) for outcome in report.outcomes), _losses(report)]
    return "\n\n".join(blocks) + "\n"


def _head(report: Report) -> str:
    programs = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    before, after = report.load
    return (
        f"{report.machine}; {programs}; {report.date}\n"
        f"load {before:.2f} before, {after:.2f} after: {_decides(report)} decide\n"
        f"memory below {report.floor:.0f} MiB is the harness's own"
    )


def _decides(report: Report) -> str:
    return "minima" if report.busy else "medians"


def _block(report: Report, outcome: Outcome) -> str:
    lines = [f"{outcome.case.title}\n{_COLUMNS}"]
    lines += [_row(report, outcome, each) for each in outcome.figures]
    lines += [f"  {_promise(verdict)}" for verdict in report.verdicts(outcome)]
    return "\n".join(lines)


def _row(report: Report, outcome: Outcome, each: Figures) -> str:
    name = f"  {each.tool}" + (" (limit)" if each.role == "limit" else "")
    if each.failed:
        return f"{name:24} - {' '.join(each.failed.split())[:90]}"
    ratio = report.ratio(outcome, each.tool)
    times = "" if ratio is None else f"{ratio[1] if report.busy else ratio[0]:9.2f}"
    notes = f"  {each.made_up} made up" if each.made_up else ""
    return (
        f"{name:24}{each.runs:5}{each.least:10.3f}{each.middle:10.3f}{each.cpu:8.3f}{each.memory:7.0f}"
        f"{each.requests:10}{each.received / 1e6:8.2f}{times:>9}{notes}"
    )


def _promise(verdict: Verdict) -> str:
    word = {True: "holds", False: "MISSED", None: "not measured"}[verdict.holds]
    found = "" if verdict.found is None else f", is {_amount(verdict.bound, verdict.found)}"
    return f"{word}: {_wording(verdict.bound)}{found}"


def _wording(bound: Bound) -> str:
    if bound.of == "code":
        return f"{bound.tool} exits with {bound.most:.0f}"
    if not bound.against:
        return f"{bound.tool}: {bound.of} at most {bound.most:.0f}{' MiB' if bound.of == 'memory' else ''}"
    return f"{bound.tool}: {bound.of} at most {bound.most:g} times {bound.against}"


def _amount(bound: Bound, found: float) -> str:
    return f"{found:.2f}" if bound.against and bound.of != "code" else f"{found:.0f}"


def _losses(report: Report) -> str:
    """Say where a peer was better, the worst first, and which promises were not kept."""
    ratios = [(report.ratio(outcome), outcome) for outcome in report.outcomes]
    times = [(pair[1] if report.busy else pair[0], outcome) for pair, outcome in ratios if pair is not None]
    slower = sorted(((times, outcome) for times, outcome in times if times > 1), key=lambda row: -row[0])
    lines = [f"frazil loses in {len(slower)} of {len(times)} cases"]
    lines += [f"  {times:6.2f} times {_best(report, outcome)}: {outcome.case.title}" for times, outcome in slower]
    missed = [
        f"  {outcome.case.title}: {_wording(verdict.bound)}, is {_amount(verdict.bound, verdict.found or 0)}"
        for outcome in report.outcomes
        for verdict in report.verdicts(outcome)
        if verdict.holds is False
    ]
    lines += [f"{len(missed)} promises are not kept", *missed]
    return "\n".join(lines)


def _best(report: Report, outcome: Outcome) -> str:
    best = outcome.best_peer(busy=report.busy)
    return best.tool if best else "nobody"


# For the documents -----------------------------------------------------------------------------------------


def report_markdown(report: Report) -> str:
    """Return a report as Markdown: where and with what, one row for each case, and what each promise came to."""
    programs = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    before, after = report.load
    return "\n".join(
        [
            f"{report.date}; {report.machine}; {programs}.",
            f"The load was {before:.2f} before the first case, {after:.2f} after the last: {_decides(report)} decide.",
            "Seconds and ratios are minima / medians of all runs; the other columns are frazil / the best peer.",
            f"{report.floor:.0f} MiB of memory are the harness's own.",
            "",
            _times_table(report),
            "",
            _promises_table(report),
            "",
        ]
    )


def _times_table(report: Report) -> str:
    rows = [
        "| case | runs | frazil s | the best peer s | ratio | requests | MB | CPU s | MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [_times_row(report, outcome) for outcome in report.outcomes]
    return "\n".join(rows)


def _times_row(report: Report, outcome: Outcome) -> str:
    own, best, ratio = outcome.of("frazil"), outcome.best_peer(busy=report.busy), report.ratio(outcome)
    if own is None:
        return f"| {outcome.case.title} | | failed | | | | | | |"
    columns = [
        outcome.case.title,
        str(own.runs),
        f"{own.least:.3f} / {own.middle:.3f}",
        "" if best is None else f"{best.tool} {best.least:.3f} / {best.middle:.3f}",
        "" if ratio is None else f"{ratio[1]:.2f} / {ratio[0]:.2f}",
        _both(own, best, lambda each: f"{each.requests}"),
        _both(own, best, lambda each: f"{each.received / 1e6:.1f}"),
        _both(own, best, lambda each: f"{each.cpu:.2f}"),
        _both(own, best, lambda each: f"{each.memory:.0f}"),
    ]
    return f"| {' | '.join(columns)} |"


def _both(own: Figures, best: Figures | None, shown: Callable[[Figures], str]) -> str:
    """Show frazil's figure and the best peer's."""
    return shown(own) if best is None else f"{shown(own)} / {shown(best)}"


def _promises_table(report: Report) -> str:
    rows = ["| case | promise | is | |", "|---|---|---|---|"]
    rows += [
        f"| {outcome.case.title} | {_wording(verdict.bound)} | "
        f"{'' if verdict.found is None else _amount(verdict.bound, verdict.found)} | {_mark(verdict)} |"
        for outcome in report.outcomes
        for verdict in report.verdicts(outcome)
    ]
    return "\n".join(rows)


def _mark(verdict: Verdict) -> str:
    return {True: "holds", False: "**not yet**", None: "not measured"}[verdict.holds]
