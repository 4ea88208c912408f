"""Who names the shared cache, what holds for whose address, and that nobody pays for one that is not there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from frazil.errors import AuthenticationError, ConfigurationError, DiskError, FrazilError, UsageError
from frazil.settings import RemoteOptions
from tests.support.cache_server import CacheServer
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine
from tests.support.programs import asked, says, write_helper

TOKEN = "FRAZIL_REMOTE_CACHE_TOKEN"


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield world(server, {"a": {"1": []}})


@pytest.fixture
def cache() -> Iterator[CacheServer]:
    with CacheServer() as server:
        yield server


@pytest.fixture
def other() -> Iterator[CacheServer]:
    with CacheServer() as server:
        yield server


@pytest.fixture
def machine(index: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home", index, tmp_path / "shop")
    machine.declare({"one": ["a"]})
    return machine


def configure(machine: Machine, text: str) -> None:
    """Write the user's configuration."""
    path = machine.home / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    machine.variables["FRAZIL_CONFIG_FILE"] = str(path)


def declare(machine: Machine, text: str) -> None:
    """Let the project name a cache."""
    machine.declare({"one": ["a"]})
    with (machine.project / "frazil.toml").open("a") as file:
        file.write(f"[remote-cache]\n{text}\n")


def written(cache: CacheServer) -> bool:
    return any(request.method == "PUT" for request in cache.log)


# Who names it ----------------------------------------------------------------------------------------------


def test_the_environment_names_a_cache(machine: Machine, cache: CacheServer) -> None:
    machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_REMOTE_CACHE_WRITE": "1"}
    machine.ensure()
    assert written(cache)


def test_the_users_configuration_names_a_cache_and_lets_it_be_written(machine: Machine, cache: CacheServer) -> None:
    configure(machine, f'[remote-cache]\nurl = "{cache.url}"\nwrite = true\n')
    machine.ensure()
    assert written(cache)


def test_the_site_names_a_cache_and_the_user_goes_first(
    machine: Machine, cache: CacheServer, other: CacheServer, tmp_path: Path
) -> None:
    site = tmp_path / "etc" / "frazil" / "config.toml"
    site.parent.mkdir(parents=True)
    site.write_text(f'[remote-cache]\nurl = "{cache.url}"\nwrite = true\n')
    machine.variables["XDG_CONFIG_DIRS"] = str(tmp_path / "etc")
    machine.ensure()
    assert written(cache)
    cache.forget()
    configure(machine, f'[remote-cache]\nurl = "{other.url}"')
    machine.forget_store()
    machine.forget_output()
    machine.ensure()
    assert (cache.log, bool(other.log)) == ([], True)


def test_the_project_names_a_cache_that_is_read(machine: Machine, cache: CacheServer) -> None:
    declare(machine, f'url = "{cache.url}"')
    machine.ensure()
    assert cache.log
    assert not written(cache)


def test_the_project_cannot_say_that_its_cache_is_written(machine: Machine, cache: CacheServer) -> None:
    declare(machine, f'url = "{cache.url}"\nwrite = true')
    with pytest.raises(ConfigurationError, match=r'frazil\.toml: unknown key "write" in \[remote-cache\]'):
        machine.ensure()


def test_what_the_project_names_is_not_read_under_frozen(machine: Machine, cache: CacheServer) -> None:
    machine.resolve()
    declare(machine, f'url = "{cache.url}"')
    machine.fetch(frozen=True)
    assert cache.log == []


def test_the_environment_goes_before_the_user_and_the_user_before_the_project(
    machine: Machine, cache: CacheServer, other: CacheServer
) -> None:
    declare(machine, f'url = "{other.url}"')
    configure(machine, f'[remote-cache]\nurl = "{cache.url}"')
    machine.ensure()
    assert (bool(cache.log), other.log) == (True, [])
    cache.forget()
    machine.remote = RemoteOptions(address=other.url)
    machine.forget_store()
    machine.forget_output()
    machine.ensure()
    assert (cache.log, bool(other.log)) == ([], True)


def test_what_the_user_says_of_one_cache_does_not_hold_for_another(
    machine: Machine, cache: CacheServer, other: CacheServer
) -> None:
    configure(machine, f'[remote-cache]\nurl = "{other.url}"\nwrite = true')
    machine.remote = RemoteOptions(address=cache.url)
    machine.ensure()
    assert (written(cache), other.log) == (False, [])


