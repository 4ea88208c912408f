"""Mirrors: another server answers, and no byte of what is locked, keyed or recorded shows it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError, IndexUnreachable, IntegrityError, MirrorLacks
from frazil.frozen.codec import parse_frozen
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "app": {"1.0": ["dep"], "2.0": ["dep>=2"]},
    "dep": {"1.0": [], "2.0": []},
}
NEWEST = {"app-2.0-py3-none-any.whl", "dep-2.0-py3-none-any.whl"}


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield world(server, PACKAGES)


@pytest.fixture
def mirror() -> Iterator[IndexServer]:
    with IndexServer(mount="/mirror") as server:
        yield world(server, PACKAGES)


@pytest.fixture
def machine(index: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", index, tmp_path / "shop")
    machine.declare({"web": ["app"]})
    return machine


def reach(machine: Machine, text: str) -> None:
    """Write the user's configuration of a machine."""
    path = machine.home / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    machine.variables["FRAZIL_CONFIG_FILE"] = str(path)


def through(mirror: IndexServer, index: str = "loop", *, files: bool = True) -> str:
    lines = [f"[mirrors.{index}]", f'url = "{mirror.url}"', *([f'files = "{mirror.files_url}"'] if files else [])]
    return "\n".join(lines)


def other(machine: Machine, home: str) -> Machine:
    """Return another machine on the same project, with nothing in its store and cache."""
    return Machine(machine.project.parent / home, machine.server, machine.project)


# A resolve -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [True, False])
def test_a_lock_through_a_mirror_is_byte_for_byte_the_one_of_the_index(
    machine: Machine, index: IndexServer, mirror: IndexServer, *, files: bool
) -> None:
    declare_default(machine, index)
    machine.resolve()
    direct = machine.lock.read_bytes()
    machine.lock.unlink()
    index.forget()
    bob = other(machine, "bob")
    bob.variables["PIP_INDEX_URL"] = index.url
    reach(bob, through(mirror, "default", files=files))
    bob.resolve()
    assert machine.lock.read_bytes() == direct
    assert index.log == []
    assert mirror.pages_asked()


def declare_default(machine: Machine, index: IndexServer) -> None:
    """Let the project ask the machine's own index, which pip names."""
    machine.declare({"web": ["app"]})
    text = (machine.project / "frazil.toml").read_text()
    (machine.project / "frazil.toml").write_text(
        text.replace(f'name = "loop"\nurl = "{index.url}"', 'name = "default"')
    )
    machine.variables["PIP_INDEX_URL"] = index.url


def test_an_upgrade_through_a_mirror_keeps_where_the_index_itself_has_its_files(
    machine: Machine, mirror: IndexServer
) -> None:
    machine.declare({"web": ["app==1.0"]})
    machine.resolve()
    machine.declare({"web": ["app"]})
    reach(machine, through(mirror))
    machine.resolve(upgrade=True)
    upgraded = machine.lock.read_bytes()
    machine.lock.unlink()
    other(machine, "bob").resolve()
    assert machine.lock.read_bytes() == upgraded
    assert mirror.origin.encode() not in upgraded


def test_a_first_lock_through_a_mirror_states_no_file_root_that_nobody_here_knows(
    machine: Machine, index: IndexServer, mirror: IndexServer
) -> None:
    reach(machine, through(mirror))
    machine.resolve()
    assert parse_frozen(machine.lock.read_bytes()).inputs.indexes[0].files is None
    assert "invalid" not in machine.lock.read_text()
    bob = other(machine, "bob")
    assert bob.ensure().tier == "fetch"
    assert bob.delivered() == NEWEST
    assert set(index.pages_asked()) <= {"app", "dep"}, "pages, only to learn where files are"


def test_a_mirror_of_another_layout_records_no_path_and_the_index_is_still_found(
    machine: Machine, mirror: IndexServer
) -> None:
    relocate(mirror)
    reach(machine, through(mirror, files=False))
    machine.resolve()
    (app, dep) = parse_frozen(machine.lock.read_bytes()).coordinates
    assert [artifact.path for artifact in (*app.artifacts, *dep.artifacts)] == [None, None]
    bob = other(machine, "bob")
    bob.ensure()
    assert bob.delivered() == NEWEST


def relocate(mirror: IndexServer) -> None:
    """Keep every file where no index keeps it."""
    for files in mirror.projects.values():
        for file in files:
            file.entry["url"] = mirror.serve(f"/elsewhere/{file.sha256}/{file.filename}", file.data)
            mirror.withdraw(file)


