"""Two locks that have something in common: one world with other versions, or two worlds apart."""

from dataclasses import replace

from hypothesis import strategies as st

from frazil.frozen.model import Frozen
from tests.support.graph_worlds import answered, worlds


@st.composite
def lock_pairs(draw: st.DrawFn) -> tuple[Frozen, Frozen]:
    """Draw two locks: mostly of the same declaration, so that little differs."""
    first = draw(worlds())
    if draw(st.integers(0, 3)) == 0:
        return first.frozen(), draw(worlds()).frozen()
    flipped = draw(st.integers(0, 2 ** len(first.versions) - 1))
    versions = {
        place: {"1.0": "2.0", "2.0": "1.0"}[version] if flipped >> bit & 1 else version
        for bit, (place, version) in enumerate(first.versions.items())
    }
    return first.frozen(), answered(replace(first, versions=versions)).frozen()
