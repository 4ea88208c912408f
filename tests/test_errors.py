"""What is shown of an address: never who one is there."""

import pytest

from frazil.errors import cleaned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@index.example/simple/", "https://index.example/simple/"),
        ("https://me@corp.example:secret@index.example/", "https://index.example/"),
        ("https://secret@index.example", "https://index.example"),
        ("//me:secret@index.example/simple/ is none", "//index.example/simple/ is none"),
        ("https://me:sec/ret@index.example/", "https://index.example/"),
        ("https://me:sec?ret#@index.example/", "https://index.example/"),
        ("a https://a:b@x.example/ b https://c:d@y.example/", "a https://x.example/ b https://y.example/"),
        ("git+https://index.example/repo@v1", "git+https://index.example/repo@v1"),
        ("git+https://index.example:8443/repo@v1", "git+https://index.example:8443/repo@v1"),
        ("http://[::1]:8080/x@y", "http://[::1]:8080/x@y"),
        ("me@index.example", "me@index.example"),
    ],
)
def test_no_credentials_are_shown(text: str, shown: str) -> None:
    assert cleaned(text) == shown
