"""The index that other tests lean on is a real one: pip itself installs from it."""

import gzip
import hashlib
import http.client
import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.archives import metadata_text, wheel_bytes
from tests.support.index_server import JSON_TYPE, IndexServer, world


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request(method, parts.path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("form", ["json", "html"])
def test_pip_installs_wheels_and_builds_sdists_from_it(tmp_path: Path, form: str) -> None:
    with IndexServer(form=form) as server:
        server.add_wheel("Top.Level", "1.0", requires=["built>=1", "never ; python_version < '3'"])
        server.add_sdist("built", "1.5", requires=["leaf"], static=False)
        server.add_wheel("leaf", "1!2.0+local.1", tag="py2.py3-none-any", files={"leaf_data/x.txt": "x"})
        server.add_wheel("leaf", "3!0", requires_python="<3")
        server.add_wheel("leaf", "2!0", yanked="wrong")
        command = [sys.executable, "-m", "pip", "install", "top-level", "--target", str(tmp_path / "out")]
        command += ["--index-url", server.url, "--no-cache-dir", "--disable-pip-version-check", "-q"]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": ""})
    installed = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"top_level.py", "built.py", "leaf.py", "leaf_data"} <= installed
    assert "leaf-1!2.0+local.1.dist-info" in installed


def test_wheels_are_the_same_bytes_every_time_and_their_records_are_true() -> None:
    text = metadata_text("a", "1", extras={"x": ["b ; os_name == 'nt'", "c"]}, license_expression="MIT")
    data = wheel_bytes("a", "1", text, tag="cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    assert data == wheel_bytes("a", "1", text, tag="cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    assert "Requires-Dist: b ; (os_name == 'nt') and extra == 'x'" in text
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        wheel = archive.read("a-1.dist-info/WHEEL").decode()
        assert "Root-Is-Purelib: false" in wheel
        assert "Tag: cp311-cp311-manylinux2014_x86_64" in wheel
        assert archive.read("a-1.dist-info/RECORD").decode().count("sha256=") == 3


def test_pages_are_json_or_html_by_what_the_client_accepts() -> None:
    with IndexServer(max_age=600, etag=True, gzipped=True) as server:
        file = server.add_wheel("a", "1", requires_python=">=3.11", yanked="old")
        server.set_status("a", "archived", "done")
        status, headers, body = ask(f"{server.url}a/", Accept=JSON_TYPE)
        page = json.loads(body)
        assert (status, headers["content-type"]) == (200, JSON_TYPE)
        assert headers["cache-control"] == "max-age=600"
        assert page["project-status"] == {"status": "archived", "reason": "done"}
        assert page["versions"] == ["1"]
        [entry] = page["files"]
        assert entry["url"] == file.url == f"{server.files_url}{file.path}"
        assert entry["size"] == len(file.data)
        assert entry["hashes"]["sha256"] == hashlib.sha256(file.data).hexdigest()
        assert ask(f"{server.url}a/", If_None_Match=headers["etag"])[0] == 304
        packed = ask(f"{server.url}a/", Accept_Encoding="gzip")
        assert gzip.decompress(packed[2]) == body
        assert b"data-yanked=" in ask(f"{server.url}a/", Accept="text/html")[2]
        assert ask(f"{server.url}b/")[0] == 404
        assert ask(f"{server.url}A")[1]["location"] == "/simple/a/"
        assert json.loads(ask(server.url)[2])["projects"] == [{"name": "a"}]
        assert server.pages_asked() == ["a", "a", "a", "a", "b"]
        assert server.log[0].headers["accept"] == JSON_TYPE


@pytest.mark.parametrize(
    ("kind", "announced", "status"),
    [("always", dict, 200), ("unhashed", bool, 200), ("never", bool, 404), ("404", dict, 404)],
)
def test_metadata_files_are_there_or_not_as_asked(kind: str, announced: type, status: int) -> None:
    with IndexServer(metadata=kind) as server:
        file = server.add_wheel("a", "1")
        [entry] = json.loads(ask(f"{server.url}a/")[2])["files"]
        assert isinstance(entry["core-metadata"], announced)
        answer = ask(f"{file.url}.metadata")
        assert answer[0] == status
        assert (answer[2] == file.metadata) == (status == 200)


def test_ranges_are_parts_of_the_file_or_all_of_it() -> None:
    with IndexServer() as server:
        url = server.serve("/packages/x", b"0123456789")
        assert ask(url, Range="bytes=2-4")[::2] == (206, b"234")
        assert ask(url, Range="bytes=8-99")[1]["content-range"] == "bytes 8-9/10"
        assert ask(url, Range="bytes=-3")[::2] == (206, b"789")
        assert ask(url, Range="bytes=-99")[::2] == (206, b"0123456789")
        assert ask(url, Range="bytes=10-")[0] == 416
        server.ranges = False
        assert ask(url, Range="bytes=2-4")[::2] == (200, b"0123456789")


def test_faults_come_as_often_as_asked_and_are_logged() -> None:
    with IndexServer() as server:
        url = server.serve("/x", b"0123456789")
        server.fault("/x", status=503, headers={"Retry-After": "0"}, times=1)
        assert ask(url)[0] == 503
        assert ask(url)[0] == 200
        server.fault("/*", body=b"wrong", times=1)
        assert ask(url)[2] == b"wrong"
        server.fault("/x", truncate=3, times=1)
        with pytest.raises(http.client.IncompleteRead):
            ask(url)
        server.fault("/x", reset=True, times=1)
        with pytest.raises(ConnectionResetError):
            ask(url)
        assert [request.status for request in server.log] == [503, 200, 200, 200, 0]


def test_credentials_redirects_and_files_elsewhere() -> None:
    with IndexServer() as other, IndexServer(files=other, mount="/corp") as server:
        file = server.add_wheel("a", "1")
        assert file.url.startswith(other.origin)
        assert ask(file.url)[2] == file.data
        assert ask(f"{server.url}a/")[0] == 200
        server.redirect("/simple/*", f"{other.url}")
        assert ask(f"{server.url}a/")[1]["location"] == f"{other.url}a/"
        other.require_auth("user", "canary")
        assert ask(file.url)[0] == 401
        assert ask(file.url, Authorization="Basic dXNlcjpjYW5hcnk=")[0] == 200


def test_a_world_is_many_packages_from_few_words() -> None:
    with IndexServer() as server:
        world(
            server, {"a": {"1.0": ["b>=1"], "2.0": {"requires": ["b"], "sdist": True, "wheel": False}}, "b": {"1": []}}
        )
        assert [f.filename for f in server.projects["a"]] == ["a-1.0-py3-none-any.whl", "a-2.0.tar.gz"]
        server.withdraw(server.projects["b"][0])
        assert ask(server.projects["b"][0].url)[0] == 404
        assert ask(f"{server.url}b/")[0] == 200
