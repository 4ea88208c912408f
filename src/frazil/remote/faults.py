"""What goes wrong with a shared cache; none of it leaves this room as it is."""


class Fault(Exception):
    """A cache failed; the sentence names it without credentials."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unreachable(Fault):
    """It is dead, too slow, or answers what is no answer."""


class Refused(Fault):
    """It is there and does not let us."""


class Full(Fault):
    """It takes nothing more."""


class Unfit(Exception):
    """What it holds under a key cannot be used; `newer` says that a newer frazil could."""

    def __init__(self, reason: str, *, newer: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.newer = newer
