"""Versions as plain tuples that sort as PEP 440 orders them."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from frazil.regex import regex
from frazil.values import dataclass

Key = tuple[Any, ...]
"""Epoch, release without trailing zeros, suffix; and the local label where there is one."""

LONGEST_VERSION = 200

PUBLIC = (
    r"(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)"
    r"(?:[._-]?(alpha|a|beta|b|preview|pre|c|rc)[._-]?([0-9]*))?"
    r"(?:-([0-9]+)|[._-]?(post|rev|r)[._-]?([0-9]*))?"
    r"(?:[._-]?(dev)[._-]?([0-9]*))?"
)
"""A version without a local label, in the nine groups that `parts_of` takes."""

# (rank of the pre-release, its number, is there a post-release, its number, is there no dev-release, its number)
FINAL = (3, 0, 0, 0, 1, 0)
EARLIEST = (-1, 0, 0, 0, 0, 0)
"""The suffix that sorts before every other of a release: `.dev0`."""

_RANK = {"a": 0, "b": 1, "rc": 2}
_LETTERS = {"alpha": "a", "beta": "b", "preview": "rc", "pre": "rc", "c": "rc"}
_VERSION = regex(rf"{PUBLIC}(?:\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?")
_PLAIN = regex(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")


class NoVersion(ValueError):
    """A text that is not a PEP 440 version."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a version without a local label says; `pre` is a letter (`a`, `b`, `rc`) and a number."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[str, int] | None = None
    post: int | None = None
    dev: int | None = None

    @property
    def key(self) -> Key:
        return self.epoch, trimmed(self.release), self._suffix()

    def _suffix(self) -> tuple[int, ...]:
        if self.pre is not None:
            rank, number = _RANK[self.pre[0]], self.pre[1]
        else:
            # A development release of nothing else comes before the first alpha.
            rank, number = (EARLIEST if self.dev is not None and self.post is None else FINAL)[:2]
        return rank, number, int(self.post is not None), self.post or 0, int(self.dev is None), self.dev or 0

    def __str__(self) -> str:
        epoch = f"{self.epoch}!" if self.epoch else ""
        pre = "" if self.pre is None else f"{self.pre[0]}{self.pre[1]}"
        post = "" if self.post is None else f".post{self.post}"
        dev = "" if self.dev is None else f".dev{self.dev}"
        return f"{epoch}{'.'.join(map(str, self.release))}{pre}{post}{dev}"


@lru_cache(maxsize=262144)
def version_key(text: str) -> Key:
    """Return the key by which a version sorts. Raises NoVersion."""
    if len(text) <= LONGEST_VERSION and _PLAIN.fullmatch(text):
        release = tuple(map(int, text.split(".")))
        return 0, release if release[-1] else trimmed(release), FINAL
    parts, local = _read(text)
    return (*parts.key, _local_key(local)) if local else parts.key


def read_versions(texts: Iterable[str]) -> Iterator[tuple[str, str, Key]]:
    """Yield those of many texts that are versions, with canonical spellings and keys; faster than one by one."""
    is_plain = _PLAIN.fullmatch
    for text in texts:
        if len(text) <= LONGEST_VERSION and is_plain(text):
            release = tuple(map(int, text.split(".")))
            yield text, text, (0, release if release[-1] else trimmed(release), FINAL)
            continue
        try:
            yield text, canonical_version(text), version_key(text)
        except NoVersion:
            continue


@lru_cache(maxsize=65536)
def canonical_version(text: str) -> str:
    """Return the canonical spelling of a version (trailing zeros stay). Raises NoVersion."""
    if len(text) <= LONGEST_VERSION and _PLAIN.fullmatch(text):
        return text
    parts, local = _read(text)
    return f"{parts}+{'.'.join(map(str, local))}" if local else str(parts)


def is_prerelease(text: str) -> bool:
    """Say whether a version is a pre-release or a development release."""
    suffix = version_key(text)[2]
    return bool(suffix[0] < FINAL[0] or suffix[4] == 0)


def spells_prerelease(canonical: str) -> bool:
    """Say the same of a version in its canonical spelling, where only pre-releases have these letters."""
    public = canonical.partition("+")[0]
    return "a" in public or "b" in public or "rc" in public or "dev" in public


def parts_of(groups: tuple[str | None, ...]) -> Parts:
    """Return the parts that a match of `PUBLIC` found."""
    epoch, release, letter, pre, implicit, has_post, post, has_dev, dev = groups
    return Parts(
        epoch=int(epoch or 0),
        release=tuple(map(int, (release or "").split("."))),
        pre=None if letter is None else (_LETTERS.get(letter, letter), int(pre or 0)),
        post=int(implicit or post or 0) if implicit is not None or has_post is not None else None,
        dev=None if has_dev is None else int(dev or 0),
    )


def trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    """Return a release without its trailing zeros: 1.0 is 1."""
    end = len(release)
    while end and not release[end - 1]:
        end -= 1
    return release[:end]


def _read(text: str) -> tuple[Parts, tuple[int | str, ...]]:
    """Return a version's parts and its local label; packaging reads what has another form."""
    match = _VERSION.fullmatch(text) if len(text) <= LONGEST_VERSION else None
    if match is not None:
        *public, label = match.groups()
        return parts_of(tuple(public)), _labels(re.split("[._-]", label)) if label else ()
    from packaging.version import Version  # noqa: PLC0415 - most runs meet no such version

    try:
        version = Version(text)
    except ValueError:
        raise NoVersion(f"{text[:LONGEST_VERSION]!r} is not a version") from None
    parts = Parts(version.epoch, version.release, version.pre, version.post, version.dev)
    return parts, _labels(version.local.split(".")) if version.local else ()


def _labels(texts: list[str]) -> tuple[int | str, ...]:
    return tuple(int(text) if text.isdecimal() else text for text in texts)


def _local_key(local: tuple[int | str, ...]) -> tuple[tuple[int, str], ...]:
    """Return a local label's part of a key: texts come before numbers."""
    return tuple((label, "") if isinstance(label, int) else (-1, label) for label in local)
