"""What the tests of each module reach of it: lines and branches, children of processes included."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from trials.modules import rooms
from trials.world import ROOT

_LINES, _BRANCHES = 95.0, 90.0


def run_coverage(words: list[str]) -> int:
    """Run the tests of the modules (that a word names), and print how much of each they reach."""
    chosen = [room for room in rooms() if not words or any(word in room.module for word in words)]
    tests = list(dict.fromkeys(test for room in chosen for test in room.tests))
    tests = [test for test in tests if not any(test.startswith(f"{other}/") for other in tests)]
    with tempfile.TemporaryDirectory(prefix="frazil-coverage-") as name:
        folder = Path(name)
        settings = ["[run]", "branch = true", "parallel = true", "patch = subprocess", f"data_file = {folder}/data"]
        (folder / "settings").write_text("\n".join([*settings, "include = */src/frazil/*", ""]))
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COVERAGE_RCFILE": str(folder / "settings")}

        def coverage(*command: str) -> int:
            return subprocess.run(
                [sys.executable, "-m", "coverage", *command], cwd=ROOT, env=environ, check=False
            ).returncode

        options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
        failed = coverage("run", "-m", "pytest", *options, *tests)
        coverage("combine", "--quiet")
        coverage("json", "--quiet", "-o", str(folder / "found.json"))
        found = json.loads((folder / "found.json").read_text())["files"]
    return max(failed, _tell({path: found[path] for path in found}, [room.module for room in chosen]))


def _tell(found: dict[str, dict[str, dict[str, int]]], modules: list[str]) -> int:
    lines, reached, branches, taken = 0, 0, 0, 0
    for module in modules:
        each = next(file for path, file in found.items() if path.endswith(f"src/frazil/{module}.py"))
        figures = each["summary"]
        lines += figures["num_statements"]
        reached += figures["covered_lines"]
        branches += figures["num_branches"]
        taken += figures["covered_branches"]
        missing = ", ".join(map(str, each["missing_lines"]))
        print(f"  {module}: {_share(figures['covered_lines'], figures['num_statements'])} of lines,", end=" ")
        print(f"{_share(figures['covered_branches'], figures['num_branches'])} of branches; missing: {missing or '-'}")
    print(f"lines {_share(reached, lines)}, branches {_share(taken, branches)}")
    return 0 if 100 * reached >= _LINES * lines and 100 * taken >= _BRANCHES * branches else 1


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "100.0 %"
