"""Real wheels and sdists, small and the same bytes every time."""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

from packaging.tags import parse_tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Extras = Mapping[str, Sequence[str]]

# A build backend without a single dependency: it packs what lies beside it, so that a build needs no network.
_BACKEND = r"""
import base64, hashlib, os, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def _lines(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [line for line in file.read().splitlines() if line]


def get_requires_for_build_wheel(config_settings=None):
    return _lines("requires-for-build")


def _recorded(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return name + ",sha256=" + digest + "," + str(len(data)) + "\n"


def _members():
    info, module = _lines("names")[:2]
    with open(os.path.join(HERE, "METADATA"), encoding="utf-8") as file:
        yield info + "/METADATA", file.read()
    yield info + "/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with open(os.path.join(HERE, os.pardir, module + ".py"), encoding="utf-8") as file:
        yield module + ".py", file.read()


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = _lines("names")[0]
    os.makedirs(os.path.join(metadata_directory, info))
    for name, text in _members():
        if name.startswith(info):
            with open(os.path.join(metadata_directory, name), "w", encoding="utf-8") as file:
                file.write(text)
    return info


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    info = _lines("names")[0]
    filename = info[: -len(".dist-info")] + "-py3-none-any.whl"
    members = list(_members())
    record = "".join(_recorded(name, text.encode()) for name, text in members) + info + "/RECORD,,\n"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for name, text in [*members, (info + "/RECORD", record)]:
            archive.writestr(zipfile.ZipInfo(name), text)
    return filename
"""


def normal_version(version: str) -> str:
    """Return the canonical spelling of a version; what is none stays as it is."""
    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def stem(name: str, version: str) -> str:
    """Return `name-version` as file names spell it."""
    return f"{canonicalize_name(name).replace('-', '_')}-{normal_version(version).replace('-', '_')}"


def metadata_text(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    extras: Extras | None = None,
    requires_python: str | None = None,
    metadata_version: str = "2.1",
    dynamic: Sequence[str] = (),
    license_expression: str | None = None,
    headers: Sequence[str] = (),
) -> str:
    """Return core metadata; `extras` maps an extra to what it adds, `headers` are further lines."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {normal_version(version)}"]
    lines += [f"Dynamic: {field}" for field in dynamic]
    lines += [f"License-Expression: {license_expression}"] if license_expression else []
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    for extra, added in (extras or {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {_gated(requirement, extra)}" for requirement in added]
    lines += headers
    return "\n".join(lines) + "\n"


def _gated(requirement: str, extra: str) -> str:
    head, _, marker = requirement.partition(";")
    # Without the space the semicolon would belong to the address of a direct reference.
    gate = f"({marker.strip()}) and extra == '{extra}'" if marker.strip() else f"extra == '{extra}'"
    return f"{head.strip()} ; {gate}"


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive with fixed times and modes, its members in the order given."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return packed.getvalue()


def tar_gz_bytes(members: Mapping[str, bytes]) -> bytes:
    """Return a gzipped tar archive with fixed times, owners and modes, its members in the order given."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(packed.getvalue(), mtime=0)


def wheel_bytes(
    name: str,
    version: str,
    metadata: str,
    *,
    tag: str = "py3-none-any",
    files: Mapping[str, bytes | str] | None = None,
) -> bytes:
    """Return a wheel that any installer takes: one importable module and the given files."""
    info = f"{stem(name, version)}.dist-info"
    pure = str(tag.endswith("-any")).lower()
    tags = "".join(f"Tag: {one}\n" for one in sorted(map(str, parse_tag(tag))))
    members = {
        f"{module_name(name)}.py": module_text(version),
        **{path: data.encode() if isinstance(data, str) else data for path, data in (files or {}).items()},
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\n{tags}".encode(),
    }
    record = "".join(f"{path},sha256={_record_digest(data)},{len(data)}\n" for path, data in members.items())
    return zip_bytes({**members, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()})


def sdist_bytes(
    name: str,
    version: str,
    metadata: str,
    *,
    built_metadata: str | None = None,
    build_requires: Sequence[str] = (),
    requires_for_build: Sequence[str] = (),
    files: Mapping[str, bytes | str] | None = None,
) -> bytes:
    """Return an sdist that builds without a network.

    `built_metadata` is what the built wheel says (else the same); `build_requires` stand in
    `build-system.requires`; `requires_for_build` is what the backend asks for besides.
    """
    root = stem(name, version)
    quoted = ", ".join(f'"{requirement}"' for requirement in build_requires)
    texts: dict[str, bytes | str] = {
        "PKG-INFO": metadata,
        "pyproject.toml": (
            f'[build-system]\nrequires = [{quoted}]\nbuild-backend = "backend"\nbackend-path = ["_build"]\n'
        ),
        f"{module_name(name)}.py": module_text(version),
        "_build/backend.py": _BACKEND,
        "_build/METADATA": built_metadata or metadata,
        "_build/names": f"{root}.dist-info\n{module_name(name)}\n",
        "_build/requires-for-build": "".join(f"{requirement}\n" for requirement in requires_for_build),
        **(files or {}),
    }
    return tar_gz_bytes(
        {f"{root}/{path}": data.encode() if isinstance(data, str) else data for path, data in texts.items()}
    )


def module_name(name: str) -> str:
    """Return the name of the one module that a built project holds."""
    return canonicalize_name(name).replace("-", "_")


def module_text(version: str) -> bytes:
    return f'__version__ = "{normal_version(version)}"\n'.encode()


def _record_digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
