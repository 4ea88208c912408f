"""A resolution from elsewhere: what of its file roots is believed, and what makes it no answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from frazil.freeze import read_standing
from frazil.frozen.codec import format_frozen
from frazil.frozen.model import Frozen, Inputs
from frazil.model import Rules
from frazil.remote.faults import Unfit
from frazil.strangers import judge_resolution
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine

ELSEWHERE = "https://files.index.example/packages/"


@pytest.fixture
def machine(index_server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home", world(index_server, {"a": {"1": []}}), tmp_path / "shop")
    machine.declare({"one": ["a"]})
    return machine


def sent(machine: Machine, files: str | None) -> tuple[Frozen, Inputs]:
    """Return a resolution whose index keeps its files somewhere, and the inputs of who reads it."""
    frozen = machine.resolve().frozen
    (index,) = frozen.inputs.indexes
    frozen = replace(frozen, inputs=replace(frozen.inputs, indexes=(replace(index, files=files),)))
    return frozen, read_standing(machine.project, None, Rules(), machine.settings).inputs


def root_of(frozen: Frozen) -> str | None:
    (index,) = frozen.inputs.indexes
    return index.files


def test_a_root_on_the_indexs_own_host_is_believed(machine: Machine) -> None:
    frozen, inputs = sent(machine, machine.server.files_url)
    assert judge_resolution(format_frozen(frozen), inputs, roots={}) == frozen


def test_a_root_elsewhere_is_left_out_unless_it_is_known_here(machine: Machine) -> None:
    frozen, inputs = sent(machine, ELSEWHERE)
    text = format_frozen(frozen)
    assert root_of(judge_resolution(text, inputs, roots={})) is None
    assert root_of(judge_resolution(text, inputs, roots={"loop": "https://other.example/"})) is None
    assert root_of(judge_resolution(text, inputs, roots={"loop": ELSEWHERE})) == ELSEWHERE


def test_a_declared_root_goes_before_whatever_was_sent(machine: Machine) -> None:
    frozen, inputs = sent(machine, "https://evil.example/")
    declared = replace(inputs, indexes=(replace(inputs.indexes[0], files=ELSEWHERE),))
    assert root_of(judge_resolution(format_frozen(frozen), declared, roots={})) == ELSEWHERE


def test_other_inputs_are_another_question(machine: Machine) -> None:
    frozen, _ = sent(machine, None)
    machine.declare({"one": ["a>=1"]})
    inputs = read_standing(machine.project, None, Rules(), machine.settings).inputs
    with pytest.raises(Unfit, match="another question"):
        judge_resolution(format_frozen(frozen), inputs, roots={})


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"frozen-version": 99}'])
def test_what_is_no_lock_is_unfit(machine: Machine, text: bytes) -> None:
    _, inputs = sent(machine, None)
    with pytest.raises(Unfit) as unfit:
        judge_resolution(text, inputs, roots={})
    assert unfit.value.newer == (b"99" in text)
