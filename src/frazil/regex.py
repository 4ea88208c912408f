"""Regular expressions that are compiled when one is first used.

Compiling one takes 0.1 ms, and the modules of a plain resolve hold ninety, of which a run uses twenty. What `regex`
returns behaves as a compiled pattern: type checkers see `re.compile`.
"""

from typing import TYPE_CHECKING

__all__ = ["regex"]

if TYPE_CHECKING:
    from re import compile as regex
else:
    import re

    class regex:  # noqa: N801 - stands in for a function
        """A pattern, by its text and flags; whatever is asked of it is the compiled one's."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._text = text
            self._flags = flags

        def __getattr__(self, name: str) -> object:
            found = getattr(re.compile(self._text, self._flags), name)
            # The next time it is at hand, at the cost of any other attribute.
            setattr(self, name, found)
            return found
