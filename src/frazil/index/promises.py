"""What an index promised of bytes, held against them."""

from frazil.errors import IntegrityError
from frazil.http import shown


def check_digest(what: str, expected: str, found: str, url: str) -> None:
    """Raise IntegrityError unless the sha256 that was found is the one that was promised."""
    if found != expected:
        raise IntegrityError(
            f"{what} is not what its index promised",
            details=(f"expected sha256 {expected}", f"got      sha256 {found}", shown(url)),
            hint="nothing of it was kept; a mirror may be damaged or half updated",
        )
