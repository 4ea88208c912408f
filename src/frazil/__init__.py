"""frazil: resolve once for many targets, fetch exactly what was locked.

The documented functions are `resolve`, `fetch`, `ensure` and `read_frozen`; they live, with their types, in
`frazil.api`. Importing this package imports nothing else, so that a run with nothing to do stays short.
"""

__all__ = ["__version__", "ensure", "fetch", "read_frozen", "resolve"]


def __getattr__(name: str) -> object:
    """Offer the public functions without importing them before somebody asks (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - 20 ms that only those who ask pay

        return version("frazil")
    if name in __all__:
        from importlib import import_module  # noqa: PLC0415 - not even this for a run with nothing to do

        return getattr(import_module("frazil.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
