"""Requirement files of pip: what frazil honours of them is read exactly, and what it does not is an error."""

import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from frazil.errors import ConfigurationError
from frazil.model import Declared, Origin
from frazil.project.places import folder_of, place
from frazil.project.tree import ProjectTree
from frazil.project.wishes import in_order, parse_constraint, parse_wish
from frazil.regex import regex
from frazil.requirement import RequirementSyntaxError, parse_requirement
from frazil.values import dataclass, replace

_COMMENT = regex(r"(?:^|\s)#.*$")
_VARIABLE = regex(r"\$\{[A-Z0-9_]+\}")
_OPTION = regex(r"\s-")
_NAMED = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\]\s*)?(?:@|[<>=!~;(]|$)")
_ADDRESS = regex(r"[A-Za-z][A-Za-z0-9+.-]+://")
_ARCHIVE = regex(r"\.(?:whl|zip|tgz|tar\.\w+)(?:\s*(?:\[|;)|$)")
_SHA256 = regex(r"sha256:[0-9a-f]{64}")
_NESTED = {"-r": "requirements", "--requirement": "requirements", "-c": "constraints", "--constraint": "constraints"}
_EDITABLE = {"-e", "--editable"}
_SAID_ELSEWHERE = {
    "-i": "an index is declared as [[tool.frazil.index]]",
    "--index-url": "an index is declared as [[tool.frazil.index]]",
    "--extra-index-url": "an index is declared as [[tool.frazil.index]]",
    "--pre": 'write prerelease = "allow" in [tool.frazil]',
    "--no-binary": "write no-binary in [tool.frazil]",
    "--only-binary": "write no-build in [tool.frazil]",
    "--trusted-host": "pip's own configuration is asked for trusted hosts",
}


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """What a requirements file and all that it includes state: wishes, and narrowings from its `-c` files."""

    requirements: tuple[Declared, ...] = ()
    constraints: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One logical line: `text` without options, the `hashes` it demands, or the file it `includes`."""

    text: str
    origin: Origin
    hashes: tuple[str, ...] = ()
    includes: str | None = None
    editable: bool = False


def read_requirements_file(
    tree: ProjectTree, file: str, members: Mapping[str, str], *, asked_by: Origin | None = None
) -> RequirementsFile:
    """Read a requirements file and, once each, the files it includes with `-r` and `-c`.

    Paths in a file are read from its own folder. `members` maps the folders of members to their project names. As with
    uv, everything below a `-c` file is a constraint. Raises ConfigurationError with file and line.
    """
    requirements: list[Declared] = []
    constraints: list[Declared] = []
    pending = [(file, False, None if asked_by is None else str(asked_by))]
    seen: set[tuple[str, bool]] = set()
    while pending:
        current, constrains, asker = pending.pop()
        if (current, constrains) in seen:
            continue
        seen.add((current, constrains))
        for line in _parse_lines(tree.read_text(current, asked_by=asker), current):
            if line.includes is not None:
                nested = place(folder_of(current), line.text, str(line.origin))
                pending.append((nested, constrains or line.includes == "constraints", str(line.origin)))
            elif constrains:
                constraints.append(_constraint(line, tree))
            else:
                requirements.append(_requirement(line, members))
    return RequirementsFile(in_order(requirements), in_order(constraints))


def _parse_lines(text: str, file: str) -> Iterator[_Line]:
    for number, line in logical_lines(text):
        origin = Origin(file, number)
        if variable := _VARIABLE.search(line):
            raise ConfigurationError(
                f"{origin}: {variable[0]} would make the lock depend on this machine's environment",
                hint="write the value; credentials belong into netrc",
            )
        yield _parse_option_line(line, origin) if line.startswith("-") else _parse_requirement_line(line, origin)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join lines that a backslash continues and drop comments, in the way of pip; each with the number of its first."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.split("\n"), start=1):
        first = first if parts else number
        # A comment ends the joining; the space makes it a comment of the joined line too.
        if _COMMENT.match(line):
            parts.append(f" {line}")
        elif line.endswith("\\"):
            parts.append(line[:-1])
            continue
        else:
            parts.append(line)
        joined = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if joined:
            yield first, joined
    if joined := _COMMENT.sub("", "".join(parts)).strip():
        yield first, joined


def _split(line: str, origin: Origin) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise ConfigurationError(f"{origin}: {line} cannot be split into words: {error}") from None


def _parse_option_line(line: str, origin: Origin) -> _Line:
    words = _split(line, origin)
    option, equals, value = words[0].partition("=")
    rest = words[1:]
    if "\\" in line:
        raise ConfigurationError(f"{origin}: {line} has backslashes", hint="write paths with /")
    if not option.startswith("--") and len(words[0]) > 2:  # -rbase.txt
        option, equals, value = words[0][:2], "=", words[0][2:].removeprefix("=")
    if option not in _NESTED and option not in _EDITABLE:
        raise _not_honoured(option, origin)
    if not equals:
        value = rest.pop(0) if rest else ""
    if not value:
        raise ConfigurationError(f"{origin}: {option} names nothing")
    if option in _EDITABLE:
        return _Line(" ".join([value, *rest]), origin, editable=True)
    if rest:
        raise ConfigurationError(f"{origin}: {option} takes one file, and {rest[0]} follows it")
    if _ADDRESS.match(value):
        raise ConfigurationError(
            f"{origin}: {option} {value} is not a file of this project", hint="keep a copy of it in the project"
        )
    return _Line(value, origin, includes=_NESTED[option])


def _not_honoured(option: str, origin: Origin) -> ConfigurationError:
    hint = _SAID_ELSEWHERE.get(option, "frazil honours -r, -c, -e and --hash in requirements files")
    return ConfigurationError(f"{origin}: {option} is not honoured, and skipping it would change the answer", hint=hint)


def _parse_requirement_line(line: str, origin: Origin) -> _Line:
    option = _OPTION.search(line)
    if option is None:
        return _Line(line, origin)
    words = _split(line[option.start() :], origin)
    demanded: list[str] = []
    while words:
        name, equals, value = words.pop(0).partition("=")
        if name != "--hash":
            raise _not_honoured(name, origin)
        demanded.append(value if equals or not words else words.pop(0))
    return _Line(line[: option.start()].strip(), origin, hashes=_sha256_of(demanded, origin))


def _sha256_of(demanded: list[str], origin: Origin) -> tuple[str, ...]:
    """Keep the sha256 digests: what is locked is compared by them, so that others add nothing beside one."""
    for digest in demanded:
        if digest.lower().startswith("sha256:") and not _SHA256.fullmatch(digest.lower()):
            raise ConfigurationError(
                f"{origin}: --hash={digest} is not a sha256 digest, which has 64 hexadecimal digits"
            )
    kept = {digest.lower() for digest in demanded if _SHA256.fullmatch(digest.lower())}
    if not kept:
        raise ConfigurationError(
            f"{origin}: the digests demanded are none of sha256 ({', '.join(sorted(set(demanded)))})",
            hint="files are compared by sha256: add --hash=sha256:...",
        )
    return tuple(sorted(kept))


def _constraint(line: _Line, tree: ProjectTree) -> Declared:
    if line.editable or not _NAMED.match(line.text):
        raise ConfigurationError(
            f"{line.origin}: {line.text} is a place, and a constraint can only narrow versions", hint="write NAME<2"
        )
    text = line.text
    try:
        extras = parse_requirement(text).extras
    except RequirementSyntaxError:
        extras = ()
    if extras:
        # Compiled files carry the extras that were asked for; they say nothing where nothing is pulled in.
        tree.warnings.append(f"{line.origin}: the extras of a constraint ({', '.join(extras)}) are not looked at")
        text = str(replace(parse_requirement(text), extras=()))
    return parse_constraint(text, line.origin, hashes=line.hashes)


def _requirement(line: _Line, members: Mapping[str, str]) -> Declared:
    if _NAMED.match(line.text) and not line.editable and not _ARCHIVE.search(line.text.partition("@")[0]):
        return parse_wish(line.text, line.origin, hashes=line.hashes)
    if _ADDRESS.match(line.text) and not line.text.startswith("file:"):
        return _address(line)
    return _member(line, members)


def _member(line: _Line, members: Mapping[str, str]) -> Declared:
    """Read a path: of a member, that is a requirement on the member by name."""
    head, semicolon, marker = line.text.removeprefix("file:").partition(";")
    written, bracket, extras = head.strip().partition("[")
    path = place(folder_of(line.origin.file), written.strip(), str(line.origin))
    name = members.get(path)
    if name is None:
        what = "not" if line.editable else "neither a requirement nor"
        named = f"name it: NAME @ file:{written.strip()}"
        raise ConfigurationError(
            f"{line.origin}: {written} is {what} the folder of a member with a [project] name",
            hint=named if _ARCHIVE.search(path) else f"add {path} to members in [tool.frazil], or {named}",
        )
    if line.hashes:
        raise ConfigurationError(f"{line.origin}: a folder has no digest, so that --hash cannot hold for {written}")
    return parse_wish(f"{name}{bracket}{extras}{semicolon}{marker}", line.origin)


def _address(line: _Line) -> Declared:
    """Read a bare address: the project's name stands in its file name or its `egg` fragment."""
    if line.editable:
        raise ConfigurationError(
            f"{line.origin}: only a member can be editable, not {line.text}", hint="write NAME @ ADDRESS without -e"
        )
    address, space, marker = line.text.partition(" ;")
    address, _, fragment = address.strip().partition("#")
    pieces = [piece for piece in fragment.split("&") if piece]
    egg = next((piece.removeprefix("egg=") for piece in pieces if piece.startswith("egg=")), None)
    name = egg or _name_of_file(address)
    if name is None:
        raise ConfigurationError(
            f"{line.origin}: {line.text} does not say which project it is", hint=f"write NAME @ {line.text}"
        )
    kept = "&".join(piece for piece in pieces if not piece.startswith("egg="))
    text = f"{unquote(name)} @ {address}{'#' if kept else ''}{kept}{space}{marker}"
    return parse_wish(text, line.origin, hashes=line.hashes)


def _name_of_file(address: str) -> str | None:
    from packaging.utils import (  # noqa: PLC0415 - only addresses without a name pay for it
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    filename = unquote(address.partition("?")[0].rpartition("/")[2])
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[0]
        return parse_sdist_filename(filename)[0]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
