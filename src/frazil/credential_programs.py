"""Which programs may be asked who we are: credential helpers and keyring, as the environment or a person's files say.

    FRAZIL_CREDENTIAL_HELPER=/opt/bin/helper,*.corp.example=/opt/bin/other
    [credentials]
    helpers = { "*" = "/opt/bin/helper" }
    keyring = true

A project cannot name one: whoever clones it would run it.
"""

import os
from collections.abc import Iterable, Mapping

from frazil.credentials import Asking, Helper
from frazil.errors import UsageError
from frazil.own_configuration import CREDENTIALS, read_own_configuration
from frazil.regex import regex

HELPER, KEYRING = "FRAZIL_CREDENTIAL_HELPER", "FRAZIL_KEYRING_PROVIDER"
KEYS = ("helpers", "keyring")
PROVIDERS = ("subprocess", "disabled")

_PIPS = "PIP_KEYRING_PROVIDER"
_PATTERN = regex(r"\*|(?:\*\.)?[A-Za-z0-9_.:-]+")


def read_credential_programs(environ: Mapping[str, str]) -> Asking:
    """Return the programs that may be asked. Raises UsageError, ConfigurationError, DiskError."""
    helpers, keyring = _of_environment(environ), _keyring_of_environment(environ)
    for table in (each.table(CREDENTIALS) for each in read_own_configuration(environ)):
        table.reject_unknown(KEYS)
        named = table.table("helpers")
        found = [_helper(pattern, named.text(pattern) or "", str(named.origin(pattern))) for pattern in named.data]
        helpers = helpers or _most_exact_first(found)
        keyring = table.flag("keyring") if keyring is None else keyring
    return Asking(helpers, bool(keyring))


def _of_environment(environ: Mapping[str, str]) -> tuple[Helper, ...]:
    words = [word.strip() for word in environ.get(HELPER, "").split(",") if word.strip()]
    parts = [word.partition("=") if "=" in word else ("*", "=", word) for word in words]
    return _most_exact_first(_helper(pattern.strip(), program.strip(), HELPER) for pattern, _, program in parts)


def _helper(pattern: str, program: str, source: str) -> Helper:
    if not _PATTERN.fullmatch(pattern):
        hint = "a host, *.domain, or * for whatever is declared"
        raise UsageError(f"{source}: {pattern} is no pattern of hosts", hint=hint)
    program = os.path.expanduser(program)  # noqa: PTH111 - a program on PATH stays a bare name
    if not program or ("/" in program and not os.path.isabs(program)):  # noqa: PTH117 - as above
        hint = "a relative one would be another program in another folder"
        raise UsageError(f"{source}: a credential helper is a program on PATH or an absolute path", hint=hint)
    return Helper(pattern.lower(), program)


def _most_exact_first(helpers: Iterable[Helper]) -> tuple[Helper, ...]:
    return tuple(sorted(helpers, key=lambda one: ("*" in one.pattern, -len(one.pattern))))


def _keyring_of_environment(environ: Mapping[str, str]) -> bool | None:
    word = environ.get(KEYRING, "").strip().lower()
    if word and word not in PROVIDERS:
        raise UsageError(f"{KEYRING} is {word!r}, which is no provider", hint=f"it can be {' or '.join(PROVIDERS)}")
    if word:
        return word == "subprocess"
    return True if environ.get(_PIPS, "").strip().lower() in {"subprocess", "import"} else None
