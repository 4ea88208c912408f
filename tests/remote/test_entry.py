"""Entries: an ActionResult that names one file, with a version and perhaps a signature."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.remote.entry import (
    Digest,
    Entry,
    check_signature,
    digest_of,
    format_entry,
    key_of,
    parse_entry,
    signature_of,
)
from frazil.remote.faults import Unfit
from frazil.remote.protobuf import data, message, number

BLOB = digest_of(b"the resolution")


def test_an_entry_is_an_action_result_that_names_its_file() -> None:
    digest = data(1, BLOB.sha256) + number(2, BLOB.size)
    expected = message(2, data(1, "frozen.json") + message(2, digest)) + data(5, "frazil resolution 1\n")
    assert format_entry(Entry(BLOB)) == expected


@pytest.mark.parametrize("signature", ["", "ab" * 32])
def test_an_entry_is_read_as_it_was_written(signature: str) -> None:
    assert parse_entry(format_entry(Entry(BLOB, signature))) == Entry(BLOB, signature)


def test_fields_of_other_tools_are_passed_over() -> None:
    assert parse_entry(format_entry(Entry(BLOB)) + number(4, 1) + message(9, data(1, "worker"))) == Entry(BLOB)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_entry_or_unfit(text: bytes) -> None:
    with pytest.raises(Unfit):
        parse_entry(text)


def test_an_entry_of_a_later_form_is_told_from_garbage() -> None:
    with pytest.raises(Unfit) as unfit:
        parse_entry(format_entry(Entry(BLOB)).replace(b"resolution 1", b"resolution 9"))
    assert unfit.value.newer
    with pytest.raises(Unfit) as unfit:
        parse_entry(data(5, "hello world"))
    assert not unfit.value.newer


@pytest.mark.parametrize(
    "digest", [Digest("AB" * 32, 1), Digest("ab" * 31, 1), Digest("../" * 20, 1), Digest("ab" * 32, 2**40)]
)
def test_a_digest_that_is_none_or_too_large_is_unfit(digest: Digest) -> None:
    with pytest.raises(Unfit):
        parse_entry(format_entry(Entry(digest)))


def test_two_fingerprints_have_two_keys_and_neither_is_the_fingerprint() -> None:
    one, two = "ab" * 32, "cd" * 32
    assert len({key_of(one).sha256, key_of(two).sha256, one, two}) == 4


def test_a_signature_binds_key_fingerprint_and_file() -> None:
    signed = Entry(BLOB, signature_of(b"key", "print", BLOB))
    check_signature(signed, b"key", "print")
    wrong = [
        (signed, b"other", "print"),
        (signed, b"key", "another"),
        (Entry(digest_of(b"else"), signed.signature), b"key", "print"),
        (Entry(BLOB, "é"), b"key", "print"),
        (Entry(BLOB), b"key", "print"),
    ]
    for entry, secret, fingerprint in wrong:
        with pytest.raises(Unfit, match="signed"):
            check_signature(entry, secret, fingerprint)
