"""A requirement: a wish for a project, in the one spelling that frazil writes; and when its marker holds."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from frazil.quick.markers import evaluate_marker, read_marker
from frazil.quick.names import normalised
from frazil.quick.requirements import read_requirement
from frazil.quick.specifiers import canonical_specifier, spans_of
from frazil.quick.versions import NoVersion, version_key
from frazil.regex import regex
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet

LONGEST_REQUIREMENT = 8192
"""Characters of a requirement, its marker among them."""

_MOST_PARENTHESES = 100
# Python refuses to convert such numbers, and packaging only meets them when a version is compared.
_ENDLESS_NUMBER = regex(r"[0-9]{1000}")
_MENTIONS_EXTRA = regex(r"\bextras?\b")


class RequirementSyntaxError(ValueError):
    """A text that is not a PEP 508 requirement; the argument says why, in one line."""


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """One PEP 508 requirement with a normalised name (PEP 503), sorted extras and single quotes.

    `specifier` and `marker` are canonical texts, empty when absent; `url` is None unless it is a direct reference.
    """

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    url: str | None = None
    marker: str = ""
    _text: str = field(default_factory=str, init=False, compare=False, repr=False)

    @property
    def head(self) -> str:
        """The requirement without its marker."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        if self.url is not None:
            return f"{self.name}{extras} @ {self.url}"
        return f"{self.name}{extras}{self.specifier}"

    def __str__(self) -> str:
        # Every order goes by this text: it is put together once.
        if not self._text:
            object.__setattr__(self, "_text", self._written())
        return self._text

    def _written(self) -> str:
        if not self.marker:
            return self.head
        # A space ends a URL: without it the semicolon would belong to the address (PEP 508).
        separator = " ; " if self.url is not None else "; "
        return f"{self.head}{separator}{self.marker}"


@lru_cache(maxsize=65536)
def parse_requirement(text: str) -> Requirement:
    """Parse one PEP 508 requirement.

    Raises RequirementSyntaxError with packaging's reason in one line.
    """
    if len(text) > LONGEST_REQUIREMENT or text.count("(") > _MOST_PARENTHESES:
        raise RequirementSyntaxError("it is too long or too deep")
    if _ENDLESS_NUMBER.search(text):
        raise RequirementSyntaxError("it has a number of more than a thousand digits")
    fields = read_requirement(text)
    if fields is None:
        return _parsed_by_packaging(text)
    name, extras, specifier, marker = fields
    return Requirement(name, extras, specifier, None, marker)


def _parsed_by_packaging(text: str) -> Requirement:
    from packaging.requirements import (  # noqa: PLC0415 - 35 ms that hardly any requirement costs
        InvalidRequirement,
    )
    from packaging.requirements import Requirement as PackagingRequirement  # noqa: PLC0415

    try:
        parsed = PackagingRequirement(text)
    except InvalidRequirement as error:
        raise RequirementSyntaxError(str(error).partition("\n")[0]) from None
    return Requirement(
        name=normalised(parsed.name),
        extras=tuple(sorted({normalised(extra) for extra in parsed.extras})),
        specifier=str(parsed.specifier),
        url=parsed.url,
        marker=_single_quoted(str(parsed.marker)) if parsed.marker else "",
    )


def _single_quoted(marker: str) -> str:
    return marker if "'" in marker else marker.replace('"', "'")


# Specifiers ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def specifier_set(specifier: str) -> "SpecifierSet":
    """Return the set of versions that a canonical specifier admits; pre-releases are policy, so all are admitted."""
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - most questions are answered without

    return SpecifierSet(specifier, prereleases=True)


@lru_cache(maxsize=16384)
def parse_specifier(text: str) -> str:
    """Return the canonical text of a specifier. Raises ValueError with packaging's reason."""
    found = canonical_specifier(text.strip(", \t"))
    return str(specifier_set(text)) if found is None else found


@lru_cache(maxsize=65536)
def admits(specifier: str, version: str) -> bool:
    """Say whether a canonical specifier admits a version, pre-releases included; what is no version is not admitted.

    Raises ValueError for what is no specifier.
    """
    spans = spans_of(specifier)
    if spans is None:
        return specifier_set(specifier).contains(version)
    try:
        key = version_key(version)
    except NoVersion:
        return False
    return all(key in span for span in spans)


def is_exact_pin(specifier: str) -> bool:
    """Say whether a canonical specifier names one version exactly (PEP 592: only that admits a yanked release)."""
    clauses = specifier.split(",")
    return any(c.startswith("===") or (c.startswith("==") and not c.endswith(".*")) for c in clauses)


@lru_cache(maxsize=16384)
def python_admitted(requires_python: str | None, full_version: str) -> bool:
    """Say whether a Requires-Python admits an interpreter; both bounds count, an unreadable text admits all."""
    if not requires_python:
        return True
    try:
        return admits(requires_python, full_version)
    except ValueError:  # InvalidSpecifier, or a number of thousands of digits
        return True


# Markers ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def _marker(text: str) -> "Marker":
    from packaging.markers import InvalidMarker, Marker  # noqa: PLC0415 - 35 ms that hardly any marker costs

    try:
        return Marker(text)
    except InvalidMarker as error:
        raise RequirementSyntaxError(str(error).partition("\n")[0]) from None


def mentions_extra(marker: str) -> bool:
    """Say whether a marker may depend on the extras asked for."""
    return bool(marker) and _MENTIONS_EXTRA.search(marker) is not None


@lru_cache(maxsize=65536)
def _holds(marker: str, variables: tuple[tuple[str, str], ...], extra: str) -> bool:
    tree = read_marker(marker)
    values = {**dict(variables), "extra": normalised(extra)}
    holds = None if tree is None else evaluate_marker(tree, values)
    if holds is not None:
        return holds
    try:
        return _marker(marker).evaluate(values)
    except ValueError as error:  # `os_name ~= 'x'` compares what has no order
        raise RequirementSyntaxError(str(error).partition("\n")[0]) from None


def marker_holds(marker: str, variables: tuple[tuple[str, str], ...], *, extra: str = "") -> bool:
    """Evaluate a marker in an environment given as sorted (variable, value) pairs; an empty marker always holds.

    Extra names compare normalised (PEP 685). Raises RequirementSyntaxError for one that nobody can evaluate.
    """
    return not marker or _holds(marker, variables, extra if mentions_extra(marker) else "")


def gate_opens(marker: str, variables: tuple[tuple[str, str], ...], extra: str | None) -> bool:
    """Say whether an edge with this marker holds because of an extra; for None, without any."""
    if extra is None:
        return marker_holds(marker, variables)
    if not mentions_extra(marker):
        return False
    return marker_holds(marker, variables, extra=extra) and not marker_holds(marker, variables)


def marker_variables(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return marker variables in the hashable form that `marker_holds` takes."""
    return tuple(sorted(values.items()))
