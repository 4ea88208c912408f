"""What an answer "nothing to do" rests on: the files that must look the same for it to be true again."""

from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Absolute paths: files and folders `looked_at`, files that are `absent` and would count, files in the output."""

    looked_at: tuple[str, ...]
    absent: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
