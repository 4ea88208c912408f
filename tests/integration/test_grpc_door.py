"""A Remote Execution server behind TLS that wants a token."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError
from tests.support.cache_programs import buildbox_casd
from tests.support.index_server import IndexServer, world
from tests.support.teams import PACKAGES, Team

pytestmark = pytest.mark.integration
INSTANCE = "team/frazil"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=cache.example"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key"), "-out", str(folder / "chain")]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key").read_bytes() + (folder / "chain").read_bytes())
    return both


@pytest.fixture
def team(tmp_path: Path, certificate: Path) -> Iterator[Team]:
    pytest.importorskip("grpc")
    from tests.support.grpc_door import door

    (tmp_path / "casd").mkdir()
    with IndexServer() as index, buildbox_casd(tmp_path / "casd", INSTANCE) as address:
        inside = address.removeprefix("grpc://").partition("/")[0]
        with door(inside, token="right", certificate=certificate) as port:
            outside = f"grpcs://127.0.0.1:{port}/{INSTANCE}"
            variables = {"SSL_CERT_FILE": str(certificate), "FRAZIL_REMOTE_CACHE_TOKEN": "right"}
            yield Team(tmp_path, world(index, PACKAGES), outside, **variables)


def test_with_the_token_it_is_read_and_written(team: Team) -> None:
    team.fill()
    team.index.close()
    reader = team.machine("reader")
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])


@pytest.mark.parametrize("token", ["wrong", ""])
def test_without_it_one_warning_says_so(team: Team, token: str) -> None:
    team.fill()
    reader = team.machine("reader", FRAZIL_REMOTE_CACHE_TOKEN=token)
    assert reader.ensure().tier == "resolve"
    (warning,) = reader.warnings
    assert "unauthenticated" in warning
    assert "right" not in warning


def test_a_certificate_that_nobody_vouches_for_is_one_warning(team: Team) -> None:
    reader = team.machine("reader", SSL_CERT_FILE="")
    assert reader.ensure().tier == "resolve"
    (warning,) = reader.warnings
    assert "unavailable" in warning


def test_another_instance_has_nothing_of_this_one(team: Team) -> None:
    team.fill()
    team.address = team.address.replace(INSTANCE, "other")
    reader = team.machine("reader")
    assert reader.ensure().tier == "resolve"


def test_a_server_that_is_not_there_is_one_warning(team: Team) -> None:
    team.address = "grpc://127.0.0.1:9/team"
    reader = team.machine("reader", write=True)
    assert reader.ensure().tier == "resolve"
    (warning,) = reader.warnings
    assert "unavailable" in warning


def test_an_object_store_that_refuses_or_has_no_bucket_is_one_warning(team: Team) -> None:
    pytest.importorskip("obstore")
    team.address = "s3://nowhere/team?endpoint=http://127.0.0.1:9&region=here"
    reader = team.machine("reader", write=True)
    assert reader.ensure().tier == "resolve"
    (warning,) = reader.warnings
    assert "the object store failed" in warning
    team.address = "s3://nowhere/team?endpont=x"
    with pytest.raises(ConfigurationError, match="cannot have the option endpont"):
        team.machine("mistaken").ensure()
