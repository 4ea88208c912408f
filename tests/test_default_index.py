"""The machine's index is what pip says it is; pip is asked again only when its answer may have changed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pip._internal.models.index import PyPI

from frazil.atomic import forbid_writes
from frazil.default_index import MachineIndex, _read_kept, _said_by, read_machine_index
from frazil.errors import ConfigurationError
from frazil.events import Event, Noted
from frazil.settings import Settings
from tests.support.tree import snapshot

CORP = "https://index.example/simple/"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with pip's configuration file, still to be written."""
    folder = tmp_path / "home" / ".config" / "pip"
    folder.mkdir(parents=True)
    return folder / "pip.conf"


def settings_of(settings: Settings, home: Path | None = None, /, **more: str) -> Settings:
    """Settings with more variables; with a home, pip reads the files there instead of none."""
    environ = dict(settings.environ)
    if home is not None:
        del environ["PIP_CONFIG_FILE"]
        places = dict.fromkeys(("HOME", "USERPROFILE"), str(home.parents[2]))
        environ |= {**places, "XDG_CONFIG_HOME": str(home.parents[1]), "APPDATA": str(home.parents[1])}
    return replace(settings, environ={**environ, **more})


def record_of(settings: Settings) -> Path:
    [path] = (settings.cache / "machine-index-1").iterdir()
    return path


def test_without_configuration_it_is_pips_own_default_with_its_file_root(settings: Settings) -> None:
    machine = read_machine_index(settings)
    assert machine.url == f"{PyPI.simple_url}/"
    assert machine.files == f"https://{PyPI.file_storage_domain}/packages/"
    assert (machine.credentials, machine.proxy, machine.trusted_hosts, machine.left_out) == (None, None, (), ())


def test_pips_own_default_may_be_spelt_out(settings: Settings) -> None:
    assert read_machine_index(settings_of(settings, PIP_INDEX_URL=f"{PyPI.simple_url}/")).files is not None


@pytest.mark.skipif(sys.platform == "darwin", reason="pip's file lies elsewhere")
def test_pips_files_are_read_as_pip_reads_them(settings: Settings, home: Path) -> None:
    home.write_text(
        "[global]\nindex-url = https://wrong.example/simple\nCert = /certs/ca.pem\nclient_cert = /certs/me.pem\n"
        "proxy = http://proxy.example:3128\ntrusted-host =\n  a.example\n  b.example:8443\n"
        f"[install]\nindex-url = {CORP.rstrip('/')}\nextra-index-url = https://me:canary@more.example/simple\n"
        "[download]\nindex-url = https://never.example/\n"
    )
    events: list[Event] = []
    machine = read_machine_index(replace(settings_of(settings, home), reporter=events.append))
    assert machine == MachineIndex(
        url=CORP,
        cert="/certs/ca.pem",
        client_cert="/certs/me.pem",
        proxy="http://proxy.example:3128",
        trusted_hosts=("a.example", "b.example:8443"),
        left_out=("https://more.example/simple",),
    )
    [event] = events
    assert isinstance(event, Noted)
    assert "https://more.example/simple" in event.sentence


def test_variables_go_before_files_and_empty_ones_count_for_nothing(settings: Settings, home: Path) -> None:
    home.write_text(f"[global]\nindex-url = {CORP}\n")
    other = settings_of(settings, home, PIP_INDEX_URL="http://other.example/simple")
    assert read_machine_index(other).url == "http://other.example/simple/"
    if sys.platform != "darwin":
        assert read_machine_index(settings_of(settings, home, PIP_INDEX_URL="")).url == CORP


def test_a_kept_answer_is_given_without_asking_pip(settings: Settings) -> None:
    settings = settings_of(settings, PIP_INDEX_URL="https://one.example/")
    read_machine_index(settings)
    record = record_of(settings)
    record.write_text(record.read_text().replace("one.example", "kept.example"))
    assert read_machine_index(settings).url == "https://kept.example/"


def test_pip_is_never_imported_here(settings: Settings) -> None:
    script = (
        "import json, pathlib, sys\n"
        "from frazil.default_index import read_machine_index\n"
        "from frazil.settings import Settings\n"
        "import os\n"
        "cache = pathlib.Path(sys.argv[1])\n"
        "settings = Settings(store=cache, cache=cache, environ=os.environ)\n"
        "read_machine_index(settings)\n"
        "print(json.dumps([name for name in ('pip', 'subprocess', 'httpx') if name in sys.modules]))\n"
    )
    command = [sys.executable, "-c", script, str(settings.cache)]
    first, second = (
        json.loads(subprocess.run(command, capture_output=True, check=True, env=settings.environ).stdout)
        for _ in range(2)
    )
    assert first == ["subprocess"]
    assert second == []


@pytest.mark.skipif(sys.platform == "darwin", reason="pip's file lies elsewhere")
def test_a_file_that_pip_would_read_makes_it_ask_again_when_it_changes_comes_or_goes(
    settings: Settings, home: Path
) -> None:
    settings = settings_of(settings, home, PIP_CONFIG_FILE=str(home.parent / "more.conf"))
    settings = replace(settings, environ={**settings.environ})
    first = read_machine_index(settings)
    (home.parent / "more.conf").write_text(f"[global]\nindex-url = {CORP}\n")
    assert first.url != CORP
    assert read_machine_index(settings).url == CORP
    (home.parent / "more.conf").write_text("[global]\nindex-url = https://b.example/\n")
    assert read_machine_index(settings).url == "https://b.example/"
    (home.parent / "more.conf").unlink()
    assert read_machine_index(settings).url == first.url


