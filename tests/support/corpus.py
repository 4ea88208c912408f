"""Versions, specifiers, requirements and markers as releases write them, recorded once.

`python -m tests.support.corpus` records them anew from the benchmark's packs (pages and metadata as an index answered
them) and from the distributions that are installed beside it. Requirements with an address are left out.
"""

from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "corpus"
KINDS = ("versions", "specifiers", "requirements", "markers")


def recorded(kind: str) -> tuple[str, ...]:
    """Return the texts of one of the KINDS, sorted."""
    return tuple((FOLDER / f"{kind}.txt").read_text(encoding="utf-8").splitlines())


def _record() -> None:
    from benchmarks.pack import read_pack
    from benchmarks.workloads import read_workloads

    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for name in sorted({workload.pack for workload in read_workloads().values()}):
        pack = read_pack(name)
        files = [file for page in pack.pages.values() for file in page]
        found["versions"].update(file.version for file in files)
        found["specifiers"].update(file.requires_python for file in files if file.requires_python)
        for data in pack.metadata.values():
            lines = data.decode("utf-8", "replace").partition("\n\n")[0].splitlines()
            found["requirements"].update(_values(lines, "Requires-Dist: "))
            found["specifiers"].update(_values(lines, "Requires-Python: "))
    for distribution in distributions():
        found["requirements"].update(distribution.requires or ())
    found["requirements"] = {text for text in found["requirements"] if "@" not in text and ":/" not in text}
    for text in found["requirements"]:
        asked, _, marker = text.partition(";")
        found["markers"].add(marker.strip())
        operators = [asked.find(sign) for sign in "<>=!~(" if sign in asked]
        if operators:
            found["specifiers"].add(asked[min(operators) :].strip(" ()"))
    for kind, texts in found.items():
        lines = sorted(text for text in texts if text and text.isprintable())
        (FOLDER / f"{kind}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _values(lines: Iterable[str], opening: str) -> Iterable[str]:
    return (line.removeprefix(opening).strip() for line in lines if line.startswith(opening))


if __name__ == "__main__":
    _record()
