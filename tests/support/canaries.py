"""A project whose every server wants credentials, each given in another place, each with a secret of its own.

Whoever finds one of the secrets in a file, in what was printed, or at a server that it is not for has found a leak.
"""

import base64
import contextlib
import gzip
import json
import lzma
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from tests.support.cache_server import CacheServer
from tests.support.git_server import GitRepository, GitServer
from tests.support.index_server import IndexServer
from tests.support.programs import write_helper, write_keyring

INDEXES = ("pip", "named", "spelt", "netrc", "helped", "ringed", "mirrored")
"""The indexes, by the place that their credentials stand in; each has the one project of its name."""

OTHERS = ("proxy", "git", "token", "header", "cache", "hmac")


def canary(place: str) -> str:
    """Return the secret that stands in a place."""
    return f"c4nary-{place}-s3cret"


def forms(place: str, user: str = "me") -> list[bytes]:
    """Return what a secret looks like wherever it might turn up."""
    secret, pair = canary(place), f"{user}:{canary(place)}"
    return [secret.encode(), base64.b64encode(secret.encode()), base64.b64encode(pair.encode())]


class Said(NamedTuple):
    """What a run printed, and how it ended."""

    code: int
    text: str


class Canaries:
    """The servers, the project and the machine; use it in a `with` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.given, self.shop, self.out = folder / "given", folder / "shop", folder / "out"
        self.said: list[Said] = []
        self.indexes: dict[str, IndexServer] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        for place in (self.given, self.shop, self.out, self.folder / "git"):
            place.mkdir(parents=True)
        self.elsewhere = enter(IndexServer())
        self.proxy, self.shared, self.cold = enter(IndexServer()), enter(CacheServer()), enter(CacheServer())
        self.git = enter(GitServer(self.folder / "git", user=("me", canary("git"))))
        GitRepository(self.folder / "git" / "tool").commit(
            {"pyproject.toml": '[project]\nname = "tool"\nversion = "1"\n'}
        )
        for name in INDEXES:
            # The files of one lie on another server.
            server = enter(IndexServer(files=self.elsewhere if name == "named" else None))
            server.add_wheel(name, "1.0")
            server.require_auth("me", canary(name))
            self.indexes[name] = server
            self.elsewhere.add_wheel(name, "1.0")
        for server in (self.proxy, self.elsewhere):
            server.add_wheel("proxied", "1.0")
        self._give()
        self._declare()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # Where credentials are given

    def _give(self) -> None:
        at = {name: server.origin.partition("://")[2] for name, server in self.indexes.items()}
        git = self.git.url("tool").removesuffix("tool/.git")
        for name, text in {
            "pip.conf": f"[global]\nindex-url = {_with_secret(self.indexes['pip'].url, 'pip')}\n",
            "netrc": f"machine {at['netrc']} login me password {canary('netrc')}\n",
            "config.toml": f'[mirrors.mirrored]\nurl = "{_with_secret(self.indexes["mirrored"].url, "mirrored")}"\n',
            "token": canary("token"),
            "gitconfig": f'[url "{_with_secret(git, "git")}"]\n    insteadOf = {git}\n',
        }.items():
            (self.given / name).write_text(text)
        basic = base64.b64encode(f"me:{canary('helped')}".encode()).decode()
        answer = json.dumps({"headers": {"Authorization": [f"Basic {basic}"]}})
        # One that talks too much: what it says on its standard error is a secret as well.
        body = f"print({answer!r} if {at['helped']!r} in question else '{{}}')\n"
        write_helper(self.given / "helper", f"{body}print({canary('helped')!r}, file=sys.stderr)")
        write_keyring(self.given / "keyring", {("get", f"http://{at['ringed']}/", "me"): canary("ringed")})

    def environ(self) -> dict[str, str]:
        """Return the environment of a run."""
        return {
            **os.environ,
            **{name: str(self.folder / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")},
            "PATH": os.pathsep.join([str(self.given), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TMPDIR": str(self.out),
            "PIP_CONFIG_FILE": str(self.given / "pip.conf"),
            "NETRC": str(self.given / "netrc"),
            "FRAZIL_CONFIG_FILE": str(self.given / "config.toml"),
            "FRAZIL_INDEX_NAMED_USERNAME": "me",
            "FRAZIL_INDEX_NAMED_PASSWORD": canary("named"),
            "FRAZIL_INDEX_RINGED_USERNAME": "me",
            "FRAZIL_KEYRING_PROVIDER": "subprocess",
            "FRAZIL_CREDENTIAL_HELPER": "helper",
            "FRAZIL_REMOTE_CACHE": self.shared.url,
            "FRAZIL_REMOTE_CACHE_WRITE": "1",
            "FRAZIL_REMOTE_CACHE_TOKEN_FILE": str(self.given / "token"),
            "FRAZIL_REMOTE_CACHE_HEADERS": f"X-Secret: {canary('header')}",
            "FRAZIL_CACHE_KEY": canary("hmac"),
            "FRAZIL_REMOTE_TIMEOUT": "5",
            "GIT_CONFIG_GLOBAL": str(self.given / "gitconfig"),
            "http_proxy": _with_secret(self.proxy.origin, "proxy"),
            "no_proxy": "127.0.0.1",
        }

    def _declare(self) -> None:
        lines = []
        for name in (*INDEXES, "proxied"):
            url = "http://proxied.example/simple/" if name == "proxied" else self.indexes[name].url
            if name == "spelt":
                url = _with_secret(url, name)
            if name == "mirrored":
                url = 'https://mirrored.example/simple/"\nfiles = "https://files.mirrored.example/'
            declared = 'name = "default"' if name == "pip" else f'name = "{name}"\nurl = "{url}"'
            lines += ["[[index]]", declared, f'packages = ["{name}"]']
        lines += ["[environments.linux]", 'python = "3.12"', 'platform = "manylinux_2_28_x86_64"']
        lines += ["[targets.web]", f"requirements = {json.dumps([*INDEXES, 'proxied'])}"]
        lines += ["[targets.tool]", f'requirements = ["tool @ git+{self.git.url("tool")}"]']
        (self.shop / "frazil.toml").write_text("\n".join(lines) + "\n")

    # Runs

    def run(self, *words: str, **variables: str) -> Said:
        """Run the command line in a process of its own."""
        environ = {**self.environ(), **variables}
        command = [sys.executable, "-m", "frazil", *words]
        ran = subprocess.run(
            command, cwd=self.shop, env=environ, capture_output=True, encoding="utf-8", timeout=120, check=False
        )
        self.said.append(Said(ran.returncode, ran.stdout + ran.stderr))
        return self.said[-1]

    # The search

    def leaks(self) -> list[str]:
        """Return where a secret is that it should not be."""
        needles = {place: forms(place) for place in (*INDEXES, *OTHERS)}
        found = [
            f"{path.relative_to(self.folder)}: {place}"
            for path in self._files()
            for text in _texts(path)
            for place, each in needles.items()
            if any(form in text for form in each)
        ]
        for number, said in enumerate(self.said):
            text = said.text.encode()
            found += [f"run {number}: {place}" for place, each in needles.items() if any(form in text for form in each)]
        for server, heard in self.heard().items():
            found += [
                f"server {server}: {place}"
                for place, each in needles.items()
                if server not in _MAY_HEAR.get(place, (place,)) and any(form in heard for form in each)
            ]
        return sorted(set(found))

    def heard(self) -> dict[str, bytes]:
        """Return all that each server was sent in headers and addresses."""
        logs = {**{name: server.log for name, server in self.indexes.items()}, "elsewhere": self.elsewhere.log}
        logs["proxy"] = self.proxy.log
        heard = {name: repr([(r.path, r.headers) for r in log]).encode() for name, log in logs.items()}
        heard |= {n: repr([(r.path, r.headers) for r in s.log]).encode() for n, s in _caches(self)}
        heard["git"] = repr(self.git.authorizations).encode()
        for name, server in _caches(self):
            heard[f"{name}'s content"] = b"".join(server.kept.values())
        return heard

    def _files(self) -> Iterator[Path]:
        for path in self.folder.rglob("*"):
            inside = path.relative_to(self.folder).parts
            if path.is_file() and inside[0] != "given" and inside != ("shop", "frazil.toml"):
                yield path


def _with_secret(url: str, place: str) -> str:
    return url.replace("://", f"://me:{canary(place)}@")


_MAY_HEAR = {"token": ("shared",), "header": ("shared", "cold"), "cache": ("cold",), "hmac": ()}


def _caches(canaries: Canaries) -> list[tuple[str, CacheServer]]:
    return [("shared", canaries.shared), ("cold", canaries.cold)]


def _texts(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, and what they are when they are unpacked."""
    data = path.read_bytes()
    yield data
    for unpack in (gzip.decompress, lzma.decompress, zlib.decompress):
        with contextlib.suppress(OSError, EOFError, zlib.error, lzma.LZMAError):
            yield unpack(data)
