"""What the benchmark needs and does not bring: programs, installed as a user would, and wheels."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.tools import Programs
from benchmarks.workloads import Workload

ROOT = Path(__file__).parents[1]
_PEERS = ("uv", "pip>=26")


def installed(bench: Path) -> Programs:
    """Return programs below `bench`: frazil by `pip install .` of this checkout, the newest peers."""
    frazil = _environment(bench / "frazil", [str(ROOT)], stamp=_digest_of_source())
    peers = _environment(bench / "peers", list(_PEERS), stamp=" ".join(_PEERS))
    return Programs(frazil=frazil / "frazil", python=frazil / "python", uv=peers / "uv", pip=peers / "python")


def at_hand() -> Programs:
    """Return programs without installing any: this interpreter's frazil and pip, and uv if there is one."""
    here = Path(sys.executable)
    uv = shutil.which("uv", path=os.pathsep.join((str(here.parent), os.environ.get("PATH", os.defpath))))
    return Programs(frazil=here.parent / "frazil", python=here, uv=Path(uv) if uv else None, pip=here)


def lacks_wheels(workload: Workload, wheels: Path) -> bool:
    """Say whether some wheel that a fetch of the workload needs is not here."""
    listing = wheels / f"{workload.name}.txt"
    if not listing.is_file():
        return True
    return any(not (wheels / name).is_file() for name in listing.read_text(encoding="utf-8").split())


def _environment(folder: Path, wanted: list[str], *, stamp: str) -> Path:
    """Make a virtual environment anew unless it was made for the same; return where its programs are."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    made = folder / "made-for"
    if not made.is_file() or made.read_text(encoding="utf-8") != stamp:
        print(f"installing {' '.join(Path(each).name for each in wanted)} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True, symlinks=sys.platform != "win32")
        command = [programs / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", *wanted]
        subprocess.run([str(word) for word in command], check=True)
        made.write_text(stamp, encoding="utf-8")
    return programs


def _digest_of_source() -> str:
    files = [ROOT / "pyproject.toml", *sorted((ROOT / "src").rglob("*.py"))]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
