"""git: revisions, commits and tars of repositories that git itself serves on loopback."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.errors import ArtifactGone, AuthenticationError, ConfigurationError, IndexUnreachable, Offline
from frazil.model import VcsSource
from frazil.settings import Settings
from frazil.values import replace
from frazil.vcs import Git
from tests.support.git_server import GitRepository, GitServer
from tests.support.tree import snapshot

MANIFEST = '[project]\nname = "acme"\nversion = "2.1"\n'


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    repository = GitRepository(tmp_path / "served" / "acme")
    repository.commit({"pyproject.toml": MANIFEST, "run.sh": "#!/bin/sh\n"}, tag="v2.1", executable=("run.sh",))
    return repository


@pytest.fixture
def server(repository: GitRepository) -> Iterator[GitServer]:
    with GitServer(repository.folder.parent) as serving:
        yield serving


@pytest.fixture
def git(settings: Settings) -> Iterator[Git]:
    found = Git(settings)
    yield found
    found.close()


def source(
    server: GitServer, commit: str, *, revision: str | None = None, subdirectory: str | None = None
) -> VcsSource:
    return VcsSource("git", server.url("acme"), revision, commit, subdirectory)


def tar_of(git: Git, where: VcsSource, filename: str = "acme-2.1.tar") -> bytes:
    with git.pack(where, filename) as chunks:
        return b"".join(chunks)


# Revisions -------------------------------------------------------------------------------------------------


def test_a_tag_is_the_commit_that_it_is_a_tag_of(git: Git, repository: GitRepository, server: GitServer) -> None:
    tagged = repository.git("rev-parse", "HEAD")
    repository.commit({"more.txt": "x"})
    assert git.resolve(server.url("acme"), "v2.1") == tagged


def test_a_branch_with_a_slash_is_found(git: Git, repository: GitRepository, server: GitServer) -> None:
    repository.git("branch", "release/2.x")
    assert git.resolve(server.url("acme"), "release/2.x") == repository.git("rev-parse", "HEAD")


def test_a_branch_goes_before_a_tag_of_its_name(git: Git, repository: GitRepository, server: GitServer) -> None:
    repository.git("tag", "both")
    repository.git("checkout", "--quiet", "-b", "both")
    newer = repository.commit({"more.txt": "x"})
    assert git.resolve(server.url("acme"), "both") == newer


def test_without_a_revision_it_is_what_the_server_calls_head(
    git: Git, repository: GitRepository, server: GitServer
) -> None:
    assert git.resolve(server.url("acme"), None) == repository.git("rev-parse", "HEAD")


def test_a_full_hash_is_known_without_asking(git: Git, repository: GitRepository, server: GitServer) -> None:
    commit = repository.git("rev-parse", "HEAD")
    assert git.resolve(server.url("acme"), commit) == commit
    assert server.asked == []


def test_the_beginning_of_a_hash_is_completed(git: Git, repository: GitRepository, server: GitServer) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.commit({"more.txt": "x"})
    assert git.resolve(server.url("acme"), commit[:9]) == commit


def test_a_revision_that_is_not_there_is_named(git: Git, server: GitServer) -> None:
    with pytest.raises(ConfigurationError, match=r"/acme/\.git has no revision v9"):
        git.resolve(server.url("acme"), "v9")


# Commits ---------------------------------------------------------------------------------------------------


def test_one_commit_is_fetched_without_its_history(
    git: Git, repository: GitRepository, server: GitServer, settings: Settings
) -> None:
    for number in range(3):
        commit = repository.commit({"more.txt": str(number)})
    assert git.read_file(source(server, commit), "more.txt") == b"2"
    (bare,) = [path for path in (settings.cache / "git-v1").iterdir() if path.is_dir()]
    counted = subprocess.run(
        ("git", "-C", str(bare), "rev-list", "--count", commit), check=True, capture_output=True, text=True
    )
    assert counted.stdout.strip() == "1"


def test_a_server_that_hands_out_no_single_commit_is_asked_for_everything(
    git: Git, repository: GitRepository, server: GitServer
) -> None:
    repository.git("config", "uploadpack.allowAnySHA1InWant", "false")
    repository.git("config", "protocol.version", "0")
    commit = repository.git("rev-parse", "HEAD")
    repository.commit({"more.txt": "x"})
    assert git.read_file(source(server, commit), "pyproject.toml") == MANIFEST.encode()


def test_a_commit_that_is_here_is_not_asked_for_again(
    git: Git, repository: GitRepository, server: GitServer, settings: Settings
) -> None:
    where = source(server, repository.git("rev-parse", "HEAD"))
    first = tar_of(git, where)
    server.forget()
    assert tar_of(Git(replace(settings, offline=True)), where) == first
    assert server.asked == []


def test_a_file_is_read_below_the_subdirectory(git: Git, repository: GitRepository, server: GitServer) -> None:
    commit = repository.commit({"py/pyproject.toml": "nested"})
    assert git.read_file(source(server, commit, subdirectory="py"), "pyproject.toml") == b"nested"
    assert git.read_file(source(server, commit, subdirectory="py"), "setup.py") is None


def test_a_commit_that_vanished_is_gone(git: Git, server: GitServer) -> None:
    with pytest.raises(ArtifactGone, match="does not have the commit 0123"):
        git.read_file(source(server, "0123456789" * 4), "pyproject.toml")


# The tar ---------------------------------------------------------------------------------------------------


def test_the_tar_holds_the_whole_commit_as_it_lies_in_git(
    git: Git, repository: GitRepository, server: GitServer
) -> None:
    commit = repository.commit(
        {"crlf.txt": b"one\r\ntwo\n", ".gitattributes": "*.txt text eol=lf\nrun.sh export-ignore\n"}
    )
    with tarfile.open(fileobj=BytesIO(tar_of(git, source(server, commit, subdirectory="py")))) as archive:
        names = archive.getnames()
        text = archive.extractfile("acme-2.1/crlf.txt")
        assert text is not None
        content = text.read()
    assert names == [f"acme-2.1/{name}" for name in (".gitattributes", "crlf.txt", "pyproject.toml", "run.sh")]
    blob = subprocess.run(
        ("git", "-C", str(repository.folder), "cat-file", "blob", f"{commit}:crlf.txt"), check=True, capture_output=True
    )
    assert content == blob.stdout


def test_two_machines_pack_the_same_bytes(
    git: Git, repository: GitRepository, server: GitServer, settings: Settings, tmp_path: Path
) -> None:
    where = source(server, repository.git("rev-parse", "HEAD"))
    environ = {**settings.environ, "TZ": "Pacific/Auckland", "GIT_AUTHOR_NAME": "somebody"}
    other = Git(replace(settings, cache=tmp_path / "other", environ=environ))
    assert tar_of(git, where) == tar_of(other, where)


def test_the_digest_and_size_of_a_tar_are_those_of_its_bytes(
    git: Git, repository: GitRepository, server: GitServer
) -> None:
    where = source(server, repository.git("rev-parse", "HEAD"))
    facts = git.describe_tar(where, "acme-2.1.tar")
    data = tar_of(git, where)
    assert facts.size == len(data)
    import hashlib

    assert facts.sha256 == hashlib.sha256(data).hexdigest()


def test_submodules_are_left_out_and_named(
    git: Git, repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    inner = GitRepository(tmp_path / "served" / "inner")
    inner.commit({"secret.txt": "x"})
    repository.git("submodule", "--quiet", "add", inner.file_url, "vendor/inner")
    commit = repository.commit({})
    where = source(server, commit)
    assert git.describe_tar(where, "acme-2.1.tar").submodules == ("vendor/inner",)
    assert b"secret" not in tar_of(git, where)


def test_a_hook_of_the_user_s_templates_does_not_run(
    repository: GitRepository, server: GitServer, settings: Settings, tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(f"[core]\nhooksPath = {hooks}\n[init]\ntemplateDir = {tmp_path}\n")
    git = Git(replace(settings, environ={**settings.environ, "GIT_CONFIG_GLOBAL": str(config)}))
    where = source(server, repository.git("rev-parse", "HEAD"))
    tar_of(git, where)
    git.check_out(where, tmp_path / "tree")
    assert (tmp_path / "tree" / "pyproject.toml").read_text() == MANIFEST
    assert not (tmp_path / "ran").exists()


def test_a_checkout_has_the_tags_that_backends_ask_for(
    git: Git, repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    commit = repository.commit({"more.txt": "x"})
    git.read_file(source(server, commit), "more.txt")
    git.check_out(source(server, commit), tmp_path / "tree")
    described = subprocess.run(
        ("git", "-C", str(tmp_path / "tree"), "describe", "--tags"), check=True, capture_output=True, text=True
    )
    assert described.stdout.startswith("v2.1-1-g")


# What git may not do ---------------------------------------------------------------------------------------


def test_a_variable_of_a_git_that_runs_us_leads_nowhere(
    repository: GitRepository, server: GitServer, settings: Settings, tmp_path: Path
) -> None:
    astray = {"GIT_DIR": str(tmp_path / "astray"), "GIT_INDEX_FILE": str(tmp_path / "index")}
    git = Git(replace(settings, environ={**settings.environ, **astray}))
    assert git.read_file(source(server, repository.git("rev-parse", "HEAD")), "pyproject.toml") == MANIFEST.encode()
    assert not (tmp_path / "astray").exists()


def test_an_address_of_another_protocol_than_the_known_ones_is_not_followed(git: Git, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no address of a git repository"):
        git.resolve(f"ext::sh -c touch% {tmp_path}/ran", None)
    assert not (tmp_path / "ran").exists()


def test_who_lets_nobody_in_is_an_authentication_error_that_asks_nobody(git: Git, repository: GitRepository) -> None:
    with (
        GitServer(repository.folder.parent, user=("ann", "secret")) as server,
        pytest.raises(AuthenticationError) as caught,
    ):
        git.resolve(server.url("acme"), "main")
    assert "credential helpers" in str(caught.value.hint)


def test_credentials_that_git_is_configured_with_are_git_s_own_business(
    repository: GitRepository, settings: Settings, tmp_path: Path
) -> None:
    helper = tmp_path / "gitconfig"
    helper.write_text('[credential]\nhelper = "!f() { echo username=ann; echo password=secret; }; f"\n')
    git = Git(replace(settings, environ={**settings.environ, "GIT_CONFIG_GLOBAL": str(helper)}))
    with GitServer(repository.folder.parent, user=("ann", "secret")) as server:
        assert git.resolve(server.url("acme"), "main") == repository.git("rev-parse", "main")


def test_a_server_that_is_not_there_is_unreachable_and_what_git_said_is_told(git: Git, settings: Settings) -> None:
    with pytest.raises(IndexUnreachable) as caught:
        git.resolve("http://127.0.0.1:9/acme", "main")
    assert caught.value.details
    assert settings.environ.get("PATH") == os.environ.get("PATH")


def test_offline_no_server_is_asked(server: GitServer, settings: Settings) -> None:
    git = Git(replace(settings, offline=True))
    with pytest.raises(Offline):
        git.resolve(server.url("acme"), "main")
    assert server.asked == []


def test_without_git_the_error_says_so(server: GitServer, settings: Settings, tmp_path: Path) -> None:
    git = Git(replace(settings, environ={"PATH": str(tmp_path)}))
    with pytest.raises(ConfigurationError, match="git is needed"):
        git.resolve(server.url("acme"), "main")


def test_a_run_that_must_write_nothing_writes_nothing(
    repository: GitRepository, server: GitServer, settings: Settings, tmp_path: Path
) -> None:
    before = snapshot(tmp_path)
    with forbid_writes():
        git = Git(settings)
        assert tar_of(git, source(server, repository.git("rev-parse", "HEAD")))
        git.close()
    assert snapshot(tmp_path) == before
