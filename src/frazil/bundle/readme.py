"""The page that goes with a bundle, for somebody who has no frazil and no network."""

import textwrap
from collections.abc import Sequence

from frazil.bundle.manifest import SOURCE, Manifest

_WIDTH = 78


def readme(manifest: Manifest, locks: Sequence[tuple[str, tuple[str, ...]]]) -> bytes:
    """Return the text: what this is, how to check it, how to install; `locks` are (file, targets)."""
    parts = [
        _heading("A bundle of Python packages"),
        _paragraph(
            "Everything that the targets below install, for the platforms below. Nothing here needs a network, "
            "and nothing of frazil is needed to install it."
        ),
        _list("Targets", manifest.targets),
        _list("Environments", [f"{name}: Python {python}, {where}" for name, python, where in manifest.environments]),
        *([_addition()] if manifest.adds_to is not None else []),
        *([_sources()] if any(file.kind == SOURCE for file in manifest.files) else []),
        _heading("Check it"),
        "    sha256sum -c SHA256SUMS\n",
        _paragraph("`manifest.json` says of every file what it is and for whom. frazil checks a bundle by itself:"),
        "    frazil bundle verify .\n",
        _heading("Install"),
        _paragraph("In this folder, into the environment that is active, with pip 26.1 or newer:"),
        "".join(f"    pip install --no-index -r {name}\n" for name, _ in locks),
        _paragraph("With uv, which also removes what is not listed:"),
        "".join(f"    uv pip sync --offline --no-index {name}\n" for name, _ in locks),
        _list("Which file is for what", [f"{name}: {', '.join(targets)}" for name, targets in locks]),
        _paragraph(
            "With an older pip, from the wheels themselves (NAME is a project; its dependencies come from here too, "
            "but their versions are pip's choice among what is here):"
        ),
        "    pip install --no-index --find-links wheels NAME\n",
        _paragraph("With frazil, into its store, so that `frazil ensure --offline` finds everything:"),
        "    frazil import-bundle .\n",
    ]
    return "\n".join(parts).encode()


def _addition() -> str:
    return _heading("This is an addition") + _paragraph(
        "It holds only what another bundle did not have. Unpack it over that one, then check and install as below. "
        "`adds-to` in `manifest.json` is the sha256 of the other bundle's `manifest.json`."
    )


def _sources() -> str:
    return _paragraph("`sources` is for frazil alone: what its lock has only as source, and what builds that.")


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}\n"


def _paragraph(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def _list(title: str, items: Sequence[str]) -> str:
    return f"{title}:\n" + "".join(f"  {item}\n" for item in items)
