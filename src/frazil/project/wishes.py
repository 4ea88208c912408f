"""Requirements as a project's files write them, checked for what a lock can hold."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from frazil.errors import ConfigurationError
from frazil.model import Declared, Origin
from frazil.project.places import folder_of, place
from frazil.regex import regex
from frazil.requirement import RequirementSyntaxError, parse_requirement
from frazil.values import replace

_SCHEME = regex(r"([A-Za-z][A-Za-z0-9+.-]+):")
_SCHEMES = ("https", "http", "git+https", "git+http", "git+ssh", "git+git", "git+file")
_OTHER_VCS = regex(r"(?:hg|svn|bzr)\+")


def parse_wish(text: str, origin: Origin, *, hashes: tuple[str, ...] = ()) -> Declared:
    """Parse a requirement that a file states.

    A path (`name @ file:../common`, `name @ ./common`), read from the folder of its file, becomes `file:` and the path
    relative to the root. Raises ConfigurationError for a text that is no requirement, an address with credentials or
    of an unknown kind, a path of one machine.
    """
    try:
        requirement = parse_requirement(text.strip())
    except RequirementSyntaxError as error:
        bare = "://" in text.partition("@")[0] or text.lstrip().startswith(("./", "../", "/"))
        hint = "write it like flask>=3 or flask[async]>=3; python_version >= '3.12'"
        if bare:
            hint = "say of which project it is: NAME @ https://..., NAME @ git+https://..., NAME @ file:..."
        raise ConfigurationError(f'{origin}: "{text.strip()}" is not a requirement: {error}', hint=hint) from None
    if requirement.url is not None:
        requirement = replace(requirement, url=_checked_url(requirement.name, requirement.url, origin))
    return Declared(requirement, origin, hashes)


def parse_constraint(text: str, origin: Origin, *, hashes: tuple[str, ...] = ()) -> Declared:
    """Parse a narrowing that pulls nothing in: a requirement without extras and without an address."""
    declared = parse_wish(text, origin, hashes=hashes)
    requirement = declared.requirement
    if requirement.url is not None:
        raise ConfigurationError(
            f"{origin}: the constraint {requirement.name} names an address, and a constraint can only narrow versions",
            hint="an override can name one: overrides in [tool.frazil]",
        )
    if requirement.extras:
        raise ConfigurationError(
            f"{origin}: the constraint {requirement.head} asks for extras, and a constraint pulls nothing in",
            hint=f"write {requirement.name}{requirement.specifier}",
        )
    return declared


def in_order(declared: Iterable[Declared]) -> tuple[Declared, ...]:
    """Return what is declared, each once, in an order that no file decides: by text, then by place."""
    return tuple(sorted(set(declared), key=_order))


def _order(declared: Declared) -> tuple[str, str, int, tuple[str, ...]]:
    return str(declared.requirement), declared.origin.file, declared.origin.line or 0, declared.hashes


def settle_members(declared: Declared, members: Mapping[str, str]) -> Declared:
    """Turn a requirement on the path of a member into one on the member by name.

    `members` maps folders to normalised project names. Raises ConfigurationError where the names differ.
    """
    requirement = declared.requirement
    path = (requirement.url or "").partition("#")[0]
    name = members.get(path.removeprefix("file:")) if path.startswith("file:") else None
    if name is None:
        return declared
    if name != requirement.name:
        raise ConfigurationError(
            f"{declared.origin}: {requirement.name} is required from {path.removeprefix('file:')}, which is {name}",
            hint=f"write {name} @ {path}, or just {name}",
        )
    return replace(declared, requirement=replace(requirement, url=None))


def _checked_url(name: str, url: str, origin: Origin) -> str:
    found = _SCHEME.match(url)
    if found is None or found[1].lower() == "file":
        return _local_url(name, url, origin)
    scheme = found[1].lower()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # both are read late, and may fail
    except ValueError as error:
        raise ConfigurationError(f"{origin}: the address of {name} cannot be read: {error}") from None
    if _OTHER_VCS.match(scheme):
        raise ConfigurationError(f"{origin}: {name} comes from {scheme.partition('+')[0]}, and frazil only knows git")
    if scheme not in _SCHEMES:
        raise ConfigurationError(
            f'{origin}: {name} has an address of an unknown kind, "{scheme}"',
            hint="https, git+https and git+ssh are known",
        )
    if not host and scheme != "git+file":
        raise ConfigurationError(f"{origin}: the address of {name} names no host")
    # `git@` is how every ssh address begins, and no secret.
    if parts.password is not None or (parts.username is not None and scheme != "git+ssh"):
        raise ConfigurationError(
            f"{origin}: the address of {name} holds credentials, which would be locked and committed",
            hint="take them out: netrc and git's credential helpers are asked for them",
        )
    return url


def _local_url(name: str, url: str, origin: Origin) -> str:
    if url.lower().startswith("git+"):
        hint = f"write {name} @ git+ssh://git@HOST/PATH"
        raise ConfigurationError(f"{origin}: the address of {name} has no scheme that git knows", hint=hint)
    path, sharp, fragment = re.sub(r"^file:", "", url, flags=re.IGNORECASE).partition("#")
    if path.startswith("/"):
        raise ConfigurationError(
            f"{origin}: {name} comes from {path}, a path of one machine",
            hint=f"write it relative to {origin.file}, like {name} @ file:../{name}",
        )
    return f"file:{place(folder_of(origin.file), path, str(origin))}{sharp}{fragment}"
