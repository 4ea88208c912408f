"""`frazil cache prune`, `verify` and `key` as a person and a program see them."""

import json
import os
from pathlib import Path

import pytest

from frazil.store.content import Store
from tests.support.command_lines import Ran, run_line
from tests.support.json_schemas import strict_validator
from tests.support.stored import store_artifact

NAME = "a-1-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with one artifact that was last of use long ago, and a page in the cache of today."""
    place = store_artifact(Store(tmp_path / "store"), NAME, b"x" * 1500)
    os.utime(place.with_name(f".{NAME}.stat"), (1_000_000_000, 1_000_000_000))
    page = tmp_path / "cache" / "http-1" / "page"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"y" * 400)
    return tmp_path


def cache(folder: Path, *words: str) -> Ran:
    return run_line("cache", *words, folder=folder)


def answer(ran: Ran) -> dict[str, object]:
    document: dict[str, object] = json.loads(ran.out)
    strict_validator("cache")(document)
    return document


def test_prune_without_more_drops_what_was_idle_for_a_month(folder: Path) -> None:
    ran = cache(folder, "prune")
    assert (ran.code, ran.err.splitlines()) == (
        0,
        [
            f"Removed 1 artifact, 1.5 kB, from the store in {folder / 'store'}",
            f"Removed 0 files, 0 bytes, from the cache in {folder / 'cache'}",
        ],
    )
    assert list(Store(folder / "store").entries()) == []


def test_prune_can_be_asked_what_it_would_do(folder: Path) -> None:
    ran = cache(folder, "prune", "--older-than", "12h", "--dry-run", "--json")
    assert [place["files"] for place in answer(ran)["places"]] == [1, 0]  # type: ignore[attr-defined]
    assert len(list(Store(folder / "store").entries())) == 1


def test_prune_keeps_to_a_size_and_to_one_place(folder: Path) -> None:
    assert "Removed 1 artifact" in cache(folder, "prune", "store", "--max-size", "1kB").err
    assert (folder / "cache" / "http-1" / "page").exists()


def test_prune_for_ci_drops_what_anybody_can_download(folder: Path) -> None:
    Store(folder / "store").keep(next(Store(folder / "store").entries()).sha256, NAME)
    ran = cache(folder, "prune", "--ci")
    assert "Removed 0 artifacts" in ran.err
    assert "Removed 1 file, 400 bytes" in ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--older-than", "soon"), "`--older-than` takes a time"), (("--max-size", "much"), "is no size")],
)
def test_prune_says_what_it_does_not_understand(folder: Path, words: tuple[str, ...], says: str) -> None:
    ran = cache(folder, "prune", *words)
    assert (ran.code, says in ran.err) == (2, True)


def rot(folder: Path) -> Path:
    (entry,) = Store(folder / "store").entries()
    entry.path.chmod(0o600)
    entry.path.write_bytes(b"!" * 1500)
    return entry.path


def test_verify_says_that_all_is_sound(folder: Path) -> None:
    ran = cache(folder, "verify")
    assert ran.err.splitlines() == ["Verified 1 artifact in the store", "Verified 0 resolutions in the cache"]
    assert answer(cache(folder, "verify", "--json"))["damaged"] == []


def test_verify_names_what_is_damaged_and_leaves_it(folder: Path) -> None:
    path = rot(folder)
    ran = cache(folder, "verify")
    assert ran.code == 4
    assert "1 file of 1 are damaged" in ran.err
    assert str(path) in ran.err
    assert path.exists()


def test_verify_repairs_by_removing(folder: Path) -> None:
    path = rot(folder)
    ran = cache(folder, "verify", "--repair", "--json")
    assert (ran.code, answer(ran)["damaged"], path.exists()) == (0, [str(path)], False)


def test_key_prints_the_key_and_then_the_prefixes(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n')
    key, *prefixes = cache(folder, "key").out.splitlines()
    document = answer(cache(folder, "key", "--json"))
    assert (document["key"], document["restore-keys"]) == (key, prefixes)
    assert all(key.startswith(prefix) for prefix in prefixes)
    assert cache(folder, "key", "store").code == 2
