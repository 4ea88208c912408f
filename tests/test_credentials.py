"""Credentials go to the one place that they were given for, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from frazil.credentials import (
    Asking,
    Credentials,
    Helper,
    IndexPlace,
    basic,
    bound_headers,
    origin_of,
    read_credentials,
    split_credentials,
    variables_of,
)
from frazil.errors import AuthenticationError
from frazil.events import Event, Warned
from frazil.settings import Settings
from tests.support.programs import asked, says, write_helper, write_keyring

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


@pytest.mark.promise("R10")
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


def test_headers_are_for_one_place_and_are_not_shown() -> None:
    given = bound_headers("https://cache.example/frazil", {"authorization": "Bearer hunter2"})
    assert given is not None
    assert given.covers_url("https://cache.example:443/frazil/ac/x")
    others = (
        *("http://cache.example/frazil/", "https://cache.example:8443/frazil/", "https://other.example/frazil/"),
        *(
            "https://cache.example/",
            "https://cache.example/frazil/../x",
            "https://cache.example/frazilous/",
            "nonsense",
        ),
    )
    assert [url for url in others if given.covers_url(url)] == []
    assert "hunter2" not in repr(given)
    assert bound_headers("file:///x", {}) is None


# Programs


PLACE = IndexPlace("corp", CORP)


def asking_of(folder: Path, asking: Asking, place: IndexPlace = PLACE, **environ: str) -> Credentials:
    settings = settings_of(folder, None, PATH=str(folder), **environ)
    return read_credentials(settings, [place], asking)


def test_a_helper_is_asked_once_for_a_place_however_many_want_to_know(tmp_path: Path) -> None:
    helper = write_helper(tmp_path / "helper", f"time.sleep(0.2)\n{says('canary')}")
    credentials = asking_of(tmp_path, Asking((Helper("*", str(helper)),)))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(credentials.headers_for, [f"{CORP}{number}/" for number in range(8)]))
    assert found == [{"authorization": "Bearer canary"}] * 8
    assert asked(helper) == [[["get"], {"uri": "https://index.example/team/"}]]


def test_an_answer_that_expired_is_asked_for_again(tmp_path: Path) -> None:
    helper = write_helper(tmp_path / "helper", says("canary", expires="2001-01-01T00:00:00Z"))
    credentials = asking_of(tmp_path, Asking((Helper("*", str(helper)),)))
    assert credentials.headers_for(CORP) == credentials.headers_for(CORP) == {"authorization": "Bearer canary"}
    assert len(asked(helper)) == 2


def test_a_helper_that_fails_is_asked_once_and_fails_for_all(tmp_path: Path) -> None:
    helper = write_helper(tmp_path / "helper", "sys.exit(9)")
    credentials = asking_of(tmp_path, Asking((Helper("*", str(helper)),)))
    for _ in range(3):
        with pytest.raises(AuthenticationError, match="exit code 9"):
            credentials.headers_for(CORP)
    assert len(asked(helper)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/x.whl",
        "https://index.example/other/",
        "https://index.example/team/../other/",
        "https://index.example:8443/team/",
        "http://index.example/team/",
    ],
)
def test_a_helper_for_whatever_is_declared_is_asked_about_nothing_else(tmp_path: Path, url: str) -> None:
    helper = write_helper(tmp_path / "helper", says("canary"))
    assert asking_of(tmp_path, Asking((Helper("*", str(helper)),))).headers_for(url) == {}
    assert asked(helper) == []


def test_a_pattern_names_hosts_that_nobody_declared(tmp_path: Path) -> None:
    helper = write_helper(tmp_path / "helper", says("canary"))
    credentials = asking_of(tmp_path, Asking((Helper("*.example", str(helper)),)))
    assert credentials.headers_for("https://files.example/x.whl") == {"authorization": "Bearer canary"}
    for url in ("http://files.example/", "https://files.example.evil/", "https://index.example/other/"):
        assert credentials.headers_for(url) == {}
    assert asked(helper) == [[["get"], {"uri": "https://files.example/"}]]


def test_a_password_that_was_given_goes_before_every_program(tmp_path: Path) -> None:
    asking = Asking((Helper("*", "not-there"),), keyring=True)
    place = IndexPlace("corp", "https://me:canary@index.example/team/simple/")
    assert asking_of(tmp_path, asking, place).headers_for(CORP) == {"authorization": basic(("me", "canary"))}


def test_a_helper_that_knows_nothing_leaves_it_to_netrc_and_netrc_goes_before_keyring(tmp_path: Path) -> None:
    helper = write_helper(tmp_path / "helper", "print('{}')")
    (tmp_path / ".netrc").write_text("machine index.example login me password canary\n")
    credentials = asking_of(tmp_path, Asking((Helper("*", str(helper)),), keyring=True))
    assert credentials.headers_for(CORP) == {"authorization": basic(("me", "canary"))}


def test_keyring_has_the_password_of_a_user_name_for_the_place_of_the_index_alone(tmp_path: Path) -> None:
    keyring = write_keyring(tmp_path / "keyring", {("get", "https://index.example/team/", "me"): "canary"})
    credentials = asking_of(tmp_path, Asking(keyring=True), FRAZIL_INDEX_CORP_USERNAME="me")
    assert credentials.headers_for(CORP) == {"authorization": basic(("me", "canary"))}
    assert credentials.headers_for("https://files.example/") == {}
    assert credentials.headers_for("https://index.example/other/") == {}
    assert asked(keyring) == [["get", "https://index.example/team/", "me"]]


def test_a_user_name_that_keyring_does_not_know_is_sent_alone(tmp_path: Path) -> None:
    write_keyring(tmp_path / "keyring", {})
    place = IndexPlace("corp", "https://me@index.example/team/simple/")
    credentials = asking_of(tmp_path, Asking(keyring=True), place)
    assert credentials.headers_for(CORP) == {"authorization": basic(("me", ""))}
