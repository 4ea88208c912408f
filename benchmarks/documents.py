"""Putting figures into the documents: between two marks of a page, and as pictures beside it."""

from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"
MEASURED = Path(__file__).parent / "measured.json"


def between_marks(text: str, name: str, new: str) -> str:
    """Return a text with what stands between the marks of a name replaced. Raises ValueError without the marks."""
    begin, end = f"<!-- {name}: made by `make bench` -->\n", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no marks for {name}")
    return f"{before}{begin}\n{new.strip()}\n\n{end}{after}"


def put(name: str, new: str, picture: str) -> None:
    """Put a text between the marks of a name on the page, and its picture beside the page."""
    PAGE.write_text(between_marks(PAGE.read_text(encoding="utf-8"), name, new), encoding="utf-8")
    PAGE.with_name(f"{name}.svg").write_text(picture, encoding="utf-8")
