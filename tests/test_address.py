"""Addresses in requirements: what each leads to, and whether a release comes from there."""

import pytest

from frazil.address import (
    Address,
    AddressError,
    ArchiveAddress,
    DirectoryAddress,
    GitAddress,
    is_from,
    parse_address,
)
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.requirement import parse_requirement

COMMIT = "1e8e598a68950d71f1324218c37266976673bce0"
DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h.example/a-1.0-py3-none-any.whl", ArchiveAddress("https://h.example/a-1.0-py3-none-any.whl")),
        ("https://h.example/v1.2.tar.gz#subdirectory=py", ArchiveAddress("https://h.example/v1.2.tar.gz", "py")),
        ("https://h.example/a.zip?download=1", ArchiveAddress("https://h.example/a.zip?download=1")),
        ("file:vendor/a-1.0.tar.gz", ArchiveAddress("file:vendor/a-1.0.tar.gz")),
        ("file:libs/a", DirectoryAddress("libs/a")),
        ("file:.", DirectoryAddress(".")),
        ("git+https://h.example/auth", GitAddress("https://h.example/auth")),
        ("git+https://h.example/auth@v2.1", GitAddress("https://h.example/auth", "v2.1")),
        ("git+https://h.example/auth@release/2.x#egg=auth", GitAddress("https://h.example/auth", "release/2.x")),
        ("git+ssh://git@h.example/auth@main#subdirectory=a/b", GitAddress("ssh://git@h.example/auth", "main", "a/b")),
        ("git+ssh://git@h.example/auth", GitAddress("ssh://git@h.example/auth")),
        ("git+file:///srv/auth@v1", GitAddress("file:///srv/auth", "v1")),
    ],
)
def test_an_address_says_what_kind_of_thing_lies_there(url: str, expected: Address) -> None:
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    ("url", "clause"),
    [
        ("https://h.example/auth", "neither that of a wheel"),
        ("https://h.example/download?file=a.whl", "neither that of a wheel"),
        ("git+https://h.example/auth@", "is no revision"),
        ("git+https://h.example/auth@--upload-pack=x", "is no revision"),
        ("https://h.example/a.zip#subdirectory=../b", "leads out of it"),
        ("https://h.example/a.zip#sha256=abc", "64 hexadecimal digits"),
    ],
)
def test_an_address_that_leads_to_nothing_known_says_why(url: str, clause: str) -> None:
    with pytest.raises(AddressError, match=clause):
        parse_address(url)


def test_a_digest_in_the_fragment_is_a_demand_and_no_part_of_where_the_file_is() -> None:
    demanding = parse_address(f"https://h.example/a.zip#sha256={DIGEST.upper()}")
    assert isinstance(demanding, ArchiveAddress)
    assert demanding.sha256 == DIGEST
    assert demanding == parse_address("https://h.example/a.zip")


def test_a_digest_of_a_weak_kind_demands_nothing() -> None:
    weak = parse_address("https://h.example/a.zip#md5=abc")
    assert isinstance(weak, ArchiveAddress)
    assert weak.sha256 is None


def test_the_file_name_of_an_address_is_percent_decoded() -> None:
    address = parse_address("https://h.example/a-1.0%2Bcpu-py3-none-any.whl")
    assert isinstance(address, ArchiveAddress)
    assert address.filename == "a-1.0+cpu-py3-none-any.whl"


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://h.example/a.zip#sha256=" + DIGEST, ArchiveSource("https://h.example/a.zip")),
        ("file:libs/a", DirectorySource("libs/a")),
        ("git+https://h.example/a@v1", VcsSource("git", "https://h.example/a", "v1", COMMIT)),
        ("git+https://h.example/@b/a@a@1", VcsSource("git", "https://h.example/@b/a", "a@1", COMMIT)),
    ],
)
def test_a_release_comes_from_the_address_that_its_source_is(url: str, source: Source) -> None:
    assert is_from(parse_requirement(f"a @ {url}"), source)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a>=1", IndexSource("default")),
        ("a @ https://h.example/a.zip", IndexSource("default")),
        ("a @ https://h.example/a.zip", ArchiveSource("https://h.example/b.zip")),
        ("a @ https://h.example/a.zip", ArchiveSource("https://h.example/a.zip", "py")),
        ("a @ file:libs/a", DirectorySource("libs/b")),
        ("a @ git+https://h.example/a@v1", VcsSource("git", "https://h.example/a", "v2", COMMIT)),
        ("a @ git+https://h.example/a@v1", VcsSource("git", "https://h.example/a", None, COMMIT)),
        ("a @ https://h.example/download", ArchiveSource("https://h.example/download")),
    ],
)
def test_a_release_from_elsewhere_does_not(text: str, source: Source) -> None:
    assert not is_from(parse_requirement(text), source)
