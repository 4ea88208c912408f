"""Bills of materials: CycloneDX by its official schema, SPDX by its rules, both the same for the same lock."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given

from frazil.frozen.model import Coordinate, Frozen
from frazil.model import ArchiveSource, IndexSource
from frazil.report.export.bill import package_url
from frazil.report.export.cyclonedx import cyclonedx
from frazil.report.export.request import Exported, Request
from frazil.report.export.shipment import shipments
from frazil.report.export.spdx import spdx
from tests.support.exports import Boxed, boxed_locks, request
from tests.support.graph_worlds import law
from tests.support.locks import example_lock, lock_of

SCHEMAS = Path(__file__).parents[3] / "fixtures" / "schemas"
FORMS: list[Callable[[Request], tuple[Exported, ...]]] = [cyclonedx, spdx]


def documents(form: Callable[[Request], tuple[Exported, ...]], frozen: Frozen) -> dict[str, Any]:
    return {exported.targets[0]: json.loads(exported.text) for exported in form(request(frozen))}


@cache
def valid_cyclonedx() -> Callable[[Any], Any]:
    """Return a function that raises for a document that breaks the official schema."""

    def load(address: str) -> Any:
        return json.loads((SCHEMAS / address.rpartition("/")[2]).read_text(encoding="utf-8"))

    compiled: Callable[[Any], Any] = fastjsonschema.compile(
        load("bom-1.6.SNAPSHOT.schema.json"), handlers={"http": load}
    )
    return compiled


# CycloneDX -------------------------------------------------------------------------------------------------


@law
@given(boxed_locks)
def test_cyclonedx_keeps_to_its_schema_and_lists_what_is_shipped(box: Boxed) -> None:
    asked = request(box.frozen)
    found = documents(cyclonedx, box.frozen)
    assert set(found) == {target.name for target in asked.targets}
    for name, document in found.items():
        valid_cyclonedx()(document)
        refs = [component["bom-ref"] for component in document["components"]]
        assert len(set(refs)) == len(refs)
        assert {each["ref"] for each in document["dependencies"]} == {"target", *refs}
        assert {ref for each in document["dependencies"] for ref in each["dependsOn"]} <= set(refs)
        target = box.frozen.targets_by_name[name]
        walks = shipments(box.frozen, (target,), asked.environments)
        shipped = {(c.name, c.version) for walk in walks for c in walk.releases}
        listed = {
            (each["name"], each.get("version"))
            for each in document["components"]
            if each["scope"] == "required" and "purl" in each
        }
        assert listed == shipped


def test_a_schema_that_is_broken_is_noticed() -> None:
    document = documents(cyclonedx, example_lock())["jobs/etl"]
    with pytest.raises(fastjsonschema.JsonSchemaException):
        valid_cyclonedx()({**document, "components": [{"type": "library"}]})
    with pytest.raises(fastjsonschema.JsonSchemaException):
        valid_cyclonedx()({**document, "serialNumber": "7"})


def test_a_component_says_what_the_lock_knows() -> None:
    document = documents(cyclonedx, example_lock())["services/api"]
    metrics = next(each for each in document["components"] if each["name"] == "acme-metrics")
    digest = "7346bde1498631f445b1f71468f9ba643733adc90ebeafd04fa4d15a441bc2d0"
    assert metrics["purl"] == "pkg:pypi/acme-metrics@4.0.0?repository_url=https:%2F%2Findex.example%2Fsimple%2F"
    assert metrics["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert metrics["externalReferences"] == [
        {
            "type": "distribution",
            "url": "https://files.index.example/acme/acme_metrics-4.0.0-py3-none-any.whl",
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
    ]
    click = next(each for each in document["components"] if each["name"] == "click")
    assert click["purl"] == "pkg:pypi/click@8.1.8"
    assert "externalReferences" not in click


def test_what_only_builds_need_is_out_of_scope() -> None:
    document = documents(cyclonedx, example_lock())["jobs/etl"]
    scopes = {each["name"]: each["scope"] for each in document["components"]}
    assert scopes["setuptools"] == "excluded"
    assert scopes["docopt"] == "required"
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert needs["docopt@0.6.2"] == ["setuptools@75.6.0"]
    assert needs["target"] == ["attrs@21.1.0", "docopt@0.6.2", "fastlex@1.2", "target:libs/common"]


@pytest.mark.parametrize(
    ("stated", "written"),
    [
        ("MIT", {"expression": "MIT"}),
        ("mit OR apache-2.0", {"expression": "MIT OR Apache-2.0"}),
        ("MIT License", {"expression": "MIT"}),
        ("as is", {"license": {"name": "as is"}}),
    ],
)
def test_a_license_is_spdx_where_it_can_be(stated: str, written: dict[str, Any]) -> None:
    frozen = licensed(stated)
    document = documents(cyclonedx, frozen)["web"]
    valid_cyclonedx()(document)
    assert document["components"][0]["licenses"] == [written]


def licensed(stated: str) -> Frozen:
    frozen = lock_of({"a": ("1", [])}, targets={"web": ["a"]})
    return replace(frozen, coordinates=tuple(replace(each, license=stated) for each in frozen.coordinates))


def test_versions_and_addresses_are_escaped_in_package_urls() -> None:
    archived = Coordinate(name="a", version="1!2+x", source=ArchiveSource("https://files.index.example/a b?c&d"))
    assert package_url(archived, ()) == (
        "pkg:pypi/a@1%212%2Bx?download_url=https:%2F%2Ffiles.index.example%2Fa%20b%3Fc%26d"
    )
    assert package_url(Coordinate(name="a", version="1", source=IndexSource("default")), ()) == "pkg:pypi/a@1"


# SPDX ------------------------------------------------------------------------------------------------------


@law
@given(boxed_locks)
def test_spdx_names_each_thing_once_and_relates_only_what_it_names(box: Boxed) -> None:
    for document in documents(spdx, box.frozen).values():
        ids = [package["SPDXID"] for package in document["packages"]]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in ids)
        related = {
            end for each in document["relationships"] for end in (each["spdxElementId"], each["relatedSpdxElement"])
        }
        assert related <= {"SPDXRef-DOCUMENT", *ids}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["creationInfo"]["created"])
        assert document["documentNamespace"].startswith("urn:uuid:")


def test_spdx_tells_builds_from_the_rest_and_is_dated_as_its_newest_file() -> None:
    found = documents(spdx, example_lock())
    relations = {
        (each["relationshipType"], each["spdxElementId"].partition("-")[2])
        for each in found["jobs/etl"]["relationships"]
    }
    assert {kind for kind, name in relations if name.endswith("setuptools-75.6.0")} == {"BUILD_DEPENDENCY_OF"}
    assert {kind for kind, name in relations if name.endswith("docopt-0.6.2")} == {"DEPENDENCY_OF"}
    assert found["services/api"]["creationInfo"]["created"] == "2024-12-21T18:38:41Z"
    assert found["jobs/etl"]["creationInfo"]["created"] == "1970-01-01T00:00:00Z"


# Both ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_the_same_lock_gives_the_same_bytes(form: Callable[[Request], tuple[Exported, ...]]) -> None:
    first, second = (form(request(example_lock())) for _ in range(2))
    assert [each.text for each in first] == [each.text for each in second]
    assert len({each.text for each in first}) == len(first)
