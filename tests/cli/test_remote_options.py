"""What the command line says of a shared cache, and what it leaves open for configuration."""

from pathlib import Path

from frazil.delivery import FetchReport
from frazil.settings import RemoteOptions
from tests.support.command_lines import StandIn, run_line


def asked(*argv: str, **environ: str) -> RemoteOptions:
    api = StandIn(fetching=FetchReport(out=Path("/repo/out")))
    ran = run_line("fetch", *argv, environ=environ, api=api)
    assert ran.code == 0
    remote: RemoteOptions = api.asked["settings"].remote
    return remote


def test_nothing_said_is_nothing_decided() -> None:
    assert asked() == RemoteOptions()


def test_flags_and_variables_say_the_same() -> None:
    said = RemoteOptions(address="file:///srv/cache", read=False, write=True, required=True, timeout=9)
    flags = ("--remote-cache-write", "--no-remote-cache-read", "--remote-required", "--remote-timeout", "9")
    assert asked("--remote-cache", "file:///srv/cache", *flags) == said
    variables = {
        "FRAZIL_REMOTE_CACHE": "file:///srv/cache",
        "FRAZIL_REMOTE_CACHE_WRITE": "1",
        "FRAZIL_NO_REMOTE_CACHE_READ": "yes",
        "FRAZIL_REMOTE_REQUIRED": "true",
        "FRAZIL_REMOTE_TIMEOUT": "9",
    }
    assert asked(**variables) == said


def test_a_switch_that_is_off_is_said_too() -> None:
    assert asked(FRAZIL_REMOTE_CACHE_WRITE="0") == RemoteOptions(write=False)
    assert asked(FRAZIL_NO_REMOTE_CACHE_READ="no") == RemoteOptions(read=True)


def test_a_time_that_is_none_is_a_mistake() -> None:
    ran = run_line("fetch", "--remote-timeout", "soon", api=StandIn())
    assert ran.code == 2
    assert "`--remote-timeout` takes a number of seconds" in ran.err
