"""From an argument vector and the `FRAZIL_*` variables to Arguments; only the chosen verb's parser is built."""

from collections.abc import Mapping, Sequence
from typing import Any

from frazil.cli.arguments import Arguments
from frazil.cli.commands import BY_NAME, COMMANDS, Command, Positional, see
from frazil.cli.options import BY_FIELD, BY_SPELLING, Option
from frazil.cli.plain_words import read_plain_words
from frazil.cli.values import alternatives, near, parse_variable, quoted
from frazil.errors import UsageError

_NO_VERB = Command(name="", summary="", purpose="")
_CONTRADICTIONS = {
    ("locked", "frozen"): "--locked compares the lock with the manifests; --frozen does not read them",
    ("check", "dry_run"): "--check answers with the exit code; --dry-run shows what would be done",
    ("quiet", "verbose"): "one says less, the other more",
}


def parse_arguments(argv: Sequence[str], environ: Mapping[str, str]) -> Arguments:
    """Read a command line (without the program's name); a flag goes before its variable, that before the default.

    Options may stand before and after the verb. Raises UsageError: one sentence, with what was probably meant.
    """
    position = _verb_position(argv)
    if position is None:
        command, rest = _NO_VERB, list(argv)
    else:
        command, rest = _command(argv[position]), [*argv[:position], *argv[position + 1 :]]
    rest, unflagged = _halves(rest)
    values, extras = _read(command, rest)
    extras = [*extras, *(unflagged if command.positional is None else ())]
    values["positionals"] = [*(values.get("positionals") or ()), *unflagged]
    if values.get("help") or values.get("version"):
        return _about(command, values)
    if extras:
        raise _not_understood(command, extras)
    return _arguments(command, values, environ)


def _read(command: Command, words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    plain = read_plain_words(command, words)
    if plain is not None:
        return plain, []
    from frazil.cli.grammar import read_words  # noqa: PLC0415 - argparse: only what is not plain needs it

    return read_words(command, words)


def _halves(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split at `--`: behind it, nothing is an option. Cut here, because argparse's intermixed parsing forgets it."""
    end = words.index("--") if "--" in words else len(words)
    return list(words[:end]), list(words[end + 1 :])


def _verb_position(argv: Sequence[str]) -> int | None:
    """Return where the verb stands: the first word that is neither an option nor the value of one."""
    words = enumerate(argv)
    for position, word in words:
        if word == "--":
            return None
        if not word.startswith("-") or word == "-":
            return position
        if _awaits_value(word):
            next(words, None)
    return None


def _awaits_value(word: str) -> bool:
    """Say whether an option is given so that its value is the next word (`--lock x`, `-C x`, `-qC x`)."""
    if word.startswith("--"):
        option = BY_SPELLING.get(word)
        return option is not None and option.takes_value
    for place, letter in enumerate(word[1:], start=2):
        option = BY_SPELLING.get(f"-{letter}")
        if option is None:
            return False
        if option.takes_value:
            return place == len(word)
    return False


def _command(word: str) -> Command:
    command = BY_NAME.get(word)
    if command is not None:
        return command
    meant = near(word, BY_NAME)
    verbs = ", ".join(command.name for command in COMMANDS)
    raise UsageError(
        f"unknown command {quoted(word)}",
        hint=f"did you mean `frazil {meant}`? The commands are {verbs}" if meant else f"the commands are {verbs}",
    )


def _not_understood(command: Command, extras: Sequence[str]) -> UsageError:
    word = next((extra for extra in extras if extra.startswith("-") and len(extra) > 1), extras[0])
    flag = word.partition("=")[0]
    verb = f"`frazil {command.name}`" if command.name else "frazil"
    if not word.startswith("-"):
        return UsageError(f"{verb} takes no arguments, but got {quoted(word)}", hint=command.bare or see(command))
    known = BY_SPELLING.get(flag)
    if known is not None:
        homes = [each.name for each in COMMANDS if known in each.options]
        return UsageError(f"{verb} has no option `{flag}`", hint=f"it belongs to {alternatives(homes)}. {see(command)}")
    spellings = [spelling for option in command.options for spelling in option.spellings]
    meant = near(flag, spellings) or near(flag, BY_SPELLING)
    hint = f"did you mean `{meant}`? {see(command)}" if meant else see(command)
    return UsageError(f"{verb} has no option {quoted(flag)}", hint=hint)


def _about(command: Command, values: Mapping[str, Any]) -> Arguments:
    """Return what `--help` and `--version` need: whatever else is wrong, they answer."""
    given = {field: value for field, value in values.items() if value is not None}
    return Arguments(
        command=command.name or None,
        help="help" in given,
        version="version" in given,
        json=_wants_json(given, frozenset(given)),
        color=given.get("color", "auto"),
    )


def _arguments(command: Command, values: dict[str, Any], environ: Mapping[str, str]) -> Arguments:
    words = values.pop("positionals", None) or []
    given = {field: value for field, value in values.items() if value is not None}
    if words and command.positional is not None:
        given[command.positional.field] = _positional(command, command.positional, words, given)
    flagged = frozenset(given)
    for option in command.options:
        text = environ.get(option.variable or "", "")
        if option.field not in given and text.strip():
            given[option.field] = parse_variable(option, text)
    _one_of_each_pair(given, flagged)
    given["json"] = _wants_json(given, flagged)
    settled: dict[str, Any] = {
        field: tuple(value) if isinstance(value, list) else value for field, value in given.items()
    }
    return Arguments(command=command.name or None, given=frozenset(given), **settled)


def _wants_json(given: Mapping[str, Any], flagged: frozenset[str]) -> bool:
    if "format" in flagged and "json" not in flagged:
        return bool(given["format"] == "json")
    return bool(given.get("json")) or given.get("format") == "json"


def _one_of_each_pair(given: dict[str, Any], flagged: frozenset[str]) -> None:
    """Refuse what contradicts itself; a flag silently wins over the other's variable."""
    for pair, why in _CONTRADICTIONS.items():
        asked = [field for field in pair if given.get(field)]
        if len(asked) < 2:
            continue
        by_flag = [field for field in asked if field in flagged]
        if len(by_flag) == 1:
            del given[next(field for field in asked if field not in flagged)]
            continue
        first, second = (_as_given(BY_FIELD[field], field in flagged) for field in pair)
        raise UsageError(f"{first} and {second} cannot be combined", hint=why)


def _as_given(option: Option, by_flag: bool) -> str:
    return f"`{option.name}`" if by_flag else str(option.variable)


def _positional(
    command: Command, positional: Positional, words: Sequence[str], given: Mapping[str, Any]
) -> tuple[str, ...]:
    if positional.most is not None and len(words) > positional.most:
        extra = words[positional.most]
        raise UsageError(f"`frazil {command.name}` has no use for {quoted(extra)}", hint=see(command))
    for word, choices in zip(words, positional.choices, strict=False):
        if choices and word not in choices:
            meant = near(word, choices)
            raise UsageError(
                f"`frazil {command.name}` does not know {quoted(word)}",
                hint=(f"did you mean {meant}? " if meant else "") + f"it takes {alternatives(choices)}",
            )
    return (*given.get(positional.field, ()), *words)


def asks_for_json(argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Guess whether JSON is wanted from a command line that may turn out to be no command line at all."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    if "--json" in words:
        return True
    for position, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in BY_FIELD["format"].spellings:
            return (value if equals else "".join(words[position + 1 : position + 2])) == "json"
    by_variable = environ.get("FRAZIL_JSON", "").strip().lower()
    return by_variable in {"1", "true", "yes"} or environ.get("FRAZIL_FORMAT", "") == "json"
