"""Files of an index that lie on somebody else's server."""

import pytest

from frazil.errors import IndexAnswerError
from frazil.index.addresses import IndexAddress

SECURE = "https://index.example/simple/"
FILES = "https://files.index.example/"


@pytest.mark.promise("R11")
@pytest.mark.parametrize(
    ("url", "files", "file"),
    [
        (SECURE, None, "http://index.example/x.whl"),
        (SECURE, None, "http://files.index.example/x.whl"),
        (SECURE, FILES, "https://evil.example/x.whl"),
        (SECURE, FILES, "https://files.index.example.evil.example/x.whl"),
        (SECURE, FILES, "https://files.index.example:8443/x.whl"),
        (SECURE, FILES, "http://files.index.example/x.whl"),
        ("http://index.example:8080/", "http://index.example:8080/", "http://index.example:80801/x.whl"),
    ],
)
def test_a_file_on_another_server_than_the_index_s_is_refused_by_name(url: str, files: str | None, file: str) -> None:
    with pytest.raises(IndexAnswerError, match=r"the index corp has x\.whl on http.*neither its own server nor"):
        IndexAddress("corp", url, files).check_file(file, "x.whl")


@pytest.mark.parametrize(
    ("url", "files", "file"),
    [
        (SECURE, None, "https://index.example/packages/x.whl"),
        (SECURE, None, "https://anywhere.example/x.whl"),
        (SECURE, FILES, "https://index.example/x.whl"),
        (SECURE, FILES, "https://files.index.example/a/b/x.whl"),
        ("http://index.example/", None, "http://files.index.example/x.whl"),
        ("http://index.example/", None, "https://files.index.example/x.whl"),
    ],
)
def test_a_file_on_the_index_s_own_server_or_where_its_files_are_is_taken(
    url: str, files: str | None, file: str
) -> None:
    IndexAddress("corp", url, files).check_file(file, "x.whl")
