"""A build backend for tests, served as a wheel like the real ones, that does what the project's own table tells it.

    server.add_wheel("minibackend", "1.0", files=BACKEND_FILES)
    pyproject_text("acme", "2.1", dependencies=["dep"], tool={"requires": ["extra-tool"]})

`[tool.minibackend]` knows: `requires` (what it asks for besides), `tag` of the wheel, `dependencies` (in place of the
project's), `say` (lines) and `fail` (how it ends), `seconds` (to sleep first), `child` (a file that a child of its
writes to again and again), `probe` (a file for what it sees), `module` (to import while it builds).
"""

import json
from collections.abc import Mapping, Sequence

from tests.support.index_server import IndexFile, IndexServer

_BACKEND = r"""
import base64
import hashlib
import importlib, json, os, socket, subprocess, sys, time, tomllib, zipfile


def _project():
    with open("pyproject.toml", "rb") as file:
        document = tomllib.load(file)
    return document["project"], document.get("tool", {}).get("minibackend", {})


def _version(project):
    if "version" in project:
        return project["version"]
    told = os.environ.get("SETUPTOOLS_SCM_PRETEND_VERSION")
    if told:
        return told
    asked = subprocess.run(["git", "describe", "--tags"], capture_output=True, text=True)
    if asked.returncode:
        sys.exit("no version: " + asked.stderr)
    return asked.stdout.strip().lstrip("v").split("-")[0]


def _reachable():
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["PROBED_PORT"])), timeout=2).close()
    except OSError:
        return False
    return True


def _obey(tool):
    if "probe" in tool:
        seen = {"environ": dict(os.environ), "path": sys.path, "prefix": sys.prefix}
        if "PROBED_PORT" in os.environ:
            seen["reachable"] = _reachable()
        with open(tool["probe"], "w") as file:
            json.dump(seen, file)
    if "child" in tool:
        beat = "import time\nwhile True:\n    open(%r, 'a').write('x')\n    time.sleep(0.02)" % tool["child"]
        subprocess.Popen([sys.executable, "-c", beat], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(tool.get("seconds", 0))
    if "module" in tool:
        importlib.import_module(tool["module"])
    for line in tool.get("say", []):
        print(line)
    if "fail" in tool:
        sys.exit(tool["fail"])


def get_requires_for_build_wheel(config_settings=None):
    return _project()[1].get("requires", [])


def _recorded(name, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (name, digest, len(text.encode()))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project, tool = _project()
    _obey(tool)
    version, tag = _version(project), tool.get("tag", "py3-none-any")
    stem = project["name"].replace("-", "_") + "-" + version
    lines = ["Metadata-Version: 2.1", "Name: " + project["name"], "Version: " + version]
    lines += ["Requires-Dist: " + line for line in tool.get("dependencies", project.get("dependencies", []))]
    for extra, added in project.get("optional-dependencies", {}).items():
        lines += ["Provides-Extra: " + extra] + ["Requires-Dist: %s ; extra == '%s'" % (one, extra) for one in added]
    info = stem + ".dist-info/"
    members = {
        project["name"].replace("-", "_") + ".py": "VERSION = %r\n" % version,
        info + "METADATA": "\n".join(lines) + "\n",
        info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: %s\n" % tag,
    }
    members[info + "RECORD"] = "".join(_recorded(*each) for each in members.items()) + info + "RECORD,,\n"
    filename = stem + "-" + tag + ".whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return filename
"""

BACKEND_FILES = {"minibackend_api.py": _BACKEND}


def add_backend(server: IndexServer, version: str = "1.0", *, requires: Sequence[str] = ()) -> IndexFile:
    """Offer the backend as a wheel."""
    return server.add_wheel("minibackend", version, requires=requires, files=BACKEND_FILES)


def pyproject_text(
    name: str,
    version: str | None,
    *,
    dependencies: Sequence[str] = (),
    dynamic: Sequence[str] = (),
    optional: Mapping[str, Sequence[str]] | None = None,
    requires: Sequence[str] = ("minibackend",),
    requires_python: str | None = None,
    tool: Mapping[str, object] | None = None,
) -> str:
    """Return a manifest that the backend builds; without a version it is left to the build."""
    left_open = [*dynamic, *(["version"] if version is None else [])]
    lines = [
        "[build-system]",
        f"requires = {json.dumps(list(requires))}",
        'build-backend = "minibackend_api"',
        "[project]",
        f'name = "{name}"',
        *([f'version = "{version}"'] if version is not None else []),
        *([f"dynamic = {json.dumps(left_open)}"] if left_open else []),
        *([f'requires-python = "{requires_python}"'] if requires_python else []),
    ]
    if "dependencies" not in dynamic:
        lines.append(f"dependencies = {json.dumps(list(dependencies))}")
    if optional:
        lines += ["[project.optional-dependencies]", *(f"{key} = {json.dumps(list(v))}" for key, v in optional.items())]
    told = dict(tool or {})
    if "dependencies" in dynamic:
        told["dependencies"] = list(dependencies)
    if told:
        lines += ["[tool.minibackend]", *(f"{key} = {json.dumps(value)}" for key, value in told.items())]
    return "\n".join(lines) + "\n"


def add_source(server: IndexServer, name: str, version: str, **how: object) -> IndexFile:
    """Offer an sdist whose requirements only a build by the backend tells (`dependencies` of `pyproject_text`)."""
    from tests.support.archives import metadata_text, stem, tar_gz_bytes

    text = pyproject_text(name, version, dynamic=("dependencies",), **how)  # type: ignore[arg-type]
    root = stem(name, version)
    members = {"pyproject.toml": text, "PKG-INFO": metadata_text(name, version)}
    data = tar_gz_bytes({f"{root}/{path}": content.encode() for path, content in members.items()})
    return server.add_file(name, f"{root}.tar.gz", data, version=version)
