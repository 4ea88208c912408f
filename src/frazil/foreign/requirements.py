"""Compiled requirements files: `name==version ; marker --hash=…`, as pip-compile, uv and others write them."""

from frazil.foreign.model import ForeignLock, ForeignPin
from frazil.foreign.tables import elsewhere, gathered, pin
from frazil.project.requirements_file import logical_lines
from frazil.regex import regex
from frazil.requirement import RequirementSyntaxError, parse_requirement

_HASH = regex(r"\s--hash[= ]\s*(?:(?P<algorithm>\w+):)?(?P<digest>[0-9a-fA-F]+)")
_OPTIONS = regex(r"\s--?[a-z].*$")
_INCLUDES = regex(r"(?:-r|-c|--requirement|--constraint)[= ]?\s*(?P<file>.+)")


def parse_requirements(text: str) -> ForeignLock:
    """Read a file; what is no pin is told."""
    pins, left_out = gathered(_line(line) for _, line in logical_lines(text))
    return ForeignLock(form="requirements.txt", pins=pins, left_out=left_out)


def _line(line: str) -> ForeignPin | str | None:
    included = _INCLUDES.fullmatch(line)
    if included is not None:
        return f"{included['file']} is included: import it too if its versions count"
    if line.startswith("-"):
        return (
            None
            if line.startswith(("-e", "--editable"))
            else f"the option {line.split(maxsplit=1)[0]} was not looked at"
        )
    digests = frozenset(m["digest"].lower() for m in _HASH.finditer(line) if m["algorithm"] == "sha256")
    head = _OPTIONS.sub("", line).strip()
    try:
        requirement = parse_requirement(head)
    except RequirementSyntaxError:
        return None if head.startswith((".", "/", "file:")) else f"{head} is no requirement"
    if requirement.url is not None:
        return elsewhere(requirement.name, "", "the address", requirement.url)
    version = requirement.specifier.removeprefix("===").removeprefix("==")
    if not requirement.specifier.startswith("==") or "," in version or "*" in version:
        return f"{requirement.head} is no single version"
    return pin(requirement.name, version, markers=(requirement.marker,) if requirement.marker else (), sha256=digests)