@pytest.mark.parametrize("how", ["off", "no-cache", "offline"])
def test_a_cache_that_is_configured_can_be_left_out(machine: Machine, cache: CacheServer, how: str) -> None:
    machine.ensure()
    machine.forget_output()
    (machine.project / "frozen.json").unlink()
    configure(machine, f'[remote-cache]\nurl = "{cache.url}"')
    if how == "off":
        machine.variables["FRAZIL_REMOTE_CACHE"] = "off"
    if how == "offline":
        machine.ensure(offline=True)
    elif how == "off":
        machine.forget_cache()
        machine.ensure()
    else:
        machine.no_cache = True
        machine.ensure()
    assert cache.log == []


# Tokens and passwords --------------------------------------------------------------------------------------


def authorizations(cache: CacheServer) -> set[str | None]:
    return {request.headers.get("authorization") for request in cache.log}


def uris_of(helper: Path) -> set[str]:
    """Return what a helper was asked about."""
    return {question[1]["uri"] for question in asked(helper)}


def test_a_token_goes_to_the_address_that_the_user_named(machine: Machine, cache: CacheServer) -> None:
    machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, TOKEN: "hunter2", "FRAZIL_REMOTE_CACHE_WRITE": "1"}
    machine.ensure()
    assert authorizations(cache) == {"Bearer hunter2"}
    assert written(cache)


def test_a_token_never_goes_to_an_address_that_the_project_named(machine: Machine, cache: CacheServer) -> None:
    declare(machine, f'url = "{cache.url}"')
    machine.variables = {TOKEN: "hunter2"}
    machine.ensure()
    assert authorizations(cache) == {None}


def test_a_projects_bucket_cannot_name_the_endpoint_that_a_machine_shows_its_identity_to(machine: Machine) -> None:
    declare(machine, 'url = "az://team?endpoint=http://127.0.0.1:9/"')
    with pytest.raises(ConfigurationError, match="the address that a project names cannot have options"):
        machine.ensure()


def test_a_password_in_the_address_is_used_and_never_shown(machine: Machine, cache: CacheServer) -> None:
    cache.token = "wanted"
    machine.remote = RemoteOptions(address=cache.url.replace("://", "://me:hunter2@"))
    machine.ensure()
    assert {str(a).partition(" ")[0] for a in authorizations(cache)} == {"Basic"}
    (warning,) = machine.warnings
    assert "401" in warning
    assert "hunter2" not in warning


@pytest.mark.parametrize("where", ["environment", "configuration"])
def test_a_token_file_and_headers_say_who_asks(machine: Machine, cache: CacheServer, where: str) -> None:
    token = machine.home / "token"
    token.parent.mkdir(parents=True)
    token.write_text("hunter2\n")
    if where == "environment":
        machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_REMOTE_CACHE_TOKEN_FILE": str(token)}
        machine.variables["FRAZIL_REMOTE_CACHE_HEADERS"] = "X-Team: one, two\nX-More: canary"
    else:
        headers = '{ X-Team = "one, two", "X-More" = "canary" }'
        configure(machine, f'[remote-cache]\nurl = "{cache.url}"\ntoken-file = "{token}"\nheaders = {headers}\n')
    machine.ensure()
    for request in cache.log:
        sent = {name: request.headers.get(name) for name in ("authorization", "x-team", "x-more")}
        assert sent == {"authorization": "Bearer hunter2", "x-team": "one, two", "x-more": "canary"}
    assert cache.log


def test_neither_goes_to_an_address_that_the_project_named(machine: Machine, cache: CacheServer) -> None:
    declare(machine, f'url = "{cache.url}"')
    helper = write_helper(machine.home / "helper", says("hunter2"))
    machine.variables = {"FRAZIL_REMOTE_CACHE_HEADERS": "X-More: canary", "FRAZIL_CREDENTIAL_HELPER": str(helper)}
    machine.variables["FRAZIL_REMOTE_CACHE_TOKEN_FILE"] = str(machine.home / "nothing")
    machine.ensure()
    sent = [(request.headers.get("authorization"), request.headers.get("x-more")) for request in cache.log]
    assert sent
    assert set(sent) == {(None, None)}
    assert asked(helper)
    assert not [uri for uri in uris_of(helper) if uri.startswith(cache.url)]


def test_a_project_cannot_say_what_is_sent(machine: Machine, cache: CacheServer) -> None:
    declare(machine, f'url = "{cache.url}"\ntoken-file = "/etc/passwd"')
    with pytest.raises(ConfigurationError, match="token-file"):
        machine.ensure()


