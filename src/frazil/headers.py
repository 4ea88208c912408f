"""Headers that say who asks: what can be sent as one."""

from frazil.regex import regex

_NAME = regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TEXT = regex(r"[\x20-\x7e\x80-\xff]*")
_FRAMING = regex(
    r"host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|range|content-.*|accept.*|if-.*"
)


def is_header(name: str, value: object) -> bool:
    """Say whether a header can be sent and is none that frames a request or chooses its content (RFC 9110)."""
    sound = _NAME.fullmatch(name) and not _FRAMING.fullmatch(name.lower())
    return bool(sound) and isinstance(value, str) and bool(_TEXT.fullmatch(value))
