"""Where the files of an index lie, kept once it was learnt: a fetch then needs no page."""

from pathlib import Path

from frazil.digest import sha256_of
from frazil.records import place_in, read_record, write_record

FOLDER = "roots-2"

_KIND = "root 2"


def read_root(cache: Path, url: str) -> str | None:
    """Return the file root that was learnt of the index at an address, or None."""
    record = read_record(_place(cache, url), _KIND)
    return record if isinstance(record, str) else None


def remember_root(cache: Path, url: str, root: str) -> None:
    """Keep the file root of the index at an address; a disk that takes nothing is no error."""
    if read_root(cache, url) != root:
        write_record(cache, _place(cache, url), _KIND, root)


def _place(cache: Path, url: str) -> str:
    return place_in(cache, FOLDER, sha256_of(url if url.endswith("/") else f"{url}/"))
