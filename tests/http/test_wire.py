"""Connections: certificates, proxies, and what goes wrong before there is an answer."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.default_index import MachineIndex
from frazil.errors import (
    AuthenticationError,
    ConfigurationError,
    FrazilError,
    IndexAnswerError,
    IndexUnreachable,
    Interrupted,
)
from frazil.http import Client
from frazil.http.wire import joined
from frazil.settings import Settings
from tests.support.index_server import IndexServer

LIMIT = 1000


def get(settings: Settings, url: str, machine: MachineIndex | None = None, /, **environ: str) -> bytes:
    settings = replace(settings, retries=0, environ={**settings.environ, **environ})
    with Client(settings, machine=machine) as client:
        return client.get(url, limit=LIMIT).body


# Certificates


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for loopback that nobody has signed, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=index.example"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key"), "-out", str(folder / "chain")]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key").read_bytes() + (folder / "chain").read_bytes())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[IndexServer]:
    with IndexServer(certificate=certificate) as server:
        server.serve("/x", b"secret")
        yield server


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(secure: IndexServer, settings: Settings) -> None:
    with Client(settings) as client:
        with pytest.raises(IndexUnreachable, match="shows a certificate that is not trusted: self-signed") as caught:
            client.get(f"{secure.origin}/x", limit=LIMIT)
        assert client.requests == 1
    assert caught.value.hint is not None
    assert "SSL_CERT_FILE" in caught.value.hint
    assert secure.log == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_names_who_is_trusted(
    secure: IndexServer, settings: Settings, certificate: Path, variable: str
) -> None:
    assert get(settings, f"{secure.origin}/x", **{variable: str(certificate)}) == b"secret"


def test_a_folder_of_certificates_is_searched_by_their_hashes(
    secure: IndexServer, settings: Settings, certificate: Path, tmp_path: Path
) -> None:
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    shutil.copy(certificate, tmp_path / f"{name}.0")
    assert get(settings, f"{secure.origin}/x", SSL_CERT_DIR=str(tmp_path)) == b"secret"


def test_pips_certificate_goes_before_the_environments(
    secure: IndexServer, settings: Settings, certificate: Path
) -> None:
    machine = MachineIndex(url=secure.url, cert=str(certificate))
    assert get(settings, f"{secure.origin}/x", machine, SSL_CERT_FILE="/nowhere") == b"secret"


def test_hosts_that_pip_trusts_need_no_certificate(secure: IndexServer, settings: Settings) -> None:
    machine = MachineIndex(url=secure.url, trusted_hosts=("127.0.0.1",))
    assert get(settings, f"{secure.origin}/x", machine) == b"secret"
    with pytest.raises(IndexUnreachable, match="not trusted"):
        get(settings, f"{secure.origin}/x", MachineIndex(url=secure.url, trusted_hosts=("127.0.0.1:1",)))


def test_pips_client_certificate_is_loaded(secure: IndexServer, settings: Settings, certificate: Path) -> None:
    machine = MachineIndex(url=secure.url, cert=str(certificate), client_cert=str(certificate))
    assert get(settings, f"{secure.origin}/x", machine) == b"secret"


@pytest.mark.parametrize(
    ("machine", "environ", "sentence"),
    [
        (
            None,
            {"SSL_CERT_FILE": "/nowhere/ca.pem"},
            "the certificates in /nowhere/ca.pem cannot be read: no such file",
        ),
        (None, {"SSL_CERT_FILE": os.devnull}, f"the certificates in {os.devnull} cannot be read"),
        (
            MachineIndex(url="", client_cert="/nowhere/me.pem"),
            {},
            "the client certificate /nowhere/me.pem cannot be read",
        ),
    ],
)
def test_certificates_that_cannot_be_read_are_one_sentence(
    settings: Settings, machine: MachineIndex | None, environ: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        get(settings, "https://127.0.0.1:1/x", machine, **environ)
    assert caught.value.hint is not None


def test_a_redirect_from_https_to_http_is_refused(
    secure: IndexServer, index_server: IndexServer, settings: Settings, certificate: Path
) -> None:
    secure.redirect("/down", index_server.serve("/x", b"plain"))
    with pytest.raises(IndexAnswerError, match="redirects from https to http: http://127"):
        get(settings, f"{secure.origin}/down", SSL_CERT_FILE=str(certificate))
    index_server.redirect("/up", f"{secure.origin}/x")
    assert get(settings, f"{index_server.origin}/up", SSL_CERT_FILE=str(certificate)) == b"secret"


def test_https_asked_of_a_plain_server_is_one_sentence(index_server: IndexServer, settings: Settings) -> None:
    with pytest.raises(IndexUnreachable, match="cannot be reached"):
        get(settings, index_server.origin.replace("http:", "https:"), SSL_CERT_DIR=os.sep)


def test_the_end_wakes_who_waits_for_a_secure_server(
    secure: IndexServer, settings: Settings, certificate: Path
) -> None:
    secure.fault("/x", stall=60)
    client = Client(replace(settings, timeout=50, environ={"SSL_CERT_FILE": str(certificate)}))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, f"{secure.origin}/x", limit=LIMIT)
        while not secure.log:
            time.sleep(0.01)
        client.close()
        assert isinstance(waiting.exception(timeout=30), Interrupted)


# Proxies


def test_requests_go_through_the_proxy_of_the_environment(index_server: IndexServer, settings: Settings) -> None:
    index_server.serve("/x", b"by proxy")
    assert get(settings, "http://index.example/x", HTTP_PROXY=index_server.origin) == b"by proxy"
    assert index_server.log[0].path == "http://index.example/x"
    assert index_server.log[0].headers["host"] == "index.example"


def test_requests_go_through_pips_proxy_with_its_password_and_not_around_it(
    index_server: IndexServer, settings: Settings
) -> None:
    index_server.serve("/x", b"by proxy")
    machine = MachineIndex(url="", proxy=index_server.origin.replace("//", "//me:canary@"))
    assert get(settings, "http://index.example/x", machine, HTTP_PROXY="http://127.0.0.1:1") == b"by proxy"
    assert index_server.log[0].headers["proxy-authorization"] == "Basic bWU6Y2FuYXJ5"
    assert get(settings, f"{index_server.origin}/x", machine, NO_PROXY="127.0.0.1") == b"by proxy"
    assert "proxy-authorization" not in index_server.log[1].headers


@pytest.mark.parametrize(("status", "error"), [(407, AuthenticationError), (502, IndexUnreachable)])
def test_a_proxy_that_opens_no_tunnel_is_one_sentence(
    index_server: IndexServer, settings: Settings, status: int, error: type[FrazilError]
) -> None:
    index_server.fault("*", status=status)
    proxy = index_server.origin.replace("//", "//me:canary@")
    with pytest.raises(error, match=r"the proxy .* https://index\.example/x") as caught:
        get(settings, "https://index.example/x", HTTPS_PROXY=proxy, SSL_CERT_DIR=os.sep)
    assert "canary" not in caught.value.sentence
    assert "tunnel" not in caught.value.sentence


def test_https_goes_through_a_tunnel_of_the_proxy(
    secure: IndexServer, index_server: IndexServer, settings: Settings, certificate: Path
) -> None:
    proxies = {"HTTPS_PROXY": index_server.origin, "SSL_CERT_FILE": str(certificate)}
    assert get(settings, f"{secure.origin}/x", **proxies) == b"secret"
    assert [request.method for request in index_server.log] == ["CONNECT"]
    assert "authorization" not in index_server.log[0].headers


@pytest.mark.parametrize(
    ("proxy", "sentence"),
    [
        ("ftp://me:canary@proxy.example", "ftp://proxy.example is no address of a proxy"),
        ("http://proxy:x", "http://proxy:x is no address of a proxy"),
        ("socks5://me:canary@proxy.example", "speaks SOCKS, and `socksio` is not installed"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence(settings: Settings, proxy: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        get(settings, "http://index.example/x", ALL_PROXY=proxy)
    assert "canary" not in caught.value.sentence


# Failures


def test_a_server_that_is_not_there_is_one_sentence(settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        with pytest.raises(IndexUnreachable, match=f"{url} cannot be reached: the connection is refused") as caught:
            get(settings, url)
    assert caught.value.hint is not None


@pytest.mark.parametrize("url", ["ftp://index.example/x", "file:///x", "x", "", "http://", "http:///x", "http://a:b/"])
def test_what_is_no_http_address_is_refused_without_a_request(settings: Settings, url: str) -> None:
    with Client(settings) as client:
        with pytest.raises(IndexAnswerError, match="is not an address that can be asked over HTTP"):
            client.get(url, limit=LIMIT)
        with pytest.raises(IndexAnswerError), client.stream(url):
            pass


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nshort",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"HTTP/1.1 \x1b[31m\r\n\r\n",
    ],
)
def test_what_is_no_http_answer_is_one_sentence(settings: Settings, answer: bytes) -> None:
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    with listener, pytest.raises(IndexUnreachable, match=f"{url} broke off its answer"):
        get(settings, url)
    thread.join(10)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("../b", "https://index.example/b"),
        ("//other.example/x", "https://other.example/x"),
        ("https://me:pw@other.example/x?y#z", "https://other.example/x?y"),
        ("HTTP://OTHER.example/x", "http://other.example/x"),
        ("?q", "https://index.example/a/x?q"),
        ("é", "https://index.example/a/%C3%A9"),
        ("ftp://other.example/", None),
        ("http://a\x00b/", None),
    ],
)
def test_a_location_is_joined_without_credentials(location: str, target: str | None) -> None:
    assert joined("https://index.example/a/x", location) == target
