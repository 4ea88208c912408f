"""The closure digest is what `sha256sum` says of a fetched folder."""

import hashlib
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from frazil.errors import UsageError
from frazil.frozen.closure import closure_digest, closure_digests
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget, Inputs
from frazil.frozen.selection import select
from frazil.model import IndexSource
from tests.support.graph_worlds import ENVIRONMENTS, World, law, worlds

CONTENTS = {"b-1.0-py3-none-any.whl": b"b", "B-1.0-py3-none-any.whl": b"B", "_c-1.tar.gz": b"c"}


def lock(contents: dict[str, bytes]) -> Frozen:
    return Frozen(
        inputs=Inputs(
            environments=tuple(e for e in ENVIRONMENTS if e.name != "mac"),
            targets=(
                FrozenTarget(name="api", environments=("linux",)),
                FrozenTarget(name="web", environments=("linux",)),
            ),
        ),
        coordinates=tuple(
            Coordinate(
                name=f"p{position}",
                version="1.0",
                source=IndexSource("default"),
                resolves=(("default", ("linux",)),),
                targets=(("*", ("api",)),),
                artifacts=(
                    FrozenArtifact(filename=filename, sha256=hashlib.sha256(content).hexdigest(), size=len(content)),
                ),
            )
            for position, (filename, content) in enumerate(contents.items())
        ),
    )


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_sha256sum_gives_the_digest_of_a_fetched_folder(tmp_path: Path) -> None:
    for filename, content in CONTENTS.items():
        (tmp_path / filename).write_bytes(content)
    printed = subprocess.run(
        ["sh", "-c", "sha256sum * | sha256sum"],
        cwd=tmp_path,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    ).stdout
    assert closure_digest(lock(CONTENTS), "api", "linux") == printed.decode().split()[0]


def test_a_target_that_ships_nothing_has_the_digest_of_nothing() -> None:
    assert closure_digest(lock(CONTENTS), "web", "linux") == hashlib.sha256(b"").hexdigest()


def test_a_file_that_two_coordinates_list_counts_once() -> None:
    frozen = lock({"a.whl": b"a"})
    [only] = frozen.coordinates
    twice = replace(frozen, coordinates=(only, replace(only, name="q")))
    assert closure_digest(twice, "api", "linux") == closure_digest(frozen, "api", "linux")


def test_what_changes_no_file_changes_no_digest() -> None:
    frozen = lock(CONTENTS)
    moved = replace(
        frozen,
        coordinates=tuple(
            replace(c, yanked="", license="MIT", artifacts=tuple(replace(a, path="x/", size=9) for a in c.artifacts))
            for c in reversed(frozen.coordinates)
        ),
    )
    assert closure_digest(moved, "api", "linux") == closure_digest(frozen, "api", "linux")


@law
@given(worlds())
def test_all_digests_at_once_are_those_one_by_one(world: World) -> None:
    frozen = world.frozen()
    digests = closure_digests(frozen)
    assert set(digests) == {(t.name, name) for t in frozen.inputs.targets for name in t.environments}
    assert all(digest == closure_digest(frozen, *user) for user, digest in digests.items())


@law
@given(worlds())
def test_equal_digests_are_equal_files(world: World) -> None:
    frozen = world.frozen()
    by_digest: dict[str, set[tuple[str, ...]]] = {}
    for (target, environment), digest in closure_digests(frozen).items():
        found = select(frozen, targets=[target], environments=[environment])
        by_digest.setdefault(digest, set()).add(tuple(sorted({s.artifact.sha256 for s in found.artifacts})))
    assert all(len(files) == 1 for files in by_digest.values())
    assert len({next(iter(files)) for files in by_digest.values()}) == len(by_digest)


def test_an_unknown_target_or_environment_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match='unknown target "ap"'):
        closure_digest(lock({}), "ap", "linux")
    with pytest.raises(UsageError, match="api is not frozen for windows"):
        closure_digest(lock({}), "api", "windows")
