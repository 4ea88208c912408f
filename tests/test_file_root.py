"""The cut of a file's address into root and path, and its way back."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.file_root import LONGEST_PATH, is_safe_path, join_file_url, split_file_url

WHEEL = "click-8.1.8-py3-none-any.whl"


@pytest.mark.parametrize(
    ("url", "root", "path"),
    [
        (
            f"https://files.index.example/packages/7e/d4/{WHEEL}",
            "https://files.index.example/packages/",
            "7e/d4/",
        ),
        (f"https://index.example/acme/{WHEEL}", "https://index.example/", "acme/"),
        (f"https://index.example/{WHEEL}", "https://index.example/", WHEEL),
        (f"https://index.example/packages/{WHEEL}", "https://index.example/packages/", WHEEL),
        (
            f"http://index.example:8080/a/packages/packages/b/{WHEEL}",
            "http://index.example:8080/a/packages/packages/",
            "b/",
        ),
        (f"https://index.example/my-packages/b/{WHEEL}", "https://index.example/", "my-packages/b/"),
        ("https://index.example/b/renamed.whl", "https://index.example/", "b/renamed.whl"),
        ("https://index.example/b/packages", "https://index.example/", "b/packages"),
        ("https://[::1]:8080/b/packages/x", "https://[::1]:8080/b/packages/", "x"),
    ],
)
def test_a_file_url_is_cut_after_its_last_packages_segment_else_after_the_host(url: str, root: str, path: str) -> None:
    assert split_file_url(url, WHEEL) == (root, path)
    assert join_file_url(root, path, WHEEL) == url


def test_a_mirror_that_repeats_the_segment_gives_the_same_path() -> None:
    original = split_file_url(f"https://files.index.example/packages/7e/d4/{WHEEL}", WHEEL)
    mirrored = split_file_url(f"https://mirror.example/api/x/packages/packages/7e/d4/{WHEEL}", WHEEL)
    assert original[1] == mirrored[1] == "7e/d4/"


def test_a_local_version_is_completed_with_the_percent_encoded_name() -> None:
    name = "torch-2.0+cu118-py3-none-any.whl"
    encoded = "https://index.example/whl/torch-2.0%2Bcu118-py3-none-any.whl"
    plain = f"https://index.example/whl/{name}"
    assert split_file_url(encoded, name) == ("https://index.example/", "whl/")
    assert split_file_url(plain, name) == ("https://index.example/", f"whl/{name}")
    assert join_file_url("https://index.example/", f"whl/{name}", name) == plain


def test_a_hash_fragment_is_dropped_and_any_other_keeps_the_path_unrecorded() -> None:
    url = f"https://index.example/a/{WHEEL}"
    assert split_file_url(f"{url}#sha256={'0' * 64}", WHEEL)[1] == "a/"
    assert split_file_url(f"{url}#egg=click", WHEEL)[1] is None


def test_credentials_never_reach_the_root() -> None:
    root, path = split_file_url(f"https://user:canary@index.example/a/{WHEEL}", WHEEL)
    assert (root, path) == ("https://index.example/", "a/")


@pytest.mark.parametrize(
    "url",
    [
        f"https://index.example/a/{WHEEL}?token=1",
        f"https://index.example/a/{WHEEL}?",
        "https://index.example/download/",
        "https://index.example",
        f"https://index.example/a/../{WHEEL}",
        f"https://index.example/a/%2e%2E/{WHEEL}",
        f"https://index.example/a/%252e%252e/{WHEEL}",
        f"https://index.example/a%2fb/{WHEEL}",
        f"https://index.example/a%5cb/{WHEEL}",
        f"https://index.example//{WHEEL}",
        f"https://index.example/a%00b/{WHEEL}",
        f"https://index.example/a%zz/{WHEEL}",
        f"https://index.example/é/{WHEEL}",
        f"https://index.example/a b/{WHEEL}",
        f"https://index.example/a\tb/{WHEEL}",
        f"https://index.example/{'a' * LONGEST_PATH}/{WHEEL}",
    ],
)
def test_an_address_that_cannot_be_rebuilt_safely_has_no_path(url: str) -> None:
    root, path = split_file_url(url, WHEEL)
    assert path is None
    assert root == "https://index.example/"


@pytest.mark.parametrize(
    "url",
    [
        "file:///srv/x.whl",
        "ftp://index.example/x.whl",
        "x.whl",
        "",
        "https://",
        "http://[x/",
        "https://a\\b/x.whl",
    ],
)
def test_what_is_no_http_address_has_no_root(url: str) -> None:
    assert split_file_url(url, WHEEL) == ("", None)


@pytest.mark.parametrize("path", ["", "/", "/a/", "../a", "a/..", "a//b", "./a", "a\\b", "a\nb", "a?b", "a#b"])
def test_an_unsafe_path_is_never_joined(path: str) -> None:
    assert not is_safe_path(path)
    with pytest.raises(ValueError, match="not a path below a file root"):
        join_file_url("https://index.example/", path, WHEEL)


segments = st.text(st.characters(codec="ascii", exclude_characters="/?#\\"), min_size=1).map(
    lambda s: quote(s, safe="+!:@")
)
addresses = st.tuples(
    st.sampled_from(["https://index.example", "http://user:pw@127.0.0.1:8080", "https://[::1]"]),
    st.lists(st.sampled_from(["packages", "a", "7e"]) | segments, max_size=5),
    st.sampled_from([WHEEL, "torch-2.0+cu118.tar.gz", "x-1!2.0.zip"]),
    st.booleans(),
)


@given(addresses)
def test_what_is_split_joins_to_the_same_address(address: tuple[str, list[str], str, bool]) -> None:
    origin, folders, filename, encoded = address
    url = "/".join((origin, *folders, quote(filename, safe="") if encoded else filename))
    root, path = split_file_url(url, filename)
    assert root.endswith("/")
    if path is not None:
        assert join_file_url(root, path, filename) == url.replace("user:pw@", "")
        assert is_safe_path(path)


@given(st.text(), st.text())
def test_no_text_makes_the_cut_fail(url: str, filename: str) -> None:
    root, path = split_file_url(url, filename)
    assert path is None or join_file_url(root, path, filename).startswith(root)
