"""Environments are exact for machines that are not this one, and agree with packaging on this one."""

import os
import platform
import sys

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from frazil.errors import ConfigurationError
from frazil.project.environments import current_environment, parse_environment


def _glibc_minor() -> int | None:
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError):
        return None
    return int(name.split(".")[1]) if name.startswith("glibc 2.") else None


def _fits(filename: str, tags: tuple[str, ...]) -> bool:
    return any(str(tag) in tags for tag in parse_wheel_filename(filename)[3])


@pytest.mark.skipif(_glibc_minor() is None, reason="needs glibc")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="needs CPython")
def test_the_tags_of_this_machine_are_those_of_packaging_in_its_order() -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    here = parse_environment("here", python, f"manylinux_2_{_glibc_minor()}_{platform.machine()}")
    assert list(here.tags) == [str(tag) for tag in sys_tags()]


def test_a_minor_version_is_decided_at_its_first_release() -> None:
    markers = dict(parse_environment("linux", "3.11", "manylinux_2_28_x86_64").markers)
    assert markers == {
        "implementation_name": "cpython",
        "implementation_version": "3.11.0",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": "3.11.0",
        "python_version": "3.11",
        "sys_platform": "linux",
    }


@pytest.mark.parametrize(
    ("written", "canonical", "full"),
    [
        ("3.11", "3.11", "3.11.0"),
        ("3.11.7", "3.11.7", "3.11.7"),
        (" 3.9 ", "3.9", "3.9.0"),
        ("cpython3.12", "3.12", "3.12.0"),
        ("cpython@3.12.1", "3.12.1", "3.12.1"),
        ("3.15.0rc2", "3.15.0rc2", "3.15.0rc2"),
        ("3.14t", "3.14t", "3.14.0"),
    ],
)
def test_a_python_is_read_as_people_write_it(written: str, canonical: str, full: str) -> None:
    environment = parse_environment("linux", written, "linux")
    assert (environment.python, environment.python_full_version) == (canonical, full)


@pytest.mark.parametrize(
    ("platform_name", "os_name", "sys_platform", "system", "machine"),
    [
        ("macosx_14_0_arm64", "posix", "darwin", "Darwin", "arm64"),
        ("macosx_12_0_x86_64", "posix", "darwin", "Darwin", "x86_64"),
        ("win_amd64", "nt", "win32", "Windows", "AMD64"),
        ("win_arm64", "nt", "win32", "Windows", "ARM64"),
        ("win32", "nt", "win32", "Windows", "x86"),
        ("musllinux_1_2_aarch64", "posix", "linux", "Linux", "aarch64"),
    ],
)
def test_the_markers_of_a_foreign_machine_are_what_it_would_say(
    platform_name: str, os_name: str, sys_platform: str, system: str, machine: str
) -> None:
    markers = dict(parse_environment("there", "3.12", platform_name).markers)
    found = tuple(markers[key] for key in ("os_name", "sys_platform", "platform_system", "platform_machine"))
    assert found == (os_name, sys_platform, system, machine)


def test_markers_are_sorted_pairs() -> None:
    markers = parse_environment("linux", "3.12", "linux").markers
    assert list(markers) == sorted(markers)


@pytest.mark.parametrize(
    ("filename", "python", "platform_name", "fits"),
    [
        ("a-1-cp312-cp312-manylinux_2_28_x86_64.whl", "3.12", "manylinux_2_28_x86_64", True),
        ("a-1-cp312-cp312-manylinux_2_29_x86_64.whl", "3.12", "manylinux_2_28_x86_64", False),
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.12", "manylinux2014_x86_64", True),
        ("a-1-cp312-cp312-manylinux1_x86_64.whl", "3.12", "manylinux_2_28_x86_64", True),
        ("a-1-cp312-cp312-manylinux_2_17_aarch64.whl", "3.12", "manylinux_2_28_x86_64", False),
        ("a-1-cp38-abi3-manylinux2014_x86_64.whl", "3.12", "manylinux_2_28_x86_64", True),
        ("a-1-cp313-abi3-manylinux2014_x86_64.whl", "3.12", "manylinux_2_28_x86_64", False),
        ("a-1-cp38-abi3-manylinux2014_x86_64.whl", "3.13t", "manylinux_2_28_x86_64", False),
        ("a-1-cp313-cp313t-manylinux2014_x86_64.whl", "3.13t", "manylinux_2_28_x86_64", True),
        ("a-1-cp313-cp313-manylinux2014_x86_64.whl", "3.13t", "manylinux_2_28_x86_64", False),
        ("a-1-cp37-cp37m-manylinux1_x86_64.whl", "3.7", "manylinux_2_28_x86_64", True),
        ("a-1-cp38-cp38-manylinux1_x86_64.whl", "3.8", "manylinux_2_28_x86_64", True),
        ("a-1-cp312-cp312-musllinux_1_1_x86_64.whl", "3.12", "musllinux_1_2_x86_64", True),
        ("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", "3.12", "musllinux_1_1_x86_64", False),
        ("a-1-cp312-cp312-manylinux2014_x86_64.whl", "3.12", "musllinux_1_2_x86_64", False),
        ("a-1-cp312-cp312-linux_x86_64.whl", "3.12", "linux_x86_64", True),
        ("a-1-cp312-cp312-manylinux2014_x86_64.whl", "3.12", "linux_x86_64", True),
        ("a-1-cp312-cp312-manylinux_2_34_x86_64.whl", "3.12", "linux_x86_64", False),
        ("a-1-cp312-cp312-macosx_10_9_universal2.whl", "3.12", "macosx_14_0_arm64", True),
        ("a-1-cp312-cp312-macosx_10_9_x86_64.whl", "3.12", "macosx_14_0_arm64", False),
        ("a-1-cp312-cp312-macosx_10_9_x86_64.whl", "3.12", "macosx_11_0_x86_64", True),
        ("a-1-cp312-cp312-macosx_15_0_arm64.whl", "3.12", "macosx_14_0_arm64", False),
        ("a-1-cp312-cp312-win_amd64.whl", "3.12", "win_amd64", True),
        ("a-1-cp312-cp312-win32.whl", "3.12", "win_amd64", False),
        ("a-1-py3-none-any.whl", "3.12", "win_arm64", True),
        ("a-1-py2.py3-none-any.whl", "3.12", "win_arm64", True),
        ("a-1-py313-none-any.whl", "3.12", "win_arm64", False),
        ("a-1-cp312-none-any.whl", "3.12", "win32", True),
    ],
)
def test_a_wheel_fits_where_it_would_be_installed(
    filename: str, python: str, platform_name: str, *, fits: bool
) -> None:
    assert _fits(filename, parse_environment("there", python, platform_name).tags) is fits


