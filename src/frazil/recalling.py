"""Answers that were worked out before: taken again while every page that they rest on still stands.

An answer is a function of what was asked and of what the indexes hold. The first is told by the fingerprint under which
resolutions are kept, the second by the identity of each page that was read: metadata never says anything else.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from frazil.errors import OutsideError
from frazil.frozen.model import Frozen, Inputs
from frazil.index.catalog import IndexCatalog
from frazil.model import IndexSource, Rules
from frazil.records import place_in, read_record, write_record
from frazil.resolutions import read_resolution
from frazil.settings import Settings

FOLDER = "answers-1"

_KIND = "pages of an answer 1"
_SOME_DAY = datetime(2100, 1, 1, tzinfo=UTC)


def recall_answer(catalog: IndexCatalog, settings: Settings, key: str, inputs: Inputs) -> Frozen | None:
    """Return the answer that is kept under a fingerprint, if no page has changed; pages are asked for as HTTP allows.

    Whatever was read stays with the catalog, so that a miss has read nothing for nothing.
    """
    record = None if settings.no_cache else read_record(_place(settings, key), _KIND)
    if record is None:
        return None
    names, identities = record
    catalog.expect(names)
    try:
        for name in names:
            catalog.project(name)
    except OutsideError:
        return None  # told to whoever needs that page
    return read_resolution(settings, key, inputs) if catalog.identities == identities else None


def remember_pages(settings: Settings, key: str, catalog_pages: Mapping[str, str], names: Iterable[str]) -> None:
    """Keep which pages an answer rests on; a disk that takes nothing is no error."""
    if not settings.no_cache:
        write_record(settings.cache, _place(settings, key), _KIND, (sorted(names), dict(catalog_pages)))


def rests_on_pages(frozen: Frozen) -> bool:
    """Say whether pages and metadata alone decided a lock: no addresses, no builds, nothing that time changes."""
    from_indexes = all(
        isinstance(each.source, IndexSource) and each.build_resolve is None for each in frozen.coordinates
    )
    return from_indexes and stands_still(frozen.inputs)


def stands_still(inputs: Inputs) -> bool:
    """Say whether the same question asks for the same thing on every day, and of pages alone."""
    policies = (inputs.policy, *(policy for _, policy in inputs.resolves))
    return all(not _moves(policy.rules) and policy.rules.provenance is None for policy in policies)


def _moves(rules: Rules) -> bool:
    cutoffs = [rules.exclude_newer, *(own.exclude_newer for _, own in rules.packages)]
    written = [cutoff for cutoff in cutoffs if cutoff is not None]
    if not written:
        return False
    from frazil.project.cutoff import parse_cutoff  # noqa: PLC0415 - most projects have none

    return any(parse_cutoff(each, _SOME_DAY) != parse_cutoff(each, _SOME_DAY + timedelta(days=1)) for each in written)


def _place(settings: Settings, key: str) -> str:
    return place_in(settings.cache, FOLDER, key)
