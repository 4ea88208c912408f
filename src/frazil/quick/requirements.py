"""Requirements of releases (PEP 508), as indexes carry them by the thousand."""

from frazil.quick.markers import format_marker, read_marker
from frazil.quick.names import normalised
from frazil.quick.specifiers import canonical_specifier
from frazil.regex import regex

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
# Possessive: three runs of spaces side by side can be told apart in a billion ways where a thousand spaces stand.
_REQUIREMENT = regex(
    rf"[ \t]*+({_NAME})(?![A-Za-z0-9._-])[ \t]*+"
    rf"(?:\[[ \t]*+({_NAME}(?:[ \t]*+,[ \t]*+{_NAME})*+)[ \t]*+\][ \t]*+)?"
    r"(?:\(([^()\[\]@;]++)\)[ \t]*+|([^()\[\]@;]*+))"
    r"(?:;(.+))?"
)

_GATE = regex(rf"; *extra *== *(['\"])({_NAME})\1 *\Z")

Fields = tuple[str, tuple[str, ...], str, str]
"""Normalised name, sorted extras, canonical specifier, canonical marker."""


def may_open(text: str, extra: str | None) -> bool:
    """Say whether a requirement may hold because of an extra, or without any; False only where that is sure.

    Most requirements of a release are gated by extras that nobody asks for: those need not be read at all.
    """
    if extra is not None and "extra" not in text:
        return False
    gate = gate_of(text)
    return gate is None or gate == extra


def gate_of(text: str) -> str | None:
    """Return the one extra without which a requirement cannot hold; None where there is none, or it is not sure."""
    gate = _GATE.search(text) if "extra" in text else None
    return None if gate is None else normalised(gate[2])


def read_requirement(text: str) -> Fields | None:
    """Read a requirement without an address; None for what only packaging can read."""
    match = _REQUIREMENT.fullmatch(text)
    if match is None:
        return None
    name, extras, in_parentheses, bare, marker_text = match.groups()
    specifier: str | None = (in_parentheses or bare or "").strip(" \t")
    if specifier:
        specifier = canonical_specifier(specifier)
    marker = ""
    if marker_text is not None:
        tree = read_marker(marker_text)
        if tree is None:
            return None
        marker = format_marker(tree)
    if specifier is None:
        return None
    extra_names = {normalised(extra.strip(" \t")) for extra in extras.split(",")} if extras else ()
    return normalised(name), tuple(sorted(extra_names)), specifier, marker
