"""Requirements files: one for each target and environment, each file pinned by its digest."""

from inspect import cleandoc

from hypothesis import given

from frazil.frozen.model import Frozen
from frazil.model import ArchiveSource, IndexSource, VcsSource
from frazil.project.requirements_file import logical_lines
from frazil.report.export.requirements import requirements_files
from frazil.report.export.shipment import shipments
from tests.support.exports import Boxed, boxed_locks, request
from tests.support.graph_worlds import law
from tests.support.locks import example_lock


def texts(frozen: Frozen, *targets: str) -> dict[str, str]:
    return {exported.name: exported.text for exported in requirements_files(request(frozen, targets=targets))}


@law
@given(boxed_locks)
def test_every_release_has_a_line_with_the_digest_of_its_file(box: Boxed) -> None:
    asked = request(box.frozen)
    walks = shipments(asked.frozen, asked.targets, asked.environments)
    for exported, shipment in zip(requirements_files(asked), walks, strict=True):
        lines = [line for _, line in logical_lines(exported.text) if not line.startswith("--")]
        expected = []
        for coordinate in shipment.releases:
            artifact = shipment.artifact(coordinate)
            digest = f" --hash=sha256:{artifact.sha256}" if artifact is not None else ""
            match coordinate.source:
                case IndexSource():
                    expected.append((f"{coordinate.name}=={coordinate.version} ", digest))
                case ArchiveSource(url, _):
                    expected.append((f"{coordinate.name} @ {url} ", digest))
                case VcsSource() as source:
                    expected.append((f"{coordinate.name} @ git+{source.url}@{source.commit_id}", ""))
        assert len(lines) == len(expected)
        for line, (head, digest) in zip(lines, expected, strict=True):
            assert line.startswith(head.rstrip())
            assert line.endswith(digest)


def test_a_file_as_a_whole() -> None:
    files = texts(example_lock(), "libs/common")
    assert sorted(files) == ["requirements.libs-common.linux.txt", "requirements.libs-common.windows.txt"]
    assert files["requirements.libs-common.linux.txt"] == (
        cleandoc(
            """
            # libs/common for linux: Python 3.12 on manylinux_2_28_x86_64
            sqlalchemy==2.0.36 \\
                --hash=sha256:a85548c7899e21fc2313d6e3c146ac03178405d341fa7eabdbc7480b8cf7d1ea
                # via libs/common
            typing-extensions==4.12.2 \\
                --hash=sha256:47b93ca5225691562a8322911e3373c5cd24fdc26ca5ea17a4d915a3e9063247
                # via libs/common
            # services-common (libs/common) is a folder of the repository: it has no hash and is left out
            """
        )
        + "\n"
    )


def test_declared_indexes_are_named_and_the_machines_own_is_not() -> None:
    files = texts(example_lock(), "services/api")
    assert "\n--extra-index-url https://index.example/simple/\n" in files["requirements.services-api.linux.txt"]
    assert "index-url" not in texts(example_lock(), "jobs/etl")["requirements.jobs-etl.linux.txt"]


def test_a_commit_is_written_and_told() -> None:
    warned = {each.name: each.warnings for each in requirements_files(request(example_lock()))}
    assert warned["requirements.jobs-etl.linux.txt"] == ()
    (sentence,) = warned["requirements.services-api.linux.txt"]
    assert "acme-auth 2.1 is a commit" in sentence


def test_folders_are_not_spoken_of_where_they_are_not_wanted() -> None:
    files = requirements_files(request(example_lock(), targets=("libs/common",), local=False))
    assert not any("is a folder" in exported.text for exported in files)
