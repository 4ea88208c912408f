"""Linking out again what a finished fetch linked out, when the output is gone and all that it rested on is not.

Runs before the command line is understood, so it imports what it takes to link, and nothing of projects and locks.
"""

from pathlib import Path

from frazil.errors import FrazilError
from frazil.evidence import Again
from frazil.fetcher.link import link_out
from frazil.fetcher.place import Link
from frazil.fetcher.result import FetchResult, ResultKey, read_result, write_result
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.turns import turn
from frazil.values import replace


def relink(again: Again) -> bool:
    """Link everything out and keep the record of it; False, with the output as it was, where that takes more.

    The lock and all inputs must have been found as they were at that fetch; the store is asked for each artifact.
    """
    cache, out = Path(again.cache), Path(again.out)
    key = ResultKey(lock=again.lock, out=again.out, targets=again.targets, environments=again.environments)
    settings = Settings(store=Path(again.store), cache=cache)
    links = tuple(
        Link(place=place, sha256=sha256, filename=place.rpartition("/")[2], size=size)
        for place, sha256, size in again.links
    )
    try:
        with turn(settings, out) as waited:
            result = None if waited else read_result(cache, key)
            if result is None or not (_is_of(again, result) and _links_work(again)):
                return False
            outcome = link_out(links, store=Store(settings.store), out=out, mode=again.mode)
            write_result(cache, replace(result, outputs=outcome.outputs))
    except (FrazilError, OSError):
        return False  # the long way meets the same, and knows what to say of it
    return True


def _links_work(again: Again) -> bool:
    """Say whether links will be made as asked: that copies were made instead is for the long way to tell."""
    if again.mode != "hardlink":
        return True
    there = next(folder for folder in (Path(again.out), *Path(again.out).parents) if folder.exists())
    return there.stat().st_dev == Path(again.store).stat().st_dev


def _is_of(again: Again, result: FetchResult) -> bool:
    """Say whether a record is still that of the fetch: another may have linked something else since."""
    outputs = {(output.place, output.sha256) for output in result.outputs}
    same_mode = dict(result.options).get("link-mode") == again.mode
    return same_mode and outputs == {(place, sha256) for place, sha256, _ in again.links}
