"""Another client of the Remote Execution API reads what frazil wrote, and frazil what it wrote.

The other one is Google's and Bazel's own stubs as buildstream ships them, over protobuf: nothing of ours is in it.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from frazil.remote.entry import key_of
from tests.support.cache_programs import SERVICES
from tests.support.index_server import IndexServer, world
from tests.support.real_places import real_place
from tests.support.teams import PACKAGES, Team, contents

pytestmark = pytest.mark.integration

# buildstream's own package wants the whole program; its stubs do not.
_CLIENT = """
import sys, types
import grpc
package = types.ModuleType("buildstream")
package.__path__ = [sys.argv[1]]
sys.modules["buildstream"] = package
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as messages
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2_grpc as services
channel = grpc.insecure_channel(sys.argv[2])
actions, storage = services.ActionCacheStub(channel), services.ContentAddressableStorageStub(channel)
instance, verb, sha256, size = sys.argv[3:7]
digest = messages.Digest(hash=sha256, size_bytes=int(size))
if verb == "read":
    request = messages.GetActionResultRequest(instance_name=instance, action_digest=digest)
    (file,) = actions.GetActionResult(request).output_files
    request = messages.BatchReadBlobsRequest(instance_name=instance, digests=[file.digest])
    sys.stdout.buffer.write(storage.BatchReadBlobs(request).responses[0].data)
else:
    blob = messages.BatchUpdateBlobsRequest.Request(digest=digest, data=sys.stdin.buffer.read())
    request = messages.BatchUpdateBlobsRequest(instance_name=instance, requests=[blob])
    assert storage.BatchUpdateBlobs(request).responses[0].status.code == 0
"""


def other_client(address: str, verb: str, sha256: str, size: int, data: bytes = b"") -> bytes:
    """Let the other client read the file of an entry, or write a blob."""
    stubs = SERVICES / "python" / "buildstream"
    if not stubs.is_dir() or not (SERVICES / "python" / "google").is_dir():
        pytest.skip("needs buildstream and protobuf, which `make services` could not get")
    host, _, instance = address.removeprefix("grpc://").partition("/")
    command = [sys.executable, "-c", _CLIENT, str(stubs), host, instance, verb, sha256, str(size)]
    environ = {"PYTHONPATH": str(SERVICES / "python"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, input=data, env=environ, capture_output=True, check=True).stdout


def test_another_client_reads_a_resolution_that_frazil_wrote(tmp_path: Path) -> None:
    with IndexServer() as index, real_place("casd", tmp_path) as place:
        writer = Team(tmp_path, world(index, PACKAGES), place.address).fill()
        (key,) = place.kept("ac")
        size = key_of("ab" * 32).size  # all questions are as long
        assert other_client(place.address, "read", key, size) == writer.lock.read_bytes()


def test_frazil_reads_what_another_client_wrote(tmp_path: Path) -> None:
    with IndexServer() as index, real_place("casd", tmp_path) as place:
        team = Team(tmp_path, world(index, PACKAGES), place.address)
        alone = team.machine("alone")
        alone.ensure()
        for data in contents(alone).values():
            other_client(place.address, "write", hashlib.sha256(data).hexdigest(), len(data), data)
        team.index.close()
        reader = team.machine("reader")
        reader.lock.write_bytes(alone.lock.read_bytes())
        fetched = reader.ensure()
        assert (fetched.tier, fetched.fetch.shared, reader.warnings) == ("fetch", 3, [])
        assert contents(reader) == contents(alone)