# What a mirror never makes stale ---------------------------------------------------------------------------


def test_neither_a_slash_nor_credentials_nor_a_mirror_makes_a_lock_stale(
    machine: Machine, index: IndexServer, mirror: IndexServer
) -> None:
    machine.resolve()
    before = machine.lock.read_bytes()
    index.forget()
    manifest = machine.project / "frazil.toml"
    text = manifest.read_text()
    host = index.url.removeprefix("http://")
    for url in (index.url.rstrip("/"), f"http://somebody:canary@{host}", f"http://else:where@{host.rstrip('/')}"):
        manifest.write_text(text.replace(index.url, url))
        assert machine.resolve(check=True).current
    for configured in (through(mirror), through(mirror, files=False), '[mirrors.loop]\nfiles = "https://m.example/f"'):
        reach(machine, configured)
        assert machine.resolve(check=True).current
    assert (index.log, mirror.log, machine.lock.read_bytes()) == ([], [], before)


def test_a_finished_fetch_stays_finished_under_another_mirror(machine: Machine, mirror: IndexServer) -> None:
    machine.ensure()
    machine.requests()
    reach(machine, through(mirror))
    assert machine.ensure().tier == "fetch-result"
    assert (machine.requests(), mirror.log) == ([], [])


def test_a_kept_resolution_answers_under_another_mirror(machine: Machine, mirror: IndexServer) -> None:
    machine.ensure()
    before = machine.lock.read_bytes()
    machine.lock.unlink()
    machine.requests()
    reach(machine, through(mirror))
    machine.forget_output()
    report = machine.ensure()
    assert (report.tier, report.resolution) == ("resolve-result", "cache")
    assert (machine.lock.read_bytes(), machine.requests(), mirror.log) == (before, [], [])


# A fetch ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [True, False])
def test_a_fetch_asks_the_mirror_by_path_and_never_the_index(
    machine: Machine, index: IndexServer, mirror: IndexServer, *, files: bool
) -> None:
    machine.resolve()
    index.forget()
    bob = other(machine, "bob")
    reach(bob, through(mirror, files=files))
    bob.fetch()
    assert bob.delivered() == NEWEST
    assert index.log == []
    assert len(mirror.pages_asked()) == (0 if files else 1), "without a root, one page tells it"


def test_a_file_that_lies_elsewhere_on_the_mirror_is_found_by_its_page(
    machine: Machine, index: IndexServer, mirror: IndexServer
) -> None:
    machine.resolve()
    before = machine.lock.read_bytes()
    relocate(mirror)
    index.forget()
    bob = other(machine, "bob")
    reach(bob, through(mirror))
    bob.fetch()
    assert bob.delivered() == NEWEST
    assert sorted(mirror.pages_asked()) == ["app", "dep"]
    assert (index.log, machine.lock.read_bytes()) == ([], before)


def test_the_files_alone_may_have_a_mirror(machine: Machine, index: IndexServer, mirror: IndexServer) -> None:
    machine.resolve()
    index.forget()
    bob = other(machine, "bob")
    reach(bob, f'[mirrors.loop]\nfiles = "{mirror.files_url.rstrip("/")}"')
    bob.fetch()
    assert (bob.delivered(), index.log, mirror.pages_asked()) == (NEWEST, [], [])


def test_other_bytes_on_a_mirror_are_refused_and_nothing_of_them_is_kept(machine: Machine, mirror: IndexServer) -> None:
    machine.resolve()
    file = mirror.projects["dep"][1]
    mirror.serve(f"/packages/{file.path}", file.data[:-1] + b"!")
    bob = other(machine, "bob")
    reach(bob, through(mirror))
    with pytest.raises(IntegrityError, match="is not the file that was locked"):
        bob.fetch()
    assert bob.delivered() == set()


def test_what_a_mirror_lacks_is_no_reason_to_choose_anew(
    machine: Machine, index: IndexServer, mirror: IndexServer
) -> None:
    machine.resolve()
    before = machine.lock.read_bytes()
    for file in list(mirror.projects["dep"]):
        mirror.remove_file(file)
    index.forget()
    bob = other(machine, "bob")
    reach(bob, through(mirror))
    with pytest.raises(MirrorLacks, match=r"dep-2\.0\S+ \(dep 2\.0\) is not on the mirror of index loop"):
        bob.ensure()
    assert (machine.lock.read_bytes(), index.log) == (before, [])


