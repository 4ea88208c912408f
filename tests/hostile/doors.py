"""The doors through which input from strangers comes in: each reads some bytes, and takes them or says why not.

A door returns None for what it takes, else the sentence with which it refuses. Anything else that is raised is a bug.
"""

import contextlib
import io
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType

from frazil.catalog import Unreadable
from frazil.credentials import Credentials
from frazil.errors import BadInput, IntegrityError, OutsideError
from frazil.fetcher.result import ResultKey, _record_of, read_result
from frazil.foreign.reading import parse_foreign_lock
from frazil.frozen.codec import parse_frozen_reporting
from frazil.http.lean import LeanWire
from frazil.http.patience import Transient
from frazil.http.plain_pages import PlainPages
from frazil.http.routes import Routes
from frazil.index.archives import ArchiveError, read_from_source, read_from_wheel
from frazil.index.core_metadata import read_source_metadata, read_wheel_metadata
from frazil.index.metadata_cache import MetadataCache
from frazil.index.simple import parse_page
from frazil.project.reading import read_project
from frazil.project.requirements_file import read_requirements_file
from frazil.project.script import parse_script
from frazil.project.tree import ProjectTree
from frazil.unpacking import unpack_source

JSON_PAGE = "application/vnd.pypi.simple.v1+json"
PAGE = "https://index.example/simple/foo/"
KEPT = "0" * 64

Door = Callable[[bytes], str | None]


def read_page(data: bytes, content_type: str) -> str | None:
    try:
        page = parse_page(data, content_type, PAGE, "foo")
        for version in page.versions:
            for offer in page.offers(version):
                assert "/" not in offer.filename
                assert offer.url.startswith(("http://", "https://"))
    except OutsideError as error:
        return error.sentence
    return None


def read_json_page(data: bytes) -> str | None:
    return read_page(data, JSON_PAGE)


def read_html_page(data: bytes) -> str | None:
    return read_page(data, "text/html")


def read_metadata(data: bytes) -> str | None:
    found = read_wheel_metadata(data, "foo", "1.0")
    return found.reason if isinstance(found, Unreadable) else None


def read_pkg_info(data: bytes) -> str | None:
    found = read_source_metadata(data, data, "foo", "1.0")
    return found.reason if isinstance(found, Unreadable) else None


def read_wheel(data: bytes) -> str | None:
    try:
        read_from_wheel(io.BytesIO(data), "foo", "1.0")
    except ArchiveError as error:
        return str(error)
    return None


def read_sdist(data: bytes) -> str | None:
    return _read_source(data, "foo-1.0.tar.gz")


def read_zip(data: bytes) -> str | None:
    return _read_source(data, "foo-1.0.zip")


def _read_source(data: bytes, filename: str) -> str | None:
    try:
        read_from_source(io.BytesIO(data), filename, "foo", "1.0")
    except ArchiveError as error:
        return str(error)
    return None


def unpack_sdist(data: bytes) -> str | None:
    return _unpack(data, "foo-1.0.tar.gz")


def unpack_zip(data: bytes) -> str | None:
    return _unpack(data, "foo-1.0.zip")


def _unpack(data: bytes, filename: str) -> str | None:
    with tempfile.TemporaryDirectory() as given:
        outside = Path(given)
        archive, folder = outside / filename, outside / "in" / "folder"
        archive.write_bytes(data)
        folder.mkdir(parents=True)
        try:
            unpack_source(archive, filename, folder)
        except (IntegrityError, BadInput) as error:
            return error.sentence
        finally:
            assert {path.name for path in outside.iterdir()} == {filename, "in"}
            assert {path.name for path in folder.parent.iterdir()} == {"folder"}
            assert not any(path.is_symlink() and _leads_out(path, folder) for path in folder.rglob("*"))
    return None


def _leads_out(link: Path, folder: Path) -> bool:
    return not Path(os.path.realpath(link)).is_relative_to(os.path.realpath(folder))


