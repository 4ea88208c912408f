"""Whether wheels say of themselves what a lock says of them: stage 2's only look at metadata. It chooses nothing.

The digest proves that a wheel is the one that the lock names; not that the lock's edges are the wheel's own. An index
may have told the resolve something else (PEP 658), and a pull request may have taken an edge out. So before a wheel is
linked out that no fetch of this lock has checked, its own METADATA is compared with the lock: name, version and edges.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from frazil.digest import sha256_of
from frazil.errors import IntegrityError
from frazil.frozen.codec import format_frozen
from frazil.frozen.model import Frozen
from frazil.frozen.selection import SelectedArtifact
from frazil.records import place_in, read_record, write_record
from frazil.store.content import Store

FOLDER = "checked-1"

_KIND = "checked wheels 1"
_MOST_KEPT = 100_000
_SHOWN = 5


def check_wheels(
    frozen: Frozen,
    wheels: Iterable[str],
    selected: Callable[[], Iterable[SelectedArtifact]],
    *,
    lock: Path,
    store: Store,
    cache: Path,
) -> int:
    """Compare with the lock those wheels (sha256) that no fetch of it has checked; return how many were looked into.

    All of them must be in the store; `selected` is asked for only where something is new. Raises IntegrityError for a
    wheel that says something else, UnsafeArchive for one that two readers may read differently, StoreChanged for one
    that is gone; those that agree are remembered all the same.
    """
    place = place_in(cache, FOLDER, sha256_of(str(lock)))
    memory = _Memory.read(place, bytes.fromhex(sha256_of(format_frozen(frozen))))
    unknown = {sha256 for sha256 in wheels if bytes.fromhex(sha256) not in memory.here}
    if not unknown:
        return 0
    from frazil.wheel_claims import Claims, failure_of  # noqa: PLC0415 - a fetch of what it fetched before has no need

    claims = Claims(frozen)
    checked = 0
    failures: list[IntegrityError] = []
    for each in {each.artifact.sha256: each for each in selected() if each.artifact.sha256 in unknown}.values():
        claim = claims.of(each.coordinate, each.artifact)
        digest = bytes.fromhex(each.artifact.sha256)
        if memory.claims.get(digest) != claim.digest:
            checked += 1
            failure = failure_of(each.artifact, claim, store)
            if failure is not None:
                failures.append(failure)
                continue
        memory.keep(digest, claim.digest)
    write_record(cache, place, _KIND, memory.value())
    if failures:
        raise _together(failures)
    return checked


class _Memory:
    """What was checked before: `here` for exactly this lock, `claims` for any lock that lay at this place."""

    def __init__(self, lock: bytes, here: set[bytes], claims: dict[bytes, bytes]) -> None:
        self._lock = lock
        self.here = here
        self.claims = claims

    @classmethod
    def read(cls, place: str, lock: bytes) -> "_Memory":
        record = read_record(place, _KIND)
        if record is None:
            return cls(lock, set(), {})
        known, here, claims = record
        return cls(lock, set(here) if known == lock else set(), claims)

    def keep(self, wheel: bytes, claim: bytes) -> None:
        if len(self.claims) >= _MOST_KEPT:
            self.claims.clear()
        self.here.add(wheel)
        self.claims[wheel] = claim

    def value(self) -> tuple[bytes, list[bytes], dict[bytes, bytes]]:
        return self._lock, sorted(self.here), self.claims


def _together(failures: list[IntegrityError]) -> IntegrityError:
    first, *others = failures
    lines = [f"also: {each.sentence}" for each in others[:_SHOWN]]
    if len(others) > _SHOWN:
        lines.append(f"and {len(others) - _SHOWN} more")
    first.details = (*first.details, *lines)
    return first
