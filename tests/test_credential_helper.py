"""Programs that know who we are: what they say is used or refused, and never shown."""

import contextlib
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.credential_helper import _Unfit, ask_helper, ask_keyring, parse_answer
from frazil.errors import AuthenticationError
from tests.support.programs import asked, says, write_helper, write_keyring, write_program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are scripts")

URI = "https://index.example/simple/"
SECRET = "canary-hunter2"


def environ_of(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": str(folder), "HOME": str(folder), **more}


def failure(program: Path, seconds: float = 20.0) -> AuthenticationError:
    """Return the error that a helper ends in; its sentence is one, and shows no secret."""
    with pytest.raises(AuthenticationError) as failed:
        ask_helper(str(program), URI, environ_of(program.parent), seconds=seconds)
    told = f"{failed.value.sentence}{failed.value.hint}{failed.value.details}"
    assert SECRET not in told
    assert "\n" not in failed.value.sentence
    assert "the credential helper" in failed.value.sentence
    return failed.value


# A helper


def test_a_helper_is_asked_on_its_input_and_answers_with_headers(tmp_path: Path) -> None:
    program = write_helper(tmp_path / "helper", says(SECRET))
    answer = ask_helper(str(program), URI, environ_of(tmp_path))
    assert answer.headers == {"authorization": f"Bearer {SECRET}"}
    assert asked(program) == [[["get"], {"uri": URI}]]
    assert answer.is_fresh
    assert SECRET not in repr(answer)


def test_a_helper_without_a_folder_is_found_on_path_where_that_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_helper(tmp_path / "bin" / "my-helper", says(SECRET))
    assert ask_helper("my-helper", URI, environ_of(tmp_path / "bin")).headers
    monkeypatch.chdir(tmp_path)
    for environ in ({"PATH": "bin"}, {"PATH": ""}, {}):
        with pytest.raises(AuthenticationError, match="my-helper is not there"):
            ask_helper("my-helper", URI, environ)
    with pytest.raises(AuthenticationError, match="is not there"):
        ask_helper("bin/my-helper", URI, environ_of(tmp_path))


def test_what_was_given_to_frazil_alone_does_not_reach_a_helper(tmp_path: Path) -> None:
    body = "import os\nprint(json.dumps({'headers': {'X-Seen': [n for n in os.environ if n.startswith('FRAZIL_')]}}))"
    program = write_helper(tmp_path / "helper", body)
    answer = ask_helper(str(program), URI, environ_of(tmp_path, FRAZIL_INDEX_CORP_PASSWORD=SECRET))
    assert answer.headers == {}


@pytest.mark.parametrize(
    ("body", "says_so"),
    [
        (f"print('{SECRET}', file=sys.stderr); sys.exit(3)", "failed with exit code 3"),
        (f"print('{SECRET}'); sys.exit(1)", "failed with exit code 1"),
        (f"print('{SECRET}')", "it is not JSON"),
        ("", "it is not JSON"),
        (f"print('[\"{SECRET}\"]')", "no JSON object"),
        (f'print(\'{{"headers": "{SECRET}"}}\')', "`headers` is no object"),
        (f'print(\'{{"headers": {{"A": "{SECRET}"}}}}\')', "the header A"),
        (f"print(json.dumps({{'headers': {{'A': ['{SECRET}\\r\\nHost: evil']}}}}))", "the header A"),
        (f"print(json.dumps({{'headers': {{'Host': ['{SECRET}']}}}}))", "not for it to set"),
        (f"print(json.dumps({{'headers': {{'{SECRET}:': ['x']}}}}))", "not for it to set"),
        (f"print(json.dumps({{'headers': {{}}, 'expires': '{SECRET}'}}))", "no time as RFC 3339"),
        (f"print('{SECRET}' * 10000)", "said more than 65536 bytes"),
        (f"sys.stdout.buffer.write(b'\\xff{SECRET}')", "it is not JSON"),
    ],
)
def test_a_helper_that_fails_is_one_sentence_without_its_secrets(tmp_path: Path, body: str, says_so: str) -> None:
    assert says_so in failure(write_helper(tmp_path / "helper", body)).sentence


def test_a_helper_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    child = f"import time\nwhile True:\n    open({str(beat)!r}, 'a').write('x'); time.sleep(0.01)"
    body = f"import subprocess\nsubprocess.Popen([sys.executable, '-c', {child!r}])\nprint('{SECRET}', flush=True)"
    error = failure(write_helper(tmp_path / "helper", f"{body}\ntime.sleep(600)"), seconds=1.0)
    assert "did not answer within 1 seconds" in error.sentence
    size = beat.stat().st_size if beat.exists() else 0
    time.sleep(0.1)
    assert (beat.stat().st_size if beat.exists() else 0) == size


def test_one_that_reads_nothing_may_answer(tmp_path: Path) -> None:
    program = write_program(tmp_path / "helper", says(SECRET))
    assert ask_helper(str(program), URI, environ_of(tmp_path)).headers


def test_one_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    program = tmp_path / "helper"
    program.write_text("no program")
    assert "cannot be run" in failure(program).sentence
    assert "is not there" in failure(tmp_path / "nothing").sentence


@pytest.mark.parametrize(
    ("expires", "fresh"),
    [
        ("2001-01-01T00:00:00Z", False),
        ("2100-01-01T00:00:00Z", True),
        ("2100-01-01T00:00:00.123456789+02:00", True),
        ("2100-01-01T00:00:00", True),
        (None, True),
    ],
)
def test_an_answer_is_used_until_it_expires(expires: str | None, fresh: bool) -> None:
    answer = parse_answer(json.dumps({"headers": {}, "expires": expires}).encode())
    assert answer.is_fresh is fresh


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_whatever_a_helper_prints_is_an_answer_or_unfit(said: bytes | str) -> None:
    with contextlib.suppress(_Unfit):
        assert isinstance(parse_answer(said.encode() if isinstance(said, str) else said).headers, dict)


# keyring


def test_keyring_is_asked_for_the_address_and_then_for_the_host(tmp_path: Path) -> None:
    program = write_keyring(tmp_path / "keyring", {("get", "index.example", "me"): SECRET})
    assert ask_keyring(URI, "me", environ_of(tmp_path)) == ("me", SECRET)
    assert asked(program) == [["get", URI, "me"], ["get", "index.example", "me"]]


def test_without_a_user_name_keyring_is_asked_for_both(tmp_path: Path) -> None:
    program = write_keyring(tmp_path / "keyring", {("--mode", "creds", "get", URI): f"me\n{SECRET}"})
    assert ask_keyring(URI, None, environ_of(tmp_path)) == ("me", SECRET)
    assert asked(program) == [["--mode", "creds", "get", URI]]


def test_a_keyring_that_knows_nothing_is_no_error(tmp_path: Path) -> None:
    write_keyring(tmp_path / "keyring", {})
    assert ask_keyring(URI, "me", environ_of(tmp_path)) is None


@pytest.mark.parametrize(
    ("body", "says_so"),
    [
        (f"import sys; print('{SECRET}', file=sys.stderr); sys.exit(2)", "failed with exit code 2"),
        (f"import sys; sys.stdout.buffer.write(b'\\xff{SECRET}')", "cannot be used"),
        (f"print('\\n{SECRET}')", "cannot be used"),
        (f"import time; print('{SECRET}', flush=True); time.sleep(600)", "within 1 seconds"),
    ],
)
def test_a_keyring_that_fails_is_one_sentence_without_its_secrets(tmp_path: Path, body: str, says_so: str) -> None:
    write_program(tmp_path / "keyring", body)
    with pytest.raises(AuthenticationError, match=says_so) as failed:
        ask_keyring(URI, "me", environ_of(tmp_path), seconds=1.0 if "sleep" in body else 20.0)
    assert SECRET not in f"{failed.value.sentence}{failed.value.hint}"


def test_a_keyring_that_is_to_be_asked_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError, match="not on PATH"):
        ask_keyring(URI, "me", environ_of(tmp_path))
