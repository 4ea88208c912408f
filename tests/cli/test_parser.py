"""From an argument vector and variables to plain values."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.cli.arguments import Arguments
from frazil.cli.commands import COMMANDS
from frazil.cli.options import OPTIONS
from frazil.cli.parser import asks_for_json, parse_arguments
from frazil.errors import FrazilError, UsageError


def parsed(line: str, **environ: str) -> Arguments:
    return parse_arguments(line.split(), environ)


def refused(line: str, **environ: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parsed(line, **environ)
    return caught.value


# The verb --------------------------------------------------------------------------------------------------


def test_options_may_stand_before_and_after_the_verb() -> None:
    assert parsed("--json -C sub tree --depth 2") == parsed("tree --depth 2 --json -Csub")


def test_the_value_of_an_option_is_not_taken_for_the_verb() -> None:
    arguments = parsed("--lock fetch -qC tree resolve")
    assert (arguments.command, arguments.lock, arguments.directory, arguments.quiet) == ("resolve", "fetch", "tree", 1)


@pytest.mark.parametrize(("alias", "name"), [("lock", "resolve"), ("download", "fetch")])
def test_an_alias_is_the_verb(alias: str, name: str) -> None:
    assert parsed(alias).command == name


def test_without_a_verb_there_is_no_command() -> None:
    assert parsed("").command is None
    assert parsed("--version").version


def test_an_unknown_verb_is_told_with_the_one_that_was_meant() -> None:
    error = refused("resolv")
    assert error.sentence == 'unknown command "resolv"'
    assert error.hint is not None
    assert error.hint.startswith("did you mean `frazil resolve`? The commands are init, resolve, fetch")


def test_a_verb_like_no_other_gets_the_list() -> None:
    assert (refused("xyzzy").hint or "").startswith("the commands are init,")


# Options ---------------------------------------------------------------------------------------------------


def test_every_option_has_a_field_of_its_kind() -> None:
    assert {option.field for option in OPTIONS} <= {each.name for each in fields(Arguments)}


def test_no_two_options_share_a_spelling_or_a_variable() -> None:
    spellings = [spelling for option in OPTIONS for spelling in option.spellings]
    variables = [option.variable for option in OPTIONS if option.variable]
    assert len(spellings) == len(set(spellings))
    assert len(variables) == len(set(variables))


def test_every_option_but_help_and_version_has_a_variable() -> None:
    assert [option.field for option in OPTIONS if option.variable is None] == ["help", "version"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_verb_takes_each_option_once(command: object) -> None:
    names = [option.name for option in command.options]  # type: ignore[attr-defined]
    assert len(names) == len(set(names))


def test_lists_grow_and_counts_count() -> None:
    arguments = parsed("ensure a -t b --target=c -e linux -vv -v -P x -P y==1")
    assert arguments.targets == ("b", "c", "a")
    assert arguments.environments == ("linux",)
    assert arguments.verbose == 3
    assert arguments.upgrade_packages == ("x", "y==1")


def test_targets_stand_between_options_too() -> None:
    assert parsed("fetch a --offline b -o out c").targets == ("a", "b", "c")


def test_two_dashes_end_the_options() -> None:
    assert parsed("fetch a -q -- -t --json").targets == ("a", "-t", "--json")
    assert refused("resolve -- x").sentence == '`frazil resolve` takes no arguments, but got "x"'


@pytest.mark.parametrize("line", ["resolve --format json", "resolve --output-format=json", "resolve --json"])
def test_json_has_three_spellings(line: str) -> None:
    assert parsed(line).json


def test_an_unknown_option_is_told_with_the_one_that_was_meant() -> None:
    error = refused("ensure --lokced")
    assert error.sentence == '`frazil ensure` has no option "--lokced"'
    assert error.hint == "did you mean `--locked`? `frazil ensure --help` lists what it takes"


def test_no_option_is_guessed_from_its_beginning() -> None:
    assert refused("ensure --lock").sentence == "`--lock` needs a value, FILE"
    assert refused("ensure --frozn").sentence == '`frazil ensure` has no option "--frozn"'
    assert refused("ensure --froz").sentence == '`frazil ensure` has no option "--froz"'


def test_an_option_of_another_verb_says_where_it_belongs() -> None:
    error = refused("resolve --target x")
    assert error.sentence == "`frazil resolve` has no option `--target`"
    assert error.hint is not None
    assert error.hint.startswith("it belongs to fetch, ensure, tree")
    assert error.hint.endswith(". `frazil resolve --help` lists what it takes")


def test_a_word_too_many_is_told() -> None:
    error = refused("resolve services/api")
    assert error.sentence == '`frazil resolve` takes no arguments, but got "services/api"'
    assert "frazil ensure TARGET" in (error.hint or "")
    assert refused("cache dir store more").sentence == '`frazil cache` has no use for "more"'
    assert refused("init x").hint == "`frazil init --help` lists what it takes"


def test_an_unknown_choice_is_told_with_the_one_that_was_meant() -> None:
    error = refused("fetch --layout flatt")
    assert error.sentence == '`--layout` does not know "flatt"'
    assert error.hint == "did you mean flat? it takes flat, target or simple"
    assert refused("cache sise").hint == "did you mean size? it takes dir, size, prune, verify, key or clean"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("fetch --out", "`--out` needs a value, PATH"),
        ("fetch -o", "`--out` needs a value, PATH"),
        ("fetch --out --json", "`--out` needs a value, PATH"),
        ("fetch --out=", "`--out` needs a value, PATH"),
        ("fetch --locked=yes", "`--locked` takes no value"),
        ("tree --depth -1", '`--depth` takes a number of levels, not "-1"'),
        ("tree --depth=-1", '`--depth` takes a number of levels, not "-1"'),
        ("tree --depth 1e9", '`--depth` takes a number of levels, not "1e9"'),
        ("tree --depth ²", '`--depth` takes a number of levels, not "²"'),
        ("resolve -P x>=2", '`--upgrade-package` takes NAME or NAME==VERSION, not "x>=2"'),
        ("resolve -P x==", '`--upgrade-package` takes NAME or NAME==VERSION, not "x=="'),
    ],
)
def test_a_bad_value_is_one_sentence(line: str, sentence: str) -> None:
    assert refused(line).sentence == sentence


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ensure --locked --frozen", "`--locked` and `--frozen` cannot be combined"),
        ("resolve --check --dry-run", "`--check` and `--dry-run` cannot be combined"),
        ("resolve -q -v", "`--quiet` and `--verbose` cannot be combined"),
    ],
)
def test_what_contradicts_itself_is_refused(line: str, sentence: str) -> None:
    assert refused(line).sentence == sentence


# Variables -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1", "true", "yes", "YES", " True "])
def test_a_switch_is_on_by_its_variable(text: str) -> None:
    assert parsed("ensure", FRAZIL_LOCKED=text).locked


@pytest.mark.parametrize("text", ["0", "false", "no", "No", "", "  "])
def test_a_switch_is_off_by_its_variable(text: str) -> None:
    assert not parsed("ensure", FRAZIL_LOCKED=text).locked


def test_a_switch_that_is_neither_names_its_variable() -> None:
    error = refused("ensure", FRAZIL_LOCKED="on")
    assert error.sentence == 'FRAZIL_LOCKED is "on", which is neither yes nor no'
    assert error.hint == "use 1, true, yes, 0, false or no"


def test_a_bad_value_of_a_variable_names_the_variable() -> None:
    assert refused("fetch", FRAZIL_LAYOUT="flatt").sentence == '`FRAZIL_LAYOUT` does not know "flatt"'
    assert refused("resolve", FRAZIL_UPGRADE_PACKAGE="a,b>1").sentence.startswith("`FRAZIL_UPGRADE_PACKAGE` takes NAME")


def test_a_list_stands_between_commas() -> None:
    assert parsed("fetch", FRAZIL_TARGET="services/api, jobs/*,").targets == ("services/api", "jobs/*")


def test_a_count_is_a_digit_or_a_word() -> None:
    assert [parsed("tree", FRAZIL_VERBOSE=text).verbose for text in ("2", "yes", "0", "no")] == [2, 1, 0, 0]


def test_a_flag_goes_before_its_variable() -> None:
    assert parsed("fetch --layout target", FRAZIL_LAYOUT="flat").layout == "target"
    assert parsed("fetch -t a", FRAZIL_TARGET="b").targets == ("a",)
    assert parsed("fetch a", FRAZIL_TARGET="b").targets == ("a",)
    assert not parsed("tree --format text", FRAZIL_JSON="1").json


def test_a_flag_silences_the_variable_that_contradicts_it() -> None:
    arguments = parsed("ensure --frozen", FRAZIL_LOCKED="1")
    assert (arguments.frozen, arguments.locked) == (True, False)


def test_two_variables_that_contradict_each_other_are_both_named() -> None:
    error = refused("ensure", FRAZIL_LOCKED="1", FRAZIL_FROZEN="1")
    assert error.sentence == "FRAZIL_LOCKED and FRAZIL_FROZEN cannot be combined"


def test_a_variable_of_another_verb_does_not_matter() -> None:
    assert parsed("tree", FRAZIL_LOCKED="nonsense").command == "tree"


# Whatever is typed -----------------------------------------------------------------------------------------

_WORDS = st.one_of(
    st.sampled_from([spelling for option in OPTIONS for spelling in option.spellings]),
    st.sampled_from([command.name for command in COMMANDS]),
    st.sampled_from(["--", "-", "--=", "-=x", "--json=1", "-vvq", "-t=", "", "\x1b[31m", "\udcff"]),
    st.text(max_size=4),
)


@given(st.lists(_WORDS, max_size=6))
def test_whatever_is_typed_is_understood_or_one_sentence_without_control_characters(words: list[str]) -> None:
    error: FrazilError | None = None
    try:
        parse_arguments(words, {})
    except FrazilError as caught:
        error = caught
    assert error is None or (error.exit_code, error.sentence.count("\n"), "\x1b" in error.sentence) == (2, 0, False)
    assert asks_for_json(words, {}) in {True, False}


@pytest.mark.parametrize(
    ("line", "json"),
    [
        ("--bogus --json", True),
        ("--format json --bogus", True),
        ("--output-format=json", True),
        ("--format", False),
        ("--format text --bogus", False),
        ("fetch -- --json", False),
        ("", False),
    ],
)
def test_json_is_recognised_in_a_line_that_cannot_be_parsed(line: str, json: bool) -> None:
    assert asks_for_json(line.split(), {}) is json


def test_json_is_recognised_in_variables() -> None:
    assert asks_for_json([], {"FRAZIL_JSON": "yes"})
    assert asks_for_json([], {"FRAZIL_FORMAT": "json"})
    assert not asks_for_json(["--format", "text"], {"FRAZIL_JSON": "yes"})
