"""Specifiers as spans of sorted versions, so that what they admit is found by bisection."""

from functools import lru_cache

from frazil.quick.versions import EARLIEST, LONGEST_VERSION, PUBLIC, Key, Parts, parts_of, trimmed
from frazil.regex import regex
from frazil.values import dataclass, replace

_CLAUSE = regex(rf"(~=|==|!=|<=|>=|<|>)[ \t]*(?:([0-9]+!)?([0-9]+(?:\.[0-9]+)*)\.\*|{PUBLIC})")
_INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Span:
    """The versions from one key up to another, which is no longer in it; None is no end. `excluded` turns it round."""

    low: Key | None
    high: Key | None
    excluded: bool = False

    def __contains__(self, key: Key) -> bool:
        inside = (self.low is None or self.low <= key) and (self.high is None or key < self.high)
        return inside is not self.excluded


@lru_cache(maxsize=16384)
def spans_of(specifier: str) -> tuple[Span, ...] | None:
    """Return spans whose common versions are those that a specifier admits, pre-releases included.

    None for what only packaging can read, among it `===`, and for what is no specifier.
    """
    spans = [_clause_span(clause) for clause in specifier.split(",")] if specifier else []
    return tuple(span for span in spans if span is not None) if None not in spans else None


@lru_cache(maxsize=16384)
def canonical_specifier(text: str) -> str | None:
    """Return a specifier's clauses sorted, without spaces, each once; None for what only packaging can read."""
    if not text:
        return ""
    meanings = {}
    for clause in text.split(","):
        span = _clause_span(clause)
        if span is None:
            return None
        meanings["".join(clause.split())] = clause.strip()[:2], span
    # Of two spellings of one version packaging keeps one, and which is its affair.
    return ",".join(sorted(meanings)) if len(set(meanings.values())) == len(meanings) else None


def _clause_span(clause: str) -> Span | None:
    match = _CLAUSE.fullmatch(clause.strip(" \t")) if len(clause) <= LONGEST_VERSION else None
    if match is None:
        return None
    operator, epoch, prefix, *public = match.groups()
    if prefix is not None:
        release = tuple(map(int, prefix.split(".")))
        number = int(epoch[:-1]) if epoch else 0
        low, high = (number, trimmed(release), EARLIEST), _next_release(number, release)
        return Span(low, high, operator == "!=") if operator in {"==", "!="} else None
    return _span(operator, parts_of(tuple(public)))


def _span(operator: str, version: Parts) -> Span | None:
    key = version.key
    # A local label makes a key longer, and nothing else does: this one is above every label of the version.
    above_labels = (*key, ((_INFINITE, ""),))
    match operator:
        case "==" | "!=":
            return Span(key, above_labels, operator == "!=")
        case ">=":
            return Span(key, None)
        case "<=":
            return Span(None, above_labels)
        case "<":
            # PEP 440: `<1` takes no pre-release of 1, unless it names one.
            is_prerelease = version.pre is not None or version.dev is not None
            return Span(None, key if is_prerelease else replace(version, dev=0).key)
        case ">":
            return Span(_above(version), None)
        case _:
            return Span(key, _next_release(version.epoch, version.release[:-1])) if len(version.release) > 1 else None


def _next_release(epoch: int, release: tuple[int, ...]) -> Key:
    """Return the first key after all versions that begin with a release."""
    return epoch, (*release[:-1], release[-1] + 1), EARLIEST


def _above(version: Parts) -> Key:
    """PEP 440: `>1` takes no post-release of 1 and none of its local labels."""
    if version.dev is not None:
        return replace(version, dev=version.dev + 1).key
    if version.post is not None:
        return replace(version, post=version.post + 1, dev=0).key
    epoch, release, suffix = version.key
    return epoch, release, (*suffix[:2], 1, _INFINITE, 1, 0)
