"""Envoy before a real cache: what load balancers answer when they are busy, slow, or want to know who asks."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.cache_programs import free_port, nginx, program, running
from tests.support.index_server import IndexServer, world
from tests.support.teams import PACKAGES, WHEELS, Team

pytestmark = pytest.mark.integration
TOKEN = "right"


def _configuration(port: int, admin: int, upstream: int) -> dict[str, object]:
    """Let through who has the token, to the cache; delays and refusals are set while it runs."""
    types = "type.googleapis.com/envoy.extensions.filters"
    fault = {
        "@type": f"{types}.http.fault.v3.HTTPFault",
        "abort": {"http_status": 503, "percentage": {"numerator": 0}},
        "delay": {"fixed_delay": "1s", "percentage": {"numerator": 0}},
    }
    known = {"name": "authorization", "string_match": {"exact": f"Bearer {TOKEN}"}}
    routes = [
        {"match": {"prefix": "/", "headers": [known]}, "route": {"cluster": "cache"}},
        {"match": {"prefix": "/"}, "direct_response": {"status": 401}},
    ]
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "cache",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {"name": "envoy.filters.http.fault", "typed_config": fault},
            {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}},
        ],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    endpoint = {"endpoint": {"address": _address(upstream)}}
    cluster = {
        "name": "cache",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "cache", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    return {
        "admin": {"address": _address(admin)},
        "layered_runtime": {"layers": [{"name": "admin", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [{"address": _address(port), "filter_chains": [chain]}],
            "clusters": [cluster],
        },
    }


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


class Envoy:
    """A running Envoy."""

    def __init__(self, port: int, admin: int) -> None:
        self.port, self._admin = port, admin

    def set(self, **values: int) -> None:
        """Set faults: `abort_percent`, `http_status`, `delay_percent`, `delay_ms`."""
        keys = {
            "abort_percent": "abort.abort_percent",
            "http_status": "abort.http_status",
            "delay_percent": "delay.fixed_delay_percent",
            "delay_ms": "delay.fixed_duration_ms",
        }
        given = {f"fault.http.{keys[name]}": str(value) for name, value in values.items()}
        url = f"http://127.0.0.1:{self._admin}/runtime_modify"
        httpx.post(url, params=given, trust_env=False).raise_for_status()


@contextlib.contextmanager
def envoy(folder: Path, upstream: int) -> Iterator[Envoy]:
    path, port, admin = program("envoy"), free_port(), free_port()
    folder.mkdir()
    (folder / "envoy.json").write_text(json.dumps(_configuration(port, admin, upstream)))
    quiet = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "error")
    with running([path, "-c", str(folder / "envoy.json"), *quiet], port, folder):
        yield Envoy(port, admin)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Team, Envoy]]:
    (tmp_path / "cache").mkdir()
    with IndexServer() as index, nginx(tmp_path / "cache") as address:
        upstream = int(address.rpartition(":")[2].partition("/")[0])
        with envoy(tmp_path / "envoy", upstream) as door:
            outside = f"http://127.0.0.1:{door.port}/team"
            yield Team(tmp_path, world(index, PACKAGES), outside, FRAZIL_REMOTE_CACHE_TOKEN=TOKEN), door


def test_with_the_token_it_is_read_and_written(team: tuple[Team, Envoy]) -> None:
    machines, _ = team
    machines.fill()
    machines.index.close()
    reader = machines.machine("reader")
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])


@pytest.mark.parametrize("token", ["wrong", ""])
def test_without_it_one_warning_says_so(team: tuple[Team, Envoy], token: str) -> None:
    machines, _ = team
    machines.fill()
    reader = machines.machine("reader", FRAZIL_REMOTE_CACHE_TOKEN=token)
    assert reader.ensure().tier == "resolve"
    (warning,) = reader.warnings
    assert "401" in warning
    assert TOKEN not in warning.split()


@pytest.mark.parametrize(
    "faults",
    [
        {"abort_percent": 100, "http_status": 503},
        {"abort_percent": 100, "http_status": 429},
        {"delay_percent": 100, "delay_ms": 10_000},
    ],
    ids=["503", "429", "ten-seconds"],
)
def test_a_cache_that_is_busy_or_slow_is_one_warning(team: tuple[Team, Envoy], faults: dict[str, int]) -> None:
    machines, door = team
    machines.fill()
    door.set(**faults)
    reader = machines.machine("reader", write=True, timeout=1.0)
    assert reader.ensure().tier == "resolve"
    assert reader.delivered() == WHEELS
    assert len(reader.warnings) == 1


def test_a_cache_that_fails_now_and_then_never_makes_a_wrong_result(team: tuple[Team, Envoy]) -> None:
    machines, door = team
    machines.fill()
    door.set(abort_percent=30, http_status=503)
    for number in range(6):
        reader = machines.machine(f"reader-{number}", write=True, timeout=2.0)
        reader.ensure()
        assert reader.delivered() == WHEELS
        assert len(reader.warnings) <= 2


def test_a_cache_that_is_a_little_slow_is_waited_for(team: tuple[Team, Envoy]) -> None:
    machines, door = team
    machines.fill()
    machines.index.close()
    door.set(delay_percent=100, delay_ms=50)
    reader = machines.machine("reader", timeout=20.0)
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])
