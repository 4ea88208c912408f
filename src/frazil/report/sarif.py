"""Findings of an audit as SARIF 2.1.0, which code hosts show beside the lines that bring them in."""

from frazil.advisories.model import Advisory
from frazil.auditing import Audit, Finding
from frazil.digest import sha256_of
from frazil.frozen.uses import Use
from frazil.model import Origin
from frazil.report.envelope import Document
from frazil.report.ways import Origins, origin_of, passed
from frazil.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_GRAVE = frozenset({"HIGH", "CRITICAL"})
_SLIGHT = frozenset({"LOW"})


def sarif_document(audit: Audit, origins: Origins, lock: str) -> Document:
    """Return one run: a rule for each advisory, a result for each way it comes in.

    `lock` is the path of the lock as the repository has it; a result stands where a target asks, else in the lock.
    """
    rules = {each.id: each for finding in audit.findings for each in finding.advisories}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "frazil",
                        "version": VERSION,
                        "rules": [_rule(rules[identifier]) for identifier in sorted(rules)],
                    }
                },
                "results": [
                    _result(finding, each, use, _location(origin_of(use.routes[0].legs[0], origins), lock))
                    for finding in audit.findings
                    for each in finding.advisories
                    for use in finding.uses
                ],
            }
        ],
    }


def _rule(advisory: Advisory) -> Document:
    rule: Document = {
        "id": advisory.id,
        "shortDescription": {"text": advisory.summary or advisory.id},
        "defaultConfiguration": {"level": _level(advisory)},
        "properties": {"tags": ["security", *advisory.aliases]},
    }
    return rule if advisory.url is None else {**rule, "helpUri": advisory.url}


def _result(finding: Finding, advisory: Advisory, use: Use, location: Document) -> Document:
    way = passed(use.routes[0])
    mends = "" if finding.mended is None else f"; mended in {finding.mended}"
    through = f" through {way}" if way else ""
    where = ", ".join(use.environments)
    text = f"{use.target} ships {finding.stop.label}{through} ({where}): {advisory.summary or advisory.id}{mends}"
    return {
        "ruleId": advisory.id,
        "level": _level(advisory),
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"frazil/1": sha256_of(f"{advisory.id} {finding.stop.label} {use.target}")},
    }


def _location(origin: Origin | None, lock: str) -> Document:
    file, line = (lock, None) if origin is None or not origin.file else (origin.file, origin.line)
    place: Document = {"artifactLocation": {"uri": file}}
    return {"physicalLocation": place if line is None else {**place, "region": {"startLine": line}}}


def _level(advisory: Advisory) -> str:
    if advisory.severity in _GRAVE:
        return "error"
    return "note" if advisory.severity in _SLIGHT else "warning"
