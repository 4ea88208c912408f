"""Where a release comes from must be what was asked for."""

from dataclasses import replace

import pytest

from frazil.frozen.checks import check
from frazil.frozen.document import DocumentError
from frazil.frozen.inputs import frozen_edge
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenIndex, FrozenPolicy, FrozenTarget, Inputs
from frazil.model import ArchiveSource, DirectorySource, IndexSource, PackageRules, Rules, Source, VcsSource
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement

LINUX = parse_environment("linux", "3.12", "manylinux_2_28_x86_64")
COMMIT = "0" * 40
SHA256 = "ab" * 32


def asked(source: Source, *texts: str, hashes: tuple[str, ...] = ()) -> Frozen:
    """Make a lock that pins `a 1.0` from a source, for a target that asks for it in some words."""
    filename = "a-1.0.tar" if isinstance(source, VcsSource) else "a-1.0.tar.gz"
    files = () if isinstance(source, DirectorySource) else (FrozenArtifact(filename=filename, sha256=SHA256, size=1),)
    edges = tuple(frozen_edge(parse_requirement(text), (LINUX,), hashes=hashes) for text in texts)
    return Frozen(
        inputs=Inputs(
            environments=(LINUX,),
            resolves=(("default", FrozenPolicy()),),
            targets=(FrozenTarget(name="app", environments=("linux",), requirements=edges),),
        ),
        coordinates=(
            Coordinate(name="a", version="1.0", source=source, resolves=(("default", ("linux",)),), artifacts=files),
        ),
    )


def archive(url: str, subdirectory: str | None = None) -> ArchiveSource:
    return ArchiveSource(url, subdirectory)


def git(url: str, revision: str | None, subdirectory: str | None = None) -> VcsSource:
    return VcsSource("git", url, revision, COMMIT, subdirectory)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (archive("https://h.example/a.zip"), "a @ https://h.example/a.zip"),
        (archive("https://h.example/a.zip"), f"a @ https://h.example/a.zip#sha256={SHA256}"),
        (archive("https://h.example/a.zip", "b"), "a @ https://h.example/a.zip#egg=a&subdirectory=b"),
        (archive("https://h.example/a.zip?x=1"), "a @ https://h.example/a.zip?x=1"),
        (archive("file:vendored/a.zip"), "a @ file:vendored/a.zip"),
        (git("https://h.example/a", None), "a @ git+https://h.example/a"),
        (git("https://h.example/a", "v1"), "a @ git+https://h.example/a@v1"),
        (git("https://h.example/@b/a", "a@1"), "a @ git+https://h.example/@b/a@a@1"),
        (
            git("ssh://git@h.example/a.git", "feature/b", "c"),
            "a @ GIT+ssh://git@h.example/a.git@feature/b#subdirectory=c",
        ),
        (DirectorySource("vendored/a"), "a @ file:vendored/a"),
    ],
)
def test_a_release_from_the_address_that_was_asked_for_is_taken(source: Source, text: str) -> None:
    check(asked(source, text))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (archive("https://elsewhere.example/a.zip"), "a @ https://h.example/a.zip"),
        (archive("https://h.example/a.zip"), "a @ https://h.example/a.zip#subdirectory=b"),
        (archive("https://h.example/a.zip", "b"), "a @ https://h.example/a.zip"),
        (archive("https://h.example/a.zip"), "a @ git+https://h.example/a.zip"),
        (git("https://h.example/a", "v1"), "a @ git+https://h.example/a@v2"),
        (git("https://h.example/a", "v1"), "a @ git+https://h.example/a"),
        (git("https://h.example/a", None), "a @ https://h.example/a"),
        (git("https://h.example/a", "v1", "b"), "a @ git+https://h.example/a@v1"),
        (DirectorySource("vendored/b"), "a @ file:vendored/a"),
        (IndexSource("default"), "a @ https://h.example/a.zip"),
    ],
)
def test_a_release_from_another_address_is_refused(source: Source, text: str) -> None:
    with pytest.raises(
        DocumentError, match=r"^targets\.app\.requirements\[0\] asks for a @ .*, and resolve default pins"
    ):
        check(asked(source, text))


