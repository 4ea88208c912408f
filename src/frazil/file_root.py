"""Where a file lies on an index: the root that all its files share, and the path below it that locks record."""

from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from frazil.regex import regex

LONGEST_PATH = 2048
"""Characters of a recorded path; a longer one is located by page instead."""

# Every resolve that pins a release asks about the same few files.
_REMEMBERED = 4096
_ROOT_SEGMENT = "packages"
_HASH_FRAGMENT = regex(r"(?:md5|sha1|sha224|sha256|sha384|sha512|blake2[bs])=[0-9A-Fa-f]*")
_HOST = regex(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
_UNSAFE_CHARACTER = regex(r"[/\\\x00-\x1f\x7f]")
# RFC 3986 `pchar` without `%`, and percent-encoded octets.
_SEGMENT = regex(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")


@lru_cache(maxsize=_REMEMBERED)
def split_file_url(url: str, filename: str) -> tuple[str, str | None]:
    """Cut the address of a file into the root (ends in `/`, no credentials) and the path below it.

    The cut is after the last segment `packages`, else after the host. The path ends in `/` where the file
    name, percent-encoded, completes it. It is None when the address has a query, a fragment that is not a hash,
    or a path that `is_safe_path` refuses: such a file is located by its page and never recorded. The root is
    empty when the address is no HTTP one. What is split joins to the same address, less fragment and credentials.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "", None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return "", None
    segments = parts.path.split("/")[1:]
    folders = segments[:-1]
    # A mirror may repeat the segment (`…/packages/packages/…`): what follows the last is the same everywhere.
    cut = len(folders) - folders[::-1].index(_ROOT_SEGMENT) if _ROOT_SEGMENT in folders else 0
    root = "/".join((f"{parts.scheme}://{host}", *folders[:cut], ""))
    path = "/".join(segments[cut:])
    folder, _, last = path.rpartition("/")
    unrecordable = (
        not last  # it would be completed with the file name, which stands nowhere in the address
        or not url.isprintable()  # urlsplit drops tabs and line ends without a word
        or "?" in url.partition("#")[0]
        or (parts.fragment and not _HASH_FRAGMENT.fullmatch(parts.fragment))
        or not is_safe_path(path)
    )
    if unrecordable:
        return root, None
    return root, f"{folder}/" if folder and last == quote(filename, safe="") else path


def join_file_url(root: str, path: str, filename: str) -> str:
    """Return the address of a file from the root of its index and its recorded path.

    Raises ValueError for a path that `is_safe_path` refuses: who reads paths from a file checks them first.
    """
    if not is_safe_path(path):
        raise ValueError(f"not a path below a file root: {path!r}")
    completed = path + quote(filename, safe="") if path.endswith("/") else path
    return f"{root.rstrip('/')}/{completed}"


def is_safe_path(path: str) -> bool:
    """Say whether a path is relative, of plain percent-encoded segments that no reader could climb out of."""
    if not path or len(path) > LONGEST_PATH:
        return False
    return all(_is_plain_segment(segment) for segment in path.removesuffix("/").split("/"))


def _is_plain_segment(segment: str) -> bool:
    if not _SEGMENT.fullmatch(segment):
        return False
    decoded = unquote(segment, errors="replace")
    # Decoded once more: some servers and proxies decode twice, and `%252e%252e` must not climb there either.
    readings = (decoded, unquote(decoded, errors="replace"))
    return not any(text in {".", ".."} or _UNSAFE_CHARACTER.search(text) for text in readings)