def test_a_wheel_for_the_newest_abi_and_platform_is_best_and_pure_ones_are_last() -> None:
    rank = parse_environment("linux", "3.12", "manylinux_2_28_x86_64").rank
    best_first = [
        "cp312-cp312-linux_x86_64",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp312-cp312-manylinux2014_x86_64",
        "cp312-abi3-manylinux_2_28_x86_64",
        "cp312-none-manylinux_2_28_x86_64",
        "cp311-abi3-manylinux_2_28_x86_64",
        "py312-none-manylinux_2_28_x86_64",
        "cp312-none-any",
        "py312-none-any",
        "py3-none-any",
        "py311-none-any",
    ]
    assert sorted(best_first, key=rank.__getitem__) == best_first


def test_no_tag_is_listed_twice() -> None:
    for platform_name in ("manylinux_2_28_x86_64", "musllinux_1_2_x86_64", "macosx_14_0_x86_64", "win_amd64"):
        tags = parse_environment("there", "3.13", platform_name).tags
        assert len(tags) == len(set(tags))


def test_the_environment_of_this_machine_can_be_parsed_and_is_a_baseline() -> None:
    python, platform_name, name = current_environment()
    environment = parse_environment(name, python, platform_name)
    assert environment.platform == platform_name
    assert environment.python.removesuffix("t") == f"{sys.version_info.major}.{sys.version_info.minor}"
    expected = {"linux": "linux", "darwin": "mac", "win32": "windows"}
    assert name == expected[sys.platform]


@pytest.mark.skipif(_glibc_minor() is None or platform.machine() != "x86_64", reason="needs x86-64 with glibc")
def test_the_baseline_of_this_kind_of_machine_does_not_depend_on_its_age() -> None:
    assert current_environment()[1:] == ("manylinux_2_28_x86_64", "linux")


@pytest.mark.parametrize(
    ("python", "sentence", "hint"),
    [
        ("pypy3.10", 'python "pypy3.10" is not CPython, and frazil freezes for CPython only', None),
        ("2.7", 'python "2.7" is not one that frazil freezes for', "CPython 3.7 and newer can be"),
        ("3.1", 'python "3.1" is not one that frazil freezes for', "CPython 3.7 and newer can be"),
        ("3.999", 'python "3.999" is not one that frazil freezes for', "CPython 3.7 and newer can be"),
        (">=3.11", 'python ">=3.11" is not a version', "write 3.12 for every 3.12.x, or 3.12.4 for that one"),
        ("3", 'python "3" is not a version', "write 3.12 for every 3.12.x, or 3.12.4 for that one"),
        ("3.12t", 'python "3.12t" does not exist: free-threaded builds begin with 3.13', None),
    ],
)
def test_a_python_that_cannot_be_frozen_for_is_refused(python: str, sentence: str, hint: str | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_environment("linux", python, "linux")
    assert caught.value.sentence == f"environment linux: {sentence}"
    assert caught.value.hint == hint


@pytest.mark.parametrize("name", ["", "*", "a/b", "..", "-a", "a-", "a b", "x" * 101, "a\x00b"])
def test_a_name_that_cannot_be_a_folder_or_a_key_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of an environment"):
        parse_environment(name, "3.12", "linux")


def test_an_unknown_platform_names_the_environment_and_what_is_near() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_environment("linux", "3.12", "manylinx_2_28_x86_64")
    assert caught.value.sentence == 'environment linux: unknown platform "manylinx_2_28_x86_64"'
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean manylinux_2_28_x86_64")
