"""Repositories of git on disk: the shop with its two locks, and any others."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"
BEFORE = ROOT / "fixtures" / "shop" / "before.json"
AFTER = ROOT / "fixtures" / "shop" / "after.json"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as somebody without a configuration."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@index.example", "-c", "commit.gpgsign=false")
    ran = subprocess.run(
        ["git", *identity, *words], cwd=folder, env={**os.environ}, capture_output=True, text=True, check=True
    )
    return ran.stdout


def commit_all(folder: Path, message: str = "everything") -> None:
    """Commit all that lies in a repository."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def new_repository(folder: Path) -> Path:
    """Make a folder a repository, on the branch main."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def shop_repository(folder: Path) -> Path:
    """Return a copy of the shop whose branch main has the lock from before, and whose folder has the one from after."""
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("frozen.json", ".frazil"))
    shutil.copy(BEFORE, folder / "frozen.json")
    commit_all(new_repository(folder))
    shutil.copy(AFTER, folder / "frozen.json")
    return folder
