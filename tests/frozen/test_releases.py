"""Files and the releases they belong to."""

from dataclasses import replace

import pytest

from frazil.frozen.document import DocumentError
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenIndex, Inputs
from frazil.frozen.releases import check_release, label
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.project.environments import parse_environment

FROZEN = Frozen(
    inputs=Inputs(
        environments=(
            parse_environment("linux", "3.12", "manylinux_2_28_x86_64"),
            parse_environment("windows", "3.12", "win_amd64"),
        ),
        indexes=(
            FrozenIndex(name="default"),
            FrozenIndex(name="corp", url="https://index.example/simple/", files="https://files.index.example/"),
        ),
    )
)
DEFAULT = IndexSource("default")
GIT = VcsSource("git", "https://git.index.example/a", None, "0" * 40)


def release(
    filename: str, *, name: str = "a", version: str = "1.0", source: Source = DEFAULT, **changes: object
) -> Coordinate:
    file = FrozenArtifact(filename=filename, sha256="0" * 64, size=1)
    return Coordinate(
        name=name,
        version=version,
        source=source,
        resolves=(("default", ("linux",)),),
        artifacts=(replace(file, **changes),),  # type: ignore[arg-type]
    )


def refusal(coordinate: Coordinate) -> str | None:
    try:
        check_release(coordinate, FROZEN, {})
    except DocumentError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("name", "version", "filename"),
    [
        ("a", "1.0", "a-1.0-py3-none-any.whl"),
        ("a", "1.0", "A-1-1build-py2.py3-none-any.whl"),
        ("a-b", "1.0", "a_b-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        ("a-b", "1.0", "a.b-1.0-cp39-abi3-linux_x86_64.whl"),
        ("a-b", "1.0", "A_B-1.0.tar.gz"),
        ("a-b", "1.0", "a-b-1.0.0.zip"),
        ("a-b", "1.0.post1", "a-b-1.0-1.tar.gz"),
        ("a", "2.0+cu.12", "a-2.0+cu.12-py3-none-any.whl"),
        ("a", "1!2.0", "a-1!2.0-py3-none-any.whl"),
    ],
)
def test_a_file_of_the_release_is_taken_however_it_spells_itself(name: str, version: str, filename: str) -> None:
    assert refusal(release(filename, name=name, version=version)) is None


@pytest.mark.parametrize(
    ("name", "version", "filename"),
    [
        ("a", "1.0", "a-1.1-py3-none-any.whl"),
        ("a", "1.0", "a-1.0+local-py3-none-any.whl"),
        ("a", "1.0", "b-1.0-py3-none-any.whl"),
        ("a", "1.0", "a-1.0-py3-none.whl"),
        ("a", "1.0", "a-b-1.0.tar.gz"),
        ("a-b", "1.0", "a-1.0.tar.gz"),
        ("a", "1.0", "a-1.0.tar.bz2"),
        ("a", "1.0", "a-1.0.exe"),
        ("a", "1.0", "a-1.0.tar"),
        ("a", "1.0", "a.tar.gz"),
    ],
)
def test_a_file_of_another_release_is_refused(name: str, version: str, filename: str) -> None:
    said = refusal(release(filename, name=name, version=version))
    assert said == f'artifacts[0].filename is "{filename}", which is no file of {name} {version}'


