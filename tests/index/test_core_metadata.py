"""Core metadata: what a release says of itself, and what of it is believed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frazil.catalog import Unreadable
from frazil.index.core_metadata import (
    NOT_STATIC,
    parse_metadata,
    read_built_metadata,
    read_source_at_address,
    read_source_metadata,
    read_wheel_metadata,
)
from frazil.model import Metadata


def header(*lines: str, name: str = "foo", version: str = "1.0", metadata_version: str = "2.1") -> bytes:
    return "\n".join(
        [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}", *lines, ""]
    ).encode()


def wheel(*lines: str, **more: str) -> Metadata | Unreadable:
    return read_wheel_metadata(header(*lines, **more), "foo", "1.0")


def source(pkg_info: bytes | None, pyproject: str | None = None) -> Metadata | Unreadable:
    return read_source_metadata(pkg_info, None if pyproject is None else pyproject.encode(), "foo", "1.0")


# Headers ---------------------------------------------------------------------------------------------------


def test_a_metadata_file_says_what_its_header_says() -> None:
    known = wheel(
        "requires-dist: bar>=1",
        "Requires-Dist: baz[x]",
        "REQUIRES-DIST: qux; extra == 'y'",
        "Requires-Python: >=3.8, <4",
        "Provides-Extra: Y_y",
        "Provides-Extra: a",
        "License-Expression: MIT OR Apache-2.0",
    )
    assert known == Metadata(
        "foo", "1.0", ("bar>=1", "baz[x]", "qux; extra == 'y'"), "<4,>=3.8", ("a", "y-y"), "MIT OR Apache-2.0"
    )


def test_the_description_is_not_read() -> None:
    for ending in ("\n", "\r\n"):
        data = (ending.join(["Name: foo", "Version: 1.0", "Requires-Dist: bar", "", "Requires-Dist: baz"])).encode()
        known = read_wheel_metadata(data, "foo", "1.0")
        assert isinstance(known, Metadata)
        assert known.requires_dist == ("bar",)


def test_folded_lines_are_one_value_and_other_separators_end_no_line() -> None:
    known = wheel(
        "License: long", "        folded", "Summary: a\x0cRequires-Dist: not this", "Requires-Dist: bar", "\t>=1"
    )
    assert isinstance(known, Metadata)
    assert known.license == "long folded"
    assert known.requires_dist == ("bar >=1",)


def test_a_line_that_is_no_field_ends_the_header_as_it_does_for_the_email_package() -> None:
    known = wheel("Requires-Dist: bar", "no field here", "Requires-Dist: baz")
    assert isinstance(known, Metadata)
    assert known.requires_dist == ("bar",)


def test_the_licence_is_the_expression_else_the_classifiers_else_one_short_line() -> None:
    classifiers = [
        "Classifier: License :: OSI Approved",
        "Classifier: License :: OSI Approved :: MIT License",
        "Classifier: License :: OSI Approved :: Apache Software License",
        "Classifier: Programming Language :: Python",
    ]
    for lines, expected in (
        (["License: own", *classifiers, "License-Expression: MIT"], "MIT"),
        (["License: own", *classifiers], "Apache Software License, MIT License"),
        (["License: own"], "own"),
        (["License: UNKNOWN"], None),
        ([f"License: {'whole text ' * 50}"], None),
        (["License: \x1b[31mred\u202e"], "\ufffd[31mred\ufffd"),
        ([], None),
    ):
        known = wheel(*lines)
        assert isinstance(known, Metadata)
        assert known.license == expected


def test_a_requires_python_that_is_none_counts_as_not_said() -> None:
    known = wheel("Requires-Python: >=3.8.*")
    assert isinstance(known, Metadata)
    assert known.requires_python is None


@pytest.mark.parametrize(("name", "version"), [("Foo", "1.0"), ("foo", "1.0.0"), ("FOO", "v1.0")])
def test_name_and_version_may_be_spelled_otherwise(name: str, version: str) -> None:
    known = wheel(name=name, version=version)
    assert isinstance(known, Metadata)
    assert (known.name, known.version) == ("foo", "1.0")


@pytest.mark.parametrize(
    ("name", "version", "says"),
    [
        ("bar", "1.0", "bar 1.0"),
        ("foo", "2.0", "foo 2.0"),
        ("foo", "1.0+local", "local"),
        ("", "", "no project"),
        ("foo", "nonsense", "nonsense"),
        ("foo", "9" * 5000, "foo 9"),
        ("\x1b[31m", "1", "\ufffd"),
    ],
)
def test_metadata_of_another_release_is_not_believed(name: str, version: str, says: str) -> None:
    known = wheel(name=name, version=version)
    assert isinstance(known, Unreadable)
    assert says in known.reason
    assert "\x1b" not in known.reason


@pytest.mark.parametrize(
    "line",
    [
        "foo (>2.0*)",
        "foo>=1.0.*",
        "foo>=1.0.dev0,>=1.*",
        "-e git+https://index.example/x",
        "foo; nonsense == 'x'",
        "",
        "../foo",
        "foo==1\x1b",
        "foo @ https://index.example/\x00",
        "foo; " + "(" * 1500 + "os_name == 'x'" + ")" * 1500,
        "foo>=" + "9" * 5000,
        "foo" + "," * 5000,
    ],
)
def test_a_requirement_that_cannot_be_read_makes_the_release_unreadable(line: str) -> None:
    known = wheel("Requires-Dist: bar", f"Requires-Dist: {line}")
    assert isinstance(known, Unreadable)
    assert "requirement that cannot be read" in known.reason
    assert known.reason.isprintable()
    assert not known.dynamic


def test_more_requirements_than_anybody_has_make_the_release_unreadable() -> None:
    known = wheel(*["Requires-Dist: bar"] * 10_001)
    assert isinstance(known, Unreadable)


def test_metadata_of_a_later_major_version_is_not_read() -> None:
    known = wheel(metadata_version="3.0")
    assert isinstance(known, Unreadable)
    assert "version 3" in known.reason
    assert isinstance(wheel(metadata_version="2.99"), Metadata)
    assert isinstance(wheel(metadata_version="nonsense"), Metadata)


# Source archives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.2", "2.4"])
def test_pkg_info_counts_since_2_2(version: str) -> None:
    known = source(header("Requires-Dist: bar", "Dynamic: Description", metadata_version=version))
    assert isinstance(known, Metadata)
    assert known.requires_dist == ("bar",)


@pytest.mark.parametrize("version", ["1.0", "1.2", "2.1", "nonsense", ""])
def test_pkg_info_before_2_2_does_not_count(version: str) -> None:
    assert source(header("Requires-Dist: bar", metadata_version=version)) == NOT_STATIC


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-python", "PROVIDES-EXTRA"])
def test_pkg_info_that_leaves_edges_to_the_build_does_not_count(field: str) -> None:
    known = source(header(f"Dynamic: {field}", metadata_version="2.2"))
    assert known == NOT_STATIC
    assert isinstance(known, Unreadable)
    assert known.dynamic


PYPROJECT = """
[project]
name = "Foo"
version = "1.0"
requires-python = ">=3.8"
license = "MIT"
dependencies = ["bar>=1; os_name == 'nt' or os_name == 'posix'"]
dynamic = ["readme"]
[project.optional-dependencies]
"Y.y" = ["baz; sys_platform == 'linux' or sys_platform == 'win32'", "qux @ https://index.example/qux.zip"]
"""


def test_a_static_pyproject_stands_in_for_an_old_pkg_info() -> None:
    expected = Metadata(
        "foo",
        "1.0",
        (
            "bar>=1; os_name == 'nt' or os_name == 'posix'",
            "baz; (sys_platform == 'linux' or sys_platform == 'win32') and extra == 'y-y'",
            "qux @ https://index.example/qux.zip ; extra == 'y-y'",
        ),
        ">=3.8",
        ("y-y",),
        "MIT",
    )
    assert source(header(metadata_version="2.1"), PYPROJECT) == expected
    assert source(None, PYPROJECT) == expected


@pytest.mark.parametrize(
    "pyproject",
    [
        "",
        "nonsense",
        "[build-system]",
        "project = 5",
        "[project]\nname = 'foo'",
        "[project]\nname = 'foo'\nversion = '1.0'\ndynamic = ['dependencies']",
        "[project]\nname = 'foo'\nversion = '1.0'\ndynamic = ['optional-dependencies']",
        "[project]\nname = 'foo'\nversion = '1.0'\ndynamic = ['requires-python']",
        "[project]\nname = 'foo'\ndynamic = ['version']",
        "[project]\nname = 'foo'\nversion = '1.0'\ndynamic = 5",
        "[project]\nname = 'foo'\nversion = '1.0'\ndependencies = 'bar'",
        "[project]\nname = 'foo'\nversion = '1.0'\ndependencies = [1]",
        "[project]\nname = 'foo'\nversion = '1.0'\noptional-dependencies = []",
        "[project]\nname = 'foo'\nversion = '1.0'\noptional-dependencies.x = [{}]",
        "[project]\nname = 'foo'\nversion = '1.0'\noptional-dependencies.x = ['(']",
        "[project]\nname = 'foo'\nversion = '1.0'\nrequires-python = 3",
        "[project]\nname = 5\nversion = '1.0'",
        "[project]\nname = 'foo'\nversion = '1.0'\n[tool.poetry.dependencies]\nbar = '^1'",
        "a = " + "[" * 20_000,
    ],
)
def test_a_pyproject_that_leaves_something_to_the_build_does_not_count(pyproject: str) -> None:
    assert source(header(metadata_version="2.1"), pyproject) == NOT_STATIC


def test_a_pyproject_of_another_release_is_not_believed() -> None:
    known = source(None, PYPROJECT.replace('version = "1.0"', 'version = "2.0"'))
    assert isinstance(known, Unreadable)
    assert not known.dynamic


def test_a_source_archive_without_either_is_not_static() -> None:
    assert source(None) == NOT_STATIC


# Sources at an address -------------------------------------------------------------------------------------


def test_a_source_whose_address_tells_no_version_states_its_own() -> None:
    known = read_source_at_address(None, PYPROJECT.replace('version = "1.0"', 'version = "v2.0-post1"').encode(), "foo")
    assert isinstance(known, Metadata)
    assert known.version == "2.0.post1"


@pytest.mark.parametrize("line", ['version = "nonsense"', 'version = "1.0+"'])
def test_a_version_that_is_none_is_not_believed(line: str) -> None:
    known = read_source_at_address(None, PYPROJECT.replace('version = "1.0"', line).encode(), "foo")
    assert isinstance(known, Unreadable)
    assert "which is no version" in known.reason


def test_a_source_of_another_project_is_not_believed() -> None:
    known = read_source_at_address(None, PYPROJECT.encode(), "bar")
    assert isinstance(known, Unreadable)
    assert known.reason.startswith("its metadata speaks of Foo")


def test_a_version_that_is_left_to_the_build_may_wait_and_the_requirements_may_not() -> None:
    waiting = PYPROJECT.replace('version = "1.0"\n', "").replace('"readme"', '"version"').encode()
    assert read_source_at_address(None, waiting, "foo") == NOT_STATIC
    known = read_source_at_address(None, waiting, "foo", version_may_wait=True)
    assert isinstance(known, Metadata)
    assert known.version == ""
    open_ended = waiting.replace(b'"version"', b'"version", "dependencies"')
    assert read_source_at_address(None, open_ended, "foo", version_may_wait=True) == NOT_STATIC


def test_what_a_build_said_is_read_like_a_wheel_of_that_version() -> None:
    known = read_built_metadata(header("Requires-Dist: bar"), "foo")
    assert isinstance(known, Metadata)
    assert (known.version, known.requires_dist) == ("1.0", ("bar",))


# Anything --------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.binary(max_size=50))
@settings(max_examples=300)
def test_no_bytes_are_worse_than_unreadable(noise: bytes, more: bytes) -> None:
    data = header("Requires-Dist: bar", "Requires-Python: >=3", metadata_version="2.2")
    middle = len(data) // 2
    for hostile in (noise, data[:middle] + noise + data[middle:], data[:-1] + more):
        parse_metadata(hostile)
        for known in (read_wheel_metadata(hostile, "foo", "1.0"), read_source_metadata(hostile, more, "foo", "1.0")):
            assert isinstance(known, Metadata | Unreadable)
