"""SPDX 2.3: a bill of materials for each target, as JSON that is the same for the same lock."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from frazil.frozen.licenses import spdx_of
from frazil.frozen.model import Coordinate
from frazil.regex import regex
from frazil.report.export.bill import Bill, Entry, bill_of, package_url, stated_address
from frazil.report.export.naming import plain_names
from frazil.report.export.request import Exported, Request

_NOTHING_SAID = "NOASSERTION"
_TARGET = "SPDXRef-target"
_LONG_AGO = "1970-01-01T00:00:00Z"
_NOT_IN_IDS = regex(r"[^A-Za-z0-9.-]")


def spdx(request: Request) -> tuple[Exported, ...]:
    """Return a file for each target. It is dated as its newest file is: when it was written, no lock says."""
    names = plain_names(request.frozen, request.targets)
    return tuple(_file(request, bill_of(request, target), names[target.name]) for target in request.targets)


def _file(request: Request, bill: Bill, name: str) -> Exported:
    ids = {
        entry.ref: f"SPDXRef-{position}-{_NOT_IN_IDS.sub('-', entry.ref)}"
        for position, entry in enumerate(bill.entries)
    }
    own = request.frozen.targets_by_name.get(bill.target.base or "", bill.target)
    root = {"name": own.project_name or bill.target.name, "SPDXID": _TARGET, "downloadLocation": _NOTHING_SAID}
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.target.name,
        "creationInfo": {"created": _newest(bill.entries), "creators": ["Tool: frazil"]},
        "packages": [
            {**root, "filesAnalyzed": False, "primaryPackagePurpose": "APPLICATION"},
            *(_package(request, entry, ids[entry.ref]) for entry in bill.entries),
        ],
        "relationships": list(_relationships(bill, ids)),
    }
    digest = hashlib.sha256(json.dumps(document).encode()).hexdigest()
    document["documentNamespace"] = uuid.uuid5(uuid.NAMESPACE_OID, digest).urn
    text = json.dumps(document, indent=2) + "\n"
    return Exported(name=f"{name}.spdx.json", text=text, targets=(bill.target.name,), environments=bill.environments)


def _newest(entries: Iterable[Entry]) -> str:
    times = [file.upload_time for entry in entries for file in entry.files if file.upload_time is not None]
    return max(times).strftime("%Y-%m-%dT%H:%M:%SZ") if times else _LONG_AGO


def _package(request: Request, entry: Entry, identifier: str) -> dict[str, Any]:
    package: dict[str, Any] = {"name": entry.name, "SPDXID": identifier}
    if entry.version is not None:
        package["versionInfo"] = entry.version
    package |= {"downloadLocation": _NOTHING_SAID, "filesAnalyzed": False, "primaryPackagePurpose": "LIBRARY"}
    coordinate = entry.part
    if not isinstance(coordinate, Coordinate):
        return package
    indexes = request.frozen.inputs.indexes
    if len(entry.files) == 1:
        (file,) = entry.files
        package["packageFileName"] = file.filename
        package["downloadLocation"] = stated_address(coordinate, file, indexes) or _NOTHING_SAID
    package["checksums"] = [
        {"algorithm": "SHA256", "checksumValue": digest} for digest in sorted({file.sha256 for file in entry.files})
    ]
    expression, _ = spdx_of(coordinate.license)
    package["licenseConcluded"] = _NOTHING_SAID
    package["licenseDeclared"] = expression or _NOTHING_SAID
    if coordinate.license is not None and expression is None:
        package["licenseComments"] = coordinate.license
    package["externalRefs"] = [
        {
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": package_url(coordinate, indexes),
        }
    ]
    return package


def _relationships(bill: Bill, ids: dict[str, str]) -> Iterator[dict[str, str]]:
    yield _related("SPDXRef-DOCUMENT", "DESCRIBES", _TARGET)
    kinds = {entry.ref: "BUILD_DEPENDENCY_OF" if entry.built_with else "DEPENDENCY_OF" for entry in bill.entries}
    for needed in bill.needs:
        yield _related(ids[needed], kinds[needed], _TARGET)
    for entry in bill.entries:
        for needed in entry.needs:
            yield _related(ids[needed], kinds[needed], ids[entry.ref])


def _related(one: str, how: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": how, "relatedSpdxElement": other}
