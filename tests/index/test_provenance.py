"""Who published a file is read off its provenance, and what is none is refused."""

import json
from typing import Any

import pytest

from frazil.errors import IndexAnswerError
from frazil.http import Client
from frazil.index.addresses import IndexAddress
from frazil.index.provenance import MOST_BUNDLES, fetch_provenances, parse_provenance
from frazil.model import Publisher
from tests.support.index_server import IndexServer

GITHUB: dict[str, Any] = {
    "kind": "GitHub",
    "repository": "pallets/flask",
    "workflow": "publish.yaml",
    "environment": None,
    "claims": {},
}


def document(*publishers: Any, version: Any = 1) -> bytes:
    bundles = [{"publisher": publisher, "attestations": []} for publisher in publishers]
    return json.dumps({"version": version, "attestation_bundles": bundles}).encode()


def test_a_publisher_is_its_kind_and_the_claims_that_are_texts() -> None:
    found = parse_provenance(document(GITHUB), "flask-3.whl")
    assert found.publishers == (Publisher("GitHub", (("repository", "pallets/flask"), ("workflow", "publish.yaml"))),)
    assert found.publishers[0].label == "GitHub pallets/flask"


def test_a_publisher_of_several_bundles_is_one() -> None:
    assert (
        len(parse_provenance(document(GITHUB, GITHUB, {"kind": "Google", "email": "a@b.example"}), "a").publishers) == 2
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it is not of version 1"),
        (document(GITHUB, version=2), "it is not of version 1"),
        (b'{"version": 1}', "it has no list of bundles"),
        (document(*[GITHUB] * (MOST_BUNDLES + 1)), "or too long a one"),
        (document({}), "a bundle names no publisher"),
        (document({"kind": 7}), "a bundle names no publisher"),
        (document({"kind": "a\nb"}), "a bundle names no publisher"),
    ],
)
def test_what_is_no_provenance_is_refused_with_the_name_of_the_file(body: bytes, why: str) -> None:
    with pytest.raises(IndexAnswerError, match=r"^the provenance of a\.whl cannot be read: ") as caught:
        parse_provenance(body, "a.whl")
    assert why in caught.value.sentence


@pytest.mark.parametrize("form", ["json", "html"])
def test_both_forms_of_a_page_lead_to_it(client: Client, index_server: IndexServer, form: str) -> None:
    file = index_server.add_wheel("flask", "3.0")
    other = index_server.add_wheel("flask", "2.0")
    place = index_server.serve("/integrity/flask-3", document(GITHUB), content_type="application/json")
    if form == "json":
        file.entry["provenance"] = place
    else:
        anchors = f'<a href="{file.url}" data-provenance="{place}">{file.filename}</a><a href="{other.url}">x</a>'
        index_server.serve("/simple/flask/", anchors.encode(), content_type="text/html")
    found = fetch_provenances(client, IndexAddress("x", index_server.url), "flask", [file.filename, other.filename])
    assert {name: each.publishers[0].label for name, each in found.items()} == {file.filename: "GitHub pallets/flask"}


def test_a_provenance_that_is_promised_and_not_there_is_none(client: Client, index_server: IndexServer) -> None:
    file = index_server.add_wheel("flask", "3.0")
    file.entry["provenance"] = f"{index_server.origin}/integrity/missing"
    assert fetch_provenances(client, IndexAddress("x", index_server.url), "flask", [file.filename]) == {}
