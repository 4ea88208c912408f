"""Taking turns: of two runs that would do the same work on this machine, one does it and the other waits and loads."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from frazil.atomic import make_cache_folder, writes_forbidden
from frazil.digest import sha256_of
from frazil.errors import DiskError
from frazil.events import WaitBegan
from frazil.locks import locked
from frazil.settings import Settings

FOLDER = "locks"


@contextmanager
def turn(settings: Settings, path: Path) -> Iterator[bool]:
    """Hold the turn for a lock file or an output until the block ends; say whether another run was waited for.

    Who waits is told for whom. Whoever dies holds no turn. A run that writes nothing takes none, and where no lock can
    be taken (a cache that cannot be written), runs do not wait for each other.
    """
    waited: list[str] = []

    def tell(holder: str) -> None:
        waited.append(holder)
        settings.reporter(WaitBegan(f"waiting for {holder}, which works on {path}"))

    with ExitStack() as stack:
        if not (settings.no_cache or writes_forbidden()):
            try:
                make_cache_folder(settings.cache)
                stack.enter_context(locked(_place(settings, path), waiting=tell))
            except DiskError:
                waited.clear()
        yield bool(waited)


def _place(settings: Settings, path: Path) -> Path:
    name = sha256_of(str(path.resolve()).encode("utf-8", "surrogateescape"))
    return settings.cache / FOLDER / f"{name[:32]}.lock"
