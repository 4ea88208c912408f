"""What names, addresses and paths of a lock may look like."""

from collections.abc import Callable

import pytest

from frazil.frozen import grammar

Rule = Callable[[str], str | None]

TAKEN: list[tuple[Rule, str]] = [
    (grammar.project_name, "a-b-1"),
    (grammar.canonical_version, "1!2.0rc1.post3.dev4+local.5"),
    (grammar.target_name, "."),
    (grammar.target_name, ".[x]"),
    (grammar.target_name, ".:dev"),
    (grammar.target_name, "services/größe"),
    (grammar.target_name, "services/api[postgres-binary]"),
    (grammar.target_name, "services/api:build-system"),
    (grammar.target_name, "a b/c..d/...e"),
    (grammar.place, "requirements/base.txt"),
    (grammar.folder, "."),
    (grammar.file_path, "a/b/"),
    (grammar.file_path, "a%20b.whl"),
    (grammar.pattern, "acme-?*"),
    (grammar.commit, "0" * 40),
    (grammar.commit, "a" * 64),
    (grammar.revision, "feature/größe"),
    (grammar.demanded_hash, "sha256:" + "0" * 64),
    (grammar.index_address, "http://127.0.0.1:8080/"),
    (grammar.index_address, "https://[::1]/simple/"),
    (grammar.file_address, "https://files.index.example/a.whl"),
    (grammar.archive_address, "https://files.index.example/a.whl?download=1"),
    (grammar.archive_address, "file:vendored/a.whl"),
    (grammar.vcs_address, "ssh://git@git.index.example/a"),
    (grammar.vcs_address, "file:///srv/git/a"),
    (grammar.direct_reference, "git+https://git.index.example/a@v1#subdirectory=b"),
    (grammar.direct_reference, "GIT+ssh://git@git.index.example/a"),
    (grammar.direct_reference, "https://files.index.example/a.zip#sha256=00"),
    (grammar.direct_reference, "file:."),
]

REFUSED: list[tuple[Rule, str]] = [
    *((grammar.project_name, text) for text in ("", "A", "a_b", "a.b", "-a", "a--b", "a\n", "é", "a/b")),
    *((grammar.canonical_version, text) for text in ("", "1.0.0.RC1", "v1", "1.0-1", "latest", "1.0\n", "01.0")),
    *((grammar.label, text) for text in ("", " a", "a\n", "a\x1bb", "a\u202eb", "\x7f")),
    *((grammar.line, text) for text in ("", "a\nb", "a\u2028b", "\x85")),
    *(
        (grammar.target_name, text)
        for text in (
            "",
            "..",
            "./a",
            "a/",
            "/a",
            "a//b",
            "a/../b",
            "~",
            "~a",
            "a\\b",
            "a\tb",
            "C:/a",
            "a[",
            "a[]",
            "[x]",
        )
    ),
    *((grammar.target_name, text) for text in ("a[X]", "a[../b]", "a:", ":dev", "..:dev", "../a[x]", "a\ud800")),
    *((grammar.pattern, text) for text in ("", "Acme-*", "acme-[ab]", "acme_*")),
    *((grammar.canonical_version, text) for text in ("1" * 5000, "1." + "1" * 5000)),
    *((grammar.place, text) for text in ("", ".", "..", "a/..", "/a", "a\\b", "c:/a")),
    *((grammar.commit, text) for text in ("", "v1", "A" * 40, "0" * 39, "0" * 41, "--output=x")),
    *((grammar.revision, text) for text in ("", "-v1", "a\nb")),
    *((grammar.sha256, text) for text in ("", "0" * 63, "A" * 64, "0" * 64 + "\n")),
    *((grammar.demanded_hash, text) for text in ("0" * 64, "md5:" + "0" * 64, "sha256:" + "0" * 63)),
    *(
        (grammar.index_address, text)
        for text in (
            "",
            "/simple/",
            "//index.example/",
            "ftp://index.example/",
            "file:///srv/",
            "https://",
            "https:///a/",
            "https://index.example",
            "https://index.example/?a",
            "https://index.example/#a/",
            "https://ada@index.example/",
            "https://:secret@index.example/",
            "https://index.example:99999/",
            "https://index.example:x/",
            "https://[index.example/",
            "https://index.example/a b/",
            "https://index.example\\@elsewhere.example/",
            "https://index.example/\n/",
            "javascript:alert(1)/",
        )
    ),
    *((grammar.file_address, text) for text in ("https://h/a?b", "https://h/a#b", "file:///a", "a.whl")),
    *(
        (grammar.archive_address, text)
        for text in ("file:///srv/a", "file:../a", "file:", "ftp://h/a", "https://u:p@h/a")
    ),
    *(
        (grammar.vcs_address, text)
        for text in ("ext::sh -c a", "-x", "ssh://git:secret@h/a", "https://token@h/a", "h:a")
    ),
    *((grammar.direct_reference, text) for text in ("git+ext://h/a", "hg+https://h/a", "file:../a", "file:/a", "/a")),
]


@pytest.mark.parametrize(("rule", "text"), TAKEN)
def test_what_a_lock_may_hold_is_taken(rule: Rule, text: str) -> None:
    assert rule(text) is None


@pytest.mark.parametrize(("rule", "text"), REFUSED)
def test_what_could_mean_something_else_is_refused(rule: Rule, text: str) -> None:
    clause = rule(text)
    assert clause is not None
    assert clause.startswith(("must ", "holds "))


def test_one_of_some_words_is_taken() -> None:
    rule = grammar.one_of("a", "b")
    assert rule("a") is None
    assert rule("c") == "must be a or b"
