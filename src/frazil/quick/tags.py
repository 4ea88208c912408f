"""Wheel tags of a CPython with a GIL (PEP 425), in the order of pip."""

from collections.abc import Iterator, Sequence


def cpython_tags(minor: int, abi: str, platforms: Sequence[str]) -> Iterator[str]:
    """Yield the tags that CPython 3.`minor` supports on platforms, best first."""
    interpreter = f"cp3{minor}"
    for own in (abi, "abi3", "none"):
        yield from (f"{interpreter}-{own}-{platform}" for platform in platforms)
    # PEP 384: the stable ABI began with 3.2.
    for older in range(minor - 1, 1, -1):
        yield from (f"cp3{older}-abi3-{platform}" for platform in platforms)
    pure = [f"py3{minor}", "py3", *(f"py3{older}" for older in range(minor - 1, -1, -1))]
    for python in pure:
        yield from (f"{python}-none-{platform}" for platform in platforms)
    yield f"{interpreter}-none-any"
    yield from (f"{python}-none-any" for python in pure)
