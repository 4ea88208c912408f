"""What the names, addresses and paths of a lock may look like: each rule says what is wrong, as a clause, or None.

A lock may come from anybody's pull request. Nothing that passes here leaves a folder, carries a credential, looks like
an option of git or draws on a terminal.
"""

from urllib.parse import SplitResult, urlsplit

from frazil.file_root import is_safe_path
from frazil.frozen.document import Rule
from frazil.quick import versions
from frazil.regex import regex
from frazil.store.names import is_plain_name

_PROJECT = regex(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PATTERN = regex(r"[a-z0-9*?-]+")
_SHA256 = regex(r"[0-9a-f]{64}")
_COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What means something in the names of targets, or in patterns of them.
_RESERVED = regex(r'[\[\]:*?<>"|]')
_DRIVE = regex(r"[A-Za-z]:/")
# What draws on a terminal or turns text round, as `errors.cleaned` knows it; ends of lines; halves of characters.
_HIDDEN = regex(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_VCS_SCHEMES = frozenset({"https", "http", "ssh", "git", "file"})
_WEB_SCHEMES = frozenset({"https", "http"})


def project_name(text: str) -> str | None:
    """PEP 503: lower case, single hyphens, as every name in a lock is written."""
    return None if _PROJECT.fullmatch(text) else "must be a normalised project name"


def canonical_version(text: str) -> str | None:
    """PEP 440, in the one spelling that packaging gives it."""
    try:
        canonical = versions.canonical_version(text)
    except versions.NoVersion:
        return "must be a version (PEP 440)"
    return None if text == canonical else f"must be the canonical version {canonical}"


def label(text: str) -> str | None:
    """A name that is shown and compared, and that no path is built from."""
    return None if text.strip() == text != "" and not _HIDDEN.search(text) else "must be a printable name"


def pattern(text: str) -> str | None:
    """Names of projects with `*` and `?`."""
    return None if _PATTERN.fullmatch(text) else "must be a pattern of project names"


def line(text: str) -> str | None:
    """Anything on one line."""
    return None if text and not _HIDDEN.search(text) else "must be a printable text"


def target_name(text: str) -> str | None:
    """A path below the root, with `[extra]` or `:group` behind it; `.` is the root itself."""
    path, suffix = text, ""
    if text.endswith("]"):
        path, _, suffix = text[:-1].rpartition("[")
    elif ":" in text.rpartition("/")[2]:
        path, _, suffix = text.rpartition(":")
    if (path != text and project_name(suffix)) or _RESERVED.search(path):
        return "must be the name of a target: a path, and an extra or group in normal form behind it"
    return folder(path)


def place(text: str) -> str | None:
    """A path of a file or folder below the project root, `/` between segments."""
    if "\\" in text or _HIDDEN.search(text) or _DRIVE.match(text):
        return "must be a relative path of printable segments with / between them"
    if any(segment in {"", ".", ".."} for segment in text.split("/")) or text.startswith("~"):
        return "must be a relative path that stays below the project root"
    return None


def folder(text: str) -> str | None:
    """A folder of the project: a path below the root, or `.`, the root."""
    return None if text == "." else place(text)


def file_name(text: str) -> str | None:
    return None if is_plain_name(text) else "must be one plain file name"


def file_path(text: str) -> str | None:
    """A path below a file root, percent-encoded."""
    return None if is_safe_path(text) else "must be a relative path of plain, percent-encoded segments"


def sha256(text: str) -> str | None:
    return None if _SHA256.fullmatch(text) else "must be 64 lower-case hexadecimal digits"


def demanded_hash(text: str) -> str | None:
    kind, _, digest = text.partition(":")
    return None if kind == "sha256" and _SHA256.fullmatch(digest) else "must be sha256: and 64 lower-case digits"


def commit(text: str) -> str | None:
    """A full commit hash: SHA-1 or SHA-256."""
    return None if _COMMIT.fullmatch(text) else "must be a full commit hash"


def revision(text: str) -> str | None:
    """A branch, tag or commit as it was asked for; git must not take it for an option."""
    return None if text and text[0] != "-" and not _HIDDEN.search(text) else "must be the name of a revision"


def index_address(text: str) -> str | None:
    """An HTTP address of an index or of a file root: everything else is relative to it."""
    wrong = _address(text, _WEB_SCHEMES)
    if wrong is None and ("?" in text or "#" in text or not text.endswith("/")):
        return "must end in / and have neither query nor fragment"
    return wrong


def file_address(text: str) -> str | None:
    """An HTTP address of one file; a query could be a signature, and so is never recorded."""
    wrong = _address(text, _WEB_SCHEMES)
    return "must have neither query nor fragment" if wrong is None and ("?" in text or "#" in text) else wrong


def archive_address(text: str) -> str | None:
    """The address of a direct reference: HTTP, or `file:` and a path below the project root."""
    if text.startswith("file:"):
        return place(text.removeprefix("file:"))
    return _address(text, _WEB_SCHEMES)


def vcs_address(text: str) -> str | None:
    return _address(text, _VCS_SCHEMES)


def direct_reference(text: str) -> str | None:
    """The address in a requirement: an archive, a repository (`git+…`), or `file:` and a path below the root."""
    if text.startswith("file:"):
        return folder(text.removeprefix("file:").partition("#")[0])
    kind, plus, address = text.partition("+")
    if plus and kind.lower() == "git":
        return _address(address, _VCS_SCHEMES)
    return _address(text, _WEB_SCHEMES)


def one_of(*choices: str) -> Rule:
    """Return the rule that a text is one of some words."""
    return lambda text: None if text in choices else f"must be {' or '.join(choices)}"


def _address(text: str, schemes: frozenset[str]) -> str | None:
    if " " in text or "\\" in text or not text.isprintable():
        return "must be an address without spaces and backslashes"
    try:
        parts = urlsplit(text)
        _ = parts.port  # read late, and may fail
    except ValueError as error:
        return f"must be an address ({str(error).lower()})"
    if parts.scheme not in schemes:
        return f"must be an address of one of these schemes: {', '.join(sorted(schemes))}"
    if not parts.hostname and parts.scheme != "file":
        return "must be an address with a host"
    return "holds credentials" if _has_credentials(parts) else None


def _has_credentials(parts: SplitResult) -> bool:
    """Say whether an address carries a secret; `git@` is how every ssh address begins, and is none."""
    return parts.password is not None or (parts.username is not None and parts.scheme != "ssh")
