"""Single values of a lock, as they are read; what is refused lies in fixtures/frozen/v1/bad."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from frazil.frozen.decoding import decode_frozen
from frazil.frozen.document import DocumentError
from frazil.frozen.model import Coordinate, FrozenPolicy
from frazil.model import PackageRules, Rules

SMALL = Path(__file__).parents[2] / "fixtures" / "frozen" / "v1" / "good" / "small.json"


@pytest.fixture
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SMALL.read_text())
    del loaded["frozen-version"]
    return loaded


def first(document: dict[str, Any]) -> Coordinate:
    return decode_frozen(document).coordinates[0]


def test_lists_keep_the_order_of_the_file_so_that_places_can_be_named(document: dict[str, Any]) -> None:
    document["coordinates"].reverse()
    assert [c.name for c in decode_frozen(document).coordinates] == [c["name"] for c in document["coordinates"]]


def test_decoding_leaves_the_document_as_it_was(document: dict[str, Any]) -> None:
    before = json.dumps(document)
    decode_frozen(document)
    assert json.dumps(document) == before


def test_all_environments_by_name_mean_the_same_as_none_said(document: dict[str, Any]) -> None:
    document["coordinates"][0]["artifacts"][0]["environments"] = ["windows", "linux"]
    document["coordinates"][0]["dependencies"].append({"requirement": "a", "environments": ["linux", "windows"]})
    assert first(document).artifacts[0].environments is None
    assert first(document).dependencies[1].environments is None


def test_no_environment_is_not_all_of_them(document: dict[str, Any]) -> None:
    document["coordinates"][0]["artifacts"][0]["environments"] = []
    assert first(document).artifacts[0].environments == ()


def test_environments_bring_their_tags(document: dict[str, Any]) -> None:
    linux = decode_frozen(document).environments_by_name["linux"]
    assert "cp312-cp312-manylinux_2_28_x86_64" in linux.rank


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2024-12-21T18:38:41Z", datetime(2024, 12, 21, 18, 38, 41, tzinfo=UTC)),
        ("2024-12-21T18:38:41.5Z", datetime(2024, 12, 21, 18, 38, 41, 500000, tzinfo=UTC)),
        ("2024-12-21T18:38:41.123456Z", datetime(2024, 12, 21, 18, 38, 41, 123456, tzinfo=UTC)),
    ],
)
def test_instants_are_read_in_utc(document: dict[str, Any], written: str, instant: datetime) -> None:
    document["coordinates"][0]["artifacts"][0]["upload-time"] = written
    found = first(document).artifacts[0].upload_time
    assert found == instant
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    ["2024-12-21", "2024-12-21 18:38:41Z", "2024-12-21T18:38Z", "2024-13-01T00:00:00Z", "٢٠٢٤-12-21T18:38:41Z"],
)
def test_other_spellings_of_instants_are_refused(document: dict[str, Any], written: str) -> None:
    document["coordinates"][0]["artifacts"][0]["upload-time"] = written
    with pytest.raises(DocumentError, match="must be an instant in UTC"):
        decode_frozen(document)


def test_a_yanked_release_may_have_no_reason_and_any_text(document: dict[str, Any]) -> None:
    document["coordinates"][0]["yanked"] = ""
    assert first(document).yanked == ""
    document["coordinates"][0]["yanked"] = "line\nline \N{PENGUIN}\x1b"
    assert first(document).yanked == "line\nline \N{PENGUIN}\x1b"


def test_policy_is_read_with_all_its_switches(document: dict[str, Any]) -> None:
    document["policy"] = {
        "exclude-newer": "P7D",
        "no-build": False,
        "no-binary": ["b", "a"],
        "require-wheels": ["windows"],
        "packages": {"b": {"require-wheels": True}, "a": {}},
    }
    rules = Rules(
        exclude_newer="P7D",
        no_build=False,
        no_binary=("a", "b"),
        require_wheels=("windows",),
        packages=(("a", PackageRules()), ("b", PackageRules(require_wheels=True))),
    )
    assert decode_frozen(document).inputs.policy == FrozenPolicy(rules=rules)


def test_the_release_is_named_beside_the_place(document: dict[str, Any]) -> None:
    document["coordinates"][1]["artifacts"][0]["size"] = None
    with pytest.raises(DocumentError) as caught:
        decode_frozen(document)
    assert str(caught.value) == ("coordinates[1].artifacts[0].size (colorama 0.4.6) must be a whole number, not null")


# Every object and every value of whole locks ----------------------------------------------------------------

GOOD = sorted(SMALL.parent.glob("*.json"))
WRONG: tuple[Any, ...] = (None, [], {}, 1.5, -1, "", "\n", True, ["x"], {"x": 1}, "x" * 3, 7)


def loaded(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    del document["frozen-version"]
    return document


def places(value: object, *steps: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value below."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*steps, key)
        yield from places(child, *steps, key)


def at(document: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        document = document[step]
    return document


@pytest.mark.promise("R16")
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_key_that_nobody_knows_is_refused_in_every_object(path: Path) -> None:
    for steps in [(), *places(loaded(path))]:
        document = loaded(path)
        if isinstance(at(document, steps), dict):
            at(document, steps)["un known"] = 7
            with pytest.raises(DocumentError):
                decode_frozen(document)


@pytest.mark.promise("R16")
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_value_of_another_type_is_refused_at_its_place(path: Path) -> None:
    for steps in places(loaded(path)):
        original = at(loaded(path), steps)
        for wrong in WRONG:
            if type(wrong) is type(original):
                continue
            document = loaded(path)
            at(document, steps[:-1])[steps[-1]] = wrong
            if steps[-1] == "yanked" or str(steps[-1]) in {"no-build", "no-binary", "require-wheels"}:
                continue  # yes, a reason or names: several types are right
            with pytest.raises(DocumentError):
                decode_frozen(document)


@pytest.mark.promise("R16")
def test_each_required_key_is_missed(document: dict[str, Any]) -> None:
    required = {
        (): {"coordinates", "environments", "indexes", "resolves", "targets"},
        ("coordinates", 0): {"name", "version", "resolves", "targets"},
        ("coordinates", 0, "artifacts", 0): {"filename", "sha256", "size"},
        ("environments", "linux"): {"markers", "platform", "python"},
    }
    for steps, keys in required.items():
        for key in keys & set(at(document, steps)):
            changed = loaded(SMALL)
            del at(changed, steps)[key]
            with pytest.raises(DocumentError, match=key):
                decode_frozen(changed)


def test_a_publisher_is_known_by_its_kind(document: dict[str, Any]) -> None:
    document["coordinates"][0]["attestation-identities"] = [{"kind": "GitHub", "repository": "a/b"}]
    assert first(document).publishers[0].kind == "GitHub"
    document["coordinates"][0]["attestation-identities"] = [{"repository": "a/b"}]
    with pytest.raises(DocumentError, match='lacks the key "kind"'):
        decode_frozen(document)
