"""An entry: what a cache keeps under the key of a resolution, in a form that every Bazel cache takes.

It is an ActionResult of the Remote Execution API with one output file, `frozen.json`, named by its digest among the
blobs. What it says on its standard output is ours: the version of this form and, where there is a secret, a signature.
"""

import hashlib
import hmac

from frazil.remote.faults import Unfit
from frazil.remote.protobuf import data, last_data, last_number, message, messages, number
from frazil.values import dataclass

VERSION = 1
LARGEST_ENTRY = 64 * 1024
LARGEST_RESOLUTION = 256 * 1024 * 1024

_HEAD = "frazil resolution"
_OUTPUT = "frozen.json"
_OUTPUT_FILES, _STDOUT_RAW = 2, 5  # of ActionResult
_PATH, _DIGEST = 1, 2  # of OutputFile
_HASH, _SIZE = 1, 2  # of Digest


@dataclass(frozen=True, slots=True)
class Digest:
    """The sha256 of a blob (lower-case hex) and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The blob that answers a fingerprint, and who vouches for it (hex of an HMAC, empty for nobody)."""

    blob: Digest
    signature: str = ""


def digest_of(text: bytes) -> Digest:
    return Digest(hashlib.sha256(text).hexdigest(), len(text))


def key_of(fingerprint: str) -> Digest:
    """Return the key of the entry for a fingerprint; no other tool has the same one."""
    return digest_of(f"{_HEAD}\0{fingerprint}".encode())


def signature_of(secret: bytes, fingerprint: str, blob: Digest) -> str:
    """Return what only who knows the secret can say: that this blob answers this fingerprint."""
    text = f"{_HEAD} {VERSION}\0{fingerprint}\0{blob.sha256}\0{blob.size}"
    return hmac.new(secret, text.encode(), "sha256").hexdigest()


def check_signature(entry: Entry, secret: bytes, fingerprint: str) -> None:
    """Raise Unfit unless the entry was signed with the secret."""
    if not entry.signature:
        raise Unfit("it is not signed")
    if not hmac.compare_digest(entry.signature.encode(), signature_of(secret, fingerprint, entry.blob).encode()):
        raise Unfit("it is signed with another key")


def format_entry(entry: Entry) -> bytes:
    """Return an entry as the bytes of an ActionResult."""
    said = f"{_HEAD} {VERSION}\n" + (f"hmac-sha256 {entry.signature}\n" if entry.signature else "")
    file = data(_PATH, _OUTPUT) + message(_DIGEST, format_digest(entry.blob))
    return message(_OUTPUT_FILES, file) + data(_STDOUT_RAW, said)


def parse_entry(text: bytes) -> Entry:
    """Read an entry. Raises Unfit for what is none, also for one of a newer form."""
    try:
        said = last_data(text, _STDOUT_RAW).decode("ascii").splitlines()
        head, _, version = (said or [""])[0].rpartition(" ")
        if head != _HEAD or not version.isdecimal():
            raise Unfit("it is no entry of frazil")
        if int(version[:9]) > VERSION:
            raise Unfit("a newer frazil wrote it", newer=True)
        signature = next((line.partition(" ")[2] for line in said if line.startswith("hmac-sha256 ")), "")
        files = messages(text, _OUTPUT_FILES)
        named = [last_data(file, _DIGEST) for file in files if last_data(file, _PATH) == _OUTPUT.encode()]
        if len(named) != 1:
            raise Unfit(f"it does not name one {_OUTPUT}")
        return Entry(parse_digest(named[0]), signature)
    except ValueError:
        raise Unfit("it is no entry of frazil") from None


def format_digest(digest: Digest) -> bytes:
    """Return a digest as the Remote Execution API spells it."""
    return data(_HASH, digest.sha256) + number(_SIZE, digest.size)


def parse_digest(text: bytes) -> Digest:
    """Read a digest of the Remote Execution API. Raises ValueError."""
    sha256 = last_data(text, _HASH).decode("ascii")
    size = last_number(text, _SIZE)
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef") or size > LARGEST_RESOLUTION:
        raise ValueError("that is no digest of a resolution")
    return Digest(sha256, size)
