"""Globs over paths and target names: `*` and `?` stay within a segment, `**` crosses; all else is literal."""

import re
from functools import lru_cache

_WILDCARDS = {"*": "[^/]*", "**": ".*", "?": "[^/]"}


def is_pattern(text: str) -> bool:
    """Say whether a text has wildcards; brackets are none, because a target's extra is written with them."""
    return "*" in text or "?" in text


def matches(pattern: str, name: str) -> bool:
    """Say whether a pattern covers the whole name, letter for letter."""
    return _compiled(pattern).fullmatch(name) is not None


def matches_part(pattern: str, path: str) -> bool:
    """Say whether a pattern covers a path or one of the folders above it."""
    segments = path.split("/")
    return any(matches(pattern, "/".join(segments[:count])) for count in range(1, len(segments) + 1))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Runs of `**/` say no more than one of them, and would multiply the ways to match.
    segments: list[str] = []
    for segment in pattern.split("/"):
        if segment != "**" or segments[-1:] != ["**"]:
            segments.append(segment)
    translated = ""
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            translated += ".*" if last else "(?:[^/]+/)*"
        else:
            translated += _segment(segment) + ("" if last else "/")
    return re.compile(translated, re.DOTALL)


def _segment(segment: str) -> str:
    """Translate one segment; two stars beside other letters (`**:docs`) cross as well."""
    return "".join(_WILDCARDS.get(piece[:2]) or re.escape(piece) for piece in re.findall(r"\*+|.", segment, re.DOTALL))
