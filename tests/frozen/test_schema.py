"""The JSON Schema that is shipped says the same as the reader, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from frazil.frozen.codec import format_frozen
from frazil.frozen.model import FORMAT_VERSION, Frozen
from frazil.frozen.schema import schema_text
from tests.support.frozen_worlds import locks

jsonschema = pytest.importorskip("jsonschema")

V1 = Path(__file__).parents[2] / "fixtures" / "frozen" / "v1"
GOOD = sorted(path for folder in ("good", "loose", "merged") for path in (V1 / folder).glob("*.json"))
SCHEMA: dict[str, Any] = json.loads(schema_text())
SHAPES = (
    "artifacts-an-object",
    "commit-abbreviated",
    "coordinates-an-object",
    "filename-slash",
    "from-absolute",
    "from-on-a-dependency",
    "gate-on-a-requirement",
    "hash-weak",
    "name-in-a-list-twice",
    "no-coordinates",
    "no-source",
    "pinned-nowhere",
    "project-name-not-normalised",
    "requires-python-null",
    "sha256-missing",
    "sha256-short",
    "size-negative",
    "size-text",
    "two-sources",
    "unknown-key-at-the-top",
    "unknown-key-in-policy",
    "upload-time-local",
    "url-and-path",
    "version-newer",
    "version-of-a-coordinate-missing",
)


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("path", [path for path in GOOD if path.stem != "expected"], ids=lambda path: path.stem)
def test_every_good_lock_is_valid(validator: Any, path: Path) -> None:
    assert list(validator.iter_errors(json.loads(path.read_text()))) == []


@pytest.mark.parametrize("name", SHAPES)
def test_a_lock_of_the_wrong_shape_is_invalid(validator: Any, name: str) -> None:
    assert not validator.is_valid(json.loads((V1 / "bad" / f"{name}.json").read_text()))


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None
)
@given(frozen=locks())
def test_every_lock_that_is_written_is_valid(validator: Any, frozen: Frozen) -> None:
    assert list(validator.iter_errors(json.loads(format_frozen(frozen)))) == []


def test_the_schema_is_that_of_the_version_written() -> None:
    assert SCHEMA["properties"]["frozen-version"] == {**SCHEMA["properties"]["frozen-version"], "const": FORMAT_VERSION}
    assert SCHEMA["$id"].endswith(str(FORMAT_VERSION))


def test_no_object_takes_a_key_that_it_does_not_name() -> None:
    objects = [part for part in (SCHEMA, *SCHEMA["$defs"].values()) if "properties" in part]
    assert objects
    assert all(part["additionalProperties"] is False for part in objects)
