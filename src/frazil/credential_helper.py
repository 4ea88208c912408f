"""Programs that know who we are: a credential helper as Bazel's are, and `keyring` as pip starts it.

    helper get <<< '{"uri": "https://index.example/simple/"}'
    {"headers": {"Authorization": ["Bearer …"]}, "expires": "2031-01-01T00:00:00Z"}

What a program says is a secret, on its standard error too: nothing of it is shown, whatever is wrong with it.
Protocol: https://github.com/EngFlow/credential-helper-spec
"""

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from frazil.errors import AuthenticationError
from frazil.headers import is_header
from frazil.processes import started
from frazil.regex import regex
from frazil.values import dataclass, field

HELPER_SECONDS, KEYRING_SECONDS = 10.0, 60.0
"""How long each may take: a keyring may have to ask somebody to unlock it."""

_KEPT_SECONDS = 30 * 60.0  # where a helper does not say when its answer expires
_EARLY_SECONDS = 30.0
_LARGEST_ANSWER = 64 * 1024
_FRACTION = regex(r"(\.\d{1,6})\d*")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class HelperAnswer:
    """Headers to send, by lower-case name, and when they expire (seconds since the epoch)."""

    headers: Mapping[str, str] = field(repr=False)
    expires: float

    @property
    def is_fresh(self) -> bool:
        return time.time() < self.expires


class _Unfit(Exception):
    """An answer that is none; the message shows nothing of it."""


def ask_helper(program: str, uri: str, environ: Mapping[str, str], *, seconds: float = HELPER_SECONDS) -> HelperAnswer:
    """Ask a credential helper what to send to an address. Raises AuthenticationError.

    A program without a folder in its name is looked for on PATH; a relative one is refused.
    """
    what = f"the credential helper {program}"
    path = _found(program, environ)
    if path is None:
        raise AuthenticationError(f"{what} is not there", hint="name it by its absolute path, or put it on PATH")
    question = json.dumps({"uri": uri}).encode()
    said = _said([path, "get"], question, environ, what=f"{what}, asked about {uri},", seconds=seconds)
    try:
        return parse_answer(said)
    except _Unfit as unfit:
        sentence = f"{what}, asked about {uri}, gave an answer that cannot be used: {unfit}"
        raise AuthenticationError(sentence, hint=_HINT) from None


def parse_answer(said: bytes) -> HelperAnswer:
    """Read what a helper printed. Raises _Unfit, which shows nothing of it."""
    try:
        answer = json.loads(said)
    except (ValueError, RecursionError):
        raise _Unfit("it is not JSON") from None
    if not isinstance(answer, dict):
        raise _Unfit("it is no JSON object")
    headers = answer.get("headers", {})
    if not isinstance(headers, dict):
        raise _Unfit("`headers` is no object")
    read = {name.lower(): _header(name, values) for name, values in headers.items()}
    return HelperAnswer({name: value for name, value in read.items() if value is not None}, _expiry(answer))


def _header(name: str, values: object) -> str | None:
    if not is_header(name, ""):
        raise _Unfit("it has a header that is none, or not for it to set")
    if not isinstance(values, list) or not all(is_header(name, value) for value in values):
        raise _Unfit(f"the header {name} is no list of texts that can be sent")
    return ", ".join(values) if values else None


def _expiry(answer: Mapping[str, object]) -> float:
    expires = answer.get("expires")
    if expires is None:
        return time.time() + _KEPT_SECONDS
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", str(expires)))
    except ValueError:
        raise _Unfit("`expires` is no time as RFC 3339 has them") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - _EARLY_SECONDS


# keyring ---------------------------------------------------------------------------------------------------


def ask_keyring(
    url: str, username: str | None, environ: Mapping[str, str], *, seconds: float = KEYRING_SECONDS
) -> Pair | None:
    """Return what the `keyring` program has for an address, else for its host. Raises AuthenticationError.

    Without a user name it is asked for both (`--mode creds`, keyring 25.2). The user name stands among its arguments,
    as it does with pip: no token may stand in its place.
    """
    path = _found("keyring", environ)
    if path is None:
        hint = "install it (`pipx install keyring`), or set FRAZIL_KEYRING_PROVIDER=disabled"
        raise AuthenticationError("the program keyring is to be asked for passwords and is not on PATH", hint=hint)
    host = url.partition("://")[2].partition("/")[0]
    for service in (url, host):
        words = ["get", service, username] if username else ["--mode", "creds", "get", service]
        lines = _lines_of_keyring([path, *words], environ, service=service, seconds=seconds)
        if lines is not None and len(lines) == (1 if username else 2):
            return (username or lines[0], lines[-1])
    return None


def _lines_of_keyring(
    command: Sequence[str], environ: Mapping[str, str], *, service: str, seconds: float
) -> list[str] | None:
    """Return what keyring printed, None where it has nothing (it exits with 1 then)."""
    what = f"keyring, asked about {service},"
    said = _said(command, b"", {**environ, "PYTHONIOENCODING": "utf-8"}, what=what, seconds=seconds, may_fail=True)
    try:
        lines = said.decode().splitlines()
    except UnicodeDecodeError:
        lines = [""]
    if lines and not all(lines):
        raise AuthenticationError(f"{what} gave an answer that cannot be used", hint=_KEYRING_HINT)
    return lines or None


# Programs --------------------------------------------------------------------------------------------------

_HINT = "run it by hand to see what is wrong: it is to print one JSON object with `headers`"
_KEYRING_HINT = "run `keyring get` by hand to see what is wrong"


def _found(program: str, environ: Mapping[str, str]) -> str | None:
    if os.path.dirname(program):  # noqa: PTH120 - only whether there is a folder
        return program if os.path.isabs(program) and os.path.isfile(program) else None  # noqa: PTH117, PTH113
    # A folder of PATH that is relative would be one of the project's.
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117
    return shutil.which(program, path=os.pathsep.join(folders)) if folders else None


def _said(
    command: Sequence[str],
    question: bytes,
    environ: Mapping[str, str],
    *,
    what: str,
    seconds: float,
    may_fail: bool = False,
) -> bytes:
    """Return what a program prints; where it `may_fail`, nothing for one that ends with 1."""
    hint = _KEYRING_HINT if may_fail else _HINT
    # What it says on standard error is read by nobody: it may hold what it was asked for.
    try:
        with started(
            command, environ=_own(environ), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, seconds=seconds
        ) as program:
            with contextlib.suppress(BrokenPipeError):  # one that reads nothing may answer all the same
                program.input.write(question)
                program.input.close()
            said = program.output.read(_LARGEST_ANSWER + 1)
            if len(said) > _LARGEST_ANSWER:
                raise AuthenticationError(f"{what} said more than {_LARGEST_ANSWER} bytes", hint=hint)
            code = program.wait()
            expired = program.expired
    except OSError as error:
        why = (error.strerror or "it cannot be started").lower()
        raise AuthenticationError(f"{what} cannot be run: {why}", hint=hint) from None
    if expired:
        raise AuthenticationError(f"{what} did not answer within {seconds:g} seconds", hint=hint)
    if code and not (may_fail and code == 1):
        raise AuthenticationError(f"{what} failed with exit code {code}", hint=hint)
    return b"" if code else said


def _own(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what was given to frazil alone."""
    return {name: value for name, value in environ.items() if not name.startswith("FRAZIL_")}
