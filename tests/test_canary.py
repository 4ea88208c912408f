"""A secret that was given in any place is in no file, on no screen, and at no server that it is not for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.canaries import INDEXES, Canaries, Said, canary, forms

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are scripts")


@pytest.fixture
def canaries(tmp_path: Path) -> Iterator[Canaries]:
    with Canaries(tmp_path) as canaries:
        yield canaries


def test_every_secret_is_used_and_none_is_seen(canaries: Canaries) -> None:
    run, out = canaries.run, canaries.out
    assert run("resolve", "-vv", "--trace", str(out / "resolve.trace")).code == 0
    assert run("fetch", "-vv", "--trace", str(out / "fetch.trace"), FRAZIL_REMOTE_CACHE="off").code == 0
    assert run("ensure", "--json", "--trace", str(out / "ensure.trace"), "--out", str(out / "wheels")).code == 0
    old = (canaries.shop / "frozen.json").read_bytes()
    (out / "old.json").write_bytes(old)
    canaries.indexes["netrc"].add_wheel("netrc", "2.0")
    cold = canaries.cold.url.replace("://", f"://me:{canary('cache')}@")
    assert run("resolve", "-U", "--json", FRAZIL_REMOTE_CACHE=cold).code == 0
    assert (canaries.shop / "frozen.json").read_bytes() != old
    for command in (
        "ensure -vv",
        "resolve --check --json",
        f"report html -o {out}/page.html",
        f"diff {out}/old.json --json",
        f"diff {out}/old.json",
        f"report html {out}/old.json -o {out}/change.html",
        f"export -o {out}/pylock.toml",
        f"export web --format requirements -o {out}/requirements",
        f"export --format cyclonedx -o {out}/sboms",
        "tree",
        "why-not netrc==1.0",
        "cache key",
        "cache verify --json",
    ):
        assert run(*command.split()).code == 0, f"{command}: {canaries.said[-1].text}"
    # From a lock alone nobody knows what stands in the project's addresses.
    assert run("report", "stale", "-vv").code == 3
    assert "/spelt/" in canaries.said[-1].text
    assert run("bundle", "web", "-vv", "-o", str(out / "web.tar")).code == 0
    assert canaries.leaks() == []
    heard = canaries.heard()
    for place in (*INDEXES, "proxy", "git"):
        assert any(form in heard[place] for form in forms(place)), place
    assert {p for p in ("token", "header") if canary(p).encode() in heard["shared"]} == {"token", "header"}
    assert any(form in heard["cold"] for form in forms("cache"))
    assert heard["elsewhere"] != b"[]"


def test_the_search_finds_what_is_there(canaries: Canaries) -> None:
    (canaries.out / "leak").write_bytes(forms("git")[2])
    canaries.said.append(Said(0, f"http://{canary('pip')}"))
    assert canaries.leaks() == ["out/leak: git", "run 0: pip"]


@pytest.mark.parametrize("name", [*INDEXES, "proxied"])
@pytest.mark.parametrize("how", ["wrong", "refused", "redirected"])
def test_no_secret_is_seen_when_its_server_fails(canaries: Canaries, name: str, how: str) -> None:
    server = canaries.proxy if name == "proxied" else canaries.indexes[name]
    match how:
        case "wrong":
            server.require_auth("me", "another")
        case "refused":
            server.close()
        case _:
            server.redirect("/simple/*", canaries.elsewhere.url)
            server.redirect("/packages/*", canaries.elsewhere.files_url)
    for command in (f"resolve -vv --trace {canaries.out}/trace", "ensure --json"):
        run = canaries.run(*command.split())
        assert run.code == (0 if how == "redirected" else 3), run.text
    assert canaries.leaks() == []


SECRET = canary("pip")


@pytest.mark.parametrize(
    "requirement",
    [
        f"tool @ git+http://me:{SECRET}@127.0.0.1:9/tool",
        f"tool @ https://me:{SECRET}@files.example/tool-1.0-py3-none-any.whl",
        f"tool @ https://me:{SECRET}@[files.example/tool-1.0-py3-none-any.whl",
        f"tool @ https://me:pa/{SECRET}@files.example/tool-1.0-py3-none-any.whl",
        f"tool @ https://me@corp.example:{SECRET}@files.example/tool-1.0-py3-none-any.whl",
        f"tool @ svn+https://me:{SECRET}@files.example/tool",
        f"https://me:{SECRET}@files.example/tool-1.0-py3-none-any.whl",
        f"tool>=1 ; https://me:{SECRET}@files.example/",
    ],
)
def test_a_secret_in_a_requirement_is_refused_without_being_shown(canaries: Canaries, requirement: str) -> None:
    _declare(canaries, "", requirement)
    assert canaries.run("resolve", "-vv").code in {1, 2, 3}
    assert canaries.leaks() == []


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{SECRET}@[index.example/simple/",
        f"https://me:{SECRET}@index.example:port/simple/",
        f"ftp://me:{SECRET}@index.example/simple/",
        f"//me:{SECRET}@index.example/simple/",
        f"https://me:pa/{SECRET}@index.example/simple/",
        f"https://me:pa?{SECRET}@index.example/simple/",
        f"https://me@corp.example:{SECRET}@127.0.0.1:9/simple/",
        f"http://me:{SECRET}%0d%0aX@127.0.0.1:9/simple/",
        f"http://{SECRET}@127.0.0.1:9/simple/",
    ],
)
@pytest.mark.parametrize("where", ["index", "pip", "mirror", "cache", "proxy"])
def test_a_secret_in_an_address_that_is_wrong_is_not_shown(canaries: Canaries, where: str, url: str) -> None:
    index = f'[[index]]\nname = "corp"\nurl = "{url if where == "index" else "http://127.0.0.1:9/simple/"}"\n'
    _declare(canaries, "" if where == "pip" else index, "tool>=1")
    if where == "pip":
        (canaries.given / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")
    (canaries.given / "config.toml").write_text(f'[mirrors.corp]\nurl = "{url}"\n' if where == "mirror" else "")
    variables = {"FRAZIL_REMOTE_CACHE": url if where == "cache" else "off", "no_proxy": ""}
    variables |= {"http_proxy": url} if where == "proxy" else {"http_proxy": ""}
    ran = canaries.run("resolve", "-vv", "--trace", str(canaries.out / "trace"), **variables)
    assert ran.code in {2, 3}, ran.text
    assert canaries.leaks() == []


@pytest.mark.parametrize(
    "variable",
    [
        *("FRAZIL_INDEX_CORP_PASSWORD", "FRAZIL_REMOTE_CACHE_TOKEN", "FRAZIL_REMOTE_CACHE_HEADERS"),
        "FRAZIL_CACHE_KEY",
    ],
)
@pytest.mark.parametrize("text", [f"{SECRET}\nX: y", f"\u2014{SECRET}", f"X: {SECRET}\x7f", f" {SECRET} "])
def test_a_secret_that_cannot_be_sent_is_not_shown(canaries: Canaries, variable: str, text: str) -> None:
    _declare(canaries, f'[[index]]\nname = "corp"\nurl = "{canaries.elsewhere.url}"\n', "pip")
    ran = canaries.run("resolve", "-vv", **{variable: text})
    assert ran.code in {0, 2, 3}, ran.text
    shown = [leak for leak in canaries.leaks() if not leak.startswith("server")]
    assert (shown, "Traceback" in ran.text) == ([], False)


def _declare(canaries: Canaries, more: str, requirement: str) -> None:
    """Let the project ask for one thing."""
    environment = '[environments.linux]\npython = "3.12"\nplatform = "manylinux_2_28_x86_64"\n'
    text = f"{more}{environment}[targets.web]\nrequirements = ['{requirement}']\n"
    (canaries.shop / "frazil.toml").write_text(text)
