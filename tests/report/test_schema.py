"""What `--json` prints is what its schemas describe, key for key."""

from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from frazil.costs import Costs
from frazil.delivery import FetchReport
from frazil.errors import GaveUp
from frazil.fetcher.place import Link
from frazil.fetcher.plan import Download, FetchPlan
from frazil.freeze import ResolveReport
from frazil.frozen.diff import changes
from frazil.frozen.reasons import Reason
from frazil.frozen.staleness import Difference
from frazil.model import IndexSource
from frazil.report.ensure_summary import ensure_document
from frazil.report.envelope import failure_document, success_document, text_document
from frazil.report.fetch_summary import fetch_document
from frazil.report.resolve_summary import resolve_document
from frazil.report.tree import target_trees, tree_document
from frazil.report.why_not import why_not_document
from frazil.requirement import parse_requirement
from frazil.tiers import EnsureReport, TierRejection
from frazil.unchosen import Verdict, WhyNot
from tests.support.json_schemas import schema, schema_names, strict_validator
from tests.support.locks import example_lock
from tests.support.places import Places

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "json.md"

_DOWNLOAD = Download(
    filename="a-1-py3-none-any.whl", sha256="0" * 64, size=1, project="a", version="1", source=IndexSource("default")
)
_RESOLVED = ResolveReport(
    frozen=example_lock(),
    lock=Path("/repo/frozen.json"),
    current=False,
    written=True,
    reasons=(Difference(kind="requirement-added", sentence="it was added", target="a", file="f", line=3),),
    moved=changes(None, example_lock()),
    costs=Costs(phases=(("read", 0.1),)),
)
_FETCHED = FetchReport(
    out=Path("/repo/.frazil/out"),
    undelivered=("libs/common",),
    planned=FetchPlan(downloads=(_DOWNLOAD,), links=(Link(place="a", filename="a", sha256="0" * 64, size=1),)),
    costs=Costs(phases=(("plan", 0.1),)),
)
_ENSURED = EnsureReport(
    tier="resolve",
    rejected=(TierRejection(tier="fetch-result", reason="none is on record"),),
    fetch=_FETCHED,
    resolve=_RESOLVED,
    seconds=0.25,
)
_ROWS = target_trees(example_lock(), ["services/api"], ["linux", "windows"])
_ABSENT = WhyNot(
    name="a",
    version="2",
    verdicts=(
        Verdict(
            resolve="default",
            environments=("linux",),
            pinned="1",
            version="2",
            kind="excluded",
            told=("said",),
            reasons=(Reason(kind="target", by="app", version=None, requirement=parse_requirement("a<2")),),
        ),
    ),
)

DOCUMENTS: dict[str, dict[str, Any]] = {
    "resolve": resolve_document(_RESOLVED, dry_run=False),
    "fetch": fetch_document(_FETCHED),
    "ensure": ensure_document(_ENSURED, dry_run=True),
    "tree": tree_document(_ROWS, inverted=None),
    "text": text_document("help"),
    "why-not": why_not_document(_ABSENT, Places()),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_its_schema(name: str) -> None:
    strict_validator(name)(success_document(name, DOCUMENTS[name], ["careful"]))


def test_a_failure_fits_its_schema() -> None:
    strict_validator("failure")(failure_document("resolve", GaveUp("gave up", hint="h", details=("d",))))
    strict_validator("failure")(failure_document(None, GaveUp("gave up")))


def test_a_key_that_no_schema_describes_is_noticed() -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        strict_validator("text")({**success_document("help", text_document("t")), "more": 1})


def test_a_failure_is_no_success() -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        strict_validator("tree")(failure_document("tree", GaveUp("gave up")))


@pytest.mark.parametrize("name", schema_names())
def test_every_key_is_required_and_described_in_the_documentation(name: str) -> None:
    text = DOCS.read_text(encoding="utf-8")
    for path, node in _objects(schema(name), name):
        assert list(node["required"]) == list(node["properties"]), path
        missing = [key for key in node["properties"] if f"`{key}`" not in text]
        assert not missing, f"{path}: {missing} are not in docs/reference/json.md"


def _objects(node: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        return [found for each in node for found in _objects(each, path)]
    if not isinstance(node, dict):
        return []
    own = [(path, node)] if node.get("type") == "object" else []
    return own + [found for key, value in node.items() for found in _objects(value, f"{path}/{key}")]
