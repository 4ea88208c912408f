"""Values as the command line and the `FRAZIL_*` variables spell them: each checked, each mistake one sentence."""

from collections.abc import Iterable

from frazil.cli.options import Option, Takes
from frazil.errors import UsageError
from frazil.regex import regex

_YES = frozenset({"1", "true", "yes"})
_NO = frozenset({"0", "false", "no"})
_NUMBERS = {"depth": "levels", "most": "ways", "remote_timeout": "seconds"}
_FILES_URL = regex(r"(?:[^=\s/:]+=)?https?://[^\s/?#]+[^\s?#]*")
_UPGRADE = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:==[^\s=<>!~,;]+)?")


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def parse_value(option: Option, text: str, source: str) -> str | int:
    """Check one value of an option; `source` is how messages name where it stood (`--layout`, `FRAZIL_LAYOUT`).

    Raises UsageError.
    """
    if option.choices and text not in option.choices:
        meant = near(text, option.choices)
        raise UsageError(
            f"`{source}` does not know {quoted(text)}",
            hint=(f"did you mean {meant}? " if meant else "") + f"it takes {alternatives(option.choices)}",
        )
    if not text.strip():
        raise UsageError(f"`{source}` needs a value, {option.metavar}")
    if option.field in _NUMBERS:
        return _parse_number(text, source, _NUMBERS[option.field])
    if option.field == "upgrade_packages" and _UPGRADE.fullmatch(text) is None:
        raise UsageError(f"`{source}` takes NAME or NAME==VERSION, not {quoted(text)}")
    if option.field == "files_urls" and _FILES_URL.fullmatch(text) is None:
        raise UsageError(f"`{source}` takes URL or NAME=URL, not {quoted(text)}", hint="an http or https address")
    return text


def parse_variable(option: Option, text: str) -> bool | int | str | tuple[str, ...]:
    """Read an option's value from its variable: switches in words, lists by comma.

    Raises UsageError naming the variable.
    """
    variable = option.variable or option.name
    match option.takes:
        case Takes.NOTHING:
            return parse_switch(text, variable)
        case Takes.COUNT:
            count = text.strip()
            # Single digits only: nobody is that curious, and int() would take a million of them.
            return (
                int(count)
                if len(count) == 1 and count.isdecimal() and count.isascii()
                else parse_switch(text, variable)
            )
        case Takes.VALUE:
            return parse_value(option, text, variable)
        case Takes.VALUES:
            words = (word.strip() for word in text.split(","))
            return tuple(str(parse_value(option, word, variable)) for word in words if word)


def parse_switch(text: str, source: str) -> bool:
    """Read yes or no. Raises UsageError naming the source."""
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise UsageError(
        f"{source} is {quoted(text)}, which is neither yes nor no", hint="use 1, true, yes, 0, false or no"
    )


def quoted(text: str) -> str:
    """Show a text that a user wrote: in quotes, on one line, of bounded length."""
    shown = text if len(text) <= 120 else f"{text[:119]}…"
    return (
        '"'
        + "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)
        + '"'
    )


def alternatives(words: Iterable[str]) -> str:
    """Join words as a choice: `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _parse_number(text: str, source: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise UsageError(f"`{source}` takes a number of {what}, not {quoted(text)}")
    return int(text)
