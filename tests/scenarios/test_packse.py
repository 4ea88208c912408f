"""packse's scenarios over a real index on loopback, in every form of page, on both engines."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from frazil.errors import GaveUp, NoResolution
from frazil.freeze import ResolveOptions, freeze_project
from frazil.frozen.codec import format_frozen
from frazil.frozen.model import Frozen
from frazil.settings import Settings
from tests.support.index_server import IndexServer, world

FOLDER = Path(__file__).parents[2] / "fixtures" / "scenarios" / "packse"
SCENARIOS = sorted(FOLDER.rglob("*.toml"))
PLATFORMS = ("manylinux_2_28_x86_64", "win_amd64", "macosx_14_0_arm64")
FORMS: dict[str, dict[str, Any]] = {
    "json": {},
    "html": {"form": "html"},
    "without-metadata-files": {"metadata": "never"},
    "without-ranges": {"metadata": "never", "ranges": False},
    "reversed": {"reverse": True},
}
OTHER_ANSWERS: dict[str, dict[str, str] | None] = {
    "transitive-prerelease-and-stable-dependency": {"a": "1.0.0", "b": "1.0.0", "c": "2.0.0b1"},
    "conflict-in-fork": {},
    "transitive-yanked-and-unyanked-dependency": {"a": "1.0.0", "b": "1.0.0", "c": "2.0.0"},
}


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def releases(scenario: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the scenario's packages as the test index takes them; an sdist exists unless it says otherwise."""
    return {
        name: {version: {"sdist": True, **release} for version, release in package["versions"].items()}
        for name, package in scenario.get("packages", {}).items()
    }


def pythons(scenario: Mapping[str, Any]) -> list[str]:
    options = scenario.get("resolver_options", {})
    asked = options.get("python") or scenario.get("environment", {}).get("python")
    if asked:
        return [asked]
    if not options.get("universal"):
        return ["3.12"]
    tags = [
        tag
        for package in scenario["packages"].values()
        for release in package["versions"].values()
        for tag in release.get("wheel_tags", ())
    ]
    built_for = sorted({f"3.{tag[3:5]}" for tag in tags if tag.startswith("cp3") and "-abi3-" not in tag})
    return built_for or ["3.12", "3.13"]


def platforms(scenario: Mapping[str, Any]) -> Iterable[str]:
    options = scenario.get("resolver_options", {})
    if options.get("universal"):
        return PLATFORMS
    return [options.get("python_platform", PLATFORMS[0])]


def configuration(scenario: Mapping[str, Any], url: str) -> str:
    options = scenario.get("resolver_options", {})
    lines = []
    if "prereleases" in options:
        lines.append(f'prerelease = "{options["prereleases"]}"')
    lines += [f"{key.replace('_', '-')} = {options[key]!r}" for key in ("no_build", "no_binary") if key in options]
    lines += ["[[index]]", 'name = "scenarios"', f'url = "{url}"']
    for python in pythons(scenario):
        for platform in platforms(scenario):
            name = f"py{python.replace('.', '-')}-{platform.split('_')[0]}"
            lines += [f"[environments.{name}]", f'python = "{python}"', f'platform = "{platform}"']
    lines += ["[targets.root]", f"requirements = {scenario['root']['requires']!r}"]
    bound = scenario["root"].get("requires_python")
    if bound and not options.get("universal"):
        lines.append(f'requires-python = "{bound}"')
    return "\n".join(lines) + "\n"


def resolve(folder: Path, settings: Settings, engine: str) -> Frozen:
    return freeze_project(folder, None, ResolveOptions(engine=engine), settings).frozen


def pins_in(frozen: Frozen, environment: str) -> dict[str, str]:
    return {name: pin.version or "" for (_, where, name), pin in frozen.pins.items() if where == environment}


def unmet(scenario: Mapping[str, Any], frozen: Frozen, environment: str) -> list[str]:
    """Return every active requirement that an environment's pins do not meet, walking by packaging's own rules."""
    values = dict(frozen.environments_by_name[environment].markers)
    pins = pins_in(frozen, environment)
    waiting, seen, found = [(text, "") for text in scenario["root"]["requires"]], set(), []
    while waiting:
        text, extra = waiting.pop()
        requirement = Requirement(text)
        if (text, extra) in seen or (
            requirement.marker and not requirement.marker.evaluate({**values, "extra": extra})
        ):
            continue
        seen.add((text, extra))
        version = pins.get(requirement.name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{text} against {version}")
            continue
        release = next(
            release
            for listed, release in scenario["packages"][requirement.name]["versions"].items()
            if Version(listed) == Version(version)
        )
        waiting += [(dependency, "") for dependency in release.get("requires", ())]
        for asked in requirement.extras:
            waiting += [(dependency, "") for dependency in release.get("extras", {}).get(asked, ())]
    return found


@pytest.fixture(params=FORMS, scope="module")
def form(request: pytest.FixtureRequest) -> dict[str, Any]:
    return FORMS[request.param]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("engine", ["conflict", "resolvelib"])
def test_a_scenario_is_answered_as_it_says(
    path: Path, engine: str, form: dict[str, Any], tmp_path: Path, settings: Settings
) -> None:
    scenario = read(path)
    expected = scenario["expected"]
    stated = OTHER_ANSWERS.get(path.stem, expected.get("packages"))
    satisfiable = expected["satisfiable"] or path.stem in OTHER_ANSWERS
    with IndexServer(**form) as server:
        world(server, releases(scenario))
        (tmp_path / "frazil.toml").write_text(configuration(scenario, server.url))
        if not satisfiable:
            with pytest.raises(NoResolution if engine == "conflict" else GaveUp):
                resolve(tmp_path, settings, engine)
            assert not (tmp_path / "frozen.json").exists()
            return
        frozen = resolve(tmp_path, settings, engine)
    for environment in frozen.environments_by_name:
        assert unmet(scenario, frozen, environment) == []
        if stated is not None:
            assert pins_in(frozen, environment) == stated


SATISFIABLE = [path for path in SCENARIOS if read(path)["expected"]["satisfiable"]]


@pytest.mark.parametrize("path", SATISFIABLE, ids=lambda path: path.stem)
def test_every_form_of_page_gives_the_same_lock(path: Path, tmp_path: Path, settings: Settings) -> None:
    scenario = read(path)
    locks = set()
    for number, form in enumerate(FORMS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with IndexServer(**form) as server:
            world(server, releases(scenario))
            (folder / "frazil.toml").write_text(configuration(scenario, server.url))
            lock = format_frozen(resolve(folder, settings, "conflict")).decode()
            lock = lock.replace(server.origin, "http://index.example")
        # HTML has no upload times; nothing else may differ.
        locks.add(re.sub(', "upload-time": "[^"]*"', "", lock))
    assert len(locks) == 1
