"""The fingerprint moves with all that determines an answer, and with nothing else."""

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.frozen.fingerprint import fingerprint
from frazil.frozen.inputs import inputs_of
from frazil.frozen.model import Inputs
from frazil.frozen.staleness import differences
from tests.frozen.test_inputs import shuffled
from tests.support.declared_projects import sample_project
from tests.support.flips import flips
from tests.support.graph_worlds import World, law, worlds

SAMPLE = inputs_of(sample_project())
PREFERRED = {("default", "linux", "numpy"): "2.1", ("legacy", "linux", "numpy"): "1.9"}
FLIPPED = list(flips(SAMPLE))


def of(inputs: Inputs = SAMPLE, **changes: Any) -> str:
    options: dict[str, Any] = {
        "preferred": PREFERRED,
        "default_index": "https://index.example/simple/",
        "engine": "conflict",
        "schema": 1,
    }
    return fingerprint(inputs, **{**options, **changes})


@pytest.mark.parametrize(("where", "flipped"), FLIPPED, ids=[where for where, _ in FLIPPED])
def test_every_field_of_the_inputs_moves_it(where: str, flipped: Inputs) -> None:  # noqa: ARG001 - names the case
    assert of(flipped) != of()


def test_no_two_flips_share_one() -> None:
    assert len({of(flipped) for _, flipped in FLIPPED}) == len({flipped for _, flipped in FLIPPED})


@pytest.mark.parametrize(
    "changes",
    [
        {"preferred": {}},
        {"preferred": {**PREFERRED, ("default", "linux", "numpy"): "2.2"}},
        {"preferred": {("default", "windows", "numpy"): "2.1", ("legacy", "linux", "numpy"): "1.9"}},
        {"default_index": "https://mirror.example/simple/"},
        {"default_index": "https://index.example/other/"},
        {"default_index": None},
        {"engine": "resolvelib"},
        {"schema": 2},
    ],
    ids=str,
)
def test_every_option_that_can_change_the_answer_moves_it(changes: dict[str, Any]) -> None:
    assert of(**changes) != of()


@law
@given(st.integers())
def test_no_order_of_declaration_moves_it(seed: int) -> None:
    preferred = list(PREFERRED.items())
    random.Random(seed).shuffle(preferred)
    assert of(inputs_of(shuffled(sample_project(), seed)), preferred=dict(preferred)) == of()


@law
@given(worlds(), st.randoms())
def test_no_order_of_the_inputs_moves_it(world: World, order: random.Random) -> None:
    mixed = replace(
        world.inputs,
        targets=tuple(order.sample(world.inputs.targets, len(world.inputs.targets))),
        environments=tuple(order.sample(world.inputs.environments, len(world.inputs.environments))),
        resolves=tuple(order.sample(world.inputs.resolves, len(world.inputs.resolves))),
    )
    assert of(mixed) == of(world.inputs)


@law
@given(worlds(), worlds())
def test_it_is_the_same_exactly_when_a_lock_would_be_current(world: World, other: World) -> None:
    assert (of(world.inputs) == of(other.inputs)) is not bool(differences(world.inputs, other.inputs))


@pytest.mark.parametrize(
    "changes",
    [
        {"root": Path("elsewhere")},
        {"config_file": "frazil.toml"},
        {"inputs": ("a", "b")},
        {"absent": ()},
        {"folders": ()},
        {"warnings": ("careful",)},
    ],
    ids=str,
)
def test_what_cannot_change_the_answer_does_not_move_it(changes: dict[str, Any]) -> None:
    assert of(inputs_of(replace(sample_project(), **changes))) == of()


def test_wheel_tags_follow_from_the_environment() -> None:
    bare = tuple(replace(environment, tags=()) for environment in SAMPLE.environments)
    assert of(replace(SAMPLE, environments=bare)) == of()


@pytest.mark.parametrize(
    "address",
    [
        "https://index.example/simple",
        "https://user:secret@index.example/simple/",
        "https://us%40er:se@cret@index.example/simple/",
    ],
)
def test_credentials_and_a_last_slash_of_the_default_index_do_not_move_it(address: str) -> None:
    assert of(default_index=address) == of()


def test_the_default_index_counts_only_when_it_is_asked() -> None:
    declared_only = replace(SAMPLE, indexes=SAMPLE.indexes[1:])
    assert of(declared_only, default_index=None) == of(declared_only)


def test_it_is_a_sha256_in_hexadecimal() -> None:
    assert re.fullmatch("[0-9a-f]{64}", of())
