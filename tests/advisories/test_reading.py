"""Advisories are read from files, lists, archives and folders; a broken database never looks like a clean one."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from frazil.advisories import reading
from frazil.advisories.reading import read_advisories
from frazil.errors import ConfigurationError


def osv(identifier: str, name: str = "a") -> dict[str, Any]:
    return {"id": identifier, "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": ["1"]}]}


def ids(path: Path) -> list[str]:
    return [each.id for each in read_advisories(path)]


def test_a_file_may_hold_one_document_or_a_list_or_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for written, expected in (
        (osv("X-1"), ["X-1"]),
        ([osv("X-1"), osv("X-2")], ["X-1", "X-2"]),
        ({"vulns": [osv("X-3")]}, ["X-3"]),
    ):
        path.write_text(json.dumps(written))
        assert ids(path) == expected


def test_an_archive_holds_many(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X-1.json", json.dumps(osv("X-1")))
        archive.writestr("README", "no advisory")
        archive.writestr("X-2.json", json.dumps(osv("X-2")))
    assert ids(path) == ["X-1", "X-2"]


def test_a_folder_is_read_to_its_depths(tmp_path: Path) -> None:
    (tmp_path / "pypi" / "deep").mkdir(parents=True)
    (tmp_path / "pypi" / "deep" / "b.json").write_text(json.dumps(osv("X-2")))
    (tmp_path / "a.json").write_text(json.dumps(osv("X-1")))
    (tmp_path / "notes.txt").write_text("no advisory")
    assert ids(tmp_path) == ["X-1", "X-2"]


def test_documents_that_are_not_about_this_ecosystem_are_documents_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"id": "X-1", "affected": []}))
    assert ids(tmp_path) == []


def test_where_there_is_not_a_single_document_nothing_was_looked_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no advisory"):
        read_advisories(tmp_path)
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ConfigurationError, match="holds no advisory"):
        read_advisories(tmp_path)
    with pytest.raises(ConfigurationError, match="there are no advisories at"):
        read_advisories(tmp_path / "missing")


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff\xfe", b'{"id": "X", "affected": 1}', b"[" * 100_000])
def test_what_is_no_advisory_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=r"^broken\.json is no"):
        read_advisories(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", b"no archive at all"])
def test_what_is_no_archive_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=r"^broken\.zip is no archive"):
        read_advisories(path)


def test_a_document_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X-1.json", b" " * (reading.LARGEST_MEMBER + 1))
    with pytest.raises(ConfigurationError, match=r"^bomb\.zip/X-1\.json is larger than 16 MiB"):
        read_advisories(path)
