"""No file here names the host of a package registry, or a folder of the machine it was written on.

The default index is whatever pip on this machine would use; a lock, a page of documentation or a test that
spells a host would be wrong on the next machine. The hosts are asked from pip: this file names none either.
"""

import re
import subprocess
from pathlib import Path

import pytest
from pip._internal.models.index import PyPI, TestPyPI

ROOT = Path(__file__).parents[1]

HOSTS = sorted({part for index in (PyPI, TestPyPI) for part in (index.netloc, index.file_storage_domain)})

# Home folders, and where machines of ours keep their work; an address, or the end of a longer path, is no hit.
_FOLDERS = rb"/(?:root|work|home/[a-z][a-z0-9_-]*|Users/[A-Za-z][A-Za-z0-9_-]*)/[\w.]"
MACHINE_PATH = re.compile(rb"(?:(?<=file://)|(?<![\w.~/$:)}\]>*-]))" + _FOLDERS)


def _files() -> list[Path]:
    """Return every file that is committed or could be: tracked, or new and not ignored."""
    asked = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(asked, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("needs a git checkout")
    files = (ROOT / name.decode() for name in listing.stdout.split(b"\0") if name)
    return [file for file in files if file.is_file()]


def _hosts_in(text: bytes) -> list[str]:
    lowered = text.lower()
    return [host for host in HOSTS if host.lower().encode() in lowered]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    named = {str(file.relative_to(ROOT)): _hosts_in(file.read_bytes()) for file in _files()}
    assert {file: hosts for file, hosts in named.items() if hosts} == {}


def test_no_file_names_a_folder_of_a_machine() -> None:
    named = {str(file.relative_to(ROOT)): MACHINE_PATH.findall(file.read_bytes()) for file in _files()}
    assert {file: paths for file, paths in named.items() if paths} == {}


@pytest.mark.parametrize("host", HOSTS, ids=range(len(HOSTS)))
def test_a_host_is_found_wherever_it_stands(host: str) -> None:
    assert host in _hosts_in(f'url = "https://{host.upper()}/simple/"'.encode())


@pytest.mark.parametrize("folder", ["root", "home/ada", "work", "Users/Ada"])
@pytest.mark.parametrize("before", ['"', " ", "=", "file://", "("])
def test_a_machine_path_is_found_wherever_it_stands(folder: str, before: str) -> None:
    found = MACHINE_PATH.search(f"{before}/{folder}/main".encode())
    assert found is not None


@pytest.mark.parametrize("text", ["https://index.example/root/dev/", "{out}/work/a", "../work/a", "src/root/a"])
def test_a_path_that_only_ends_so_is_none(text: str) -> None:
    assert MACHINE_PATH.search(text.encode()) is None
