"""The platforms that frazil knows: every spelling of pip and uv made canonical, and the wheel platform tags of each.

Canonical is pip's spelling with the perennial manylinux name (`manylinux_2_28_x86_64`, PEP 600), so that one platform
has one name in every lock.
"""

import re
from collections.abc import Iterator

from frazil.errors import ConfigurationError
from frazil.project.suggestions import closest, suggestion
from frazil.regex import regex
from frazil.values import dataclass

LINUX_MACHINES = ("x86_64", "aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x")
MAC_MACHINES = ("arm64", "x86_64")
WINDOWS_MACHINES = {"win_amd64": "AMD64", "win_arm64": "ARM64", "win32": "x86"}

_LEGACY_GLIBC = {"1": 5, "2010": 12, "2014": 17}
_LEGACY_NAMES = {minor: f"manylinux{name}" for name, minor in _LEGACY_GLIBC.items()}
# PEP 600: before 2.17 only the two x86 machines had a manylinux.
_OLDEST_GLIBC = {"x86_64": 5, "i686": 5}
# The oldest glibc that distributions in support have, and where a machine's first manylinux images began later, that.
_BASELINE_GLIBC = {"armv7l": 31, "riscv64": 39}
_DEFAULT_GLIBC = 28
_BASELINE_MUSL = 2
_BASELINE_MAC = 14

_MACHINE_SPELLINGS = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "armv7": "armv7l",
    "powerpc64le": "ppc64le",
    "riscv64gc": "riscv64",
}
_TRIPLES = {
    "linux": "manylinux x86_64",
    "macos": "mac arm64",
    "windows": "win_amd64",
    "x86_64-pc-windows-msvc": "win_amd64",
    "aarch64-pc-windows-msvc": "win_arm64",
    "i686-pc-windows-msvc": "win32",
    "aarch64-apple-darwin": "mac arm64",
    "x86_64-apple-darwin": "mac x86_64",
}
_NAMES = (
    *_TRIPLES,
    *(f"{prefix}_{machine}" for machine in LINUX_MACHINES for prefix in ("manylinux_2_28", "musllinux_1_2", "linux")),
    *(f"macosx_{_BASELINE_MAC}_0_{machine}" for machine in MAC_MACHINES),
    *WINDOWS_MACHINES,
    *(f"{machine}-unknown-linux-{libc}" for machine in ("x86_64", "aarch64") for libc in ("gnu", "musl")),
    *(f"{machine}-manylinux_2_28" for machine in ("x86_64", "aarch64")),
)
_FAMILIES = (
    f"known are manylinux_2_N, manylinux2014, musllinux_1_N and linux, each followed by _ and one of "
    f"{', '.join(LINUX_MACHINES)}; macosx_N_0_ with {' or '.join(MAC_MACHINES)}; {', '.join(WINDOWS_MACHINES)}; "
    f"and of uv {', '.join(_TRIPLES)}, x86_64-unknown-linux-gnu, x86_64-unknown-linux-musl, x86_64-manylinux_2_N"
)

