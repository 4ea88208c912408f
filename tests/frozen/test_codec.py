"""Locks kept as files: good ones are read as they are, loose made canonical, merged mended, bad refused."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.errors import LockFileError, LockTooNew
from frazil.frozen.codec import check_frozen, format_frozen, parse_frozen, parse_frozen_reporting
from frazil.frozen.inputs import frozen_edge
from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.schema import schema_text
from frazil.requirement import parse_requirement
from tests.support.frozen_worlds import mapped, pruned
from tests.support.synthetic_lock import synthetic_lock

V1 = Path(__file__).parents[2] / "fixtures" / "frozen" / "v1"
GOOD = sorted((V1 / "good").glob("*.json"))
LOOSE = sorted((V1 / "loose").glob("*.json"))
MERGED = json.loads((V1 / "merged" / "expected.json").read_text())
BAD = json.loads((V1 / "bad" / "expected.json").read_text())
SMALL = V1 / "good" / "small.json"
SPECIFICATION = Path(__file__).parents[2] / "docs" / "reference" / "frozen-format.md"


def names(path: Path) -> str:
    return path.stem


# Good ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=names)
def test_a_good_lock_is_written_as_it_was_read(path: Path) -> None:
    data = path.read_bytes()
    parsed = parse_frozen_reporting(data)
    assert format_frozen(parsed.frozen) == data
    assert parsed.canonical
    assert parsed.mended == ()


@pytest.mark.parametrize("path", GOOD, ids=names)
def test_a_good_lock_passes_the_checks_as_a_value_too(path: Path) -> None:
    check_frozen(parse_frozen(path.read_bytes()))


@pytest.mark.parametrize("path", GOOD, ids=names)
def test_a_checkout_with_other_line_ends_is_the_same_lock(path: Path) -> None:
    parsed = parse_frozen_reporting(path.read_bytes().replace(b"\n", b"\r\n"))
    assert parsed.frozen == parse_frozen(path.read_bytes())
    assert parsed.canonical


def test_no_good_lock_holds_anything_but_ascii() -> None:
    assert all(path.read_bytes().isascii() for path in GOOD)


def test_a_lock_of_three_hundred_targets_is_read_as_it_was_written() -> None:
    frozen = synthetic_lock(targets=300, coordinates=600)
    data = format_frozen(frozen)
    assert len(data) > 1_000_000
    assert parse_frozen(data) == frozen


def test_a_bumped_version_changes_two_lines() -> None:
    before = parse_frozen(SMALL.read_bytes())
    click = before.coordinates[0]
    file = replace(click.artifacts[0], filename="click-8.1.7-py3-none-any.whl", sha256="0" * 64, size=97941)
    bumped = replace(click, version="8.1.7", artifacts=(file,))
    after = format_frozen(replace(before, coordinates=(bumped, *before.coordinates[1:])))
    lines = zip(SMALL.read_bytes().splitlines(), after.splitlines(), strict=True)
    assert sum(1 for old, new in lines if old != new) == 2


def test_the_example_of_the_specification_is_canonical() -> None:
    example = SPECIFICATION.read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    parsed = parse_frozen_reporting(example.encode())
    assert parsed.canonical
    assert len(parsed.frozen.coordinates) == 6


def test_every_key_of_the_schema_is_in_the_specification() -> None:
    schema = json.loads(schema_text())
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", ())}
    text = SPECIFICATION.read_text(encoding="utf-8")
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


# Loose -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LOOSE, ids=names)
def test_another_spelling_is_read_as_the_same_lock_and_written_canonical(path: Path) -> None:
    parsed = parse_frozen_reporting(path.read_bytes())
    assert not parsed.canonical
    assert parsed.mended == ()
    assert format_frozen(parsed.frozen) == SMALL.read_bytes()


def test_a_map_in_another_form_that_says_the_same_is_not_mended() -> None:
    text = SMALL.read_text().replace('{"*": [\n      "jobs/etl"', '{"linux": [\n      "jobs/etl"')
    parsed = parse_frozen_reporting(text.encode())
    assert parsed.mended == ()
    assert not parsed.canonical
    assert format_frozen(parsed.frozen) == SMALL.read_bytes()


# Merged ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MERGED)
def test_a_map_that_alone_is_off_is_mended_and_told(name: str) -> None:
    parsed = parse_frozen_reporting((V1 / "merged" / name).read_bytes())
    assert list(parsed.mended) == MERGED[name]
    assert not parsed.canonical
    again = parse_frozen_reporting(format_frozen(parsed.frozen))
    assert again.frozen == parsed.frozen
    assert again.canonical
    assert not again.mended


def test_every_file_of_merges_is_expected() -> None:
    assert {path.name for path in (V1 / "merged").glob("*.json")} - {"expected.json"} == set(MERGED)


def test_a_made_lock_with_a_map_that_is_off_is_refused() -> None:
    frozen = parse_frozen(SMALL.read_bytes())
    first = replace(frozen.coordinates[0], targets=())
    off = replace(frozen, coordinates=(first, *frozen.coordinates[1:]))
    with pytest.raises(LockFileError, match=r"^frozen.json: coordinates\[0\]\.targets \(click 8\.1\.8\) is not what"):
        check_frozen(off)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_two_branches_that_each_add_a_requirement_merge_without_a_conflict(tmp_path: Path) -> None:
    base = synthetic_lock(targets=12, coordinates=60)
    used = sorted(coordinate.name for coordinate in base.coordinates)
    ours = _asking(base, "services/service-003", used[2])
    theirs = _asking(base, "services/service-009", used[-3])
    merged = _merged(tmp_path, base, ours, theirs)
    both = _asking(ours, "services/service-009", used[-3])
    assert parse_frozen_reporting(merged).frozen == both


def _asking(frozen: Frozen, target: str, name: str) -> Frozen:
    """Return the lock in which a target asks for one more of its projects."""
    edge = frozen_edge(parse_requirement(f"{name}>=0.1"), frozen.inputs.environments)

    def grown(each: FrozenTarget) -> FrozenTarget:
        return replace(each, requirements=(*each.requirements, edge)) if each.name == target else each

    inputs = replace(frozen.inputs, targets=tuple(map(grown, frozen.inputs.targets)))
    return parse_frozen(format_frozen(mapped(pruned(replace(frozen, inputs=inputs)))))


def _merged(folder: Path, base: Frozen, ours: Frozen, theirs: Frozen) -> bytes:
    files = []
    for name, frozen in (("ours", ours), ("base", base), ("theirs", theirs)):
        files.append(folder / name)
        files[-1].write_bytes(format_frozen(frozen))
    done = subprocess.run(["git", "merge-file", "-p", *files], capture_output=True, check=False)
    assert done.returncode == 0
    return done.stdout


# Bad -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BAD)
def test_a_bad_lock_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(LockFileError) as caught:
        parse_frozen((V1 / "bad" / name).read_bytes())
    error = caught.value
    assert {"kind": error.slug, "sentence": error.sentence, "hint": error.hint} == BAD[name]
    assert error.exit_code == 2
    assert error.sentence.isprintable()


def test_every_bad_lock_is_expected() -> None:
    assert {path.name for path in (V1 / "bad").glob("*.json")} - {"expected.json"} == set(BAD)


def test_the_name_of_the_file_opens_every_message() -> None:
    with pytest.raises(LockFileError, match=r'^locks/frozen\.json lacks the key "indexes"$'):
        parse_frozen(b'{"frozen-version": 1, "environments": {}}', name="locks/frozen.json")


@pytest.mark.parametrize("text", ['"requires-python": ">=3.7"', '"click>=8"', '"version": "8.1.8"', "python_version"])
def test_a_number_of_thousands_of_digits_breaks_nothing(text: str) -> None:
    digits = "1" * 5000
    endless = {'"version": "8.1.8"': f'"version": "{digits}"', '"click>=8"': f'"click>={digits}"'}.get(text, text)
    endless = endless.replace(">=3.7", f">={digits}")
    data = (
        SMALL.read_text().replace(text, endless).replace("platform_system == 'Windows'", f"python_version < '{digits}'")
    )
    with pytest.raises(LockFileError):
        parse_frozen(data.encode())


def test_a_message_is_no_longer_than_a_person_reads() -> None:
    address = f"a @ https://files.index.example/{'x' * 100_000}"
    text = SMALL.read_text().replace('"common"}', f'"{address}"}}')
    with pytest.raises(LockFileError) as caught:
        parse_frozen(text.encode())
    assert len(caught.value.sentence) < 1200


def test_a_newer_lock_is_told_apart_from_a_broken_one() -> None:
    with pytest.raises(LockTooNew, match="frozen-version 2, and this frazil knows versions up to 1") as caught:
        parse_frozen(b'{"frozen-version": 2, "anything": [0.5, null]}')
    assert caught.value.exit_code == 2


def test_a_lock_cut_anywhere_is_told_to_be_cut_short() -> None:
    data = SMALL.read_bytes().rstrip()
    for end in range(1, len(data)):
        with pytest.raises(LockFileError, match=r"^frozen\.json is cut short: it ends in line \d+$"):
            parse_frozen(data[:end])
