"""The JSON Schema (2020-12) of `frozen.json`: its shape, for editors and other tools."""

from importlib.resources import files


def schema_text() -> str:
    """Return the schema of the version that this frazil writes."""
    return files(__name__).joinpath("frozen-1.json").read_text(encoding="utf-8")
