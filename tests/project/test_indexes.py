"""Indexes keep their order, and their addresses carry no credentials."""

import pytest

from frazil.errors import ConfigurationError
from frazil.project.declaration import DeclaredIndex
from frazil.project.document import Table, parse_document
from frazil.project.indexes import DeclaredIndexes, parse_indexes


def _indexes(text: str) -> DeclaredIndexes:
    document = parse_document(text, "frazil.toml")
    return parse_indexes(Table(document, (), document.data))


def test_without_any_the_machines_default_is_the_only_one() -> None:
    assert _indexes("").indexes == (DeclaredIndex(name="default"),)


def test_indexes_keep_their_order_and_default_its_place() -> None:
    found = _indexes(
        """
        [[index]]
        name = "corp"
        url = "HTTPS://Index.Example:8443/simple"
        files = "https://files.index.example"
        packages = ["Corp_*", "acme.*"]
        [[index]]
        name = "default"
        [[index]]
        name = "mirror"
        url = "http://[::1]/simple///"
        """
    )
    assert found.indexes == (
        DeclaredIndex(
            name="corp",
            url="https://index.example:8443/simple/",
            files="https://files.index.example/",
            packages=("acme-*", "corp-*"),
        ),
        DeclaredIndex(name="default"),
        DeclaredIndex(name="mirror", url="http://[::1]/simple/"),
    )
    assert (found.credentials, found.warnings) == ((), ())


def test_what_the_file_root_holds_is_not_for_the_server_of_the_pages() -> None:
    text = '[[index]]\nname = "corp"\nurl = "https://index.example/simple/"\nfiles = "https://me:pw@{}/f/"'
    elsewhere = _indexes(text.format("files.index.example"))
    assert elsewhere.credentials == ()
    (warning,) = elsewhere.warnings
    assert warning.startswith("frazil.toml:4: the file root of index corp holds credentials and is on another server")
    assert _indexes(text.format("index.example")).credentials == (("corp", "me", "pw"),)


def test_credentials_are_kept_apart_from_the_address_and_draw_a_warning() -> None:
    found = _indexes('[[index]]\nname = "corp.a"\nurl = "https://me:p%40ss@index.example/simple/"\n')
    assert found.indexes == (DeclaredIndex(name="corp.a", url="https://index.example/simple/"),)
    assert found.credentials == (("corp.a", "me", "p@ss"),)
    (warning,) = found.warnings
    assert warning.startswith("frazil.toml:3: the address of index corp.a holds credentials; ")
    assert "FRAZIL_INDEX_CORP_A_PASSWORD" in warning
    assert "p@ss" not in repr(found.indexes) + warning


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("index = {}", "1: index must be a list of tables, not a table"),
        ("[[index]]\nurl = 'https://index.example/'", "1: name is missing in [index]"),
        ("[[index]]\nname = 'corp'", "1: the index corp has no url"),
        ("[[index]]\nname = 'a/b'", '2: "a/b" cannot be the name of an index'),
        (
            "[[index]]\nname = 'default'\nurl = 'https://index.example/'",
            "3: the index default is the machine's own, and takes no url",
        ),
        (
            "[[index]]\nname = 'default'\nfiles = 'https://index.example/'",
            "3: the index default is the machine's own, and takes no files",
        ),
        ("[[index]]\nname = 'default'\n[[index]]\nname = 'default'", "4: the index default is declared twice"),
        (
            "[[index]]\nname = 'a'\nurl = 'index.example/simple'",
            '3: url "index.example/simple" is not an address of http or https',
        ),
        (
            "[[index]]\nname = 'a'\nurl = 'file:///srv/simple'",
            '3: url "file:///srv/simple" is not an address of http or https',
        ),
        ("[[index]]\nname = 'a'\nurl = 'https://[x'", "3: url cannot be read: "),
        ("[[index]]\nname = 'a'\nurl = 'https://h:x/'", "3: url cannot be read: "),
        ("[[index]]\nname = 'a'\nurl = 'https://h/?x=1'", '3: url "https://h/?x=1" has a query or a fragment'),
        ("[[index]]\nname = 'a'\nurl = 'https://h/'\npackages = ['a b']", '4: "a b" is not a pattern of project names'),
        ("[[index]]\nname = 'a'\nurl = 'https://h/'\npriority = 1", '4: unknown key "priority" in [index]'),
        (
            "index = [{name = 'a', url = 'https://h/', packages = ['x']},\n{name = 'default', packages = ['X']}]",
            '2: "x" is reserved for two indexes, a and default',
        ),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _indexes(text)
    assert caught.value.sentence.startswith(f"frazil.toml:{sentence}")
