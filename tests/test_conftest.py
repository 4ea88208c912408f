"""No test can reach this machine's home, caches, pip configuration or the network beyond loopback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.settings import Settings, settings_from


def test_the_home_is_not_the_real_one_and_frazils_places_lie_below_it(no_home: Path) -> None:
    assert Path.home() == no_home
    assert "no-home" in no_home.name
    settings = settings_from(os.environ)
    assert settings.cache.is_relative_to(no_home)
    assert settings.store.is_relative_to(no_home)


def test_pip_sees_no_configuration_of_this_machine() -> None:
    run = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [f":env:.config-file='{os.devnull}'"]


def test_no_variable_of_this_machine_reaches_a_test(settings: Settings) -> None:
    assert not [name for name in os.environ if name.startswith("FRAZIL_") or name.lower().endswith("_proxy")]
    assert [name for name in os.environ if name.startswith("PIP_")] == ["PIP_CONFIG_FILE"]
    assert settings.environ["HOME"] == os.environ["HOME"]
    assert settings.cache.name == "cache"


def test_only_loopback_can_be_reached() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="only loopback"):
        outside.connect(("192.0.2.1", 80))


@given(st.integers())
def test_the_guards_hold_in_property_tests_too(number: int) -> None:
    assert not (Path.home() / str(number)).exists()


ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("body", "ci", "code"),
    [("pytest.skip('needs it')", "true", 1), ("pytest.skip('needs it')", "", 0), ("pass", "true", 0)],
)
def test_a_build_service_fails_where_every_real_program_is_missing(
    tmp_path: Path, body: str, ci: str, code: int
) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(f"import pytest\npytestmark = pytest.mark.integration\ndef test_it():\n    {body}\n")
    options = [
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        str(ROOT / "pyproject.toml"),
        "-m",
        "integration",
    ]
    environ = {**os.environ, "CI": ci, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "pytest", *options, str(test)]
    run = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == code, run.stdout
    assert ("not one real cache could be had" in run.stdout) == bool(code)
