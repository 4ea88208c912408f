"""`pylock.toml`: whoever selects from it by the rules of PEP 751 installs what the lock says."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from packaging.pylock import Package, PackageDirectory, PackageVcs, Pylock, PylockSelectError
from packaging.tags import parse_tag

from frazil.errors import UsageError
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.model import ArchiveSource, DirectorySource, Environment, VcsSource
from frazil.project.environments import parse_environment
from frazil.report.export.pylock import pylocks
from frazil.report.export.request import Exported
from frazil.report.export.shipment import shipments
from tests.support.exports import Boxed, boxed_locks, request
from tests.support.graph_worlds import law
from tests.support.locks import example_lock, lock_of

GROUPS = {
    ".": "root",
    ".:dev": "dev",
    "jobs/etl": "jobs-etl",
    "services/api": "services-api",
    "services/api[x]": "services-api-x",
    "werkzeug/größe.py": "werkzeug-gr-e-py",
}


def read(exported: Exported) -> Pylock:
    return Pylock.from_dict(tomllib.loads(exported.text))


def only(frozen: Frozen, **how: Any) -> Pylock:
    (exported,) = pylocks(request(frozen, **how))
    return read(exported)


def package(lock: Pylock, name: str) -> Package:
    (found,) = [package for package in lock.packages if package.name == name]
    return found


def selected(
    lock: Pylock, environment: Environment, groups: list[str] | None, extras: tuple[str, ...] = ()
) -> set[str]:
    """Return what an installer takes, each in words."""
    tags = [tag for text in environment.tags for tag in parse_tag(text)]
    found = lock.select(
        environment=dict(environment.variables),  # type: ignore[arg-type] # packaging's typed dictionary of the same keys
        tags=tags,
        dependency_groups=groups,
        extras=extras,
    )
    return {_said(each, choice) for each, choice in found}


def _said(package: Package, choice: Any) -> str:
    match choice:
        case PackageDirectory(path=path):
            return f"{package.name} in {path}"
        case PackageVcs(commit_id=commit):
            return f"{package.name} at {commit}"
        case _:
            return f"{package.name} {choice.hashes['sha256']}"


def wanted(frozen: Frozen, target: FrozenTarget, environment: str) -> set[str]:
    """Return what the lock says that a target installs, in the same words."""
    found = set()
    for shipment in shipments(frozen, (target,), (environment,)):
        found |= {f"{member.project_name} in {member.name}" for member in shipment.members}
        found |= {_release(coordinate, environment) for coordinate in shipment.releases}
    return found


def _release(coordinate: Coordinate, environment: str) -> str:
    match coordinate.source:
        case DirectorySource(path):
            return f"{coordinate.name} in {path}"
        case VcsSource(commit_id=commit):
            return f"{coordinate.name} at {commit}"
        case _:
            artifact = coordinate.artifact_for(environment)
            assert artifact is not None
            return f"{coordinate.name} {artifact.sha256}"


@law
@given(boxed_locks)
def test_every_group_selects_what_its_target_ships_in_each_environment(box: Boxed) -> None:
    frozen = box.frozen
    files = pylocks(request(frozen))
    for exported in files:
        lock = read(exported)
        for name in exported.targets:
            target = frozen.targets_by_name[name]
            extending = name.endswith("[x]") and target.base in exported.targets
            group = GROUPS["services/api"] if extending else GROUPS[name]
            extras = ("x",) if extending else ()
            for environment in set(exported.environments) & set(target.environments):
                here = frozen.environments_by_name[environment]
                assert selected(lock, here, [group], extras) == wanted(frozen, target, environment)
    living = sorted(target.name for target in frozen.inputs.targets if target.environments)
    assert sorted(name for exported in files for name in exported.targets) == living


@law
@given(boxed_locks)
def test_a_file_for_one_target_needs_no_group(box: Boxed) -> None:
    frozen = box.frozen
    for exported in pylocks(request(frozen, each=True)):
        (name,) = exported.targets
        lock = read(exported)
        assert not lock.dependency_groups
        for environment in exported.environments:
            here = frozen.environments_by_name[environment]
            assert selected(lock, here, None) == wanted(frozen, frozen.targets_by_name[name], environment)


@law
@given(boxed_locks)
def test_any_choice_of_groups_in_one_file_is_without_ambiguity(box: Boxed) -> None:
    frozen = box.frozen
    for exported in pylocks(request(frozen)):
        lock = read(exported)
        for environment in exported.environments:
            here = frozen.environments_by_name[environment]
            everything = selected(lock, here, list(lock.dependency_groups or ()), tuple(lock.extras or ()))
            assert selected(lock, here, None) <= everything


@law
@given(boxed_locks)
def test_an_environment_that_was_not_frozen_for_is_refused(box: Boxed) -> None:
    frozen = box.frozen
    stranger = parse_environment("stranger", "3.13", "win_amd64")
    for exported in pylocks(request(frozen)):
        with pytest.raises(PylockSelectError):
            selected(read(exported), stranger, None)


# By example ------------------------------------------------------------------------------------------------


def test_resolves_with_other_versions_are_one_file_each() -> None:
    files = {exported.name: exported.targets for exported in pylocks(request(example_lock()))}
    assert files == {
        "pylock.toml": ("libs/common", "services/api", "services/api[postgres]"),
        "pylock.legacy.toml": ("jobs/etl",),
    }


def test_a_file_says_all_that_the_lock_knows_of_an_artifact() -> None:
    click = package(only(example_lock(), targets=("services/api", "libs/common")), "click")
    assert click.index == "https://default.index.example/simple/"
    assert click.dependencies == [{"name": "colorama"}]
    assert str(click.requires_python) == ">=3.7"
    (wheel,) = click.wheels or ()
    assert wheel.filename == "click-8.1.8-py3-none-any.whl"
    assert wheel.url == "https://files.index.example/packages/7e/d4/click-8.1.8-py3-none-any.whl"
    assert wheel.size == 98188
    assert wheel.upload_time is not None
    assert wheel.upload_time.isoformat() == "2024-12-21T18:38:41+00:00"


def test_who_asks_for_no_group_gets_all_targets_but_the_groups_among_them() -> None:
    frozen = lock_of({"a": ("1", []), "b": ("1", [])}, targets={"web": ["a"], "web:dev": ["b"]})
    lock = only(frozen)
    linux = frozen.environments_by_name["linux"]
    assert (lock.dependency_groups, lock.default_groups) == (["web", "web-dev"], ["default"])
    assert {each.split()[0] for each in selected(lock, linux, None)} == {"a"}
    assert {each.split()[0] for each in selected(lock, linux, ["web-dev"])} == {"b"}


def test_a_target_called_default_is_not_taken_for_the_default() -> None:
    frozen = lock_of({"a": ("1", []), "b": ("1", [])}, targets={"default": ["a"], "web": ["b"]})
    assert only(frozen).default_groups == ["default-targets"]


def test_a_marker_says_no_more_than_tells_the_environments_apart() -> None:
    lock = only(example_lock(), targets=("services/api",))
    assert str(package(lock, "colorama").marker) == 'sys_platform == "win32"'
    assert package(lock, "click").marker is None
    assert only(example_lock(), targets=("services/api",), environments=("linux",)).packages[0].marker is None


def test_every_environment_is_named_whole() -> None:
    frozen = lock_of({"a": ("1", [])}, targets={"web": ["a"]})
    assert [str(marker) for marker in only(frozen).environments or ()] == [
        (
            'python_version == "3.12" and sys_platform == "linux" and platform_machine == "x86_64" and '
            'implementation_name == "cpython"'
        )
    ]


def test_the_repositorys_own_projects_are_folders_and_can_be_left_out() -> None:
    lock = only(example_lock(), targets=("services/api",))
    folder = package(lock, "services-common").directory
    assert folder == PackageDirectory(path="libs/common", editable=True)
    names = {each.name for each in only(example_lock(), targets=("services/api",), local=False).packages}
    assert not names & {"services-common", "services-api"}


def test_two_targets_of_one_plain_name_are_refused() -> None:
    frozen = lock_of({"a": ("1", [])}, targets={"a/b": ["a"], "a-b": ["a"]})
    with pytest.raises(UsageError, match=r"a-b and a/b would both be called a-b"):
        pylocks(request(frozen))


def test_archives_and_commits_keep_their_sources() -> None:
    frozen = example_lock()
    auth = package(only(frozen, targets=("services/api",)), "acme-auth")
    assert auth.vcs is not None
    assert (auth.version, auth.vcs.commit_id) == (None, "1e8e598a68950d71f1324218c37266976673bce0")
    archive = package(only(frozen, targets=("jobs/etl",)), "fastlex").archive
    (fastlex,) = [each for each in frozen.coordinates if isinstance(each.source, ArchiveSource)]
    assert archive is not None
    assert archive.hashes == {"sha256": fastlex.artifacts[0].sha256}


def test_what_is_built_has_its_source_and_what_builds_it_is_left_out() -> None:
    lock = only(example_lock(), targets=("jobs/etl",))
    docopt = package(lock, "docopt")
    assert docopt.sdist is not None
    assert docopt.sdist.filename == "docopt-0.6.2.tar.gz"
    assert "setuptools" not in {each.name for each in lock.packages}


def test_each_artifact_has_a_line_of_its_own() -> None:
    (exported,) = pylocks(request(example_lock(), targets=("services/api[postgres]",)))
    lines = [line for line in exported.text.splitlines() if "psycopg2_binary" in line]
    assert len(lines) == 2
    assert all(line.startswith("  { name = ") and line.endswith(" },") for line in lines)