def test_a_helper_says_who_asks(machine: Machine, cache: CacheServer) -> None:
    helper = write_helper(machine.home / "helper", says("hunter2"))
    machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_CREDENTIAL_HELPER": str(helper)}
    machine.ensure()
    assert authorizations(cache) == {"Bearer hunter2"}
    assert f"{cache.url}/" in uris_of(helper)
    assert machine.server.url.replace("simple/", "") in uris_of(helper)


def test_a_helper_that_fails_about_the_cache_is_one_warning(machine: Machine, cache: CacheServer) -> None:
    body = "sys.exit(7) if '/cache/' in question else print('{}')"
    helper = write_helper(machine.home / "helper", body)
    machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_CREDENTIAL_HELPER": str(helper)}
    assert machine.ensure().tier == "resolve"
    (warning,) = machine.warnings
    assert "exit code 7" in warning
    assert cache.log == []


def test_a_helper_that_fails_about_an_index_ends_the_run(machine: Machine) -> None:
    machine.variables["FRAZIL_CREDENTIAL_HELPER"] = str(write_helper(machine.home / "helper", "sys.exit(7)"))
    machine.requests()
    with pytest.raises(AuthenticationError, match="exit code 7"):
        machine.ensure()
    assert machine.requests() == []


@pytest.mark.parametrize(
    ("content", "says_so"),
    [(None, "cannot be read"), (b"", "one token"), (b"hunter2\nhunter3", "one token"), (b"\xffhunter2", "one token")],
)
def test_a_token_file_that_holds_no_token_is_one_sentence(
    machine: Machine, cache: CacheServer, content: bytes | None, says_so: str
) -> None:
    token = machine.home / "token"
    token.parent.mkdir(parents=True)
    if content is not None:
        token.write_bytes(content)
    machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_REMOTE_CACHE_TOKEN_FILE": str(token)}
    with pytest.raises(FrazilError, match=says_so) as failed:
        machine.ensure()
    assert "hunter" not in str(failed.value)


@pytest.mark.parametrize("lines", ["hunter2", "Host: hunter2", "X: hunter2\x00", "hunter 2: x", "Content-Length: 1"])
def test_headers_that_are_none_are_one_sentence_without_their_values(
    machine: Machine, cache: CacheServer, lines: str
) -> None:
    machine.variables = {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_REMOTE_CACHE_HEADERS": lines}
    with pytest.raises(UsageError, match="FRAZIL_REMOTE_CACHE_HEADERS") as failed:
        machine.ensure()
    assert "hunter" not in f"{failed.value.sentence}{failed.value.hint}"


# Mistakes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("cache.example", "is no address of a shared cache"),
        ("ftp://cache.example", "is no address of a shared cache"),
        ("file://server/share", "names no folder"),
        ("https://", "names no host"),
        ("https://cache.example:port/", "is no address"),
        ("https://cache.example/?token=x", "has a `\\?`"),
    ],
)
def test_an_address_that_is_none_is_one_sentence(machine: Machine, address: str, says: str) -> None:
    machine.remote = RemoteOptions(address=address)
    with pytest.raises(ConfigurationError, match=says):
        machine.ensure()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[remote-cash]", 'unknown key "remote-cash"'),
        ("[remote-cache]\nurl = 1", "must be a string"),
        ('[remote-cache]\nurl = "https://cache.example"\nwrites = true', 'unknown key "writes"'),
        ('[remote-cache]\ntimeout = "long"', "must be a number of seconds"),
        ("[remote-cache", "is not TOML"),
    ],
)
def test_a_mistake_in_the_users_configuration_names_the_file(machine: Machine, text: str, says: str) -> None:
    configure(machine, text)
    with pytest.raises(ConfigurationError, match=says) as wrong:
        machine.ensure()
    assert "config.toml" in wrong.value.sentence


def test_a_configuration_that_cannot_be_read_is_one_sentence(machine: Machine) -> None:
    machine.home.mkdir()
    machine.variables["FRAZIL_CONFIG_FILE"] = str(machine.home)
    with pytest.raises(DiskError, match="cannot read"):
        machine.ensure()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FRAZIL_REMOTE_TIMEOUT", "0"), ("FRAZIL_REMOTE_TIMEOUT", "soon"), ("FRAZIL_REMOTE_REQUIRED", "maybe")],
)
def test_a_variable_with_another_value_is_a_mistake_that_names_it(machine: Machine, variable: str, value: str) -> None:
    machine.variables = {"FRAZIL_REMOTE_CACHE": "file:///nowhere", variable: value}
    with pytest.raises(UsageError, match=variable):
        machine.ensure()