def test_a_dead_mirror_is_told_and_the_index_is_not_asked_in_its_place(
    machine: Machine, index: IndexServer, mirror: IndexServer
) -> None:
    machine.resolve()
    index.forget()
    mirror.close()
    bob = other(machine, "bob")
    reach(bob, through(mirror))
    with pytest.raises(IndexUnreachable):
        bob.ensure()
    assert index.log == []


# Credentials -----------------------------------------------------------------------------------------------


def test_what_an_address_of_the_project_holds_is_not_sent_to_its_mirror(machine: Machine, mirror: IndexServer) -> None:
    manifest = machine.project / "frazil.toml"
    manifest.write_text(manifest.read_text().replace("http://", "http://somebody:canary@"))
    reach(machine, through(mirror))
    machine.ensure()
    assert mirror.log
    assert [request for request in mirror.log if "authorization" in request.headers] == []


def test_a_mirror_that_asks_who_comes_is_told_by_its_address_and_nobody_else_is(
    machine: Machine, mirror: IndexServer
) -> None:
    mirror.require_auth("me", "canary")
    reach(machine, through(mirror).replace("http://", "http://me:canary@"))
    machine.ensure()
    assert machine.delivered() == NEWEST
    found = [p for folder in (machine.home / "cache", machine.project) for p in folder.rglob("*") if p.is_file()]
    assert [path for path in found if b"canary" in path.read_bytes()] == []


@pytest.mark.parametrize("pages", [True, False])
def test_what_the_address_of_its_files_holds_goes_to_that_server_alone(
    machine: Machine, index: IndexServer, mirror: IndexServer, *, pages: bool
) -> None:
    machine.resolve()
    index.forget()
    mirror.require_auth("me", "canary")
    with IndexServer() as other_pages:
        world(other_pages, PACKAGES)
        bob = other(machine, "bob")
        text = f'[mirrors.loop]\nfiles = "{mirror.files_url.replace("http://", "http://me:canary@")}"'
        reach(bob, text + (f'\nurl = "{other_pages.url}"' if pages else ""))
        bob.fetch()
        bob.resolve(upgrade=True)
        assert bob.delivered() == NEWEST
        asked = [*index.log, *other_pages.log]
    assert asked
    assert [request for request in asked if "authorization" in request.headers] == []


# Who may name one ------------------------------------------------------------------------------------------


def test_a_project_that_names_a_mirror_is_told_where_that_belongs(machine: Machine, mirror: IndexServer) -> None:
    with (machine.project / "frazil.toml").open("a") as file:
        file.write(through(mirror))
    with pytest.raises(ConfigurationError, match=r"frazil\.toml:\d+: mirrors cannot be set by a project") as caught:
        machine.resolve()
    assert "config.toml" in (caught.value.hint or "")


def test_the_site_names_mirrors_too_and_the_user_goes_first(
    machine: Machine, index: IndexServer, mirror: IndexServer, tmp_path: Path
) -> None:
    site = tmp_path / "etc" / "frazil" / "config.toml"
    site.parent.mkdir(parents=True)
    site.write_text(through(mirror))
    machine.variables["XDG_CONFIG_DIRS"] = os.pathsep.join([str(tmp_path / "etc"), str(tmp_path / "other")])
    machine.resolve()
    assert index.log == []
    with IndexServer() as second:
        world(second, PACKAGES)
        reach(machine, through(second))
        machine.lock.unlink()
        machine.forget_cache()
        mirror.forget()
        machine.resolve()
        assert (second.pages_asked() != [], mirror.log) == (True, [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[mirrors.loop]", r"config\.toml:1: the mirror of index loop has no address"),
        ('[mirrors.loop]\nurl = "mirror"', r'config\.toml:2: url "mirror" is not an address of http or https'),
        ('[mirrors.loop]\nurls = "x"', r'config\.toml:2: unknown key "urls" in \[mirrors\.loop\]'),
        ("[mirrors]\nloop = 1", r"loop in \[mirrors\] must be a table, not a number"),
        ("[mirror.loop]", r'config\.toml:1: unknown key "mirror"'),
    ],
)
def test_a_mistake_in_the_configuration_is_one_sentence_with_its_line(
    machine: Machine, text: str, complaint: str
) -> None:
    reach(machine, text)
    with pytest.raises(ConfigurationError, match=complaint):
        machine.resolve()
