"""Credentials go to the one place that they were given for, and nowhere else."""

from pathlib import Path

import pytest

from frazil.credentials import (
    Bearer,
    Credentials,
    IndexPlace,
    origin_of,
    read_credentials,
    split_credentials,
    variables_of,
)
from frazil.events import Event, Warned
from frazil.settings import Settings

CORP = "https://index.example/team/simple/"


def settings_of(tmp_path: Path, events: list[Event] | None = None, **environ: str) -> Settings:
    reporter = (lambda _event: None) if events is None else events.append
    return Settings(store=tmp_path, cache=tmp_path, environ={"HOME": str(tmp_path), **environ}, reporter=reporter)


def of_corp(tmp_path: Path, files: str | None = None) -> Credentials:
    settings = settings_of(tmp_path, FRAZIL_INDEX_CORP_USERNAME="me", FRAZIL_INDEX_CORP_PASSWORD="canary")
    return read_credentials(settings, [IndexPlace("corp", CORP, files)])


@pytest.mark.parametrize(
    "url",
    [
        CORP,
        f"{CORP}flask/",
        "https://index.example:443/team/packages/7e/d4/x.whl",
        "https://INDEX.example/team/x?y=1#z",
    ],
)
def test_an_index_gets_its_credentials_for_its_pages_and_the_files_beside_them(tmp_path: Path, url: str) -> None:
    assert of_corp(tmp_path).for_url(url) == ("me", "canary")


@pytest.mark.parametrize(
    "url",
    [
        "http://index.example/team/simple/",
        "https://index.example:8443/team/simple/",
        "https://index.example.evil.example/team/simple/",
        "https://evil.example/team/simple/",
        "https://evil.example/https://index.example/team/simple/",
        "https://index.example@evil.example/team/simple/",
        "https://index.example/other/simple/",
        "https://index.example/teamwork/simple/",
        "https://index.example/team/../other/",
        "https://index.example/team/%2e%2E/other/",
        "https://index.example/team/.%2e/other/",
        "https://index.example/team/%252e%252e/other/",
        "https://index.example/team/..",
        "https://index.example/team/x%2f..%2f..%2fother",
        "https://index.example/team/..\\other",
        "https://index.example/",
        "ftp://index.example/team/",
        "//index.example/team/",
        "https://[/team/",
        "https://index.example:x/team/",
        "",
    ],
)
def test_nobody_else_gets_them(tmp_path: Path, url: str) -> None:
    assert of_corp(tmp_path).for_url(url) is None


def test_a_file_root_gets_them_where_it_lies_on_the_same_server(tmp_path: Path) -> None:
    same = of_corp(tmp_path, "https://index.example/files/")
    assert same.for_url("https://index.example/files/x.whl") == ("me", "canary")
    other = of_corp(tmp_path, "https://files.example/")
    assert other.for_url("https://files.example/x.whl") is None


def test_two_indexes_on_one_server_do_not_share(tmp_path: Path) -> None:
    places = [
        IndexPlace("a", "https://a:1@index.example/a/simple/"),
        IndexPlace("ab", "https://index.example/a/b/simple/", credentials=("b", "2")),
        IndexPlace("c", "https://index.example/c/simple/"),
    ]
    credentials = read_credentials(settings_of(tmp_path), places)
    assert credentials.for_url("https://index.example/a/simple/x/") == ("a", "1")
    assert credentials.for_url("https://index.example/a/b/simple/x/") == ("b", "2")
    assert credentials.for_url("https://index.example/c/simple/x/") is None
    assert credentials.kept_from("https://index.example/c/simple/x/") == "https://index.example/a/b/"
    assert credentials.kept_from("https://index.example/a/simple/x/") is None
    assert credentials.kept_from("https://other.example/") is None


def test_variables_go_before_the_address_and_a_lone_password_is_a_token(tmp_path: Path) -> None:
    assert variables_of("my-corp.2") == ("FRAZIL_INDEX_MY_CORP_2_USERNAME", "FRAZIL_INDEX_MY_CORP_2_PASSWORD")
    place = IndexPlace("my-corp.2", "https://old:old@index.example/simple/")
    settings = settings_of(tmp_path, FRAZIL_INDEX_MY_CORP_2_PASSWORD="canary")
    found = read_credentials(settings, [place]).for_url("https://index.example/simple/x/")
    assert found == ("__token__", "canary")


def test_an_index_without_credentials_has_none(tmp_path: Path) -> None:
    assert read_credentials(settings_of(tmp_path), [IndexPlace("corp", CORP)]).for_url(CORP) is None
    assert Credentials().for_url(CORP) is None


