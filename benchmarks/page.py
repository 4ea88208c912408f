"""How long the page of a large lock takes until it can be used; and the pictures of it in the documents.

    python -m benchmarks.page                         300 targets, 600 coordinates, opened seven times
    python -m benchmarks.page LOCK OLD DOCS/IMAGES    take the pictures of a lock, and of what changed since an old one

Both need Debian's chromium and chromium-driver.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from frazil.frozen.files import read_frozen
from frazil.report.html import format_page
from frazil.report.page_data import page_document
from tests.support.browser import Browser, open_browser
from tests.support.synthetic_lock import synthetic_lock

ROUNDS = 7
READY = "return performance.getEntriesByName('frazil-ready')[0]?.startTime"
DRAWN = "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"

PICTURES = (
    ("report-overview", "lock", "", "light"),
    ("report-target", "lock", "#target=services/api", "light"),
    ("report-artifact", "lock", "#artifact=pydantic-core@{pydantic-core}", "light"),
    ("report-diff", "change", "", "light"),
    ("report-dark", "change", "#target=services/web", "dark"),
)


def measure(browser: Browser, folder: Path) -> None:
    """Print how long the page takes from being asked for to being ready, the median of some rounds."""
    page = folder / "large.html"
    page.write_bytes(format_page(page_document(synthetic_lock())))
    browser.size(1440, 900)
    times = []
    for _ in range(ROUNDS):
        browser.open(page)
        times.append(browser.wait_for(READY))
    print(f"300 targets, 600 coordinates, {page.stat().st_size / 1e6:.2f} MB: ready after", end=" ")
    print(f"{statistics.median(times):.0f} ms (median of {ROUNDS}, {min(times):.0f} to {max(times):.0f})")


def take_pictures(browser: Browser, folder: Path, lock: Path, old: Path, images: Path) -> None:
    """Write a picture of each kind into a folder."""
    frozen = read_frozen(lock)
    (folder / "lock.html").write_bytes(format_page(page_document(frozen)))
    changed = page_document(frozen, read_frozen(old), compared_with="main:frozen.json")
    (folder / "change.html").write_bytes(format_page(changed))
    versions = {coordinate.name: coordinate.version for coordinate in frozen.coordinates}
    browser.size(1340, 830)
    for name, page, at, scheme in PICTURES:
        browser.prefer(scheme)
        browser.open(folder / f"{page}.html", at.format_map(versions))
        browser.wait_for(READY)
        browser.wait_for(DRAWN)
        (images / f"{name}.png").write_bytes(browser.screenshot())


def main(words: list[str]) -> None:
    """Obey one command line."""
    with tempfile.TemporaryDirectory() as name, open_browser(Path(name)) as browser:
        if words:
            lock, old, images = map(Path, words)
            take_pictures(browser, Path(name), lock, old, images)
        else:
            measure(browser, Path(name))


if __name__ == "__main__":
    main(sys.argv[1:])