_MANYLINUX = regex(r"manylinux(?:_2_(?P<minor>\d{1,2})|(?P<legacy>1|2010|2014))[_-](?P<machine>\w+)", re.ASCII)
_MUSLLINUX = regex(r"musllinux_1_(?P<minor>\d{1,2})[_-](?P<machine>\w+)", re.ASCII)
_LINUX = regex(r"linux[_-](?P<machine>\w+)", re.ASCII)
_MACOSX = regex(r"macosx_(?P<major>\d{1,2})_(?P<minor>\d{1,2})_(?P<machine>\w+)", re.ASCII)
_UV = regex(r"(?P<machine>\w+)-(?P<rest>(?:many|musl)linux\w+)", re.ASCII)
_TRIPLE = regex(r"(?P<machine>\w+)-unknown-linux(?:-(?P<libc>gnu|musl)(?:eabihf)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform by its canonical name, its machine as the system says it, its wheel tags best first."""

    name: str
    system: str
    machine: str
    tags: tuple[str, ...]


def parse_platform(written: str) -> Platform:
    """Read a platform in a spelling of pip or of uv.

    Raises ConfigurationError that lists what is known.
    """
    text = written.strip().lower()
    platform = _parse_triple(text) or _parse_linux(text) or _parse_mac(text) or _parse_windows(text)
    if platform is None:
        close = closest(text, _NAMES)
        opening = f"did you mean {close}? " if close else ""
        raise ConfigurationError(f'unknown platform "{written}"', hint=opening + _FAMILIES)
    return platform


def baseline_platform(system: str, machine: str, *, musl: bool = False) -> str:
    """Return the canonical platform that stands for every current machine of a system (`Linux`, `Darwin`).

    `machine` is as `uname -m` says it.
    """
    if system == "Darwin":
        return f"macosx_{_BASELINE_MAC}_0_{machine}"
    machine = _MACHINE_SPELLINGS.get(machine, machine)
    if musl:
        return f"musllinux_1_{_BASELINE_MUSL}_{machine}"
    return f"manylinux_2_{_BASELINE_GLIBC.get(machine, _DEFAULT_GLIBC)}_{machine}"


def _parse_triple(text: str) -> Platform | None:
    """Read what uv and Rust write: the machine first."""
    match _TRIPLES.get(text, "").split():
        case ["manylinux", machine]:
            return _parse_linux(baseline_platform("Linux", machine))
        case ["mac", machine]:
            return _parse_mac(baseline_platform("Darwin", machine))
        case [windows]:
            return _parse_windows(windows)
    if triple := _TRIPLE.fullmatch(text):
        return _parse_linux(baseline_platform("Linux", triple["machine"], musl=triple["libc"] == "musl"))
    if uv := _UV.fullmatch(text):
        return _parse_linux(f"{uv['rest']}_{uv['machine']}")
    return None


def _parse_linux(text: str) -> Platform | None:
    if many := _MANYLINUX.fullmatch(text):
        machine = _linux_machine(many["machine"], text)
        minor = int(many["minor"] or _LEGACY_GLIBC[many["legacy"]])
        oldest = _OLDEST_GLIBC.get(machine, 17)
        if minor < oldest:
            raise ConfigurationError(
                f'platform "{text}" is older than any: manylinux starts at 2.{oldest} on {machine}'
            )
        return Platform(f"manylinux_2_{minor}_{machine}", "Linux", machine, tuple(_manylinux_tags(minor, machine)))
    if musl := _MUSLLINUX.fullmatch(text):
        machine = _linux_machine(musl["machine"], text)
        minor = int(musl["minor"])
        # PEP 656: a system runs wheels of its own musl and of every older one.
        tags = (f"linux_{machine}", *(f"musllinux_1_{older}_{machine}" for older in range(minor, -1, -1)))
        return Platform(f"musllinux_1_{minor}_{machine}", "Linux", machine, tags)
    if plain := _LINUX.fullmatch(text):
        machine = _linux_machine(plain["machine"], text)
        # Wheels with only the plain tag are on no index: who writes this means "a Linux", with today's oldest glibc.
        minor = _BASELINE_GLIBC.get(machine, _DEFAULT_GLIBC)
        return Platform(f"linux_{machine}", "Linux", machine, tuple(_manylinux_tags(minor, machine)))
    return None


def _manylinux_tags(minor: int, machine: str) -> Iterator[str]:
    # The machine's own tag first, as packaging 26.3 and with it pip 26.3 order them; then PEP 600 names downward, each
    # old alias (PEP 513, 571, 599) right behind the name that it equals.
    yield f"linux_{machine}"
    for older in range(minor, _OLDEST_GLIBC.get(machine, 17) - 1, -1):
        yield f"manylinux_2_{older}_{machine}"
        if older in _LEGACY_NAMES:
            yield f"{_LEGACY_NAMES[older]}_{machine}"


def _linux_machine(written: str, platform: str) -> str:
    machine = _MACHINE_SPELLINGS.get(written, written)
    if machine not in LINUX_MACHINES:
        raise ConfigurationError(
            f'unknown machine "{written}" in platform "{platform}"',
            hint=suggestion(machine, LINUX_MACHINES, title="machines on Linux"),
        )
    return machine


def _parse_mac(text: str) -> Platform | None:
    mac = _MACOSX.fullmatch(text)
    if mac is None:
        return None
    written = mac["machine"]
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(written, written)
    if machine not in MAC_MACHINES:
        raise ConfigurationError(
            f'unknown machine "{written}" in platform "{text}"',
            hint=suggestion(
                machine, MAC_MACHINES, title="machines on macOS (universal2 is a format of wheels that both take)"
            ),
        )
    major, minor = int(mac["major"]), int(mac["minor"])
    # From macOS 11 on, wheel tags only tell major versions apart.
    version = (major, 0) if major >= 11 else (major, minor)
    oldest = (11, 0) if machine == "arm64" else (10, 4)
    if version < oldest:
        raise ConfigurationError(
            f'platform "{text}" is older than any: macOS on {machine} starts at {oldest[0]}.{oldest[1]}'
        )
    from packaging.tags import mac_platforms  # noqa: PLC0415 - 18 ms that only a Mac costs

    tags = tuple(mac_platforms(version, machine))
    return Platform(f"macosx_{version[0]}_{version[1]}_{machine}", "Darwin", machine, tags)


def _parse_windows(text: str) -> Platform | None:
    name = {"win-amd64": "win_amd64", "win-arm64": "win_arm64"}.get(text, text)
    if name not in WINDOWS_MACHINES:
        return None
    return Platform(name, "Windows", WINDOWS_MACHINES[name], (name,))
