"""What a person reads when no versions exist, over a real index: few lines that name files, and ways out that work."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from frazil.catalog import InMemoryCatalog
from frazil.errors import FrazilError, GaveUp, NoResolution
from frazil.refusing import refused
from frazil.resolver.bound import Bound
from frazil.resolver.engines import Engine, NoAnswer, answer
from frazil.resolver.outcome import Exhausted, Refused
from frazil.resolver.world import World
from tests.support.command_lines import Ran, run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.universes import Release as PlainRelease
from tests.support.universes import Universe, catalog_of, question_of

MOST_LINES = 40
ENVIRONMENTS = {
    "linux": ("3.12", "manylinux_2_28_x86_64"),
    "mac": ("3.12", "macosx_14_0_arm64"),
    "windows": ("3.11", "win_amd64"),
}
PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {
        "2.3.3": ["werkzeug>=2.3"],
        "3.0.3": ["werkzeug>=3.0"],
        "3.1.0": ["werkzeug>=3.1"],
        "3.1.1": ["werkzeug>=3.1"],
    },
    "werkzeug": {"2.3.8": [], "3.0.1": [], "3.1.0": [], "3.1.3": []},
    "click": {"8.1": []},
    "numpy": {
        "2.3": {"wheel_tags": ["cp312-cp312-manylinux_2_28_x86_64", "cp311-cp311-win_amd64"]},
        "2.4": {"wheel_tags": ["cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-macosx_14_0_arm64"]},
    },
    "docopt": {"0.6": {"wheel": False, "sdist": True}},
    "pyaudio": {"0.2": {"wheel_tags": ["cp311-cp311-win_amd64"], "sdist": True, "requires": ["docopt"]}},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


class Repository:
    """Members on disk, each requirement on a line of its own, and the real command line."""

    def __init__(self, root: Path, server: IndexServer) -> None:
        self.root = root
        self.server = server

    def declare(
        self,
        members: Mapping[str, list[str]],
        *,
        policy: str = "",
        more: str = "",
        own: Mapping[str, str] | None = None,
    ) -> None:
        tables = [
            f'[tool.frazil]\nmembers = ["*/*"]\n{policy}',
            f'[[tool.frazil.index]]\nname = "i"\nurl = "{self.server.url}"',
        ]
        for name, (python, platform) in ENVIRONMENTS.items():
            tables.append(f'[tool.frazil.environments.{name}]\npython = "{python}"\nplatform = "{platform}"')
        self._write("pyproject.toml", "\n".join([*tables, more]) + "\n")
        for name, requirements in members.items():
            lines = ["[project]", f'name = "{name.replace("/", "-")}"', 'version = "1"', "dependencies = ["]
            lines += [f'  "{requirement}",' for requirement in requirements] + ["]"]
            lines += [f"[tool.frazil]\n{own[name]}"] if own and name in own else []
            self._write(f"{name}/pyproject.toml", "\n".join(lines) + "\n")

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *argv: str) -> Ran:
        return run_line(*argv, folder=self.root, environ=dict(os.environ))

    def edit(self, file: str, line: int, old: str, new: str) -> None:
        """Change one line of a file as a person would who follows a way out."""
        path = self.root / file
        lines = path.read_text(encoding="utf-8").split("\n")
        assert old in lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new)
        path.write_text("\n".join(lines), encoding="utf-8")

    @property
    def lock(self) -> Path:
        return self.root / "frozen.json"


@pytest.fixture
def repository(tmp_path: Path, server: IndexServer) -> Repository:
    return Repository(tmp_path, server)


MONOREPO = {
    f"services/s{n:02}": [{3: "flask>=3.1", 11: "werkzeug<3"}.get(n, "flask"), "click", "werkzeug"] for n in range(20)
}


def followed(text: str) -> list[tuple[str, str, str, int]]:
    """Return every relaxation of a text as (old, new, file, line)."""
    rows = re.findall(r"^\s+(\S+) → (\S+)\s+in (\S+):(\d+)$", text, re.MULTILINE)
    return [(old, new, file, int(line)) for old, new, file, line in rows]


# A monorepo ------------------------------------------------------------------------------------------------


def test_twenty_targets_that_cannot_agree_are_told_in_few_lines_with_the_two_guilty_ones(
    repository: Repository,
) -> None:
    repository.declare(MONOREPO)
    ran = repository.run("resolve")
    assert ran.code == 1
    lines = ran.err.rstrip("\n").split("\n")
    assert len(lines) <= MOST_LINES
    assert lines == [
        "error: no versions satisfy services/s03 and services/s11 together (linux, mac, windows)",
        "",
        "  services/s03  requires flask>=3.1  services/s03/pyproject.toml:5",
        "  services/s11  requires werkzeug<3  services/s11/pyproject.toml:5",
        "  and every flask>=3.1 requires werkzeug>=3.1",
        "",
        "  Any one of these makes it work (each was tried):",
        "    flask>=3.1 → flask>=2.3    in services/s03/pyproject.toml:5",
        "    werkzeug<3 → werkzeug<3.2  in services/s11/pyproject.toml:5",
        "    isolated = true            for services/s03",
        "    isolated = true            for services/s11",
        "  No frozen.json was written.",
    ]


@pytest.mark.parametrize("way", [0, 1])
def test_a_relaxation_works_when_it_is_followed(repository: Repository, way: int) -> None:
    repository.declare(MONOREPO)
    old, new, file, line = followed(repository.run("resolve").err)[way]
    repository.edit(file, line, old, new)
    assert repository.run("resolve").code == 0


@pytest.mark.parametrize("target", ["services/s03", "services/s11"])
def test_isolating_a_target_works_when_it_is_followed(repository: Repository, target: str) -> None:
    repository.declare(MONOREPO)
    assert f"isolated = true            for {target}\n" in repository.run("resolve").err
    repository.declare(MONOREPO, own={target: "isolated = true"})
    assert repository.run("resolve").code == 0


def test_a_lock_that_is_there_stays_as_it_is_and_the_last_line_says_so(repository: Repository) -> None:
    repository.declare({"services/api": ["flask"]})
    repository.run("resolve")
    before = repository.lock.read_bytes()
    repository.declare({"services/api": ["flask>=4"]})
    ran = repository.run("resolve")
    assert ran.err.rstrip("\n").split("\n")[-1].strip() == "frozen.json was not changed."
    assert repository.lock.read_bytes() == before


def test_many_refusals_at_once_are_all_named_within_the_same_few_lines(repository: Repository) -> None:
    members = {f"services/s{n}": [f"flask=={n}.9", "click"] for n in range(9)}
    repository.declare(members, own=dict.fromkeys(members, "isolated = true"))
    ran = repository.run("resolve")
    assert len(ran.err.rstrip("\n").split("\n")) <= MOST_LINES
    assert [name for name in members if name not in ran.err] == []


def test_the_json_failure_carries_the_same_lines(repository: Repository) -> None:
    repository.declare(MONOREPO)
    document = json.loads(repository.run("resolve", "--json").out)
    assert document["error"]["code"] == "no-resolution"
    assert "services/s03  requires flask>=3.1  services/s03/pyproject.toml:5" in document["error"]["details"]


def test_a_constraint_of_policy_is_named_in_its_file(repository: Repository) -> None:
    repository.declare({"services/api": ["flask>=3.1"]}, policy='constraints = ["werkzeug<3"]')
    err = repository.run("resolve").err
    assert re.search(r"constraint +werkzeug<3 +pyproject.toml:3\n", err)
    assert "werkzeug<3 → werkzeug<3.2  in pyproject.toml:3" in err


# Environments that differ ----------------------------------------------------------------------------------


def test_a_refusal_in_one_environment_names_only_that_one_and_the_tags_that_exist(repository: Repository) -> None:
    repository.declare({"services/api": ["numpy>=2.4"]})
    err = repository.run("resolve").err
    assert err.startswith(
        "error: services/api cannot have numpy>=2.4: no file of numpy 2.4 fits this environment: "
        "there are only cp312-cp312-macosx_14_0_arm64, cp312-cp312-manylinux_2_28_x86_64 (windows)\n"
    )


def test_one_version_everywhere_is_refused_where_there_is_none(repository: Repository) -> None:
    repository.declare({"services/api": ["numpy"]}, policy='share = "strict"')
    ran = repository.run("resolve")
    assert ran.code == 1
    assert 'no one version everywhere, as share = "strict" asks, satisfies services/api' in ran.err
    assert "and no file of numpy 2.4 fits windows: there are only" in ran.err
    assert 'without share = "strict"' in ran.err
    repository.declare({"services/api": ["numpy"]})
    assert repository.run("resolve").code == 0


# Wheels of everything --------------------------------------------------------------------------------------


def test_all_that_lacks_a_wheel_is_listed_in_one_go(repository: Repository) -> None:
    repository.declare(
        {"services/api": ["numpy", "pyaudio"], "services/web": ["docopt"]}, policy="require-wheels = true"
    )
    ran = repository.run("resolve")
    assert ran.code == 1
    assert ran.err.startswith("error: 2 releases have no wheel that fits, and require-wheels wants one of everything\n")
    rows = [line.split("  ") for line in ran.err.split("\n")[2:-3]]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["docopt 0.6", "has only a source distribution", "linux, mac, windows", "for services/web/pyproject.toml:5"],
        ["pyaudio 0.2", "has wheels for win_amd64", "linux, mac", "for services/api/pyproject.toml:6"],
    ]


def test_wheels_may_be_required_in_one_environment_and_not_of_one_project(repository: Repository) -> None:
    members = {"services/api": ["pyaudio"]}
    repository.declare(members, policy='require-wheels = ["windows"]')
    assert "  docopt 0.6  has only a source distribution  windows  for services" in repository.run("resolve").err
    exception = "[tool.frazil.packages.docopt]\nrequire-wheels = false\n"
    repository.declare(members, policy='require-wheels = ["windows"]', more=exception)
    assert "no wheel that fits" not in repository.run("resolve").err


# Bounds of lines and of work -------------------------------------------------------------------------------


def no_answer(outcome: Refused | Exhausted) -> NoAnswer:
    return NoAnswer(World(question_of(Universe({}, ()), "linux"), InMemoryCatalog((), {})), outcome)


def given_up(outcome: Exhausted, engine: Engine = "conflict", bound: Bound | None = None) -> FrazilError:
    return refused([no_answer(outcome)], InMemoryCatalog((), {}), engine, bound or Bound(), ending="It stays.")


@pytest.mark.promise("R13")
def test_giving_up_names_the_pair_the_count_the_bound_and_the_option() -> None:
    error = given_up(Exhausted(rounds=9, node="boto3", culprit="urllib3", refused=64, unread=900))
    assert isinstance(error, GaveUp)
    assert error.sentence == (
        "gave up on boto3 (linux): 64 of its releases were refused because of urllib3, and 900 more are unread "
        "(the bound is 64 refused and 512 unread)"
    )
    assert error.hint is not None
    assert error.hint.endswith("`--prove`")
    assert error.details == ("It stays.",)


def test_giving_up_names_who_keeps_the_culprit_out() -> None:
    outcome = Exhausted(rounds=9, node="boto3", culprit="botocore", refused=64, unread=900, behind="python-dateutil")
    error = given_up(outcome)
    assert "because of botocore, which python-dateutil keeps out, and" in error.sentence
    assert (error.hint or "").startswith("ask for less of python-dateutil or for a newer boto3")


def test_giving_up_on_what_is_yanked_says_what_may_pin_it() -> None:
    error = given_up(Exhausted(rounds=1, node="flask", culprit="flask", unread=900))
    assert error.sentence == (
        "gave up on flask (linux): what fits of it is yanked, and of what might pin it exactly 900 releases are unread "
        "(the bound is 512)"
    )
    assert (error.hint or "").startswith("pin one yourself (`flask==…`)")


def test_giving_up_without_a_pair_names_the_bound_all_the_same() -> None:
    error = given_up(Exhausted(rounds=9), bound=Bound(conflicts=7))
    assert error.sentence == "gave up after 7 conflicts without an answer or a proof (linux)"
    assert "`--prove`" in (error.hint or "")


def test_resolvelib_proves_nothing() -> None:
    assert given_up(Exhausted(rounds=9), engine="resolvelib").sentence == (
        "resolvelib found no answer within 5000 rounds (linux), which proves nothing"
    )


def test_a_proof_goes_before_a_search_that_gave_up_and_both_are_told() -> None:
    universe = Universe({"a": {"1": PlainRelease()}}, ("a>1",))
    catalog = catalog_of(universe)
    with pytest.raises(NoAnswer) as none:
        answer(question_of(universe, "linux"), catalog)
    error = refused([no_answer(Exhausted(rounds=1)), none.value], catalog, "conflict", Bound(), ending="")
    assert isinstance(error, NoResolution)
    assert error.details[-1] == "the search for linux gave up"


def test_a_hundred_releases_without_a_wheel_are_all_named_in_few_lines(
    server: IndexServer, repository: Repository
) -> None:
    names = [f"old{number:03}" for number in range(100)]
    for name in names:
        server.add_sdist(name, "1.0")
    repository.declare({"services/api": names}, policy="require-wheels = true")
    err = repository.run("resolve").err
    assert len(err.rstrip("\n").split("\n")) <= MOST_LINES
    assert [name for name in names if f"{name} 1.0" not in err] == []
