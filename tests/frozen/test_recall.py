"""What a lock has of a resolve can be said again as answers, and makes the same lock."""

from hypothesis import given

from frazil.frozen.assembly import assemble
from frazil.frozen.codec import format_frozen
from frazil.frozen.model import Frozen
from frazil.frozen.recall import recalled, recalled_builds
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock


def again(frozen: Frozen) -> Frozen:
    """Assemble a lock anew from what it recalls of all its resolves."""
    resolves = [name for name, _ in frozen.inputs.resolves]
    return assemble(
        frozen.inputs,
        [resolution for resolve in resolves for resolution in recalled(frozen, resolve)],
        frozen,
        builds={key: build for resolve in resolves for key, build in recalled_builds(frozen, resolve).items()},
    )


def test_the_worked_example_is_recalled_whole() -> None:
    assert format_frozen(again(example_lock())) == format_frozen(example_lock())


@given(worlds())
@law
def test_what_a_lock_recalls_makes_the_same_lock(world: World) -> None:
    frozen = world.frozen()
    assert format_frozen(again(frozen)) == format_frozen(frozen)


def test_a_resolve_that_a_lock_does_not_have_recalls_nothing() -> None:
    assert recalled(example_lock(), "elsewhere") == ()
