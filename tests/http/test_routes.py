"""Proxies and trust as curl, requests and pip understand them."""

import sys
from collections.abc import Mapping

import pytest

from frazil.credentials import Origin, origin_of
from frazil.http.routes import Routes

PROXY = {"https_proxy": "http://proxy.example:3128"}

pytestmark = pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="the system has an opinion too")


def origin(url: str) -> Origin:
    found = origin_of(url)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://index.example/", None),
        (PROXY, "https://index.example/", "http://proxy.example:3128"),
        (PROXY, "http://index.example/", None),
        ({"HTTPS_PROXY": "upper:1", "https_proxy": "lower:1"}, "https://index.example/", "http://lower:1"),
        ({"HTTPS_PROXY": "upper:1"}, "https://index.example/", "http://upper:1"),
        ({"ALL_PROXY": "socks5://any:1"}, "http://index.example/", "socks5://any:1"),
        ({"ALL_PROXY": "any:1", "HTTP_PROXY": "http:1"}, "http://index.example/", "http://http:1"),
        ({"HTTP_PROXY": "evil:1", "REQUEST_METHOD": "GET"}, "http://index.example/", None),
        ({"https_proxy": " "}, "https://index.example/", None),
    ],
)
def test_the_proxy_is_that_of_the_environment(environ: Mapping[str, str], url: str, proxy: str | None) -> None:
    assert Routes(environ).to(origin(url)).proxy == proxy


@pytest.mark.parametrize(
    ("excepted", "url", "direct"),
    [
        ("index.example", "https://index.example/", True),
        ("example", "https://index.example/", True),
        (".example", "https://index.example/", True),
        ("*.example", "https://index.example/", True),
        ("a, INDEX.example ,b", "https://index.example/", True),
        ("*", "https://index.example/", True),
        ("dex.example", "https://index.example/", False),
        ("index.example.org", "https://index.example/", False),
        ("index.example:8443", "https://index.example/", False),
        ("index.example:8443", "https://index.example:8443/", True),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.1.2.3", "https://10.1.2.3:99/", True),
        ("::1", "https://[::1]/", True),
        ("[::1]:443", "https://[::1]/", True),
        ("[::1]:444", "https://[::1]/", False),
        (",", "https://index.example/", False),
        (".", "https://index.example/", False),
        ("10.0.0.0/99", "https://10.1.2.3/", False),
    ],
)
def test_what_no_proxy_names_is_reached_directly(excepted: str, url: str, *, direct: bool) -> None:
    for routes in (
        Routes({**PROXY, "NO_PROXY": excepted}),
        Routes({"no_proxy": excepted}, proxy="http://proxy.example:3128"),
    ):
        assert (routes.to(origin(url)).proxy is None) is direct


def test_pips_own_proxy_goes_before_the_environment_and_serves_both_schemes() -> None:
    routes = Routes(PROXY, proxy="pip.example:1")
    assert routes.to(origin("https://index.example/")).proxy == "http://pip.example:1"
    assert routes.to(origin("http://index.example/")).proxy == "http://pip.example:1"


def test_trusted_hosts_are_trusted_on_every_port_or_the_one_they_name() -> None:
    routes = Routes({}, trusted_hosts=["A.example", "b.example:8443", "[::1]"])
    assert not routes.to(origin("https://a.example:1/")).verified
    assert not routes.to(origin("https://b.example:8443/")).verified
    assert not routes.to(origin("https://[::1]/")).verified
    assert routes.to(origin("https://b.example/")).verified
    assert routes.to(origin("https://x.a.example/")).verified


def test_a_proxys_password_does_not_show() -> None:
    route = Routes({}, proxy="http://me:canary@proxy.example").to(origin("https://index.example/"))
    assert "canary" not in repr(route)