@pytest.mark.parametrize(
    ("source", "filename", "fits"),
    [
        (GIT, "a-1.0.tar", True),
        (GIT, "a-1.0.tar.gz", False),
        (GIT, "A-1.0.tar", False),
        (ArchiveSource("https://h.example/v1.tar.gz"), "v1.tar.gz", True),
        (ArchiveSource("https://h.example/v1.tar.gz"), "v1.exe", False),
        (ArchiveSource("https://h.example/a-1.0-py3-none-any.whl"), "a-1.0-py3-none-any.whl", True),
        (ArchiveSource("https://h.example/a-1.0-py3-none-any.whl"), "a-2.0-py3-none-any.whl", False),
        (ArchiveSource("https://h.example/a-1.0-py3-none-any.whl"), "v1.tar.gz", False),
    ],
)
def test_a_direct_reference_has_a_file_of_its_kind(source: Source, filename: str, *, fits: bool) -> None:
    assert (refusal(release(filename, source=source)) is None) is fits


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-cp311-manylinux_2_17_x86_64",
        "cp312-cp312-manylinux_2_31_x86_64",
        "py3-none-win_amd64",
        "cp312t-cp312t-any",
    ],
)
def test_a_wheel_that_no_tag_fits_is_refused(tag: str) -> None:
    said = refusal(release(f"a-1.0-{tag}.whl")) or ""
    assert said.startswith("artifacts[0].filename")


def test_a_wheel_that_stands_for_a_hundred_thousand_tags_is_refused() -> None:
    many = ".".join("abcdefghijklmnopqrstuvwxyz")
    said = refusal(release(f"a-1.0-{many}-{many}-{many}.whl")) or ""
    assert said.endswith("which is no file of a 1.0")


def test_a_wheel_kept_beside_need_not_fit() -> None:
    kept = release("a-1.0-py3-none-win_amd64.whl", environments=())
    chosen = FrozenArtifact(filename="a-1.0-py3-none-any.whl", sha256="1" * 64, size=1)
    assert refusal(replace(kept, artifacts=(*kept.artifacts, chosen))) is None


@pytest.mark.parametrize(
    ("index", "url", "fits"),
    [
        ("corp", "https://files.index.example/x/a.whl", True),
        ("corp", "https://index.example/x/a.whl", True),
        ("corp", "https://FILES.index.example/x/a.whl", True),
        ("corp", "https://files.index.example.elsewhere.example/a.whl", False),
        ("corp", "https://files.index.example:444/a.whl", False),
        ("default", "https://files.index.example/x/a.whl", False),
    ],
)
def test_a_file_of_an_index_lies_on_that_index(index: str, url: str, *, fits: bool) -> None:
    coordinate = release("a-1.0-py3-none-any.whl", source=IndexSource(index), url=url)
    assert (refusal(coordinate) is None) is fits


def test_a_file_at_a_direct_reference_lies_exactly_there() -> None:
    source = ArchiveSource("https://h.example/a-1.0-py3-none-any.whl")
    assert refusal(release("a-1.0-py3-none-any.whl", source=source, url=source.url)) is None
    assert refusal(release("a-1.0-py3-none-any.whl", source=source, url=f"{source.url}x")) is not None
    assert refusal(release("a-1.0.tar", source=GIT, url="https://git.index.example/a")) is not None


def test_one_file_must_be_for_the_python_of_its_environment_and_several_may_differ() -> None:
    one = replace(release("a-1.0-py3-none-any.whl"), requires_python="<3.12")
    assert refusal(one) == 'requires-python is "<3.12", which Python 3.12.0 of environment linux is not'
    spare = FrozenArtifact(filename="a-1.0.tar.gz", sha256="1" * 64, size=1, environments=())
    assert refusal(replace(one, artifacts=(*one.artifacts, spare))) is None


def test_a_requires_python_that_cannot_be_read_admits_all() -> None:
    assert refusal(replace(release("a-1.0-py3-none-any.whl"), requires_python=">=3.*.1 or so")) is None


def test_a_digest_has_one_size_in_the_whole_lock() -> None:
    sizes: dict[str, int] = {}
    check_release(release("a-1.0-py3-none-any.whl", size=5), FROZEN, sizes)
    with pytest.raises(DocumentError, match="differs from the size"):
        check_release(release("b-1.0-py3-none-any.whl", name="b", size=6), FROZEN, sizes)


def test_a_release_is_called_by_name_and_version() -> None:
    assert label(release("a-1.0.zip")) == "a 1.0"
    assert label(Coordinate(name="a", version=None, source=DirectorySource("x"))) == "a"
