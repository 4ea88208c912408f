"""Each common cause of a refusal has a sentence of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime

from frazil.catalog import InMemoryCatalog, InMemoryListing, Listing, NoProject, Unreadable
from frazil.model import Metadata, Offer
from frazil.resolver.bound import Bound
from frazil.resolver.engines import NoAnswer, answer
from frazil.resolver.explanation import Explanation, explain
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Question, Selecting
from frazil.values import replace
from tests.support.crowds import wish_in
from tests.support.universes import environment

LINUX_ONLY = "cp312-cp312-manylinux_2_28_x86_64"


class NearCatalog(InMemoryCatalog):
    """Knows near names of what it does not have."""

    def project(self, name: str) -> Listing | NoProject:
        found = super().project(name)
        return NoProject(name, ("flask", "flasky")) if isinstance(found, NoProject) else found


def offer(filename: str, **more: object) -> Offer:
    return Offer(filename, f"https://files.index.example/{filename}", sha256="0" * 64, size=1, **more)  # type: ignore[arg-type]


def catalog(
    offers: Mapping[str, list[Offer]], metadata: Mapping[str, Metadata | Unreadable] | None = None, name: str = "flask"
) -> NearCatalog:
    said = {o.filename: Metadata(name, version) for version, listed in offers.items() for o in listed}
    listing = InMemoryListing(name, {version: tuple(listed) for version, listed in offers.items()})
    return NearCatalog([listing], {**said, **(metadata or {})})


def told(
    known: InMemoryCatalog, requirement: str, where: str = "linux", selecting: Selecting | None = None
) -> Explanation:
    question = Question(
        resolve="default",
        environment=environment(where),
        wishes=(wish_in(requirement, "services/api/pyproject.toml", 8, "services/api"),),
        selecting=selecting or Selecting(),
    )
    try:
        answer(question, known)
    except NoAnswer as none:
        assert isinstance(none.outcome, Refused)  # noqa: PT017 - what was raised carries the refusal
        [explanation] = explain([(none.world, none.outcome)], known, Bound())
        return explanation
    raise AssertionError("it has an answer")


WHEEL = "flask-{}-py3-none-any.whl"
TWO = {version: [offer(WHEEL.format(version))] for version in ("1.0", "2.0")}


def test_a_project_that_does_not_exist_is_named_and_a_near_name_is_only_a_question() -> None:
    explanation = told(catalog(TWO), "flasq>=2")
    assert explanation.sentence == (
        "there is no project flasq, which services/api requires in services/api/pyproject.toml:8"
    )
    assert explanation.hint == "did you mean flask or flasky? check the name, and that an index of the project has it"
    assert explanation.ways.ways == ()


def test_a_project_that_does_not_exist_is_found_at_the_end_of_a_chain() -> None:
    known = catalog(TWO, {WHEEL.format("2.0"): Metadata("flask", "2.0", ("ghost>=1",))})
    explanation = told(known, "flask>=2")
    assert explanation.steps == ("and flask 2.0 requires ghost, and there is no project ghost",)
    assert " ".join(explanation.alternatives[1].split()) == "flask>=2 → flask>=1 in services/api/pyproject.toml:8"


def test_a_version_that_no_release_has_is_told_with_the_newest_there_is() -> None:
    explanation = told(catalog(TWO), "flask>=3")
    assert explanation.sentence.startswith("no release of flask is flask>=3, which services/api requires in ")
    assert explanation.sentence.endswith("; the newest is 2.0")


def test_only_yanked_releases() -> None:
    yanked = {"1.0": TWO["1.0"], "2.0": [offer(WHEEL.format("2.0"), yanked="broken")]}
    explanation = told(catalog(yanked), "flask>=2")
    assert explanation.sentence == (
        "services/api cannot have flask>=2: flask 2.0 was yanked, and nothing asks for exactly that"
    )
    assert "  flask>=2 → flask==2.0  in services/api/pyproject.toml:8" in explanation.alternatives


def test_only_pre_releases() -> None:
    early = {version: [offer(WHEEL.format(version))] for version in ("1.0", "2.0a1", "2.0rc1")}
    explanation = told(catalog(early), "flask>1.0", selecting=Selecting(prerelease="disallow"))
    assert explanation.sentence == (
        'services/api cannot have flask>1.0: every flask>1.0 is a pre-release, and prerelease = "disallow"'
    )
    assert '  prerelease = "allow"    for package flask' in explanation.alternatives


def test_no_file_for_this_environment_names_the_tags_that_exist() -> None:
    built = {"2.0": [offer(f"flask-2.0-{LINUX_ONLY}.whl"), offer("flask-2.0-cp312-cp312-win_arm64.whl")]}
    explanation = told(catalog(built), "flask", "windows")
    assert explanation.sentence == (
        "services/api cannot have flask: no file of flask 2.0 fits this environment: "
        f"there are only {LINUX_ONLY}, cp312-cp312-win_arm64"
    )


def test_the_wrong_python() -> None:
    newer = {v: [offer(WHEEL.format(v), requires_python=">=3.13")] for v in ("1.0", "2.0")}
    explanation = told(catalog(newer), "flask")
    assert explanation.sentence == (
        "services/api cannot have flask: every flask needs Python >=3.13, and this environment has 3.12"
    )


def test_a_python_that_only_the_metadata_names() -> None:
    known = catalog(TWO, {WHEEL.format("2.0"): Metadata("flask", "2.0", requires_python="<3.12")})
    explanation = told(known, "flask>=2")
    assert explanation.sentence.endswith("flask 2.0 needs Python <3.12, and this environment has 3.12")


def test_too_new_for_the_cutoff_names_it_and_the_first_upload() -> None:
    dated = {
        "1.0": [offer(WHEEL.format("1.0"), upload_time=datetime(2024, 1, 1, tzinfo=UTC))],
        "2.0": [offer(WHEEL.format("2.0"), upload_time=datetime(2024, 6, 1, tzinfo=UTC))],
    }
    selecting = Selecting(cutoff=datetime(2024, 3, 1, tzinfo=UTC))
    explanation = told(catalog(dated), "flask>=2", selecting=selecting)
    assert explanation.sentence == (
        "services/api cannot have flask>=2: flask 2.0 was uploaded after exclude-newer (2024-03-01 00:00 UTC), "
        "first on 2024-06-01"
    )
    assert "  exclude-newer = false  for package flask" in explanation.alternatives


def test_what_policy_leaves_of_the_files() -> None:
    sdists = {"2.0": [offer("flask-2.0.tar.gz")]}
    wheels = {"2.0": [offer(WHEEL.format("2.0"))]}
    cases = (
        (sdists, Selecting(no_build=True), "has no wheel that fits this environment, and no-build is on"),
        (sdists, Selecting(wheels_only=True), "has no wheel that fits this environment, and require-wheels is on"),
        (wheels, Selecting(no_binary=True), "has nothing but wheels, and no-binary is on"),
        (wheels, Selecting(cutoff=datetime(2024, 1, 1, tzinfo=UTC)), "has no upload time, which exclude-newer needs"),
    )
    for offers, selecting, words in cases:
        explanation = told(catalog(offers), "flask", selecting=selecting)
        assert explanation.sentence == f"services/api cannot have flask: flask 2.0 {words}"


def test_metadata_that_cannot_be_used() -> None:
    for said, words in (
        (Unreadable("it is cut"), "the metadata of flask 2.0 cannot be used: it is cut"),
        (Unreadable("no", dynamic=True), "flask 2.0 would have to be built to know what it requires"),
    ):
        known = catalog({"2.0": [offer(WHEEL.format("2.0"))]}, {WHEEL.format("2.0"): said})
        assert told(known, "flask").sentence == f"services/api cannot have flask: {words}"


def test_a_project_in_quarantine() -> None:
    listing = InMemoryListing("flask", {"2.0": (offer(WHEEL.format("2.0")),)}, status="quarantined")
    known = InMemoryCatalog([listing], {})
    assert told(known, "flask").sentence.endswith("flask 2.0 was put into quarantine by the index")


def test_several_causes_are_a_line_each() -> None:
    mixed = {
        "1.0": [offer(WHEEL.format("1.0"), yanked="")],
        "2.0": [offer("flask-2.0-cp312-cp312-win_arm64.whl")],
        "3.0": [offer(WHEEL.format("3.0"), requires_python="<3.9")],
    }
    explanation = told(catalog(mixed), "flask")
    assert explanation.sentence == "no versions satisfy services/api"
    assert set(explanation.steps) == {
        "and flask 1.0 was yanked, and nothing asks for exactly that",
        "and no file of flask 2.0 fits this environment: there is only cp312-cp312-win_arm64",
        "and flask 3.0 needs Python <3.9, and this environment has 3.12",
    }


def test_the_same_refusal_in_two_environments_is_told_once_with_both_names() -> None:
    known = catalog(TWO)
    found = []
    for where in ("linux", "windows"):
        wishes = (wish_in("flask>=3", "services/api/pyproject.toml", 8, "services/api"),)
        question = Question(resolve="default", environment=environment(where), wishes=wishes)
        try:
            answer(question, known)
        except NoAnswer as none:
            found.append((none.world, none.outcome))
    [explanation] = explain(found, known, Bound())  # type: ignore[arg-type]
    assert explanation.environments == ("linux", "windows")


def test_resolves_that_fail_alike_are_told_apart() -> None:
    known = catalog(TWO)
    found = []
    for resolve in ("default", "legacy"):
        wishes = (wish_in("flask>=3", "services/api/pyproject.toml", 8, "services/api"),)
        question = Question(resolve="default", environment=environment("linux"), wishes=wishes)
        try:
            answer(replace(question, resolve=resolve), known)
        except NoAnswer as none:
            found.append((none.world, none.outcome))
    assert [each.resolve for each in explain(found, known, Bound())] == ["default", "legacy"]  # type: ignore[arg-type]
