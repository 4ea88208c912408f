"""Laws of the codec: what is written is read as it was, in one spelling, and nothing that is read breaks it."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frazil.errors import LockFileError
from frazil.frozen.codec import check_frozen, format_frozen, parse_frozen, parse_frozen_reporting
from frazil.frozen.model import Frozen
from tests.support.frozen_worlds import locks

# A lock is larger than what hypothesis likes to print.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

_slow = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)


@_slow
@given(locks())
def test_what_is_written_is_read_as_it_was(frozen: Frozen) -> None:
    data = format_frozen(frozen)
    parsed = parse_frozen_reporting(data)
    assert parsed.frozen == frozen
    assert parsed.canonical
    assert not parsed.mended


@_slow
@given(locks())
def test_what_was_made_passes_the_checks_without_being_written(frozen: Frozen) -> None:
    check_frozen(frozen)


@_slow
@given(locks(), st.randoms(use_true_random=False))
def test_the_order_of_anything_in_the_value_never_shows(frozen: Frozen, shuffle: random.Random) -> None:
    assert format_frozen(_shuffled(frozen, shuffle)) == format_frozen(frozen)


@_slow
@given(locks(), st.randoms(use_true_random=False), st.sampled_from((None, 0, 3)), st.booleans())
def test_any_spelling_of_the_same_document_is_read_as_the_same_lock(
    frozen: Frozen, shuffle: random.Random, indent: int | None, ascii_only: bool
) -> None:
    document = _reordered(json.loads(format_frozen(frozen)), shuffle)
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    assert format_frozen(parse_frozen(data)) == format_frozen(frozen)


@_slow
@given(locks(), st.data())
def test_a_lock_with_one_byte_changed_is_refused_or_is_a_lock(frozen: Frozen, data: st.DataObject) -> None:
    mutated = bytearray(format_frozen(frozen))
    position = data.draw(st.integers(0, len(mutated) - 1))
    change = data.draw(st.sampled_from(("replace", "insert", "delete")))
    byte = data.draw(st.integers(0, 255) | st.sampled_from(b'"{}[],:\\.-*0/'))
    if change == "replace":
        mutated[position] = byte
    elif change == "insert":
        mutated.insert(position, byte)
    else:
        del mutated[position]
    _is_refused_or_a_lock(bytes(mutated))


@_slow
@given(locks(), st.data())
def test_a_lock_with_one_value_changed_is_refused_or_is_a_lock(frozen: Frozen, data: st.DataObject) -> None:
    document = json.loads(format_frozen(frozen))
    places = list(_places(document))
    holder, key = data.draw(st.sampled_from(places))
    other_holder, other_key = data.draw(st.sampled_from(places))
    match data.draw(st.sampled_from(("delete", "junk", "swap"))):
        case "delete":
            del holder[key]
        case "junk":
            holder[key] = data.draw(_junk)
        case _:
            holder[key] = json.loads(json.dumps(other_holder[other_key]))
    _is_refused_or_a_lock(json.dumps(document).encode())


@_slow
@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_bytes_that_are_no_lock_are_refused(data: bytes) -> None:
    _is_refused_or_a_lock(data)


def _is_refused_or_a_lock(data: bytes) -> None:
    """What is read must be a lock that is read as itself once more; everything else is one kind of error."""
    try:
        frozen = parse_frozen(data)
    except LockFileError as error:
        refused = error.sentence
    else:
        again = parse_frozen_reporting(format_frozen(frozen))
        assert again.frozen == frozen
        assert again.canonical
        return
    assert refused.startswith("frozen.json")
    assert "\n" not in refused


_junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(("*", "..", "/", "default", "alpha", "linux", "1.0", "\ud800", "x\x00", "a" * 300)),
    st.just([]),
    st.just({}),
    st.lists(st.text(max_size=2), max_size=2),
)


def _places(value: Any) -> Any:
    """Yield every (container, key) of a document."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _reordered(value: Any, shuffle: random.Random) -> Any:
    """Shuffle the members of objects, and the arrays whose order says nothing."""
    if isinstance(value, dict):
        keys = list(value)
        shuffle.shuffle(keys)
        found = {key: _reordered(value[key], shuffle) for key in keys}
        if "indexes" in value:
            found["indexes"] = value["indexes"]
        return found
    if isinstance(value, list):
        moved = [_reordered(item, shuffle) for item in value]
        shuffle.shuffle(moved)
        return moved
    return value


def _shuffled(frozen: Frozen, shuffle: random.Random) -> Frozen:
    def moved(items: Any) -> Any:
        return tuple(shuffle.sample(items, len(items)))

    inputs = frozen.inputs
    return Frozen(
        inputs=replace(
            inputs,
            environments=moved(inputs.environments),
            resolves=moved(inputs.resolves),
            targets=moved(
                [
                    replace(t, requirements=moved(t.requirements), environments=moved(t.environments))
                    for t in inputs.targets
                ]
            ),
        ),
        coordinates=moved(
            [
                replace(
                    c,
                    resolves=moved(c.resolves),
                    targets=moved(c.targets),
                    dependencies=moved(c.dependencies),
                    artifacts=moved(c.artifacts),
                )
                for c in frozen.coordinates
            ]
        ),
    )
