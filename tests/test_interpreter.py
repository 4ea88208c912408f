"""The interpreter that runs, as an environment, and which declared ones it is at home in."""

import sys

import pytest

from frazil.interpreter import matches, running_interpreter
from frazil.project.environments import current_environment, parse_environment

MINOR, PLATFORM, _ = current_environment()


def test_the_running_interpreter_takes_what_it_runs() -> None:
    here = running_interpreter()
    assert here.python_full_version.startswith(f"3.{sys.version_info.minor}.")
    assert "py3-none-any" in here.rank
    assert "extra" not in dict(here.markers)


def test_it_matches_what_a_project_without_configuration_is_locked_for() -> None:
    assert matches(parse_environment("here", MINOR, PLATFORM))
    assert matches(parse_environment("here", f"{MINOR}.1", PLATFORM))


@pytest.mark.parametrize(
    ("python", "platform"),
    [
        ("3.9", PLATFORM),
        (MINOR, "win32" if sys.platform != "win32" else "linux_x86_64"),
        (MINOR, "musllinux_1_2_s390x"),
        ("3.14t", PLATFORM),
    ],
)
def test_it_does_not_match_another_python_or_platform(python: str, platform: str) -> None:
    assert not matches(parse_environment("other", python, platform))