@pytest.mark.parametrize(("scheme", "library"), [("grpc", "grpc"), ("s3", "obstore"), ("az", "obstore")])
def test_a_backend_whose_library_is_missing_says_how_to_get_it(machine: Machine, scheme: str, library: str) -> None:
    if find_spec(library) is not None:
        pytest.skip(f"{library} is installed")
    machine.remote = RemoteOptions(address=f"{scheme}://cache.example/team")
    with pytest.raises(ConfigurationError, match=f"needs {library}, which is not installed") as missing:
        machine.ensure()
    assert "pip install 'frazil[" in str(missing.value.hint)


# Nobody pays for what is not there -------------------------------------------------------------------------


def command(machine: Machine, **variables: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FRAZIL_CACHE_DIR": str(machine.home / "cache"),
        "FRAZIL_STORE": str(machine.home / "store"),
        **variables,
    }


COUNT = """
import sys
from frazil.cli.entry import main
sys.argv = ["frazil", "ensure", "-q"]
try:
    main()
finally:
    print(sorted(name for name in sys.modules if name.startswith(("frazil.remote", "grpc", "obstore"))))
"""


def loaded(machine: Machine, **variables: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", COUNT],
        cwd=machine.project,
        env=command(machine, **variables),
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.strip()


def test_without_a_shared_cache_none_of_it_is_imported(machine: Machine) -> None:
    assert loaded(machine) == "[]"


def test_with_one_only_its_own_backend_is_imported(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    names = loaded(machine, FRAZIL_REMOTE_CACHE=(tmp_path / "shared").as_uri())
    assert "frazil.remote.folder" in names
    assert "frazil.remote.bazel" not in names


def test_a_run_that_needs_no_cache_asks_none_and_reads_no_configuration(machine: Machine) -> None:
    machine.ensure()
    configure(machine, "[this is not TOML")
    machine.forget_output()
    assert machine.ensure().tier == "resolve-result"
    assert machine.ensure().tier == "fetch-result"


NAMED = {"FRAZIL_REMOTE_CACHE": "CACHE", "FRAZIL_REMOTE_CACHE_TOKEN": "hunter2"}


def _no_op(machine: Machine, *prefix: str, **variables: str) -> str:
    """Run `frazil ensure` with nothing to do, in a process of its own; return what it says on its standard error."""
    places = {"FRAZIL_STORE": str(machine.home / "store"), "FRAZIL_CACHE_DIR": str(machine.home / "cache")}
    python = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    environ = {**machine.settings.environ, **python, **places, **variables}
    command = [*prefix, "-m", "frazil", "ensure"]
    ran = subprocess.run(command, cwd=machine.project, env=environ, capture_output=True, text=True, check=False)
    if ran.returncode and prefix[0] == "strace":
        pytest.skip(f"strace may not look at a process here: {ran.stderr[-200:]}")
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def _settle(machine: Machine, **variables: str) -> None:
    """Let a run with these variables, by which it is known too, leave a stamp.

    The first may find files that are too new to be known by their look, and leaves none then.
    """
    for _ in range(2):
        _no_op(machine, sys.executable, **variables)


def test_a_cache_that_nothing_needs_costs_no_import(machine: Machine, cache: CacheServer) -> None:
    machine.ensure()
    imported = []
    for variables in ({}, {**NAMED, "FRAZIL_REMOTE_CACHE": cache.url}):
        _settle(machine, **variables)
        said = _no_op(machine, sys.executable, "-X", "importtime", **variables)
        lines = [line for line in said.splitlines() if line.startswith("import time:")]
        imported.append([line.rpartition("|")[2].strip() for line in lines])
    assert imported[0] == imported[1]
    assert any("frazil" in name for name in imported[0])
    assert cache.log == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_cache_that_nothing_needs_costs_no_file_and_no_connection(
    machine: Machine, cache: CacheServer, tmp_path: Path
) -> None:
    machine.ensure()
    called, log = [], tmp_path / "calls"
    watched = "trace=open,openat,stat,lstat,newfstatat,connect,socket"
    for variables in ({}, {**NAMED, "FRAZIL_REMOTE_CACHE": cache.url}):
        _settle(machine, **variables)
        _no_op(machine, "strace", "-f", "-qq", "-e", watched, "-o", str(log), sys.executable, **variables)
        called.append([_call(line) for line in log.read_text().splitlines()])
    assert called[0] == called[1]
    assert any("stamps" in call for call in called[0])


def _call(line: str) -> str:
    """Return what a call is for, without process, result and digests."""
    name, _, arguments = line.partition("(")
    quoted = arguments.split('"')
    return re.sub("[0-9a-f]{64}", "…", f"{name.split()[-1]} {quoted[1] if len(quoted) > 1 else ''}")
