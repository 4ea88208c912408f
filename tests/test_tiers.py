"""The four tiers over a real index: which one answers, why the others did not, what each may do."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import (
    ArtifactGone,
    Difference,
    IndexUnreachable,
    IntegrityError,
    LockFileError,
    LockMissing,
    LockTooNew,
    NoResolution,
    Offline,
    StaleLock,
    UsageError,
)
from frazil.frozen.codec import parse_frozen
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine, reasons
from tests.support.tree import snapshot

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"2.0": ["werkzeug<3"], "3.0": ["werkzeug>=3", "click"]},
    "werkzeug": {"2.0": [], "3.0": [], "3.1": []},
    "click": {"8.0": ["colorama; platform_system == 'Windows'"], "8.1": ["colorama; platform_system == 'Windows'"]},
    "colorama": {"0.4.6": []},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["flask"], "tool": ["click"]}, environments=("linux", "windows"))
    return machine


# The way down ----------------------------------------------------------------------------------------------


@pytest.mark.behaviour("PA-1")
def test_the_first_ensure_resolves_and_the_second_neither_resolves_nor_asks_the_network(machine: Machine) -> None:
    first = machine.ensure()
    assert first.tier == "resolve"
    assert machine.lock.exists()
    assert machine.requests()
    second = machine.ensure()
    assert second.tier == "fetch-result"
    assert second.rejected == ()
    assert machine.requests() == []


@pytest.mark.behaviour("PA-2")
def test_a_fresh_checkout_with_a_current_lock_fetches_without_a_page_and_then_takes_the_fetch_result(
    machine: Machine, tmp_path: Path
) -> None:
    machine.resolve()
    machine.requests()
    other = Machine(tmp_path / "bob", machine.server, machine.project)
    fetched = other.ensure()
    assert fetched.tier == "fetch"
    assert set(reasons(fetched)) == {"fetch-result", "resolve-result"}
    assert all(path.startswith("/packages/") for path in other.requests())
    assert other.ensure().tier == "fetch-result"
    assert other.requests() == []


def test_with_everything_in_the_store_the_resolve_result_is_linked_without_a_request(machine: Machine) -> None:
    machine.ensure()
    machine.requests()
    machine.forget_output()
    linked = machine.ensure()
    assert linked.tier == "resolve-result"
    assert "gone" in reasons(linked)["fetch-result"]
    assert machine.requests() == []
    assert machine.delivered() == {"flask-3.0-py3-none-any.whl", "werkzeug-3.1-py3-none-any.whl"} | {
        "click-8.1-py3-none-any.whl",
        "colorama-0.4.6-py3-none-any.whl",
    }


def test_a_requirement_that_changes_is_resolved_anew_and_every_tier_says_why(machine: Machine) -> None:
    machine.ensure()
    machine.declare({"web": ["flask<3"], "tool": ["click"]}, environments=("linux", "windows"))
    report = machine.ensure()
    assert report.tier == "resolve"
    assert "frazil.toml changed" in reasons(report)["fetch-result"]
    expected = "target web: flask<3 replaced flask at frazil.toml"
    assert reasons(report)["resolve-result"].startswith(expected)
    assert reasons(report)["fetch"].startswith(expected)
    assert "flask-2.0-py3-none-any.whl" in machine.delivered()
    assert "flask-3.0-py3-none-any.whl" not in machine.delivered()


def test_an_unchanged_manifest_with_another_time_of_change_is_still_the_fetch_result(machine: Machine) -> None:
    machine.ensure()
    (machine.project / "frazil.toml").touch()
    assert machine.ensure().tier == "fetch-result"


@pytest.mark.behaviour("PA-3")
def test_a_fetch_delivers_what_the_resolve_chose_same_names_same_bytes(machine: Machine, tmp_path: Path) -> None:
    machine.ensure()
    resolved = {path.name: path.read_bytes() for path in machine.out.iterdir()}
    other = Machine(tmp_path / "bob", machine.server, machine.project)
    other.fetch(out=tmp_path / "elsewhere")
    assert {path.name: path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()} == resolved


# Records ---------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("PA-6")
def test_a_lost_fetch_result_costs_a_link_and_no_request(machine: Machine) -> None:
    machine.ensure()
    machine.requests()
    shutil.rmtree(machine.home / "cache" / "fetch-results")
    report = machine.ensure()
    assert report.tier == "resolve-result"
    assert "no finished fetch is on record" in reasons(report)["fetch-result"]
    assert machine.requests() == []
    assert machine.ensure().tier == "fetch-result"


@pytest.mark.behaviour("PA-6")
def test_a_corrupt_fetch_result_is_a_miss(machine: Machine) -> None:
    machine.ensure()
    (record,) = [path for path in (machine.home / "cache" / "fetch-results").rglob("*") if path.is_file()]
    record.chmod(0o644)
    record.write_bytes(record.read_bytes()[:40])
    assert machine.ensure().tier == "resolve-result"
    assert machine.ensure().tier == "fetch-result"


@pytest.mark.behaviour("PA-6")
def test_a_linked_file_that_is_gone_is_linked_again_and_no_other(machine: Machine) -> None:
    machine.ensure()
    (machine.out / "click-8.1-py3-none-any.whl").unlink()
    report = machine.ensure()
    assert report.tier == "resolve-result"
    assert "click-8.1" in reasons(report)["fetch-result"]
    assert (report.fetch.linked, report.fetch.unchanged) == (1, 3)


@pytest.mark.behaviour("PA-6")
def test_a_corrupt_lock_is_resolved_anew_and_kept_beside(machine: Machine) -> None:
    machine.ensure()
    broken = machine.lock.read_bytes()[:200]
    machine.lock.write_bytes(broken)
    report = machine.ensure()
    assert report.tier in {"resolve", "fetch", "resolve-result"}
    parse_frozen(machine.lock.read_bytes())
    assert machine.lock.with_name("frozen.json.bak").read_bytes() == broken
    assert any("frozen.json" in sentence for sentence in machine.warnings)


@pytest.mark.behaviour("PA-17")
def test_a_damaged_store_entry_is_fetched_again_and_no_other(machine: Machine) -> None:
    machine.ensure()
    machine.requests()
    machine.forget_output()
    (entry,) = (machine.home / "store").rglob("click-8.1-py3-none-any.whl")
    entry.chmod(0o644)
    entry.write_bytes(b"rot" + entry.read_bytes()[3:])
    report = machine.ensure()
    assert report.tier == "fetch"
    assert reasons(report)["resolve-result"] == "1 artifact is not in the store (click)"
    assert len(machine.requests()) == 1


def test_several_missing_artifacts_are_counted_and_some_named(machine: Machine) -> None:
    machine.ensure()
    machine.forget_output()
    machine.forget_store()
    report = machine.ensure()
    assert reasons(report)["resolve-result"] == "4 artifacts are not in the store (click, colorama, flask, werkzeug)"


# The resolution cache --------------------------------------------------------------------------------------


def test_without_a_lock_a_resolution_that_was_made_before_is_found_by_fingerprint(machine: Machine) -> None:
    machine.ensure()
    lock = machine.lock.read_bytes()
    machine.lock.unlink()
    machine.requests()
    report = machine.ensure()
    assert report.tier == "resolve-result"
    assert machine.lock.read_bytes() == lock
    assert machine.requests() == []


def test_a_plain_resolve_never_reads_the_resolution_cache(machine: Machine) -> None:
    machine.resolve()
    machine.lock.unlink()
    machine.requests()
    machine.resolve()
    assert machine.requests()


@pytest.mark.parametrize("damage", ["cut", "flip", "other"])
def test_a_resolution_that_cannot_be_trusted_is_a_miss(machine: Machine, damage: str) -> None:
    machine.ensure()
    (kept,) = (machine.home / "cache" / "resolutions-v1").rglob("*.resolution")
    kept.chmod(0o644)
    text = kept.read_text()
    kept.write_text(
        {"cut": text[:300], "flip": text.replace('"size": ', '"size": 9'), "other": text.replace("flask", "werkzeug")}[
            damage
        ]
    )
    machine.lock.unlink()
    assert machine.ensure().tier in {"resolve", "fetch"}
    parse_frozen(machine.lock.read_bytes())


def test_an_upgrade_skips_every_tier_that_remembers(machine: Machine) -> None:
    machine.ensure()
    report = machine.ensure(upgrade=True)
    assert report.tier == "resolve"
    assert set(reasons(report).values()) == {"an upgrade was asked for"}


# Locked and frozen -----------------------------------------------------------------------------------------


def test_locked_refuses_a_stale_lock_with_all_reasons_at_once_and_without_a_request(machine: Machine) -> None:
    machine.ensure()
    lock = machine.lock.read_bytes()
    machine.declare({"web": ["flask<3"], "tool": ["click", "colorama"]}, environments=("linux", "windows"))
    machine.requests()
    with pytest.raises(StaleLock) as stale:
        machine.ensure(locked=True)
    assert len(stale.value.details) == 2
    assert "2 of 2 targets" in stale.value.sentence
    assert stale.value.exit_code == 1
    assert machine.requests() == []
    assert machine.lock.read_bytes() == lock


def test_locked_without_a_lock_is_a_refusal_and_the_resolution_cache_is_not_asked(machine: Machine) -> None:
    machine.ensure()
    machine.lock.unlink()
    with pytest.raises(StaleLock):
        machine.ensure(locked=True)
    assert not machine.lock.exists()


def test_frozen_without_a_lock_is_a_bad_input(machine: Machine) -> None:
    with pytest.raises(LockMissing) as missing:
        machine.ensure(frozen=True)
    assert missing.value.exit_code == 2


def test_frozen_does_not_look_at_the_manifests(machine: Machine) -> None:
    machine.ensure()
    (machine.project / "frazil.toml").write_text("this is [not TOML\n")
    machine.forget_output()
    assert machine.ensure(frozen=True).tier == "resolve-result"
    assert machine.ensure(frozen=True).tier == "fetch-result"


def test_a_fetch_from_a_stale_lock_does_not_become_a_fetch_result_for_ensure(machine: Machine) -> None:
    machine.resolve()
    machine.declare({"web": ["flask<3"], "tool": ["click"]}, environments=("linux", "windows"))
    machine.fetch()
    assert any("out of date" in sentence for sentence in machine.warnings)
    report = machine.ensure()
    assert report.tier == "resolve"
    assert reasons(report)["fetch-result"]


def test_locked_and_frozen_exclude_each_other(machine: Machine) -> None:
    machine.resolve()
    with pytest.raises(UsageError):
        machine.fetch(locked=True, frozen=True)


# Fetch -----------------------------------------------------------------------------------------------------


def test_of_a_lock_that_is_stale_for_many_reasons_some_are_said_and_all_are_answered(machine: Machine) -> None:
    machine.declare({f"t{number}": ["click"] for number in range(15)})
    machine.resolve()
    machine.declare({"web": ["click"]})
    report = machine.fetch()
    assert len(report.warnings) == 16
    assert len(machine.warnings) == 11
    assert machine.warnings[-1].endswith("and 6 more reasons (`frazil resolve --check` shows all)")


def test_git_passes_by_the_default_output_and_no_other(machine: Machine, tmp_path: Path) -> None:
    machine.resolve()
    machine.fetch(out=tmp_path / "wheels" / "out")
    assert not (tmp_path / "wheels" / ".gitignore").exists()
    machine.fetch()
    ignored = machine.project / ".frazil" / ".gitignore"
    assert ignored.read_text() == "*\n"
    ignored.unlink()
    machine.forget_output()
    machine.fetch()
    assert not ignored.exists()


def test_a_check_says_only_what_is_missing(machine: Machine) -> None:
    machine.resolve()
    machine.fetch()
    machine.forget_output()
    with pytest.raises(Difference) as caught:
        machine.fetch(check=True)
    assert caught.value.details == ("4 files are not in the output",)


def test_a_fetch_needs_nothing_but_the_lock(machine: Machine, tmp_path: Path) -> None:
    machine.resolve()
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(machine.lock, bare)
    other = Machine(tmp_path / "bob", machine.server, bare)
    machine.requests()
    report = other.fetch(frozen=True)
    assert report.artifacts == 4
    assert all(path.startswith("/packages/") for path in machine.requests())


@pytest.mark.promise("R17")
def test_a_full_store_needs_no_server(machine: Machine) -> None:
    machine.ensure()
    machine.forget_output()
    machine.server.close()
    assert machine.fetch(offline=True).artifacts == 4
    assert machine.delivered()


def test_offline_names_what_is_missing(machine: Machine) -> None:
    machine.resolve()
    machine.requests()
    with pytest.raises(Offline) as offline:
        machine.fetch(offline=True)
    assert offline.value.exit_code == 3
    assert machine.requests() == []


def test_targets_and_environments_select(machine: Machine) -> None:
    machine.resolve()
    machine.fetch(targets=("tool",), environments=("linux",))
    assert machine.delivered() == {"click-8.1-py3-none-any.whl"}
    machine.fetch(targets=("tool",), environments=("windows",), out=machine.project / "windows")
    names = {path.name for path in (machine.project / "windows").iterdir()}
    assert names == {"click-8.1-py3-none-any.whl", "colorama-0.4.6-py3-none-any.whl"}


def test_the_layout_by_target_has_a_folder_for_each_target_and_environment(machine: Machine) -> None:
    machine.resolve()
    machine.fetch(layout="target", out=machine.project / "by-target")
    assert {path.name for path in (machine.project / "by-target" / "tool" / "windows").iterdir()} == {
        "click-8.1-py3-none-any.whl",
        "colorama-0.4.6-py3-none-any.whl",
    }
    assert (machine.project / "by-target" / "web" / "linux").is_dir()


@pytest.mark.behaviour("PA-16")
def test_an_unknown_target_or_environment_lists_the_known_ones(machine: Machine) -> None:
    machine.resolve()
    with pytest.raises(UsageError) as target:
        machine.fetch(targets=("wep",))
    assert "web" in f"{target.value.hint}"
    with pytest.raises(UsageError) as environment:
        machine.fetch(environments=("linus",))
    assert "linux" in f"{environment.value.hint}"


@pytest.mark.promise("R17")
@pytest.mark.behaviour("PA-5")
def test_metadata_that_changes_on_the_index_cannot_change_a_fetch(machine: Machine) -> None:
    machine.resolve()
    world(machine.server, {"flask": {"9.0": ["nothing-real"]}, "click": {"9.0": []}})
    machine.requests()
    machine.fetch()
    assert "flask-3.0-py3-none-any.whl" in machine.delivered()
    assert not [path for path in machine.requests() if path.startswith("/simple/")]


def test_wrong_bytes_are_an_integrity_error_and_never_resolved_around(machine: Machine) -> None:
    machine.resolve()
    (file,) = [file for file in machine.server.projects["click"] if "8.1" in file.filename]
    machine.server.fault(f"/packages/{file.path}", body=b"x" * file.size)
    lock = machine.lock.read_bytes()
    with pytest.raises(IntegrityError) as wrong:
        machine.ensure()
    assert wrong.value.exit_code == 4
    assert "click-8.1-py3-none-any.whl" in wrong.value.sentence
    assert machine.lock.read_bytes() == lock
    assert not machine.delivered()


def test_an_artifact_that_is_gone_is_resolved_around_by_ensure_only(machine: Machine) -> None:
    machine.resolve()
    (gone,) = [file for file in machine.server.projects["click"] if "8.1" in file.filename]
    machine.server.remove_file(gone)
    machine.forget_cache()
    with pytest.raises(ArtifactGone):
        machine.fetch()
    for mode in ("locked", "frozen"):
        with pytest.raises(ArtifactGone):
            machine.ensure(**{mode: True})
    report = machine.ensure()
    assert report.tier == "resolve"
    assert "click-8.1-py3-none-any.whl" in reasons(report)["fetch"]
    assert "click-8.0-py3-none-any.whl" in machine.delivered()


def test_an_index_that_is_down_is_an_error_of_its_own(machine: Machine) -> None:
    machine.server.close()
    with pytest.raises(IndexUnreachable) as down:
        machine.ensure()
    assert down.value.exit_code == 3
    assert not machine.lock.exists()


def test_a_newer_lock_is_refused_and_never_overwritten(machine: Machine) -> None:
    machine.resolve()
    newer = machine.lock.read_bytes().replace(b'"frozen-version": 1', b'"frozen-version": 2')
    machine.lock.write_bytes(newer)
    for verb in (machine.resolve, machine.fetch, machine.ensure):
        with pytest.raises(LockTooNew):
            verb()
    assert machine.lock.read_bytes() == newer


def test_a_cut_lock_is_an_error_for_fetch(machine: Machine) -> None:
    machine.resolve()
    machine.lock.write_bytes(machine.lock.read_bytes()[:300])
    with pytest.raises(LockFileError) as cut:
        machine.fetch()
    assert cut.value.exit_code == 2


@pytest.mark.promise("R15")
@pytest.mark.behaviour("PA-11")
def test_a_refusal_names_both_and_writes_nothing(machine: Machine) -> None:
    machine.ensure()
    before = snapshot(machine.project)
    machine.declare({"web": ["flask>=3"], "tool": ["werkzeug<3"]}, environments=("linux",))
    declared = (machine.project / "frazil.toml").read_bytes()
    with pytest.raises(NoResolution) as refused:
        machine.ensure()
    text = "\n".join(refused.value.details)
    assert "flask>=3" in text
    assert "werkzeug<3" in text
    (machine.project / "frazil.toml").write_bytes(declared)
    after = snapshot(machine.project)
    assert {path for path in after if after[path] != before.get(path)} == {"frazil.toml"}


# Writing nothing -------------------------------------------------------------------------------------------


@pytest.mark.promise("R20")
@pytest.mark.behaviour("PA-4")
@pytest.mark.parametrize("switch", ["dry_run", "check"])
def test_a_run_that_only_looks_writes_nothing_anywhere(machine: Machine, tmp_path: Path, switch: str) -> None:
    machine.resolve()
    before = snapshot(tmp_path)
    if switch == "check":
        with pytest.raises(Difference):
            machine.fetch(check=True)
        assert machine.resolve(check=True).current
    else:
        assert machine.fetch(dry_run=True).planned is not None
        machine.ensure(dry_run=True)
        machine.declare({"web": ["flask<3"], "tool": ["click"]}, environments=("linux", "windows"))
        before = snapshot(tmp_path)
        assert not machine.resolve(dry_run=True).written
        assert machine.ensure(dry_run=True).tier == "resolve"
    assert snapshot(tmp_path) == before


@pytest.mark.behaviour("PA-4")
def test_a_failed_resolve_is_not_remembered(machine: Machine) -> None:
    machine.declare({"web": ["flask>=3", "werkzeug<3"]})
    with pytest.raises(NoResolution):
        machine.ensure()
    assert not list((machine.home / "cache").rglob("*.resolution"))


def test_nothing_declared_is_a_success_that_delivers_nothing(machine: Machine) -> None:
    machine.declare({})
    report = machine.ensure()
    assert report.fetch.artifacts == 0
    assert json.loads(machine.lock.read_bytes())["frozen-version"] == 1


@pytest.mark.behaviour("PA-13")
def test_store_and_output_may_be_reached_through_symbolic_links(machine: Machine, tmp_path: Path) -> None:
    real = tmp_path / "real-store"
    real.mkdir()
    machine.home.mkdir(parents=True)
    (machine.home / "store").symlink_to(real)
    assert machine.ensure().tier == "resolve"
    assert machine.ensure().tier == "fetch-result"
