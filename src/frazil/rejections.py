"""What a resolve turned down, kept beside its lock: so that "why not this version?" needs no index.

The record lies in the cache under the digest of the lock that it belongs to, and is lost without harm.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.digest import sha256_of
from frazil.errors import DiskError
from frazil.frozen.codec import format_frozen
from frazil.frozen.model import Frozen
from frazil.model import Rejection, RejectionKind, Resolution
from frazil.opening import read_plain
from frazil.settings import Settings

Kept = dict[tuple[str, str], tuple[Rejection, ...]]
"""Rejections by resolve and environment."""

_FOLDER = "rejections-v1"
_LARGEST = 64 * 1024 * 1024


def read_rejections(settings: Settings, frozen: Frozen) -> Kept | None:
    """Return what was turned down when a lock was made; None where that was not kept, or was cut or changed on disk."""
    if settings.no_cache:
        return None
    path = _place(settings, frozen)
    try:
        if path.stat().st_size > _LARGEST:
            return None
        checksum, _, text = read_plain(path).partition(b"\n")
    except OSError:
        return None
    return _parsed(text) if checksum == _digest(text) else None


def write_rejections(
    settings: Settings, frozen: Frozen, resolutions: Iterable[Resolution], previous: Frozen | None
) -> None:
    """Keep what was turned down; of pins that stayed and were not asked about again, what was kept before.

    A cache that cannot be written costs nothing but the record.
    """
    if settings.no_cache or writes_forbidden():
        return
    found: Kept = {(each.resolve, each.environment): each.rejections for each in resolutions}
    before = read_rejections(settings, previous) if previous is not None else None
    for place, rejections in (before or {}).items():
        if place in found and previous is not None:
            found[place] += tuple(_still_true(place, rejections, found[place], frozen, previous))
    rows = sorted(
        [*place, each.name, each.version, each.kind.value, each.fact]
        for place, rejections in found.items()
        for each in rejections
    )
    text = json.dumps({"places": sorted(found), "rejections": rows}).encode("ascii")
    path = _place(settings, frozen)
    try:
        make_cache_folder(settings.cache)
        make_folder(path.parent)
        write_atomically(path, _digest(text) + b"\n" + text, durable=False)
    except DiskError:
        return


def _still_true(
    place: tuple[str, str],
    before: Iterable[Rejection],
    now: Iterable[Rejection],
    frozen: Frozen,
    previous: Frozen,
) -> Iterable[Rejection]:
    """Yield the older rejections of projects that stayed at their version and were answered from the lock."""
    asked_again = {each.name for each in now}
    for rejection in before:
        pin = (*place, rejection.name)
        old, new = previous.pins.get(pin), frozen.pins.get(pin)
        if rejection.name not in asked_again and old is not None and new is not None and old.version == new.version:
            yield rejection


def _parsed(text: bytes) -> Kept | None:
    try:
        value: Any = json.loads(text)
        kept: dict[tuple[str, str], list[Rejection]] = {(place[0], place[1]): [] for place in value["places"]}
        for resolve, environment, name, version, kind, fact in value["rejections"]:
            kept[resolve, environment].append(Rejection(name, version, RejectionKind(kind), fact))
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return {place: tuple(rejections) for place, rejections in kept.items()}


def _place(settings: Settings, frozen: Frozen) -> Path:
    key = sha256_of(format_frozen(frozen))
    return settings.cache / _FOLDER / key[:2] / f"{key}.rejections"


def _digest(text: bytes) -> bytes:
    return sha256_of(text).encode("ascii")
