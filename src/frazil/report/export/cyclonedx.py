"""CycloneDX 1.6: a bill of materials for each target, as JSON that is the same for the same lock."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any

from frazil.frozen.licenses import spdx_of
from frazil.frozen.model import Coordinate
from frazil.model import VcsSource
from frazil.report.export.bill import Bill, Entry, bill_of, package_url, stated_address
from frazil.report.export.naming import plain_names
from frazil.report.export.request import Exported, Request

_TARGET = "target"


def cyclonedx(request: Request) -> tuple[Exported, ...]:
    """Return a file for each target. What only builds need is in it, out of scope."""
    names = plain_names(request.frozen, request.targets)
    return tuple(_file(request, bill_of(request, target), names[target.name]) for target in request.targets)


def _file(request: Request, bill: Bill, name: str) -> Exported:
    own = request.frozen.targets_by_name.get(bill.target.base or "", bill.target)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "pre-build"}],
            "tools": {"components": [{"type": "application", "name": "frazil"}]},
            "component": {"type": "application", "bom-ref": _TARGET, "name": own.project_name or bill.target.name},
            "properties": _properties([("target", bill.target.name), *_places(bill.environments)]),
        },
        "components": [_component(request, entry) for entry in bill.entries],
        "dependencies": [
            {"ref": _TARGET, "dependsOn": list(bill.needs)},
            *({"ref": entry.ref, "dependsOn": list(entry.needs)} for entry in bill.entries),
        ],
    }
    digest = hashlib.sha256(json.dumps(document).encode()).hexdigest()
    serial = {"serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, digest).urn}
    text = json.dumps({**dict(list(document.items())[:3]), **serial, **document}, indent=2) + "\n"
    return Exported(name=f"{name}.cdx.json", text=text, targets=(bill.target.name,), environments=bill.environments)


def _component(request: Request, entry: Entry) -> dict[str, Any]:
    component: dict[str, Any] = {"type": "library", "bom-ref": entry.ref, "name": entry.name}
    if entry.version is not None:
        component["version"] = entry.version
    component["scope"] = "excluded" if entry.built_with else "required"
    if entry.files:
        component["hashes"] = [_hash(digest) for digest in sorted({file.sha256 for file in entry.files})]
    coordinate = entry.part
    if isinstance(coordinate, Coordinate):
        if coordinate.license is not None:
            component["licenses"] = [_license(coordinate.license)]
        component["purl"] = package_url(coordinate, request.frozen.inputs.indexes)
        references = list(_references(request, entry, coordinate))
        if references:
            component["externalReferences"] = references
    files = [("file", f"{file.filename} sha256:{file.sha256} {file.size} bytes") for file in entry.files]
    component["properties"] = _properties([*_places(entry.environments), *files])
    return component


def _references(request: Request, entry: Entry, coordinate: Coordinate) -> Iterable[dict[str, Any]]:
    if isinstance(coordinate.source, VcsSource):
        yield {"type": "vcs", "url": coordinate.source.url, "comment": f"commit {coordinate.source.commit_id}"}
    for file in entry.files:
        address = stated_address(coordinate, file, request.frozen.inputs.indexes)
        if address is not None:
            yield {"type": "distribution", "url": address, "hashes": [_hash(file.sha256)]}


def _license(stated: str) -> dict[str, Any]:
    spdx, _ = spdx_of(stated)
    return {"license": {"name": stated}} if spdx is None else {"expression": spdx}


def _hash(sha256: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": sha256}


def _places(environments: Iterable[str]) -> list[tuple[str, str]]:
    return [("environment", name) for name in environments]


def _properties(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": f"frazil:{name}", "value": value} for name, value in pairs]
