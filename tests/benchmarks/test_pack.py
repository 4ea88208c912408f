"""Packs: what is recorded of an index comes back as it was, where somebody will look."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pack import File, Pack, format_pack, made_up, name_and_version, parse_pack, read_pack
from benchmarks.workloads import read_workloads

WHEEL = "PyYAML-6.0.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
PAGE = (
    File("PyYAML-5.1.tar.gz", "a" * 64, 4, "2019-03-13T15:52:00Z", None, "broken"),
    File(WHEEL, "b" * 64, 5, "2025-09-25T21:31:00Z", ">=3.8", False),
    File("PyYAML-6.0.3-cp311-cp311-win_amd64.whl", "c" * 64, 6, "2025-09-25T21:32:00Z", ">=3.8", False),
)
METADATA = (
    "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0.3\nAuthor-email: someone@example\n"
    'Requires-Dist: colorama;\n extra == "x"\n\n' + "A long description. " * 40
).encode()


def packed(page: tuple[File, ...], **metadata: bytes) -> Pack:
    recorded = {name.replace("_whl", ".whl"): data for name, data in metadata.items()}
    return parse_pack(format_pack(Pack("2026-01-01", {"pyyaml": page}, recorded), fetched=[("pyyaml", "6.0.3")]))


def test_a_page_keeps_its_files_in_their_order_with_what_is_chosen_by() -> None:
    def chosen_by(page: tuple[File, ...]) -> list[tuple[object, ...]]:
        return [(file.filename, file.requires_python, file.yanked, file.uploaded[:10]) for file in page]

    assert chosen_by(packed(PAGE).pages["pyyaml"]) == chosen_by(PAGE)


def test_wheels_that_a_case_fetches_keep_their_digest_and_size() -> None:
    old, linux, windows = packed(PAGE).pages["pyyaml"]
    assert (linux.sha256, linux.size) == ("b" * 64, 5)
    assert old.sha256 != "a" * 64
    assert windows.sha256 != "c" * 64


def test_what_is_made_up_is_so_from_the_name_alone() -> None:
    assert made_up(WHEEL) == made_up(WHEEL)
    assert made_up(WHEEL)[0] == hashlib.sha256(WHEEL.encode()).hexdigest()
    assert made_up(WHEEL) != made_up("PyYAML-5.1.tar.gz")


def test_metadata_keeps_what_a_resolver_reads_and_its_length_and_no_address_of_anybody() -> None:
    data = packed(PAGE, a_whl=METADATA).metadata["a.whl"]
    assert len(data) == len(METADATA)
    assert data.startswith(b"Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0.3\nRequires-Dist: colorama; extra")
    assert b"someone" not in data


def test_another_format_is_refused() -> None:
    import json
    import lzma

    with pytest.raises(ValueError, match="format 1, this one has 2"):
        parse_pack(lzma.compress(json.dumps({"frazil-pack": 2}).encode()))


@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True), st.from_regex(r"[0-9](\.[0-9]){0,3}", fullmatch=True)
)
def test_every_file_name_comes_back(name: str, version: str) -> None:
    page = tuple(
        File(f"{name}-{version}{end}", "", 0, "2020-01-01T00:00:00Z")
        for end in ("-py3-none-any.whl", ".tar.gz", ".zip")
    )
    back = parse_pack(format_pack(Pack("2026", {"x": page}), fetched=())).pages["x"]
    assert [file.filename for file in back] == [file.filename for file in page]
    assert {name_and_version(file.filename)[1] for file in back} == {version}


@pytest.mark.parametrize("name", sorted({workload.pack for workload in read_workloads().values()}))
def test_the_packs_of_all_workloads_travel_with_the_project(name: str) -> None:
    pack = read_pack(name)
    asked = {r for w in read_workloads().values() if w.pack == name for r in w.requirements}
    first_letters = {requirement.split("[")[0].split("<")[0].split(">")[0] for requirement in asked}
    assert first_letters - pack.pages.keys() == set()
    assert pack.metadata