@pytest.mark.parametrize(
    "variables",
    [
        {"PIP_INDEX_URL": "https://me:canary@index.example/simple"},
        {"PIP_EXTRA_INDEX_URL": "https://me:canary@index.example/simple"},
        {"PIP_PROXY": "http://me:canary@proxy.example"},
    ],
)
def test_an_answer_with_a_password_is_never_kept(settings: Settings, variables: Mapping[str, str]) -> None:
    machine = read_machine_index(settings_of(settings, **variables))
    assert "canary" not in repr(machine)
    assert "canary" not in machine.url
    if "PIP_INDEX_URL" in variables:
        assert (machine.url, machine.credentials) == (CORP, ("me", "canary"))
    assert not settings.cache.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"{" * 100_000,
        b'{"watched": [], "answer": {"url": 3}}',
        b'{"watched": [], "answer": {"url": "file:///x"}}',
        b'{"watched": [], "answer": {"url": "https://x.example/", "trusted_hosts": [3]}}',
        b'{"watched": [], "answer": {"url": "https://x.example/", "more": 3}}',
        b'{"watched": [3], "answer": {"url": "https://x.example/"}}',
        b'{"watched": [["\\u0000", 3]], "answer": []}',
    ],
)
def test_a_damaged_record_is_a_miss(tmp_path: Path, content: bytes) -> None:
    record = tmp_path / "record.json"
    record.write_bytes(b'{"watched": [], "answer": {"url": "https://x.example/"}}')
    assert _read_kept(record) == MachineIndex(url="https://x.example/")
    record.write_bytes(content)
    assert _read_kept(record) is None


def test_after_a_miss_the_record_is_made_good(settings: Settings) -> None:
    settings = settings_of(settings, PIP_INDEX_URL=CORP)
    read_machine_index(settings)
    good = record_of(settings).read_bytes()
    record_of(settings).write_bytes(good[:-5])
    assert read_machine_index(settings).url == CORP
    assert record_of(settings).read_bytes() == good


def test_nothing_is_written_where_nothing_may_be_or_no_cache_is_wanted(settings: Settings) -> None:
    settings = settings_of(settings, PIP_INDEX_URL=CORP)
    with forbid_writes():
        assert read_machine_index(settings).url == CORP
    assert read_machine_index(replace(settings, no_cache=True)).url == CORP
    assert not settings.cache.exists()
    read_machine_index(settings)
    before = snapshot(settings.cache)
    assert (settings.cache / "CACHEDIR.TAG").is_file()
    read_machine_index(settings)
    assert snapshot(settings.cache) == before


def test_a_cache_that_cannot_be_written_is_no_error(settings: Settings) -> None:
    settings.cache.write_bytes(b"a file in the way")
    assert read_machine_index(settings_of(settings, PIP_INDEX_URL=CORP)).url == CORP


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PIP_NO_INDEX": "1"}, "told to use no index"),
        ({"PIP_INDEX_URL": "file:///srv/index"}, "uses file:///srv/index, which is no HTTP address"),
        ({"PIP_INDEX_URL": "/srv/index"}, "uses /srv/index, which is no HTTP address"),
        ({"PIP_NO_INDEX": "perhaps"}, "pip cannot say which index this machine uses: .*perhaps"),
    ],
)
def test_an_answer_that_is_no_index_is_one_sentence_with_a_hint(
    settings: Settings, variables: Mapping[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        read_machine_index(settings_of(settings, **variables))
    assert caught.value.hint is not None


@pytest.mark.skipif(sys.platform == "darwin", reason="pip's file lies elsewhere")
def test_a_file_of_pips_that_cannot_be_read_is_pips_own_complaint(settings: Settings, home: Path) -> None:
    home.write_text("index-url = no section\n")
    with pytest.raises(ConfigurationError, match=r"which index this machine uses: .*pip\.conf"):
        read_machine_index(settings_of(settings, home))


def test_the_current_folder_is_no_place_to_take_pip_from(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pip", "json", "frazil"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the current folder')\n")
    monkeypatch.chdir(tmp_path)
    assert read_machine_index(settings_of(settings, PIP_INDEX_URL=CORP)).url == CORP


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {
            "PIP_INDEX_URL": "https://me:it's@index.example/simple",
            "PIP_EXTRA_INDEX_URL": "https://a.example/ https://b.example/",
            "PIP_TRUSTED_HOST": "a.example b.example:1",
            "PIP_CERT": "/certs/ca.pem",
            "PIP_CLIENT_CERT": "/certs/me.pem",
            "PIP_PROXY": "http://proxy.example",
            "PIP_NO_INDEX": "yes",
        },
    ],
)
def test_what_pip_prints_for_people_says_the_same_as_its_inside(
    settings: Settings, variables: Mapping[str, str]
) -> None:
    environ = {**settings.environ, **variables}
    inside, _ = _said_by("print_inner_answer", environ)
    outside, complaint = _said_by("print_public_answer", environ)
    assert inside is not None
    assert outside is not None, complaint
    assert outside == {**inside, "files_host": None, "watched": None}


def test_pip_itself_is_watched(settings: Settings) -> None:
    read_machine_index(settings_of(settings, PIP_INDEX_URL=CORP))
    read_machine_index(settings_of(settings, PIP_INDEX_URL="https://b.example/"))
    read_machine_index(settings_of(settings, PIP_INDEX_URL=CORP, XDG_CONFIG_DIRS=os.sep))
    assert len(list((settings.cache / "machine-index-1").iterdir())) == 3
