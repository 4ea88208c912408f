"""Which programs may be asked is said by the environment or a person's own files, never by a project."""

from pathlib import Path

import pytest

from frazil.credential_programs import read_credential_programs
from frazil.credentials import Asking, Helper
from frazil.errors import ConfigurationError, FrazilError, UsageError


def environ_of(folder: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_CONFIG_DIRS": str(folder / "site"), **more}


def configured(folder: Path, text: str, **more: str) -> Asking:
    (folder / "config.toml").write_text(text)
    return read_credential_programs(environ_of(folder, FRAZIL_CONFIG_FILE=str(folder / "config.toml"), **more))


def test_nobody_is_asked_unless_somebody_says_so(tmp_path: Path) -> None:
    assert read_credential_programs(environ_of(tmp_path)) == Asking()


def test_the_environment_names_helpers_the_most_exact_pattern_first(tmp_path: Path) -> None:
    variable = "/bin/all, *.corp.example=corp-helper ,index.corp.example=/bin/one"
    asking = read_credential_programs(environ_of(tmp_path, FRAZIL_CREDENTIAL_HELPER=variable))
    assert [(one.pattern, one.program) for one in asking.helpers] == [
        ("index.corp.example", "/bin/one"),
        ("*.corp.example", "corp-helper"),
        ("*", "/bin/all"),
    ]


def test_a_persons_file_names_them_and_the_environment_goes_before_it(tmp_path: Path) -> None:
    text = '[credentials]\nkeyring = true\nhelpers = { "*" = "helper" }\n'
    assert configured(tmp_path, text) == Asking((Helper("*", "helper"),), keyring=True)
    over = configured(tmp_path, text, FRAZIL_CREDENTIAL_HELPER="other", FRAZIL_KEYRING_PROVIDER="disabled")
    assert over == Asking((Helper("*", "other"),), keyring=False)


@pytest.mark.parametrize(
    ("variable", "word", "keyring"),
    [
        ("FRAZIL_KEYRING_PROVIDER", "subprocess", True),
        ("FRAZIL_KEYRING_PROVIDER", "disabled", False),
        ("PIP_KEYRING_PROVIDER", "import", True),
        ("PIP_KEYRING_PROVIDER", "auto", False),
    ],
)
def test_keyring_is_asked_where_frazil_or_pip_is_told_to(
    tmp_path: Path, variable: str, word: str, keyring: bool
) -> None:
    assert read_credential_programs(environ_of(tmp_path, **{variable: word})).keyring is keyring


@pytest.mark.parametrize("variable", ["./helper", "bin/helper", "a b=helper", "x*y=helper", "host="])
def test_what_is_no_program_or_no_pattern_is_refused(tmp_path: Path, variable: str) -> None:
    with pytest.raises(UsageError, match="FRAZIL_CREDENTIAL_HELPER"):
        read_credential_programs(environ_of(tmp_path, FRAZIL_CREDENTIAL_HELPER=variable))


def test_an_unknown_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no provider"):
        read_credential_programs(environ_of(tmp_path, FRAZIL_KEYRING_PROVIDER="import"))


@pytest.mark.parametrize(
    "text",
    [
        "[credentials]\npassword = 'canary'\n",
        "[credentials]\nhelpers = 'canary'\n",
        "[credentials]\nhelpers = {a = 5}\n",
        "[credentials]\nkeyring = 'canary'\n",
        "[credentials]\nhelpers = {a = 'b/c'}\n",
    ],
)
def test_a_mistake_in_the_file_names_it_and_shows_no_value(tmp_path: Path, text: str) -> None:
    with pytest.raises(FrazilError, match=r"config\.toml") as failed:
        configured(tmp_path, text)
    assert isinstance(failed.value, ConfigurationError | UsageError)
    assert "canary" not in f"{failed.value.sentence}{failed.value.hint}"