# netrc


def test_netrc_answers_for_its_hosts_over_https_or_on_loopback_only(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(
        "machine index.example login me password canary\n"
        "machine 127.0.0.1 login local password host\n"
        "machine files.example:8443 login port password only\n"
        "default login everyone password leak\n"
    )
    (tmp_path / ".netrc").chmod(0o600)
    credentials = read_credentials(settings_of(tmp_path), [])
    assert credentials.for_url("https://index.example/x/") == ("me", "canary")
    assert credentials.for_url("https://index.example:8443/x/") == ("me", "canary")
    assert credentials.for_url("http://index.example/x/") is None
    assert credentials.for_url("http://127.0.0.1:8080/x/") == ("local", "host")
    assert credentials.for_url("https://files.example:8443/x/") == ("port", "only")
    assert credentials.for_url("https://files.example/x/") is None
    assert credentials.for_url("https://other.example/x/") is None
    assert credentials.for_url("https://default/x/") is None


def test_netrc_comes_after_what_was_given_for_the_index(tmp_path: Path) -> None:
    named = tmp_path / "elsewhere"
    named.write_text("machine index.example login netrc password netrc\n")
    settings = settings_of(tmp_path, NETRC=str(named))
    credentials = read_credentials(settings, [IndexPlace("corp", "https://me:canary@index.example/team/simple/")])
    assert credentials.for_url("https://index.example/team/x") == ("me", "canary")
    assert credentials.for_url("https://index.example/x") == ("netrc", "netrc")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"machine x login y\nbogus z\n", ":2 is no netrc file that can be read"),
        (b"\xff\xfe", "it is not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_netrc_that_cannot_be_read_is_a_warning_that_shows_nothing_of_it(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "netrc"
    path.mkdir() if content is None else path.write_bytes(content)
    events: list[Event] = []
    credentials = read_credentials(settings_of(tmp_path, events, NETRC=str(path)), [])
    assert credentials.for_url("https://index.example/") is None
    assert credentials.for_url("https://index.example/") is None
    [event] = events
    assert isinstance(event, Warned)
    assert sentence in event.sentence
    assert "login" not in event.sentence


def test_no_netrc_is_no_matter(tmp_path: Path) -> None:
    events: list[Event] = []
    assert read_credentials(settings_of(tmp_path, events), []).for_url("https://index.example/") is None
    assert events == []


# Not shown


def test_passwords_do_not_show_in_any_repr(tmp_path: Path) -> None:
    place = IndexPlace("corp", "https://me:canary@index.example/", credentials=("me", "canary"))
    credentials = read_credentials(settings_of(tmp_path), [place])
    assert "canary" not in repr(place) + repr(credentials) + repr(credentials._bound)


@pytest.mark.parametrize(
    ("url", "clean", "pair"),
    [
        ("https://me:pa%40ss@index.example/x", "https://index.example/x", ("me", "pa@ss")),
        ("https://token@index.example:1/", "https://index.example:1/", ("token", "")),
        ("https://a@b:c@index.example", "https://index.example", ("a@b", "c")),
        ("https://index.example/a@b", "https://index.example/a@b", None),
        ("https://index.example?q=a@b", "https://index.example?q=a@b", None),
        ("me@index.example", "me@index.example", None),
        ("", "", None),
    ],
)
def test_credentials_are_split_off_an_address(url: str, clean: str, pair: tuple[str, str] | None) -> None:
    assert split_credentials(url) == (clean, pair)


def test_origins_tell_scheme_name_and_port_apart() -> None:
    assert origin_of("https://a.example/x") == origin_of("https://A.example:443/")
    assert origin_of("https://a.example/") != origin_of("http://a.example:443/")
    assert origin_of("https://bücher.example/") == origin_of("https://xn--bcher-kva.example/")
    assert origin_of("file:///x") is None
    loopback = [origin_of(f"http://{host}/") for host in ("localhost", "127.0.0.2", "[::1]")]
    assert all(origin is not None and origin.is_loopback for origin in loopback)


def test_a_token_is_for_one_origin_and_is_not_shown() -> None:
    origin = origin_of("https://cache.example/frazil/")
    assert origin is not None
    bearer = Bearer(origin, "hunter2")
    assert bearer.covers("https://cache.example:443/elsewhere")
    others = ("http://cache.example/", "https://cache.example:8443/", "https://other.example/", "nonsense")
    assert [url for url in others if bearer.covers(url)] == []
    assert "hunter2" not in repr(bearer)
