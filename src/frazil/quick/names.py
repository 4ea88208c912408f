"""Normalised names (PEP 503, PEP 685)."""

from frazil.regex import regex

_NAME = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NORMALISED = regex(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def normalised(name: str) -> str:
    """Return the normalised form of a project's or an extra's name."""
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def is_name(text: str) -> bool:
    """Say whether a text is a valid name, however it is spelled."""
    return _NAME.fullmatch(text) is not None


def is_normalised(name: str) -> bool:
    """Say whether a text is a valid name in its normalised form."""
    return _NORMALISED.fullmatch(name) is not None
