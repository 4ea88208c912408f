"""A bundle that anybody may have touched: what is sound is told, everything else is named and refused."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frazil.bundle.checking import import_bundle, verify_bundle
from frazil.bundle.manifest import parse_manifest
from frazil.errors import FrazilError, IntegrityError, UnsafeArchive, UsageError
from tests.support.bundles import bundle, files_below, member, members_of, write_tar
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine, reasons

WHEELS = {"app-1.0-py3-none-any.whl", "dep-1.0-py3-none-any.whl"}


@pytest.fixture(scope="module")
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, {"app": {"1.0": ["dep"]}, "dep": {"1.0": []}})


@pytest.fixture(scope="module")
def made(server: IndexServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project, a bundle of it as a folder and as a tar, and an addition."""
    base = tmp_path_factory.mktemp("made")
    machine = Machine(base / "alice", server, base / "shop")
    machine.declare({"web": ["app"], "tool": ["dep"]})
    machine.resolve()
    bundle(machine, base / "a")
    bundle(machine, base / "a.tar")
    bundle(machine, base / "small", targets=("tool",))
    bundle(machine, base / "addition.tar", add_to=base / "small")
    return base


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "a", tmp_path / "a")
    return tmp_path / "a"


def far(tmp_path: Path, server: IndexServer, project: Path) -> Machine:
    return Machine(tmp_path / "far", server, project)


def stored(machine: Machine) -> set[str]:
    found = (machine.home / "store").rglob("*.whl")
    return {path.name for path in found if path.is_file() and not path.name.startswith(".")}


# What is sound ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "a.tar"])
def test_a_bundle_that_nobody_touched_is_sound(made: Path, name: str) -> None:
    report = verify_bundle(made / name)
    assert (report.wheels, report.files, report.elsewhere) == (2, 8, 0)
    assert (report.targets, report.environments) == (("tool", "web"), ("linux",))


def test_an_addition_is_sound_alone_and_over_the_older_one(made: Path, tmp_path: Path) -> None:
    assert verify_bundle(made / "addition.tar").elsewhere == 1
    shutil.copytree(made / "small", tmp_path / "both")
    with tarfile.open(made / "addition.tar") as packed:
        packed.extractall(tmp_path / "both", filter="data")
    assert verify_bundle(tmp_path / "both").elsewhere == 0


def test_a_tar_that_tar_itself_made_of_the_folder_is_as_good(made: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b.tar", "w") as packed:
        packed.add(made / "a", arcname=".")
    assert verify_bundle(tmp_path / "b.tar").wheels == 2


@pytest.mark.parametrize("name", ["a", "a.tar"])
def test_an_imported_bundle_is_all_that_an_offline_run_needs(
    made: Path, server: IndexServer, tmp_path: Path, name: str
) -> None:
    machine = far(tmp_path, server, made / "shop")
    report = import_bundle(made / name, machine.settings)
    assert (report.artifacts, report.known) == (2, 0)
    server.forget()
    ensured = machine.ensure(offline=True, out=tmp_path / "out")
    assert ensured.tier == "resolve-result", reasons(ensured)
    assert {path.name for path in (tmp_path / "out").iterdir()} == WHEELS
    assert server.log == []
    assert import_bundle(made / name, machine.settings).known == 2


def test_an_addition_brings_what_it_has(made: Path, server: IndexServer, tmp_path: Path) -> None:
    machine = far(tmp_path, server, made / "shop")
    report = import_bundle(made / "addition.tar", machine.settings)
    assert (report.artifacts, report.elsewhere) == (1, 1)
    assert stored(machine) == {"app-1.0-py3-none-any.whl"}


# What was touched ------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_flipped_byte_goes_unnoticed(
    made: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    files = files_below(made / "a")
    name = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    copy = tmp_path_factory.mktemp("flipped") / "a"
    shutil.copytree(made / "a", copy)
    changed = bytearray(files[name])
    changed[place] ^= data.draw(st.integers(1, 255))
    (copy / name).write_bytes(bytes(changed))
    with pytest.raises(FrazilError):
        verify_bundle(copy)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_tar_that_was_cut_goes_unnoticed(
    made: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = (made / "a.tar").read_bytes()
    end = max(member.offset_data + member.size for member, _ in members_of(made / "a.tar"))
    cut = tmp_path_factory.mktemp("cut") / "a.tar"
    cut.write_bytes(whole[: data.draw(st.integers(0, end - 1))])
    with pytest.raises((IntegrityError, UsageError)):
        verify_bundle(cut)
    machine = Machine(cut.parent / "far", None, made / "shop")  # type: ignore[arg-type]  # it asks nobody
    with pytest.raises((IntegrityError, UsageError)):
        import_bundle(cut, machine.settings)


def test_each_damage_is_named(folder: Path) -> None:
    (folder / "wheels" / "app-1.0-py3-none-any.whl").write_bytes(b"other")
    (folder / "wheels" / "evil-1.0-py3-none-any.whl").write_bytes(b"more")
    (folder / "pylock.web.toml").unlink()
    with pytest.raises(IntegrityError, match="3 files are wrong") as caught:
        verify_bundle(folder)
    details = "\n".join(caught.value.details)
    assert "pylock.web.toml is missing" in details
    assert "wheels/evil-1.0-py3-none-any.whl does not belong to it" in details
    assert "wheels/app-1.0-py3-none-any.whl has the sha256" in details


def test_of_a_damaged_bundle_only_what_is_sound_comes_into_the_store(
    folder: Path, made: Path, server: IndexServer, tmp_path: Path
) -> None:
    wheel = folder / "wheels" / "app-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"?")
    machine = far(tmp_path, server, made / "shop")
    with pytest.raises(IntegrityError, match=r"app-1\.0-py3-none-any\.whl is not the file"):
        import_bundle(folder, machine.settings)
    assert stored(machine) == {"dep-1.0-py3-none-any.whl"}


def test_what_does_not_belong_to_a_bundle_is_not_imported(
    folder: Path, made: Path, server: IndexServer, tmp_path: Path
) -> None:
    (folder / "wheels" / "evil-1.0-py3-none-any.whl").write_bytes(b"more")
    machine = far(tmp_path, server, made / "shop")
    with pytest.raises(IntegrityError, match="is not the bundle that was made"):
        import_bundle(folder, machine.settings)
    assert stored(machine) == set()


# What a stranger writes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../wheels/a-1-py3-none-any.whl",
        "/etc/a-1-py3-none-any.whl",
        "wheels/../a-1-py3-none-any.whl",
        "wheels//a-1-py3-none-any.whl",
        "wheels/deep/a-1-py3-none-any.whl",
        "wheels\\a-1-py3-none-any.whl",
        "wheels/a-1.tar.gz",
        "wheels/nul.whl",
        "sources/../a-1.tar.gz",
        "sources/",
        "sources/.hidden",
        "pylock.a/b.toml",
        "setup.py",
        "",
    ],
)
def test_a_manifest_that_names_another_place_is_refused(folder: Path, path: str) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    document["files"][-1]["path"] = path
    with pytest.raises(IntegrityError, match="is no place in a bundle"):
        parse_manifest(json.dumps(document).encode(), "a")


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("files"),
        lambda d: d["files"].append(d["files"][0]),
        lambda d: d["files"][0].update(sha256="0" * 63),
        lambda d: d["files"][0].update(size=-1),
        lambda d: d["files"][0].update(size=True),
        lambda d: d["files"][-1].update(kind="text"),
        lambda d: d["files"][0].update(kind="wheel"),
        lambda d: d["files"][0].update(more=1),
        lambda d: d.update(files={}),
        lambda d: d.update(environments=[]),
        lambda d: d.update({"bundle-version": "1"}),
        lambda d: d.update({"adds-to": "yes"}),
    ],
)
def test_a_manifest_that_does_not_say_what_one_says_is_refused(folder: Path, damage: object) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    damage(document)  # type: ignore[operator]
    if document.get("files") == {}:
        document["files"] = {"a": 1}
    with pytest.raises(IntegrityError, match="is damaged"):
        parse_manifest(json.dumps(document).encode(), "a")


