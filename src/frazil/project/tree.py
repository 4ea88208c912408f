"""The files of a project as reading it goes over them, and the memory of what was looked at."""

import os
from pathlib import Path

from frazil.errors import ConfigurationError, DiskError
from frazil.evidence import Evidence, Look, having_read, look_at, look_of
from frazil.opening import open_plain
from frazil.project.document import Document
from frazil.project.documents import Documents
from frazil.project.places import below, folder_of
from frazil.values import dataclass

BYTES_LIMIT = 16 * 1024 * 1024
_FOLDER_LIMIT = 100_000


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A name in a folder; `link` says that it is a symbolic link."""

    name: str
    folder: bool
    link: bool


class ProjectTree:
    """Reads files and folders by their path relative to the root, and remembers each.

    `inputs` were read, `absent` were looked for and are not there, `folders` were listed; `evidence` says how all of
    it looked. `warnings` are sentences for the user about what was read. `documents` parse what is TOML.
    """

    def __init__(self, root: Path, documents: Documents | None = None) -> None:
        self.root = root
        self._absolute = str(root.absolute())
        self.documents = documents or Documents(None, root)
        self.inputs: set[str] = set()
        self.absent: set[str] = set()
        self.folders: set[str] = set()
        self.warnings: list[str] = []
        self._looks: dict[str, Look] = {}
        self._nothing: set[str] = set()
        self._there: set[str] = set()
        self._texts: dict[str, str] = {}
        self._listings: dict[str, tuple[Entry, ...]] = {}

    def has_file(self, path: str) -> bool:
        """Say whether a file is there; its absence is remembered."""
        if path in self._there or self._is_file(path):
            self._there.add(path)
            return True
        self.absent.add(path)
        return False

    def read_text(self, path: str, *, asked_by: str | None = None) -> str:
        """Read a file of UTF-8, with or without a byte order mark; line ends become `\\n`.

        `asked_by` is the place that names the file, for the message when it is not there. Raises ConfigurationError
        (missing, too large, not UTF-8) or DiskError.
        """
        if path not in self._texts:
            opening = f"{asked_by}: " if asked_by else ""
            if not self.has_file(path):
                what = "is not a file" if os.path.lexists(self.root / path) else "does not exist"
                raise ConfigurationError(f"{opening}{path} {what}")
            self.inputs.add(path)
            self._texts[path] = _decoded(self._read(path), path)
        return self._texts[path]

    def read_document(self, path: str) -> Document:
        """Read a file of TOML. Raises as `read_text` does, and ConfigurationError with file and line."""
        return self.documents.parse(self.read_text(path), path)

    def children(self, folder: str) -> tuple[Entry, ...]:
        """Return what a folder holds, sorted; nothing if there is no such folder."""
        if folder not in self._listings:
            if len(self._listings) >= _FOLDER_LIMIT:
                raise ConfigurationError(
                    f"more than {_FOLDER_LIMIT} folders were searched", hint="say in members where the members are"
                )
            self.folders.add(folder)
            self._listings[folder] = self._list(folder)
        return self._listings[folder]

    def evidence(self) -> Evidence:
        """Return how everything looked before it was read (of files on a disk)."""
        root = self.root.absolute()
        # A folder that was listed tells of a new file by itself.
        absent = {str(root / path) for path in self.absent if folder_of(path) not in self._looks}
        return Evidence(looked_at=tuple(self._looks.values()), absent=tuple(sorted(absent | self._nothing)))

    # What a tree of another kind (files of a revision) does in its own way.

    def _is_file(self, path: str) -> bool:
        # os.path answers no, where pathlib would raise, for a name longer than the system takes.
        return os.path.isfile(self._place(path))  # noqa: PTH113

    def _read(self, path: str) -> bytes:
        content, look = _read_bytes(self._place(path), path)
        self._looks[path] = look
        return content

    def _place(self, path: str) -> str:
        """Return where a file is, as the system takes it: a project may have thousands."""
        return os.path.join(self._absolute, path)  # noqa: PTH118

    def _list(self, folder: str) -> tuple[Entry, ...]:
        place = self._absolute if folder == "." else self._place(folder)
        look = look_at(place)
        if look is None:
            self._nothing.add(place)
        else:
            self._looks[folder] = look
        try:
            with os.scandir(place) as entries:
                found = tuple(sorted(Entry(entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise DiskError(f"cannot look into the folder {folder}: {error.strerror}") from None
        for entry in found:
            if entry.link and not entry.folder:
                self._look_behind(f"{place}/{entry.name}", below(folder, entry.name))
        return found

    def _look_behind(self, place: str, path: str) -> None:
        """Remember what a link leads to: it may become a folder without a change of the folder that it lies in."""
        look = look_at(place)
        if look is None:
            self._nothing.add(place)
        else:
            self._looks.setdefault(path, look)

    def descendants(self, folder: str) -> list[str]:
        """Return a folder and all below it, except hidden ones, links, caches and virtual environments."""
        found = [folder]
        for path in found:
            entries = self.children(path)
            if any(entry.name == "pyvenv.cfg" for entry in entries) and path != folder:
                continue
            found += [
                below(path, entry.name)
                for entry in entries
                if entry.folder
                and not entry.link
                and not entry.name.startswith(".")
                and entry.name not in {"__pycache__", "node_modules"}
            ]
        return found


def _read_bytes(path: str, shown: str) -> tuple[bytes, Look]:
    try:
        with open_plain(path) as file:
            look = look_of(path, os.fstat(file.fileno()))
            content = file.read(BYTES_LIMIT + 1)
    except OSError as error:
        raise DiskError(f"cannot read {shown}: {error.strerror}") from None
    if len(content) > BYTES_LIMIT:
        raise ConfigurationError(f"{shown} is larger than {BYTES_LIMIT // 1024 // 1024} MiB")
    return content, having_read(look, content)


def _decoded(content: bytes, shown: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigurationError(f"{shown} is UTF-16, not UTF-8", hint="save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{shown}:{line} is not UTF-8", hint="save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
