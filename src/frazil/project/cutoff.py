"""`exclude-newer` as it is written, and the instant it means: nothing uploaded at or after it counts."""

import re
from datetime import UTC, date, datetime, timedelta

from frazil.errors import ConfigurationError
from frazil.regex import regex

_DATE = regex(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = regex(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?P<offset>[Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_WORDS = regex(r"(?:\d{1,6} *[a-z]+(?:,? +|(?=\d)|$))+", re.ASCII)
_WORD = regex(r"(\d+) *([a-z]+)", re.ASCII)
_ISO = regex(r"p(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:t(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?)?", re.ASCII)
_SECONDS = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_SHORT = {
    "w": "week",
    "d": "day",
    "h": "hour",
    "hr": "hour",
    "m": "minute",
    "min": "minute",
    "s": "second",
    "sec": "second",
}
_HINT = "write a date (2026-01-31), an instant (2026-01-31T12:00:00Z) or a duration (7 days, 2 weeks, P7D)"


def parse_cutoff(text: str, now: datetime) -> datetime | None:
    """Return the instant before which a file must have been uploaded, in UTC; None for `false`.

    A date covers its whole day in UTC; a duration counts back from `now` (which must be aware). Months and years are
    refused, for they have no fixed length. Raises ConfigurationError.
    """
    written = text.strip()
    if written.lower() == "false":
        return None
    try:
        if _DATE.fullmatch(written):
            return datetime.combine(date.fromisoformat(written), datetime.min.time(), UTC) + timedelta(days=1)
        if instant := _INSTANT.fullmatch(written):
            return _parse_instant(written, instant["offset"])
        span = _parse_span(written)
        return now.astimezone(UTC) - span
    except (ValueError, OverflowError):
        raise ConfigurationError(f'exclude-newer "{text}" is no point in time', hint=_HINT) from None


def _parse_instant(written: str, offset: str | None) -> datetime:
    if offset is None:
        raise ConfigurationError(
            f'exclude-newer "{written}" does not say in which time zone it is', hint=f"write {written}Z for UTC"
        )
    return datetime.fromisoformat(written.upper()).astimezone(UTC)


def _parse_span(written: str) -> timedelta:
    lowered = written.lower()
    iso = _ISO.fullmatch(lowered)
    if iso is not None and any(iso.groups()) and not lowered.endswith("t"):
        amounts = zip(iso.groups(), _SECONDS.values(), strict=True)
        return timedelta(seconds=sum(int(amount) * unit for amount, unit in amounts if amount))
    if _WORDS.fullmatch(lowered) is None:
        raise ValueError(written)
    seconds = 0
    for amount, word in _WORD.findall(lowered):
        unit = _SHORT.get(word, word.removesuffix("s"))
        if unit in {"month", "mo", "year", "y", "yr"}:
            raise ConfigurationError(
                f'exclude-newer "{written}" counts in {unit}s, which have no fixed length', hint=_HINT
            )
        if unit not in _SECONDS:
            raise ValueError(written)
        seconds += int(amount) * _SECONDS[unit]
    return timedelta(seconds=seconds)
