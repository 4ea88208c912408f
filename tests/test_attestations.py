"""Signatures are checked against the publisher that stands beside them; a real one holds, a changed one does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from frazil.attestations import verify_provenance
from frazil.errors import IntegrityError

pytest.importorskip("pypi_attestations", reason="needs the extra attestations")

FILE = "pypi_attestations-0.0.19.tar.gz"
SHA256 = "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3"
DOCUMENT = (Path(__file__).parents[1] / "fixtures" / "provenance" / f"{FILE}.provenance").read_bytes()


def altered(**publisher: Any) -> bytes:
    document = json.loads(DOCUMENT)
    for bundle in document["attestation_bundles"]:
        bundle["publisher"].update(publisher)
    return json.dumps(document).encode()


def test_a_real_attestation_verifies() -> None:
    verify_provenance(DOCUMENT, FILE, SHA256)


def test_a_publisher_who_did_not_sign_is_refused() -> None:
    with pytest.raises(IntegrityError, match=f"the provenance of {FILE} does not verify") as caught:
        verify_provenance(altered(repository="somebody/else"), FILE, SHA256)
    assert caught.value.exit_code == 4


def test_an_attestation_of_another_file_is_refused() -> None:
    with pytest.raises(IntegrityError, match="digest"):
        verify_provenance(DOCUMENT, FILE, "0" * 64)
    with pytest.raises(IntegrityError):
        verify_provenance(DOCUMENT, "other-1.0.tar.gz", SHA256)


def test_an_altered_signature_is_refused() -> None:
    document = json.loads(DOCUMENT)
    envelope = document["attestation_bundles"][0]["attestations"][0]["envelope"]
    envelope["signature"] = envelope["signature"][:20] + "AAAA" + envelope["signature"][24:]
    with pytest.raises(IntegrityError):
        verify_provenance(json.dumps(document).encode(), FILE, SHA256)


@pytest.mark.parametrize("document", [b"", b"{}", b'{"version": 1, "attestation_bundles": []}', b"[1]"])
def test_a_document_without_an_attestation_verifies_nothing(document: bytes) -> None:
    with pytest.raises(IntegrityError):
        verify_provenance(document, FILE, SHA256)
