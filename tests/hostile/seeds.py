"""Good input for every door, which mutations make hostile."""

import json
import tempfile
from pathlib import Path

from frazil.fetcher.result import FetchResult, Output, ResultKey, Signed, SignedInputs, format_result
from frazil.http.plain_pages import PlainPages
from frazil.index.metadata_cache import MetadataCache
from frazil.model import Metadata
from frazil.store.signature import Signature
from tests.hostile.doors import JSON_PAGE, KEPT, PAGE
from tests.support.archives import metadata_text, sdist_bytes, tar_gz_bytes, wheel_bytes, zip_bytes

FIXTURES = Path(__file__).parents[2] / "fixtures"

METADATA = metadata_text(
    "foo",
    "1.0",
    requires=["bar>=1,<2", "baz[x,y]>=1.0; python_version < '3.13' and (sys_platform == 'win32' or extra == 'z')"],
    extras={"fast": ["quick~=1.4"]},
    requires_python=">=3.8",
    headers=["License: MIT", "Classifier: License :: OSI Approved :: MIT License", "", "A description."],
)

MANIFEST = b"""\
[project]
name = "services-api"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["flask>=3", "fastlex @ https://files.index.example/fastlex-1.2-py3-none-any.whl"]
[project.optional-dependencies]
gpu = ["torch==2.1; sys_platform == 'linux'"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
[build-system]
requires = ["hatchling"]
[tool.frazil]
prerelease = "allow"
exclude-newer = "2024-01-02"
constraints = ["click<8.2"]
[[tool.frazil.index]]
name = "corp"
url = "https://index.example/simple/"
files = "https://files.index.example/"
packages = ["corp-*"]
[tool.frazil.environments.linux]
python = "3.12"
platform = "manylinux_2_28_x86_64"
[tool.frazil.targets."jobs/etl"]
requirements = ["pandas>=2"]
environments = ["linux"]
[tool.frazil.resolves.legacy]
targets = ["jobs/*"]
constraints = ["django<5"]
[tool.frazil.packages.torch]
index = "corp"
"""

REQUIREMENTS = b"""\
# what the job needs
flask>=3 ; python_version >= "3.11" \\
    --hash=sha256:7346bde1498631f445b1f71468f9ba643733adc90ebeafd04fa4d15a441bc2d0
numpy[all]==2.1.3
fastlex @ https://files.index.example/fastlex-1.2-py3-none-any.whl
"""

SCRIPT = b"""\
# /// script
# requires-python = ">=3.11"
# dependencies = ["flask>=3"]
# [tool.frazil]
# environments = ["linux"]
# ///
print("hello")
"""

NETRC = b"machine index.example login me password secret\ndefault login anybody password none\n"

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n3\r\nyou\r\n0\r\nTrailer: x\r\n\r\n"


def json_page() -> bytes:
    def file(filename: str) -> dict[str, object]:
        return {
            "filename": filename,
            "url": f"https://files.index.example/packages/ab/cd/{filename}",
            "hashes": {"sha256": "ab" * 32},
            "requires-python": ">=3.8",
            "yanked": False,
            "core-metadata": {"sha256": "cd" * 32},
            "size": 100,
            "upload-time": "2024-01-02T03:04:05Z",
        }

    wheels = (f"foo-{rest}.whl" for rest in ("1.0-py3-none-any", "1.1-py3-none-any", "1.0-1-cp312-cp312-win_amd64"))
    names = (*wheels, "foo-1.0.tar.gz", "Foo-2.0.zip")
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "foo", "files": [file(name) for name in names]}).encode()


HTML_PAGE = b"""\
<!DOCTYPE html>
<html><head><meta name="pypi:repository-version" content="1.1"><title>foo</title></head>
<body>
<a href="../../packages/foo-1.0-py3-none-any.whl#sha256=DIGEST"
 data-requires-python="&gt;=3.8" data-core-metadata="sha256=DIGEST">foo</a><br>
<a href="https://files.index.example/foo-1.1.tar.gz" data-yanked="broken">foo-1.1.tar.gz</a>
<!-- nothing --><script>var a = "<a href='x'>";</script>
</body></html>
""".replace(b"DIGEST", b"ab" * 32)


def kept_page() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        pages = PlainPages(Path(folder))
        headers = {"cache-control": "max-age=600", "etag": '"x"', "date": "Tue, 02 Jan 2024 03:04:05 GMT"}
        pages.keep(PAGE, JSON_PAGE, headers, json_page())
        return Path(pages._place(PAGE)).read_bytes()


def kept_metadata() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        cache = MetadataCache(Path(folder))
        cache.write(KEPT, "", "foo", "1.0", Metadata("foo", "1.0", ("bar>=1",), ">=3.8", ("x",), "MIT"))
        return Path(cache._place(KEPT, "") or "").read_bytes()


def fetch_result() -> bytes:
    signature = Signature(100, 1_700_000_000_000_000_000, 12345)
    signed = Signed("/project/pyproject.toml", signature, "ab" * 32, 1_700_000_000_000_000_000)
    return format_result(
        FetchResult(
            key=ResultKey(lock="/project/frozen.json", out="/project/out"),
            lock=signed,
            inputs=SignedInputs(files=(signed,), absent=("frazil.toml",), folders=()),
            options=(("layout", "flat"),),
            outputs=(Output("foo-1.0-py3-none-any.whl", "ab" * 32, "copy", signature),),
            targets=("app",),
            environments=("linux",),
            undelivered=(),
            artifacts=1,
            size=100,
        )
    )


def seeds() -> dict[str, tuple[bytes, ...]]:
    """Return good input for each door, by its name."""
    locks = tuple(path.read_bytes() for path in sorted((FIXTURES / "frozen" / "v1" / "good").glob("*.json")))
    source = sdist_bytes("foo", "1.0", METADATA)
    zipped = zip_bytes({"foo-1.0/PKG-INFO": METADATA.encode(), "foo-1.0/pyproject.toml": MANIFEST})
    foreign = {kind: (FIXTURES / "foreign" / name).read_bytes() for kind, name in _FOREIGN.items()}
    return {
        "answer": (ANSWER, CHUNKED),
        "configuration": (MANIFEST.partition(b"[tool.frazil]\n")[2].replace(b"tool.frazil.", b""),),
        "fetch-result": (fetch_result(),),
        "html-page": (HTML_PAGE,),
        "json-page": (json_page(),),
        "kept-metadata": (kept_metadata(),),
        "kept-page": (kept_page(),),
        "lock": locks,
        "manifest": (MANIFEST,),
        "metadata": (METADATA.encode(),),
        "netrc": (NETRC,),
        "pkg-info": (METADATA.replace("Version: 2.1", "Version: 2.2").encode(),),
        "requirements": (REQUIREMENTS,),
        "script": (SCRIPT,),
        "sdist": (source, tar_gz_bytes({"foo-1.0/PKG-INFO": METADATA.encode()})),
        "unpacked-sdist": (source,),
        "unpacked-zip": (zipped,),
        "wheel": (wheel_bytes("foo", "1.0", METADATA),),
        "zip": (zipped,),
        **{kind: (data,) for kind, data in foreign.items()},
    }


_FOREIGN = {"pdm-lock": "pdm.lock", "poetry-lock": "poetry.lock", "pylock": "pylock.toml", "uv-lock": "uv.lock"}