@pytest.mark.parametrize(
    "source", [archive("https://h.example/a.zip"), git("https://h.example/a", None), DirectorySource("a")]
)
def test_a_release_from_an_address_that_nobody_asked_for_is_refused(source: Source) -> None:
    with pytest.raises(DocumentError, match=r"comes from an address that nothing in resolve default asks for in linux"):
        check(asked(source, "a>=1"))


def test_one_who_names_the_address_is_enough() -> None:
    source = archive("https://h.example/a.zip")
    check(asked(source, "a>=1", "a @ https://h.example/a.zip"))


def test_a_directory_without_a_version_fits_every_specifier() -> None:
    frozen = asked(DirectorySource("vendored/a"), "a>=5", "a @ file:vendored/a")
    folder = replace(frozen.coordinates[0], version=None)
    check(replace(frozen, coordinates=(folder,)))


def test_a_directory_has_no_file_that_could_have_a_hash() -> None:
    with pytest.raises(DocumentError, match=r"demands hashes"):
        check(asked(DirectorySource("vendored/a"), "a @ file:vendored/a", hashes=(f"sha256:{SHA256}",)))


def test_the_chosen_file_must_have_one_of_the_demanded_hashes() -> None:
    source = IndexSource("default")
    check(asked(source, "a", hashes=(f"sha256:{SHA256}", f"sha256:{'0' * 64}")))
    with pytest.raises(DocumentError, match=r"demands hashes of a that the file of a 1.0 for linux does not have"):
        check(asked(source, "a", hashes=(f"sha256:{'0' * 64}",)))


# Indexes ---------------------------------------------------------------------------------------------------

OPEN = FrozenIndex(name="open", url="https://open.index.example/simple/")
OTHER = FrozenIndex(name="other", url="https://other.index.example/simple/")
RESERVED = FrozenIndex(name="r", url="https://r.index.example/simple/", packages=("a*",))


def named(index: str) -> FrozenPolicy:
    return FrozenPolicy(rules=Rules(packages=(("a", PackageRules(index=index)),)))


def without_a_name() -> FrozenPolicy:
    return FrozenPolicy(rules=Rules(packages=(("a", PackageRules(prerelease="allow")),)))


def served(
    by: str,
    *indexes: FrozenIndex,
    general: FrozenPolicy = FrozenPolicy(),  # noqa: B008 - frozen
    own: FrozenPolicy = FrozenPolicy(),  # noqa: B008
) -> Frozen:
    """Make a lock that pins `a 1.0` from an index."""
    frozen = asked(IndexSource(by), "a")
    inputs = replace(frozen.inputs, indexes=indexes, policy=general, resolves=(("default", own),))
    file = FrozenArtifact(filename="a-1.0.tar.gz", sha256=SHA256, size=1, path="a/")
    return replace(frozen, inputs=inputs, coordinates=(replace(frozen.coordinates[0], artifacts=(file,)),))


@pytest.mark.promise("R11")
@pytest.mark.parametrize(
    "frozen",
    [
        served("open", OPEN, OTHER),
        served("other", OPEN, OTHER),
        served("r", OPEN, RESERVED),
        served("other", OPEN, OTHER, general=named("other")),
        served("other", OPEN, OTHER, own=named("other")),
        served("other", OPEN, OTHER, general=named("open"), own=named("other")),
        served("open", OPEN, RESERVED, general=named("open")),
        served("r", OPEN, RESERVED, general=without_a_name()),
        served("r", OPEN, RESERVED, own=without_a_name()),
        served("open", OPEN, OTHER, general=named("open"), own=without_a_name()),
    ],
)
def test_a_release_from_an_index_that_may_serve_it_is_taken(frozen: Frozen) -> None:
    check(frozen)


@pytest.mark.promise("R11")
@pytest.mark.parametrize(
    "frozen",
    [
        served("open", OPEN, RESERVED),
        served("open", OPEN, OTHER, general=named("other")),
        served("open", OPEN, OTHER, own=named("other")),
        served("open", OPEN, OTHER, general=named("open"), own=named("other")),
        served("r", OPEN, RESERVED, general=named("open")),
        served("open", OPEN, RESERVED, general=without_a_name()),
        served("open", OPEN, RESERVED, own=without_a_name()),
    ],
)
def test_a_release_from_an_index_that_may_not_serve_it_is_refused(frozen: Frozen) -> None:
    with pytest.raises(DocumentError, match="comes from index"):
        check(frozen)
