"""How long a page is good, where its server says so plainly; anything else is CacheControl's to judge (RFC 9111)."""

from collections.abc import Mapping
from datetime import UTC, datetime

from frazil.regex import regex

_PLAIN = frozenset(
    {"public", "private", "no-cache", "must-revalidate", "proxy-revalidate", "immutable", "no-transform"}
)
_PLAIN_WITH_SECONDS = frozenset({"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"})
# Between two runs a request differs in none of these, or in who asks, which no page depends on.
_SAME_FOR_ALL = frozenset({"accept-encoding", "user-agent", "authorization", "cookie", "origin"})
_DIRECTIVE = regex(r"([a-z-]+)(?:=\"?([0-9]{1,9})\"?)?")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DATE = regex(
    rf"[A-Z][a-z]{{2}}, ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) ([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}}) GMT"
)


def good_for(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many more seconds an answer that has just come is good; None where it is not said plainly.

    0 for an answer that has to be asked about every time; `now` is seconds since the epoch.
    """
    directives = _directives(headers.get("cache-control", ""))
    varying = {name.strip().lower() for name in headers.get("vary", "").split(",")} - {"", "accept"}
    if directives is None or "pragma" in headers or varying - _SAME_FOR_ALL:
        return None
    longest = directives.get("max-age")
    if longest is None and "expires" in headers:
        return None
    if not longest or "no-cache" in directives:
        return 0.0
    sent, age = _seconds(headers.get("date", "")), headers.get("age", "0")
    if sent is None or not (age.isascii() and age.isdecimal() and len(age) < 10):
        return None
    return max(0.0, longest - max(int(age), now - sent, 0.0))


def _directives(text: str) -> dict[str, int | None] | None:
    """Read `Cache-Control`; None where it says anything out of the ordinary."""
    found: dict[str, int | None] = {}
    for directive in filter(None, (part.strip().lower() for part in text.split(","))):
        match = _DIRECTIVE.fullmatch(directive)
        if match is None or match[1] not in _PLAIN | _PLAIN_WITH_SECONDS or match[1] in found:
            return None
        found[match[1]] = None if match[2] is None else int(match[2])
    return found


def _seconds(date: str) -> float | None:
    match = _DATE.fullmatch(date)
    if match is None:
        return None
    day, month, year, *clock = match.groups()
    hour, minute, second = map(int, clock)
    try:
        moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp()
