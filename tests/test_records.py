"""A record is what was written, or none: page digests, metadata and manifests are all kept as records."""

import subprocess
import sys
from pathlib import Path

import pytest

from frazil import records
from frazil.records import place_in, read_record, write_record

VALUE = ("page", {"linux": {"1.0": (b"\x00", None, 2.5)}}, ("1.0", "é"))


def written(cache: Path, value: object = VALUE) -> Path:
    place = Path(place_in(cache, "pages-1", "ab" * 32))
    assert write_record(cache, str(place), "page 1", value)
    return place


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_record(str(written(tmp_path)), "page 1") == VALUE


def test_a_record_that_was_cut_anywhere_is_none(tmp_path: Path) -> None:
    place = written(tmp_path)
    whole = place.read_bytes()
    for length in range(len(whole)):
        place.write_bytes(whole[:length])
        assert read_record(str(place), "page 1") is None


def test_a_record_with_any_flipped_bit_is_none(tmp_path: Path) -> None:
    place = written(tmp_path)
    whole = place.read_bytes()
    for position in range(len(whole) * 8):
        byte, bit = divmod(position, 8)
        place.write_bytes(whole[:byte] + bytes([whole[byte] ^ 1 << bit]) + whole[byte + 1 :])
        assert read_record(str(place), "page 1") is None


def test_a_record_of_another_kind_or_version_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = written(tmp_path)
    assert read_record(str(place), "page 2") is None
    monkeypatch.setattr(records, "VERSION", "0.0.0")
    assert read_record(str(place), "page 1") is None


def test_two_parts_of_records_are_none(tmp_path: Path) -> None:
    place = written(tmp_path)
    one = place.read_bytes()
    written(tmp_path, ("page", {}, ("2.0", "a longer one than the other")))
    two = place.read_bytes()
    for cut in range(1, min(len(one), len(two))):
        mixed = one[:cut] + two[cut:]
        place.write_bytes(mixed)
        assert mixed in (one, two) or read_record(str(place), "page 1") is None


def test_of_two_writers_at_once_one_is_read_whole(tmp_path: Path) -> None:
    place = place_in(tmp_path, "pages-1", "ab" * 32)
    program = (
        "import sys; from pathlib import Path; from frazil.records import write_record\n"
        f"for _ in range(200): write_record(Path({str(tmp_path)!r}), {place!r}, 'page 1', sys.argv[1] * 5000)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, word]) for word in "ab"]
    met = set()
    while any(writer.poll() is None for writer in writers):
        met.add(read_record(place, "page 1"))
    assert [writer.wait() for writer in writers] == [0, 0]
    assert met <= {None, "a" * 5000, "b" * 5000}
    assert read_record(place, "page 1") in {"a" * 5000, "b" * 5000}
