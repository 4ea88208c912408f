"""SHA-256 from the interpreter's own module: loading OpenSSL's takes 2 ms, and what is hashed here is short."""

try:
    from _sha2 import sha256 as _sha256  # type: ignore[import-not-found,unused-ignore]  # Python 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found,no-redef,unused-ignore]
    except ImportError:  # an interpreter built without it
        from hashlib import sha256 as _sha256


def sha256_of(text: str | bytes) -> str:
    """Return the lower-case hexadecimal SHA-256 of something short."""
    digest: str = _sha256(text.encode() if isinstance(text, str) else text).hexdigest()
    return digest
