"""Names of wheels (the binary distribution format)."""

import re

from frazil.quick.names import normalised
from frazil.regex import regex

_TAG_PART = r"([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)"
# What packaging's `parse_wheel_filename` refuses is refused here too. A variant label (PEP 817) would stand where a
# build number must start with a digit, or be one part too many.
_WHEEL = regex(
    rf"""([A-Za-z0-9][A-Za-z0-9._]*)
        -([A-Za-z0-9._+!]+)
        (?:-[0-9][A-Za-z0-9._+!]*)?
        -([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
        -{_TAG_PART}
        -{_TAG_PART}
        \.whl""",
    re.VERBOSE,
)
_MOST_TAGS = 1024


def wheel_release(filename: str) -> tuple[str, str] | None:
    """Return the normalised project and the version, as it is spelled, of a wheel; None for another form of name."""
    match = _WHEEL.fullmatch(filename)
    if match is None:
        return None
    name, version, *tags = match.groups()
    # A compressed tag set stands for a product: three short lists can stand for a hundred thousand tags.
    interpreters, abis, platforms = (part.count(".") + 1 for part in tags)
    if "__" in name or interpreters * abis * platforms > _MOST_TAGS:
        return None
    return normalised(name), version