def read_lock(data: bytes) -> str | None:
    try:
        parse_frozen_reporting(data, "frozen.json")
    except BadInput as error:
        return error.sentence
    return None


@contextlib.contextmanager
def _project(files: dict[str, bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        yield Path(folder)


def read_manifest(data: bytes) -> str | None:
    return _read_project({"pyproject.toml": data})


def read_configuration(data: bytes) -> str | None:
    return _read_project({"frazil.toml": data})


def _read_project(files: dict[str, bytes]) -> str | None:
    with _project(files) as root:
        try:
            read_project(root, environ={})
        except BadInput as error:
            return error.sentence
    return None


def read_requirements(data: bytes) -> str | None:
    with _project({"requirements.txt": data}) as root:
        try:
            read_requirements_file(ProjectTree(root), "requirements.txt", {})
        except BadInput as error:
            return error.sentence
    return None


def read_script(data: bytes) -> str | None:
    try:
        parse_script(data.decode("utf-8", "replace"), "job.py")
    except BadInput as error:
        return error.sentence
    return None


def _foreign(name: str) -> Door:
    def read(data: bytes) -> str | None:
        try:
            parse_foreign_lock(data.decode("utf-8", "replace"), name)
        except BadInput as error:
            return error.sentence
        return None

    return read


def read_kept_page(data: bytes) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        pages = PlainPages(Path(folder))
        place = Path(pages._place(PAGE))
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        page = pages.find(PAGE, JSON_PAGE)
        body = None if page is None else page.read_body()
        return "a miss" if body is None else None


def read_kept_metadata(data: bytes) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        cache = MetadataCache(Path(folder))
        place = Path(cache._place(KEPT, "") or "")
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        return "a miss" if cache.read(KEPT, "", "foo", "1.0") is None else None


def read_fetch_result(data: bytes) -> str | None:
    key = ResultKey(lock="/project/frozen.json", out="/project/out")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(_record_of(Path(folder), key))
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        return "a miss" if read_result(Path(folder), key) is None else None


def read_netrc(data: bytes) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "netrc"
        place.write_bytes(data)
        place.chmod(0o600)
        try:
            Credentials(netrc=place).for_url(PAGE)
        except BadInput as error:
            return error.sentence
    return None


def read_answer(data: bytes) -> str | None:
    """Read a whole answer of HTTP, as a server may send it."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = threading.Thread(target=_say, args=(listening, data))
        server.start()
        wire = LeanWire(2.0, Routes({}), lambda: None, "tests")  # type: ignore[arg-type, return-value]
        try:
            incoming = wire.send(f"http://127.0.0.1:{listening.getsockname()[1]}/", {})
            with contextlib.closing(incoming):
                for _ in incoming.chunks():
                    pass
        except Transient as failure:
            return failure.sentence.partition(" ")[2]
        finally:
            wire.close()
            server.join()
    return None


def _say(listening: socket.socket, data: bytes) -> None:
    connection, _ = listening.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        connection.sendall(data)


DOORS = MappingProxyType(
    {
        "answer": read_answer,
        "configuration": read_configuration,
        "fetch-result": read_fetch_result,
        "html-page": read_html_page,
        "json-page": read_json_page,
        "kept-metadata": read_kept_metadata,
        "kept-page": read_kept_page,
        "lock": read_lock,
        "manifest": read_manifest,
        "metadata": read_metadata,
        "netrc": read_netrc,
        "pdm-lock": _foreign("pdm.lock"),
        "pkg-info": read_pkg_info,
        "poetry-lock": _foreign("poetry.lock"),
        "pylock": _foreign("pylock.toml"),
        "requirements": read_requirements,
        "script": read_script,
        "sdist": read_sdist,
        "unpacked-sdist": unpack_sdist,
        "unpacked-zip": unpack_zip,
        "uv-lock": _foreign("uv.lock"),
        "wheel": read_wheel,
        "zip": read_zip,
    }
)
