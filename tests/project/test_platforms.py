"""Every spelling of pip and uv leads to one canonical platform, and what is none is answered with what is known."""

import pytest

from frazil.errors import ConfigurationError
from frazil.project.platforms import LINUX_MACHINES, baseline_platform, parse_platform


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("manylinux_2_28_x86_64", "manylinux_2_28_x86_64"),
        ("MANYLINUX_2_28_X86_64", "manylinux_2_28_x86_64"),
        ("manylinux1_x86_64", "manylinux_2_5_x86_64"),
        ("manylinux2010_i686", "manylinux_2_12_i686"),
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
        ("manylinux_2_28_arm64", "manylinux_2_28_aarch64"),
        ("musllinux_1_2_aarch64", "musllinux_1_2_aarch64"),
        ("linux_x86_64", "linux_x86_64"),
        ("macosx_14_0_arm64", "macosx_14_0_arm64"),
        ("macosx_14_5_arm64", "macosx_14_0_arm64"),
        ("macosx_10_15_x86_64", "macosx_10_15_x86_64"),
        ("macosx_11_0_aarch64", "macosx_11_0_arm64"),
        ("win_amd64", "win_amd64"),
        ("win-amd64", "win_amd64"),
        ("win32", "win32"),
        ("linux", "manylinux_2_28_x86_64"),
        ("macos", "macosx_14_0_arm64"),
        ("windows", "win_amd64"),
        ("x86_64-manylinux_2_28", "manylinux_2_28_x86_64"),
        ("aarch64-manylinux2014", "manylinux_2_17_aarch64"),
        ("x86_64-musllinux_1_1", "musllinux_1_1_x86_64"),
        ("x86_64-unknown-linux-gnu", "manylinux_2_28_x86_64"),
        ("aarch64-unknown-linux-gnu", "manylinux_2_28_aarch64"),
        ("x86_64-unknown-linux-musl", "musllinux_1_2_x86_64"),
        ("aarch64-unknown-linux-musl", "musllinux_1_2_aarch64"),
        ("riscv64-unknown-linux", "manylinux_2_39_riscv64"),
        ("armv7-unknown-linux-gnueabihf", "manylinux_2_31_armv7l"),
        ("aarch64-apple-darwin", "macosx_14_0_arm64"),
        ("x86_64-apple-darwin", "macosx_14_0_x86_64"),
        ("x86_64-pc-windows-msvc", "win_amd64"),
        ("aarch64-pc-windows-msvc", "win_arm64"),
        ("i686-pc-windows-msvc", "win32"),
    ],
)
def test_a_platform_is_read_in_the_spelling_of_pip_and_of_uv(written: str, canonical: str) -> None:
    assert parse_platform(written).name == canonical
    assert parse_platform(canonical) == parse_platform(written)


def test_old_aliases_stand_right_behind_the_names_they_equal() -> None:
    tags = parse_platform("manylinux_2_18_x86_64").tags
    assert tags[:4] == (
        "linux_x86_64",
        "manylinux_2_18_x86_64",
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
    )
    assert tags[-2:] == ("manylinux_2_5_x86_64", "manylinux1_x86_64")
    assert tags.index("manylinux2010_x86_64") == tags.index("manylinux_2_12_x86_64") + 1


def test_machines_other_than_x86_have_no_manylinux_before_2_17() -> None:
    assert parse_platform("manylinux_2_18_aarch64").tags == (
        "linux_aarch64",
        "manylinux_2_18_aarch64",
        "manylinux_2_17_aarch64",
        "manylinux2014_aarch64",
    )


def test_musl_takes_older_musl_and_never_glibc() -> None:
    assert parse_platform("musllinux_1_2_x86_64").tags == (
        "linux_x86_64",
        "musllinux_1_2_x86_64",
        "musllinux_1_1_x86_64",
        "musllinux_1_0_x86_64",
    )


@pytest.mark.parametrize("machine", LINUX_MACHINES)
def test_every_linux_machine_has_a_baseline_that_can_be_read(machine: str) -> None:
    for musl in (False, True):
        name = baseline_platform("Linux", machine, musl=musl)
        assert parse_platform(name).name == name
        assert parse_platform(name).machine == machine


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("manylinux_2_16_aarch64", "is older than any: manylinux starts at 2.17 on aarch64"),
        ("manylinux_2_4_x86_64", "is older than any: manylinux starts at 2.5 on x86_64"),
        ("macosx_10_15_arm64", "is older than any: macOS on arm64 starts at 11.0"),
        ("macosx_10_3_x86_64", "is older than any: macOS on x86_64 starts at 10.4"),
    ],
)
def test_a_platform_older_than_any_is_refused(written: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_platform(written)
    assert caught.value.sentence == f'platform "{written}" {sentence}'


@pytest.mark.parametrize(
    ("written", "machine", "hint"),
    [
        ("manylinux_2_28_x86", "x86", "did you mean x86_64? machines on Linux: aarch64, "),
        ("linux_vax", "vax", "machines on Linux: aarch64, "),
        (
            "macosx_11_0_universal2",
            "universal2",
            "machines on macOS (universal2 is a format of wheels that both take): ",
        ),
    ],
)
def test_an_unknown_machine_is_answered_with_the_known_ones(written: str, machine: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_platform(written)
    assert caught.value.sentence == f'unknown machine "{machine}" in platform "{written}"'
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "freebsd_14_amd64",
        "manylinux_3_1_x86_64",
        "musllinux_2_0_x86_64",
        "manylinux_2_999999_x86_64",
        "any",
        "win64",
    ],
)
def test_an_unknown_platform_lists_what_is_known(written: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_platform(written)
    assert caught.value.sentence == f'unknown platform "{written}"'
    assert caught.value.hint is not None
    for known in ("manylinux_2_N", "musllinux_1_N", "macosx_N_0_", "win_amd64", "x86_64-unknown-linux-gnu"):
        assert known in caught.value.hint
