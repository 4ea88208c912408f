"""What an index itself says of a release: the `vulnerabilities` of its JSON document on that release."""

from collections.abc import Mapping

from frazil.advisories.model import Advisory
from frazil.advisories.osv import NotAdvisory, in_order


def parse_release(document: object, name: str, version: str) -> tuple[Advisory, ...] | None:
    """Return the advisories that concern a release; None where the document says nothing of any.

    Raises NotAdvisory.
    """
    field = document.get("vulnerabilities") if isinstance(document, Mapping) else None
    if field is None:
        return None
    if not isinstance(field, list):
        raise NotAdvisory("vulnerabilities is no list")
    found = (_advisory(each, name, version) for each in field)
    return tuple(each for each in found if each is not None)


def _advisory(entry: object, name: str, version: str) -> Advisory | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str):
        raise NotAdvisory("an entry of vulnerabilities has no id")
    if entry.get("withdrawn"):
        return None
    summary = entry.get("summary") or entry.get("details") or ""
    link = entry.get("link")
    return Advisory(
        id=entry["id"],
        name=name,
        aliases=tuple(sorted(_texts(entry.get("aliases")))),
        summary=summary.strip().splitlines()[0] if isinstance(summary, str) and summary.strip() else "",
        fixed=in_order(set(_texts(entry.get("fixed_in")))),
        url=link if isinstance(link, str) else None,
        versions=frozenset({version}),
    )


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
