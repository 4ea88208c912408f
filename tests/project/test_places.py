"""A path in a project's files means one place below the root, on every machine."""

import pytest

from frazil.errors import ConfigurationError
from frazil.project.places import below, folder_of, place


@pytest.mark.parametrize(
    ("folder", "written", "path"),
    [
        (".", "services/api", "services/api"),
        (".", "./services//api/", "services/api"),
        (".", ".", "."),
        ("jobs/etl", "requirements.txt", "jobs/etl/requirements.txt"),
        ("jobs/etl", "../../libs/common", "libs/common"),
        ("jobs/etl", "../..", "."),
        (".", "a..b", "a..b"),
        (".", "..a", "..a"),
    ],
)
def test_a_path_is_read_from_the_folder_of_its_file(folder: str, written: str, path: str) -> None:
    assert place(folder, written, "here:1") == path


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "here:1: a path is empty"),
        ("../other", "here:1: ../other lies outside the project root"),
        ("a/../..", "here:1: a/../.. lies outside the project root"),
        ("/etc/passwd", "here:1: /etc/passwd is a path of one machine"),
        ("~/x", "here:1: ~/x is a path of one machine"),
        ("C:/x", "here:1: C:/x is a path of one machine"),
        ("a\\b", "here:1: the path a\\b has backslashes"),
        ("a\x00b", 'here:1: the path "a\N{REPLACEMENT CHARACTER}b" holds a control character'),
        ("a\nb", 'here:1: the path "a b" holds a control character'),
        ("a\ud800b", 'here:1: the path "a\N{REPLACEMENT CHARACTER}b" holds a control character'),
    ],
)
def test_what_is_no_place_below_the_root_is_refused(written: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        place(".", written, "here:1")
    assert caught.value.sentence == sentence


def test_the_folder_of_a_file_at_the_root_is_the_root() -> None:
    assert folder_of("pyproject.toml") == "."
    assert folder_of("a/b/pyproject.toml") == "a/b"
    assert below(".", "pyproject.toml") == "pyproject.toml"
    assert below("a/b", "pyproject.toml") == "a/b/pyproject.toml"
