"""File names as an index gives them: which version of the project they belong to, if any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from frazil.index.filenames import parse_version, same_version, version_after_name, version_in


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("foo_bar-1.0-py3-none-any.whl", "1.0"),
        ("Foo.Bar-1.0-py2.py3-none-any.whl", "1.0"),
        ("foo_bar-1!2.0rc1-2a-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "1!2.0rc1"),
        ("foo_bar-1.0+cu12.1-cp312-abi3-win_amd64.whl", "1.0+cu12.1"),
        ("foo_bar-1.0.tar.gz", "1.0"),
        ("foo-bar-1.0.tar.gz", "1.0"),
        ("FOO--bar-1.0.zip", "1.0"),
        ("foo.bar-1.0-1.tar.gz", "1.0-1"),
        ("foo-bar-v1.0.tar.gz", "v1.0"),
    ],
)
def test_the_version_of_a_wheel_or_a_source_archive_is_found(filename: str, version: str) -> None:
    assert version_in(filename, "foo-bar") == version
    assert parse_version(version) is not None


@pytest.mark.parametrize(
    "filename",
    [
        "foo_bar-1.0-py3.7.egg",
        "foo_bar-1.0.win32.exe",
        "foo_bar-1.0.win-amd64-py3.9.msi",
        "foo_bar-1.0-py3-none-any.whl.metadata",
        "foo_bar-1.0.tar.bz2",
        "foo_bar-1.0.tgz",
        "foo_bar-1.0",
        "foo-1.0.tar.gz",
        "foo_bar_baz-1.0.tar.gz",
        "foo-bar-baz-1.0-py3-none-any.whl",
        "foo_bar-1.0-py3-none.whl",
        "foo__bar-1.0-py3-none-any.whl",
        "foo_bar-1.0-cp312-cp312-linux_x86_64-x8664v3.whl",
        "foo_bar-1.0-1-cp312-cp312-linux_x86_64-x8664v3.whl",
        "foo_bar-1.0-3py-none-any.whl",
        "foo_bar-1.0-py3..py2-none-any.whl",
        "../foo_bar-1.0.tar.gz",
        "..\\foo_bar-1.0.tar.gz",
        "/foo_bar-1.0.tar.gz",
        "C:foo_bar-1.0.tar.gz",
        "foo_bar-1.0\n.tar.gz",
        "foo_bar-1.0 .tar.gz",
        "foo_bar-1.0\x00.tar.gz",
        "foo_bar-1.0-py3-none-any.whl\n",
        ".foo_bar-1.0.tar.gz",
        "foo_bar-\u0661.0.tar.gz",
        "foo_bar-1.0-py3-none-any\u202e.whl",
        f"foo_bar-{'1' * 250}.tar.gz",
        "",
        "-",
    ],
)
def test_a_name_that_is_no_plain_file_of_the_project_has_no_version(filename: str) -> None:
    assert version_in(filename, "foo-bar") is None


def test_a_binary_archive_has_no_version_that_is_one() -> None:
    text = version_in("foo_bar-1.0.linux-x86_64.tar.gz", "foo-bar")
    assert text is not None
    assert parse_version(text) is None


def test_a_compressed_tag_set_that_stands_for_too_many_tags_is_no_wheel() -> None:
    few, many = ".".join("abcdefgh"), ".".join(["a"] * 30)
    assert version_in(f"foo-1.0-{few}-{few}-{few}.whl", "foo") == "1.0"
    assert version_in(f"foo-1.0-{many}-{many}-{many}.whl", "foo") is None


def test_a_project_with_a_digit_is_cut_behind_its_whole_name() -> None:
    assert version_in("foo-2-1.0.tar.gz", "foo-2") == "1.0"
    text = version_in("foo-2-1.0.tar.gz", "foo")
    assert text is not None
    assert parse_version(text) is None


def test_versions_are_the_same_however_they_are_spelled() -> None:
    assert same_version("1.0", "v1.0.0")
    assert not same_version("1.0", "1.0+local")
    assert not same_version("no version", "no version")
    assert not same_version("1.0", "9" * 5000)


_NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
_VERSIONS = st.from_regex(
    r"v?([0-9]!)?[0-9]{1,3}(\.[0-9]{1,3}){0,3}(a1|rc2|\.post3|\.dev4|-5)?(\+[a-z0-9]{1,3})?", fullmatch=True
)


@given(name=_NAMES, version=_VERSIONS, suffix=st.sampled_from([".tar.gz", ".zip"]))
def test_every_spelling_of_a_source_archive_is_read(name: str, version: str, suffix: str) -> None:
    text = version_in(f"{name}-{version}{suffix}", canonicalize_name(name))
    assert text is not None
    assert parse_version(text) == str(Version(version))


@given(st.text(st.sampled_from("aA1.-_+!v/\\ \n"), max_size=30), st.sampled_from(["a", "a-a", "a-1", "v"]))
def test_what_is_read_as_a_wheel_is_one_for_packaging(stem: str, project: str) -> None:
    for filename in (f"{stem}-1-py3-none-any.whl", f"{stem}.whl", f"{project}-{stem}.whl"):
        text = version_in(filename, project)
        if text is not None and parse_version(text) is not None:
            name, version, _, _ = parse_wheel_filename(filename)
            assert (name, str(version)) == (project, parse_version(text))


@given(st.text(st.sampled_from("aA1.-_+!v"), max_size=20), st.sampled_from(["a", "a-a", "a-1", "v"]))
def test_what_packaging_reads_as_a_source_archive_is_read_the_same(stem: str, project: str) -> None:
    filename = f"{project}-{stem}.tar.gz"
    try:
        name, version = parse_sdist_filename(filename)
    except ValueError:
        return
    if name == project and filename[0].isalnum():
        text = version_after_name(filename.removesuffix(".tar.gz"), project)
        assert text is not None
        assert parse_version(text) == str(version)
