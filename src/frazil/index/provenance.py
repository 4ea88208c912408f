"""Who an index says published a file: its provenance (PEP 740), found through the file's row on the page."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from frazil.errors import IndexAnswerError
from frazil.http import Client
from frazil.index.addresses import IndexAddress
from frazil.index.pages import ACCEPT, PAGE_LIMIT
from frazil.index.rows import PageError
from frazil.index.simple import read_whole
from frazil.model import Publisher
from frazil.values import dataclass

LARGEST = 8 * 1024 * 1024
"""Bytes of the provenance of one file."""

MOST_BUNDLES = 100
_LONGEST_CLAIM = 1000
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Provenance:
    """The provenance of one file as the index gave it: its publishers, sorted, and the document to verify."""

    publishers: tuple[Publisher, ...]
    document: bytes


def fetch_provenances(
    client: Client, index: IndexAddress, project: str, filenames: Iterable[str]
) -> dict[str, Provenance]:
    """Return the provenance of each file that the index has one of.

    One page, which a resolve has just read, and one document for each file. Raises IndexAnswerError for what is no
    provenance, OutsideError.
    """
    wanted = {*filenames}
    url = index.page(project)
    response = client.get(url, accept=ACCEPT, limit=PAGE_LIMIT, cached=True)
    if response.status in _GONE:
        return {}
    stated = _stated(response.body, response.headers.get("content-type", ""), project)
    found = {}
    for filename in sorted(wanted & stated.keys()):
        place = urljoin(response.url, stated[filename])
        if urlsplit(place).scheme in {"http", "https"}:
            answer = client.get(place, accept="application/vnd.pypi.integrity.v1+json", limit=LARGEST)
            if answer.status not in _GONE:
                found[filename] = parse_provenance(answer.body, filename)
    return found


def _stated(body: bytes, content_type: str, project: str) -> dict[str, str]:
    """Return the addresses of provenances by file name, as a page of either form states them."""
    try:
        rows = read_whole(body, content_type, project).rows
    except PageError:
        return {}
    return {
        row["filename"]: row["provenance"]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("filename"), str) and isinstance(row.get("provenance"), str)
    }


def parse_provenance(body: bytes, filename: str) -> Provenance:
    """Read a provenance object (PEP 740, "Provenance objects"). Raises IndexAnswerError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _unfit(filename, "it is not JSON") from None
    if not isinstance(document, dict) or document.get("version") != 1:
        raise _unfit(filename, "it is not of version 1")
    bundles = document.get("attestation_bundles")
    if not isinstance(bundles, list) or len(bundles) > MOST_BUNDLES:
        raise _unfit(filename, "it has no list of bundles, or too long a one")
    found = {_publisher(bundle, filename) for bundle in bundles}
    return Provenance(publishers=tuple(sorted(found)), document=body)


def _publisher(bundle: object, filename: str) -> Publisher:
    publisher = bundle.get("publisher") if isinstance(bundle, Mapping) else None
    kind = publisher.get("kind") if isinstance(publisher, Mapping) else None
    if not isinstance(publisher, Mapping) or not isinstance(kind, str) or not _is_claim(kind):
        raise _unfit(filename, "a bundle names no publisher")
    claims = {key: value for key, value in publisher.items() if key != "kind" and _is_claim(key) and _is_claim(value)}
    return Publisher(kind, tuple(sorted(claims.items())))


def _is_claim(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_CLAIM and value.isprintable()


def _unfit(filename: str, why: str) -> IndexAnswerError:
    return IndexAnswerError(f"the provenance of {filename} cannot be read: {why}")