def test_a_manifest_of_a_newer_frazil_is_no_damage(folder: Path) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    document["bundle-version"] = 2
    with pytest.raises(UsageError, match="made by a newer frazil"):
        parse_manifest(json.dumps(document).encode(), "a")


@given(st.binary(max_size=300))
def test_no_bytes_make_a_manifest_end_otherwise(data: bytes) -> None:
    with pytest.raises((IntegrityError, UsageError)):
        parse_manifest(data, "a")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("wheels/l-1-py3-none-any.whl", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("wheels/h-1-py3-none-any.whl", {"type": tarfile.LNKTYPE, "linkname": "manifest.json"}),
        ("wheels/d-1-py3-none-any.whl", {"type": tarfile.CHRTYPE}),
        ("wheels/f-1-py3-none-any.whl", {"type": tarfile.FIFOTYPE}),
        ("../outside-1-py3-none-any.whl", {}),
        ("/outside-1-py3-none-any.whl", {}),
        ("wheels/../../outside-1-py3-none-any.whl", {}),
        ("MANIFEST.json", {}),
        ("wheels/app-1.0-py3-none-any.whl", {}),
        ("wheels/APP-1.0-py3-none-any.whl", {}),
        ("..", {"type": tarfile.DIRTYPE}),
    ],
)
def test_a_tar_with_anything_but_plain_files_at_their_places_is_refused(
    made: Path, server: IndexServer, tmp_path: Path, name: str, facts: dict[str, Any]
) -> None:
    hostile = write_tar(tmp_path / "hostile.tar", [*members_of(made / "a.tar"), member(name, **facts)])
    machine = far(tmp_path, server, made / "shop")
    with pytest.raises(UnsafeArchive, match="is an unsafe archive"):
        verify_bundle(hostile)
    with pytest.raises(UnsafeArchive, match="is an unsafe archive"):
        import_bundle(hostile, machine.settings)
    assert stored(machine) == set()
    assert not [*tmp_path.rglob("outside*")]


def test_a_folder_with_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    wheel = folder / "wheels" / "app-1.0-py3-none-any.whl"
    wheel.rename(tmp_path / "elsewhere.whl")
    wheel.symlink_to(tmp_path / "elsewhere.whl")
    with pytest.raises(UnsafeArchive, match="is no regular file"):
        verify_bundle(folder)


def test_what_is_no_bundle_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no tar")
    (tmp_path / "folder").mkdir()
    for name in ("text", "folder", "nothing"):
        with pytest.raises(UsageError):
            verify_bundle(tmp_path / name)
