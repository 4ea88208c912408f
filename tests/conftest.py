"""What every test has: no real home, no real pip configuration, no network but loopback."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from frazil.settings import Settings
from tests.support.index_server import IndexServer

_PLACES = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS", "APPDATA", "LOCALAPPDATA")
_PREFIXES = ("FRAZIL_", "PIP_", "UV_", "XDG_", "GIT_", "NETRC")
_NAMES = {
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"),
    *("requests_ca_bundle", "curl_ca_bundle", "no_color", "force_color", "virtual_env", "ci"),
}


# How long one example takes says more of the machine than of the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that ask the real index or start real programs, unless they were asked for."""
    for marker in ("live", "integration"):
        if os.environ.get(f"FRAZIL_{marker.upper()}") == "1" or marker in (config.option.markexpr or ""):
            continue
        left_out = [item for item in items if item.get_closest_marker(marker)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a build service fail where every test of real programs was skipped: it would show nothing for ever."""
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    asked = "integration" in (config.option.markexpr or "").split()
    if reporter is None or not asked or os.environ.get("CI") != "true":
        return
    if reporter.stats.get("skipped") and not reporter.stats.get("passed"):
        reporter.write_line("error: not one real cache could be had, and CI=true: see what was skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def no_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that does not exist: nothing of this machine is read from it."""
    return tmp_path_factory.mktemp("machine") / "no-home"


@pytest.fixture(autouse=True)
def _no_real_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, no_home: Path) -> None:
    """Keep this machine's home, caches, proxies and pip configuration out of every test; the network too."""
    if request.node.get_closest_marker("live"):
        return
    for name in [n for n in os.environ if n.startswith(_PREFIXES) or n.lower() in _NAMES]:
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE", *_PLACES):
        monkeypatch.setenv(name, str(no_home))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(socket.socket, "connect", _loopback_only(socket.socket.connect))


def _loopback_only(connect: Any) -> Any:
    def connect_to_loopback(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test asked for {address[0]}: only loopback is allowed")
        return connect(self, address)

    return connect_to_loopback


@pytest.fixture
def index_server() -> Iterator[IndexServer]:
    """An empty index on loopback."""
    with IndexServer() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose store, cache and environment are this test's own."""
    return Settings(store=tmp_path / "store", cache=tmp_path / "cache", environ=dict(os.environ), timeout=5.0)
