"""Environments: the marker variables and wheel tags of an interpreter on a platform, exact without that machine."""

import os
import re
import sys
from functools import lru_cache

from frazil.errors import ConfigurationError
from frazil.model import Environment
from frazil.project.platforms import Platform, baseline_platform, parse_platform
from frazil.quick.tags import cpython_tags
from frazil.regex import regex

_NAME = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_PYTHON = regex(
    r"(?:c?python[-@]?|cp)?(?P<major>\d+)\.(?P<minor>\d{1,3})(?P<patch>\.\d{1,3}(?:(?:a|b|rc)\d{1,3})?)?(?P<threads>t)?",
    re.ASCII,
)
_OLDEST_MINOR, _NEWEST_MINOR = 7, 40
_SYSTEMS = {"Linux": ("posix", "linux"), "Darwin": ("posix", "darwin"), "Windows": ("nt", "win32")}


def parse_environment(name: str, python: str, platform: str) -> Environment:
    """Return the environment of CPython `python` on `platform`, both as a person writes them.

    `3.12` means every 3.12.x and is decided at 3.12.0; `3.12.4` means that one; a `t` at the end (`3.14t`) means the
    free-threaded build. Raises ConfigurationError.
    """
    if _NAME.fullmatch(name) is None:
        raise ConfigurationError(
            f'"{name}" cannot be the name of an environment',
            hint="letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit",
        )
    try:
        canonical, full_version, free_threaded = _parse_python(python)
        where = parse_platform(platform)
    except ConfigurationError as error:
        raise ConfigurationError(f"environment {name}: {error.sentence}", hint=error.hint) from None
    minor = int(full_version.split(".")[1])
    return Environment(
        name=name,
        python=canonical,
        platform=where.name,
        markers=_markers(full_version, where),
        tags=_wheel_tags(minor, free_threaded, where),
    )


def current_environment() -> tuple[str, str, str]:
    """Return (python, platform, name) for this machine: the interpreter's minor version on the platform's baseline.

    The baseline makes a colleague's answer the same. Raises ConfigurationError on a system without wheels.
    """
    import platform as this_machine  # noqa: PLC0415 - only who declares no environment pays for it
    import sysconfig  # noqa: PLC0415

    threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    python = f"{sys.version_info.major}.{sys.version_info.minor}{threads}"
    system = this_machine.system()
    if system == "Windows":
        return python, sysconfig.get_platform().replace("-", "_"), "windows"
    if system == "Darwin":
        return python, baseline_platform(system, this_machine.machine()), "mac"
    if system == "Linux":
        return python, baseline_platform(system, _linux_machine(), musl=not _has_glibc()), "linux"
    raise ConfigurationError(
        f"no baseline is known for this machine ({system} {this_machine.machine()})",
        hint='declare one: [tool.frazil.environments.NAME] with python = "3.12" and platform = "..."',
    )


def _parse_python(written: str) -> tuple[str, str, bool]:
    """Return the canonical text, the full version that decides, and whether it is free-threaded."""
    text = written.strip().lower()
    found = _PYTHON.fullmatch(text)
    if found is None:
        if re.match(r"(?:pypy|pp|graalpy|jython|ironpython|pyston|micropython)", text):
            raise ConfigurationError(f'python "{written}" is not CPython, and frazil freezes for CPython only')
        raise ConfigurationError(
            f'python "{written}" is not a version', hint="write 3.12 for every 3.12.x, or 3.12.4 for that one"
        )
    major, minor = int(found["major"]), int(found["minor"])
    if major != 3 or not _OLDEST_MINOR <= minor <= _NEWEST_MINOR:
        raise ConfigurationError(
            f'python "{written}" is not one that frazil freezes for', hint=f"CPython 3.{_OLDEST_MINOR} and newer can be"
        )
    if found["threads"] and minor < 13:
        raise ConfigurationError(f'python "{written}" does not exist: free-threaded builds begin with 3.13')
    patch = found["patch"] or ""
    canonical = f"3.{minor}{patch}{found['threads'] or ''}"
    return canonical, f"3.{minor}{patch or '.0'}", found["threads"] is not None


def _markers(full_version: str, platform: Platform) -> tuple[tuple[str, str], ...]:
    """Return the PEP 508 variables, sorted, that a lock can know of a machine."""
    os_name, sys_platform = _SYSTEMS[platform.system]
    variables = {
        "implementation_name": "cpython",
        "implementation_version": full_version,
        "os_name": os_name,
        "platform_machine": platform.machine,
        "platform_python_implementation": "CPython",
        "platform_system": platform.system,
        "python_full_version": full_version,
        "python_version": ".".join(full_version.split(".")[:2]),
        "sys_platform": sys_platform,
    }
    return tuple(sorted(variables.items()))


@lru_cache(maxsize=256)
def _wheel_tags(minor: int, free_threaded: bool, platform: Platform) -> tuple[str, ...]:
    """Return the supported wheel tags in the order of pip: interpreter, ABI, platform."""
    # Named here, because packaging would ask the running interpreter; the pymalloc flag went away with 3.8.
    abi = f"cp3{minor}{'t' if free_threaded else ''}{'m' if minor < 8 else ''}"
    if not free_threaded:
        return tuple(cpython_tags(minor, abi, platform.tags))
    from packaging import tags  # noqa: PLC0415 - 18 ms that only the free-threaded builds cost

    found = [
        *tags.cpython_tags((3, minor), abis=[abi], platforms=platform.tags),
        *tags.compatible_tags((3, minor), f"cp3{minor}", platforms=platform.tags),
    ]
    return tuple(str(tag) for tag in found)


def _linux_machine() -> str:
    import platform as this_machine  # noqa: PLC0415 - see above
    import struct  # noqa: PLC0415

    machine = this_machine.machine()
    if struct.calcsize("P") == 4:  # a 32-bit interpreter under a 64-bit kernel
        return {"x86_64": "i686", "aarch64": "armv7l", "armv8l": "armv7l"}.get(machine, machine)
    return machine


def _has_glibc() -> bool:
    """Ask the C library for its version, as packaging does; musl does not know the question."""
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):
        return False
