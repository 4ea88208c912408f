"""The wire format of protocol buffers, there and back, and what is no message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.remote.protobuf import data, last_data, last_number, message, messages, number, numbers, parse_fields

FIELDS = st.integers(min_value=1, max_value=2**29 - 1)
NUMBERS = st.integers(min_value=1, max_value=2**63)


@given(st.lists(st.tuples(FIELDS, NUMBERS | st.binary(min_size=1))))
def test_what_is_written_is_read_again(fields: list[tuple[int, int | bytes]]) -> None:
    text = b"".join(number(at, value) if isinstance(value, int) else data(at, value) for at, value in fields)
    assert parse_fields(text) == fields


@given(st.binary())
def test_any_bytes_are_a_message_or_a_value_error(text: bytes) -> None:
    try:
        parse_fields(text)
    except ValueError:
        return


def test_bytes_are_those_of_the_specification() -> None:
    assert number(1, 150) == b"\x08\x96\x01"
    assert data(2, "testing") == b"\x12\x07testing"
    assert message(3, number(1, 150)) == b"\x1a\x03\x08\x96\x01"


def test_nothing_is_said_by_leaving_it_out_but_a_message_is_there() -> None:
    assert (number(1, 0), data(1, ""), message(1, b"")) == (b"", b"", b"\x0a\x00")


def test_fields_of_a_fixed_width_are_passed_over() -> None:
    text = b"\x09" + bytes(8) + b"\x15" + bytes(4) + data(3, "x")
    assert last_data(text, 3) == b"x"


def test_the_last_one_counts_where_one_is_meant() -> None:
    text = data(1, "a") + number(2, 1) + data(1, "b") + number(2, 7)
    assert (last_data(text, 1), last_number(text, 2), messages(text, 1)) == (b"b", 7, [b"a", b"b"])
    assert (last_data(text, 9), last_number(text, 9)) == (b"", 0)


@pytest.mark.parametrize("text", [b"\x0a\x05abc", b"\x08", b"\x08" + b"\xff" * 20, b"\x0b", b"\x09abc"])
def test_what_is_cut_or_of_another_type_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut short|no end|no wire type"):
        parse_fields(text)


def test_numbers_may_be_packed_or_not() -> None:
    text = number(1, 7) + data(1, b"\x01\x96\x01") + number(2, 9)
    assert numbers(text, 1) == [7, 1, 150]
