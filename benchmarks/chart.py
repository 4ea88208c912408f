"""Pictures, drawn by hand as SVG: they scale, they diff, and they need no library."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.cases import BEST
from benchmarks.results import Outcome, Report

_STYLE = (
    "<style>text{font:12px system-ui,sans-serif;fill:#444}.strong{font-weight:600}.faint{fill:#777}"
    "line{stroke:#bbb;stroke-width:1}.one{stroke:#444}.limit{stroke:#444;stroke-width:2}"
    ".good{fill:#2c7a51}.fair{fill:#c9922e}.bad{fill:#b5483a}"
    "@media(prefers-color-scheme:dark){text{fill:#ccc}.faint{fill:#999}line{stroke:#555}.one,.limit{stroke:#ddd}}"
    "</style>"
)
_LEGEND = "shorter is better; the upright mark is what is promised (of uv alone: relock, fetch)"
_ROW = 22
_LEFT, _RIGHT, _TOP = 280, 700, 46
_COLOURS = ("#2c7a51", "#b5483a", "#3b6ea8", "#c9922e", "#7a4a9a")


def ratio_chart(report: Report) -> str:
    """Draw how long frazil takes in units of the best peer, one bar a case, with a mark where its promise lies."""
    rows = [_bar_row(report, outcome) for outcome in report.outcomes]
    drawn = [row for row in rows if row is not None]
    height = _TOP + _ROW * len(drawn) + 20
    ticks = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
    scale = _Scale(ticks[0], ticks[-1], _LEFT, _RIGHT)
    parts = [
        f'<text x="8" y="18" class="strong">Time of frazil in units of the best peer ({escape(report.date)})</text>',
        f'<text x="8" y="34" class="faint">{_LEGEND}</text>',
    ]
    for tick in ticks:
        kind = ' class="one"' if tick == 1 else ""
        parts.append(f'<line x1="{scale(tick)}" x2="{scale(tick)}" y1="{_TOP}" y2="{height - 18}"{kind}/>')
        parts.append(f'<text x="{scale(tick)}" y="{height - 4}" text-anchor="middle" class="faint">{tick:g}x</text>')
    for place, (title, ratio, most) in enumerate(drawn):
        parts += _bar(place, title, ratio, most, scale)
    return _svg(_RIGHT + 60, height, parts)


def _bar_row(report: Report, outcome: Outcome) -> tuple[str, float, float | None] | None:
    """Return a title, a ratio to what the case's promise compares with, and the promise."""
    promises = [bound for bound in outcome.case.bounds if (bound.of, bound.tool) == ("time", "frazil")]
    promise = next(iter(promises), None)
    ratio = report.ratio(outcome, against=promise.against if promise else BEST)
    if ratio is None:
        return None
    return outcome.case.title, ratio[1] if report.busy else ratio[0], promise.most if promise else None


def _bar(place: int, title: str, ratio: float, most: float | None, scale: "_Scale") -> list[str]:
    top = _TOP + place * _ROW
    met = [most is None or ratio <= most, ratio <= 1]
    kind = "good" if all(met) else "fair" if any(met) else "bad"
    end, start = scale(ratio), scale(scale.least)
    found = [
        f'<text x="{_LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(title)}</text>',
        f'<rect x="{start}" y="{top + 4}" width="{max(1.0, round(end - start, 1))}" height="14" class="{kind}"/>',
        f'<text x="{end + 4}" y="{top + 15}">{ratio:.2f}x</text>',
    ]
    if most is not None:
        found.append(f'<line x1="{scale(most)}" x2="{scale(most)}" y1="{top + 1}" y2="{top + 21}" class="limit"/>')
    return found


@dataclass(frozen=True, slots=True)
class Curve:
    """What one deed took for each size: seconds by count, and the exponent of the power law through them."""

    name: str
    seconds: Mapping[int, float]

    @property
    def exponent(self) -> float:
        """The slope of the least-squares line through the logarithms: 1 is linear, 2 is quadratic."""
        points = [(math.log(size), math.log(seconds)) for size, seconds in self.seconds.items()]
        middle_x = sum(x for x, _ in points) / len(points)
        middle_y = sum(y for _, y in points) / len(points)
        return sum((x - middle_x) * (y - middle_y) for x, y in points) / sum((x - middle_x) ** 2 for x, _ in points)


def growth_chart(curves: Sequence[Curve], *, title: str, unit: str) -> str:
    """Draw curves on logarithmic axes, each with its exponent: what grows linearly rises by one step for each step."""
    sizes = sorted({size for curve in curves for size in curve.seconds})
    spent = [seconds for curve in curves for seconds in curve.seconds.values()]
    across = _Scale(sizes[0], sizes[-1], 60, 460)
    low, high = 10 ** math.floor(math.log10(min(spent))), 10 ** math.ceil(math.log10(max(spent)))
    up = _Scale(low, high, 320, 40)
    parts = [f'<text x="8" y="18" class="strong">{escape(title)}</text>']
    for size in sizes:
        parts.append(f'<line x1="{across(size)}" x2="{across(size)}" y1="40" y2="320"/>')
        parts.append(f'<text x="{across(size)}" y="336" text-anchor="middle" class="faint">{size}</text>')
    decade = low
    while decade <= high:
        parts.append(f'<line x1="60" x2="460" y1="{up(decade)}" y2="{up(decade)}"/>')
        parts.append(f'<text x="54" y="{up(decade) + 4}" text-anchor="end" class="faint">{decade:g} s</text>')
        decade *= 10
    parts.append(f'<text x="260" y="354" text-anchor="middle" class="faint">{escape(unit)}</text>')
    for number, curve in enumerate(curves):
        parts += _line(curve, _COLOURS[number % len(_COLOURS)], number, across, up)
    return _svg(640, 364, parts)


def _line(curve: Curve, colour: str, number: int, across: "_Scale", up: "_Scale") -> list[str]:
    points = [(across(size), up(seconds)) for size, seconds in sorted(curve.seconds.items())]
    path = " ".join(f"{x},{y}" for x, y in points)
    dots = [f'<circle cx="{x}" cy="{y}" r="3" style="fill:{colour}"/>' for x, y in points]
    words = f"{escape(curve.name)}: n^{curve.exponent:.2f}"
    label = f'<text x="476" y="{60 + 20 * number}" style="fill:{colour}">{words}</text>'
    return [f'<polyline points="{path}" style="fill:none;stroke:{colour};stroke-width:2"/>', *dots, label]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a value to a coordinate, by logarithms; values beyond the ends are drawn at them."""

    least: float
    most: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        bounded = min(max(value, self.least), self.most)
        part = math.log(bounded / self.least) / math.log(self.most / self.least)
        return round(self.start + (self.end - self.start) * part, 1)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return f"{head}\n{_STYLE}\n{body}\n</svg>\n"
