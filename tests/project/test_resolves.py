"""Every target is in one resolve: by a pattern, by its own word, by its owner, or `default`."""

from pathlib import Path

import pytest

from frazil.project.declaration import DeclaredProject
from tests.support.projects import read_files, refused

MEMBERS = {
    "services/api/pyproject.toml": '[project]\nname = "api"\n[project.optional-dependencies]\ngpu = []\n'
    '[dependency-groups]\ndocs = ["sphinx"]\n',
    "jobs/old-a/pyproject.toml": '[project]\nname = "old-a"\n[dependency-groups]\ndocs = ["sphinx"]\n',
    "jobs/new/pyproject.toml": '[project]\nname = "new"\n',
}
CONFIG = 'members = ["services/*", "jobs/*"]\n'


def _resolves(project: DeclaredProject) -> dict[str, str]:
    return {target.name: target.resolve for target in project.targets}


def _read(root: Path, config: str, **others: str) -> DeclaredProject:
    return read_files(root, {**MEMBERS, **others, "frazil.toml": CONFIG + config})


def test_a_target_of_which_nothing_is_said_is_in_the_default_resolve(tmp_path: Path) -> None:
    project = _read(tmp_path, "")
    assert set(_resolves(project).values()) == {"default"}
    assert [resolve.name for resolve in project.resolves] == ["default"]


def test_a_pattern_takes_targets_with_their_extras_and_groups(tmp_path: Path) -> None:
    project = _read(tmp_path, '[resolves.legacy]\ntargets = ["jobs/old-*", "services/api"]\nconstraints = ["django<5"]')
    assert _resolves(project) == {
        "jobs/new": "default",
        "jobs/old-a": "legacy",
        "jobs/old-a:docs": "legacy",
        "services/api": "legacy",
        "services/api:docs": "legacy",
        "services/api[gpu]": "legacy",
    }
    default, legacy = project.resolves
    assert (default.name, legacy.name) == ("default", "legacy")
    assert [str(declared.requirement) for declared in legacy.policy.constraints] == ["django<5"]


def test_a_pattern_with_a_colon_takes_groups_alone(tmp_path: Path) -> None:
    project = _read(tmp_path, '[resolves.docs]\ntargets = ["**:docs"]\n[resolves.legacy]\ntargets = ["jobs/old-a"]')
    assert _resolves(project) == {
        "jobs/new": "default",
        "jobs/old-a": "legacy",
        "jobs/old-a:docs": "docs",
        "services/api": "default",
        "services/api:docs": "docs",
        "services/api[gpu]": "default",
    }


def test_an_isolated_target_has_a_resolve_of_its_name_that_its_extras_and_groups_share(tmp_path: Path) -> None:
    own = MEMBERS["services/api/pyproject.toml"] + "[tool.frazil]\nisolated = true\n"
    project = _read(tmp_path, "", **{"services/api/pyproject.toml": own})
    assert {name for name, resolve in _resolves(project).items() if resolve == "services/api"} == {
        "services/api",
        "services/api:docs",
        "services/api[gpu]",
    }
    assert [resolve.name for resolve in project.resolves] == ["default", "services/api"]


def test_a_group_can_be_isolated_alone(tmp_path: Path) -> None:
    project = _read(tmp_path, '[targets."services/api:docs"]\nisolated = true')
    assert _resolves(project)["services/api:docs"] == "services/api:docs"
    assert _resolves(project)["services/api"] == "default"


def test_a_target_can_name_its_resolve(tmp_path: Path) -> None:
    project = _read(tmp_path, '[resolves.legacy]\n[targets.job]\nrequirements = ["a"]\nresolve = "legacy"')
    assert _resolves(project)["job"] == "legacy"


def test_a_group_can_be_called_back_into_the_default_resolve(tmp_path: Path) -> None:
    project = _read(
        tmp_path, '[targets."services/api"]\nisolated = true\n[targets."services/api:docs"]\nresolve = "default"'
    )
    assert _resolves(project)["services/api:docs"] == "default"


def test_what_a_constraints_file_says_narrows_the_resolve_of_its_target(tmp_path: Path) -> None:
    project = _read(
        tmp_path,
        '[resolves.legacy]\ntargets = ["job"]\nconstraints = ["a<9"]\n[targets.job]\nrequirements-files = ["r.txt"]',
        **{"r.txt": "six\n-c c.txt", "c.txt": "numpy<3"},
    )
    policies = {resolve.name: resolve.policy.constraints for resolve in project.resolves}
    assert [f"{each.requirement} from {each.origin}" for each in policies["legacy"]] == [
        "a<9 from frazil.toml:4",
        "numpy<3 from c.txt:1",
    ]
    assert policies["default"] == ()


MISTAKES = {
    "two resolves by pattern": (
        '[resolves.a]\ntargets = ["jobs/*"]\n[resolves.b]\ntargets = [\n"jobs/new"]',
        "frazil.toml:6: jobs/new is in two resolves, a and b",
        None,
    ),
    "a pattern that fits nothing": (
        '[resolves.a]\ntargets = ["job/*"]',
        'frazil.toml:3: "job/*" fits no target that the resolve a could hold',
        None,
    ),
    "a pattern for an extra": (
        '[resolves.a]\ntargets = ["services/api[gpu]"]',
        'frazil.toml:3: "services/api[gpu]" fits no target that the resolve a could hold',
        None,
    ),
    "a resolve without targets": (
        "[resolves.a]\ntargets = []",
        "frazil.toml:2: no target is in the resolve a",
        'name some: targets = ["jobs/old-*"]',
    ),
    "isolated and in a resolve by pattern": (
        '[resolves.a]\ntargets = ["jobs/new"]\n[targets."jobs/new"]\nisolated = true',
        "frazil.toml:4: jobs/new is in two resolves, a and jobs/new",
        None,
    ),
    "isolated and in a resolve by word": (
        '[resolves.a]\n[targets."jobs/new"]\nisolated = true\nresolve = "a"',
        "frazil.toml:3: jobs/new is isolated, and in the resolve a too",
        None,
    ),
    "an unknown resolve": (
        '[resolves.legacy]\ntargets = ["jobs/old-a"]\n[targets."jobs/new"]\nresolve = "legcy"',
        'frazil.toml:4: jobs/new is in the unknown resolve "legcy"',
        "did you mean legacy? resolves: default, legacy",
    ),
    "the name of an isolated target is taken": (
        '[resolves."jobs/new"]\ntargets = ["services/api"]\n[targets."jobs/new"]\nisolated = true',
        "frazil.toml:4: jobs/new is isolated, and a resolve of that name exists",
        "rename the resolve",
    ),
}


@pytest.mark.parametrize(("config", "sentence", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_contradiction_is_told(tmp_path: Path, config: str, sentence: str, hint: str | None) -> None:
    error = refused(tmp_path, {**MEMBERS, "frazil.toml": CONFIG + config})
    assert error.sentence == sentence
    assert hint is None or error.hint == hint


def test_a_pattern_that_fits_nothing_shows_what_there_is(tmp_path: Path) -> None:
    error = refused(tmp_path, {**MEMBERS, "frazil.toml": CONFIG + '[resolves.a]\ntargets = ["job/new"]'})
    assert error.hint is not None
    assert error.hint.startswith("did you mean jobs/new")
