"""The page as a person meets it, in a real browser: what it shows, what a click, a key and an address do to it."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.frozen.cutting import cut
from frazil.frozen.model import Frozen
from frazil.frozen.walk import EVERYWHERE
from frazil.report.html import format_page
from frazil.report.page_data import page_document
from tests.support.browser import Browser, open_browser
from tests.support.frozen_worlds import mapped
from tests.support.locks import edges, example_lock, lock_of
from tests.support.synthetic_lock import synthetic_lock

Show = Callable[..., Browser]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One window for all tests here; each opens a page of its own in it."""
    with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Return a function that opens the page of a lock, or of two; in the end the console must be empty."""

    def opened(frozen: Frozen, old: Frozen | None = None, *, at: str = "") -> Browser:
        page = tmp_path / "page.html"
        page.write_bytes(format_page(page_document(frozen, old)))
        browser.open(page, at)
        browser.wait_for("return performance.getEntriesByName('frazil-ready').length")
        return browser

    browser.size(1440, 900)
    browser.prefer("light")
    yield opened
    browser.run("localStorage.clear()")
    assert browser.console() == []


def targets(browser: Browser) -> list[str]:
    return browser.texts("#targets .name")


def coordinates(browser: Browser) -> list[str]:
    return browser.texts("#rows td.name")


def selected(browser: Browser) -> list[str]:
    return browser.texts("[aria-selected=true] .name, [aria-selected=true] td.name")


def drawn(browser: Browser) -> str:
    """Say what the graph is of, and how much it shows."""
    label: str = browser.run("return document.getElementById('graph').getAttribute('aria-label')")
    return label.partition(". ")[0]


def address(browser: Browser) -> str:
    found: str = browser.run("return decodeURIComponent(location.hash)")
    return found


def tidied(texts: list[str]) -> list[str]:
    return [" ".join(text.split()) for text in texts]


# A large lock -----------------------------------------------------------------------------------------------


def test_a_large_lock_loads_whole_and_asks_for_nothing(show: Show) -> None:
    page = show(synthetic_lock())
    assert page.texts("#totals") == ["300 targets · 3 environments · 599 coordinates · 899 artifacts · 462 MB"]
    assert len(targets(page)) == 300
    assert len(coordinates(page)) == 599
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.texts("#graph-note")[0].startswith("300 targets and 599 coordinates are too many for one picture.")


def test_who_ships_what_is_what_a_large_lock_says(show: Show) -> None:
    frozen = synthetic_lock(targets=60, coordinates=200)
    page = show(frozen)
    counts = dict(zip(coordinates(page), page.texts("#rows td.targets"), strict=True))
    assert counts == {
        f"{each.name} {each.version}": str(len({name for _, names in each.targets for name in names}))
        for each in frozen.coordinates
    }


def test_a_click_on_a_target_shows_its_closure(show: Show) -> None:
    frozen = synthetic_lock()
    page = show(frozen)
    page.click("#targets li", "services/service-007")
    shipped = [
        f"{each.name} {each.version}"
        for each in frozen.coordinates
        if any("services/service-007" in names for key, names in each.targets if key == EVERYWHERE or key)
    ]
    assert sorted(coordinates(page)) == sorted(shipped)
    assert selected(page) == ["services/service-007"]
    assert drawn(page).startswith("What services/service-007 ships: ")


def test_of_a_large_closure_the_nearest_are_drawn_until_all_are_asked_for(show: Show) -> None:
    releases: dict[str, tuple[str, list[str]]] = {f"p{number:03}": ("1", []) for number in range(200)}
    page = show(lock_of(releases, targets={"app": [*releases]}), at="#target=app")
    assert drawn(page) == "What app ships: 120 boxes, 119 arrows"
    page.click("#draw-all")
    assert drawn(page) == "What app ships: 201 boxes, 200 arrows"


# Looking around ---------------------------------------------------------------------------------------------


def test_a_search_narrows_both_sides_and_says_how_much_is_left(show: Show) -> None:
    page = show(example_lock())
    page.click("#search")
    page.press(*"API")
    assert targets(page) == ["services/api", "services/api[postgres]"]
    assert page.texts("#target-title") == ["Targets 2 of 4"]
    assert page.texts("#coordinates-empty") == ["No artifact matches the search."]
    assert page.run("return document.getElementById('status').textContent") == "2 targets, 0 coordinates"


def test_a_file_name_or_a_digest_is_found_whole(show: Show) -> None:
    frozen = example_lock()
    click = next(each for each in frozen.coordinates if each.name == "click")
    for term in (click.artifacts[0].filename, click.artifacts[0].sha256, "click==8.1.8"):
        page = show(frozen, at=f"#q={term}")
        assert coordinates(page) == ["click 8.1.8"]


def test_a_click_on_an_artifact_shows_who_ships_it_and_by_which_way(show: Show) -> None:
    page = show(example_lock())
    page.click("#rows tr", "sqlalchemy 1.4.54")
    assert targets(page) == ["jobs/etl"]
    assert drawn(page) == "Who ships sqlalchemy 1.4.54: 3 boxes, 2 arrows"
    assert page.texts("#details h3")[0] == "Shipped by 1 target"
    assert tidied(page.texts(".paths > li")) == [
        "jobs/etl pyproject.toml libs/common by services-common sqlalchemy 1.4.54 by sqlalchemy>=1.4"
    ]


def test_a_way_that_only_some_environments_have_names_them(show: Show) -> None:
    page = show(example_lock(), at="#artifact=typing-extensions@4.12.2")
    [etl] = [text for text in tidied(page.texts(".paths > li")) if text.startswith("jobs/etl")]
    assert etl.startswith("jobs/etl linux pyproject.toml libs/common by ")


def test_what_only_a_build_needs_says_so(show: Show) -> None:
    page = show(example_lock(), at="#artifact=setuptools@75.6.0")
    assert "docopt 0.6.2 linux build setuptools>=40.8.0" in tidied(page.texts("#details tr"))
    assert any("setuptools 75.6.0 to build it, by setuptools>=64" in text for text in tidied(page.texts(".paths > li")))


def test_the_details_lead_on(show: Show) -> None:
    page = show(example_lock(), at="#artifact=click@8.1.8&env=linux")
    page.click("#details a", "uvicorn")
    page.wait_for("return document.querySelector('#details h2').textContent === 'uvicorn 0.34.0'")
    assert address(page) == "#artifact=uvicorn@0.34.0&env=linux"


def test_the_details_of_a_target_say_what_it_asks_for_and_where(show: Show) -> None:
    page = show(example_lock(), at="#target=services/api")
    rows = tidied(page.texts("#details tbody tr"))
    assert "numpy>=2 numpy 2.1.3 windows services/api/pyproject.toml" in rows
    assert "numpy>=2 numpy 2.2.1 linux services/api/pyproject.toml" in rows
    assert "services-common libs/common services/api/pyproject.toml" in rows


def test_the_details_of_an_artifact_say_its_files_with_their_digests(show: Show) -> None:
    frozen = example_lock()
    [numpy] = [each for each in frozen.coordinates if (each.name, each.version) == ("numpy", "2.1.3")]
    page = show(frozen, at="#artifact=numpy@2.1.3")
    text = page.texts("#details .files tbody")[0]
    for artifact in numpy.artifacts:
        assert artifact.filename in text
        assert artifact.sha256 in text
    assert "numpy 2.2.1 linux" in tidied(page.texts("#details dd"))


def test_environments_and_resolves_filter_all_that_is_shown(show: Show) -> None:
    page = show(example_lock())
    page.click("#environments button", "windows")
    assert "jobs/etl" not in targets(page)
    assert "numpy 2.1.3" in coordinates(page)
    assert "numpy 2.2.1" not in coordinates(page)
    page.click("#environments button", "windows")
    page.click("#resolves button", "build")
    assert coordinates(page) == ["setuptools 75.6.0"]
    assert targets(page) == ["jobs/etl", "services/api", "services/api[postgres]"]
    assert address(page) == "#resolve=build"


def test_a_colour_can_be_chosen_and_one_of_its_categories_alone(show: Show) -> None:
    page = show(example_lock())
    assert page.texts("#legend button") == ["one version 13", "differs by environment 2", "differs by resolve 2"]
    page.click("#legend button", "differs by environment")
    assert coordinates(page) == ["numpy 2.1.3", "numpy 2.2.1"]
    page.click("#legend button", "differs by environment")
    page.click("#colour")
    page.press(*"size", "Enter")
    assert address(page) == "#colour=size"
    assert "under 100 kB 9" in page.texts("#legend button")


def test_a_column_sorts_and_says_so(show: Show) -> None:
    page = show(example_lock())
    page.click("#columns button", "Size")
    assert coordinates(page)[0] == "numpy 2.2.1"
    assert page.run("return document.querySelector('th.size').getAttribute('aria-sort')") == "descending"
    page.click("#columns button", "Size")
    assert coordinates(page)[-1] == "numpy 2.2.1"


def test_the_graph_selects_what_is_clicked_in_it(show: Show) -> None:
    page = show(lock_of({"a": ("1", [])}, targets={"app": ["a"]}))
    box = page.run(
        "const {x, y, width, height} = document.getElementById('graph').getBoundingClientRect();"
        " return [x, y, width, height]"
    )
    # Two boxes side by side in the middle: the right one is the artifact.
    position = {"x": box[0] + box[2] / 2 + 50, "y": box[1] + box[3] / 2, "button": "left", "clickCount": 1}
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        page.tell("Input.dispatchMouseEvent", {**position, "type": kind})
    page.wait_for("return location.hash === '#artifact=a@1'")
    assert selected(page) == ["a 1"]


# Addresses and keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "chosen"),
    [
        ("#target=services/api[postgres]", "services/api[postgres]"),
        ("#target=services%2Fapi%5Bpostgres%5D", "services/api[postgres]"),
        ("#artifact=numpy@2.1.3&env=windows&colour=size", "numpy 2.1.3"),
        ("#artifact=click-8.1.8-py3-none-any.whl", "click 8.1.8"),
    ],
)
def test_an_address_selects(show: Show, at: str, chosen: str) -> None:
    page = show(example_lock(), at=at)
    assert selected(page) == [chosen]
    assert page.texts("#details h2") == [chosen]


@pytest.mark.parametrize("at", ["#target=nobody", "#artifact=nothing@1", "#artifact=numpy@2.2.1&env=windows"])
def test_an_address_of_what_is_not_there_says_so(show: Show, at: str) -> None:
    page = show(example_lock(), at=at)
    assert page.texts("#details .empty")[0].startswith("There is no “")
    assert selected(page) == []


@pytest.mark.parametrize(
    "at", ["#%E0%A4%A&target", "#env=%&&=&q=a%zz", "#__proto__=x&constructor=y&sort=-nothing&only=x"]
)
def test_an_address_that_is_no_address_harms_nothing(show: Show, at: str) -> None:
    assert show(example_lock(), at=at).texts("h1") == ["frozen.json"]


def test_the_way_back_leads_back(show: Show) -> None:
    page = show(example_lock())
    page.click("#targets li", "jobs/etl")
    page.click("#details a", "docopt")
    assert selected(page) == ["docopt 0.6.2"]
    page.run("history.back()")
    page.wait_for("return location.hash === '#target=jobs/etl'")
    page.wait_for("return document.querySelector('#details h2').textContent === 'jobs/etl'")
    assert selected(page) == ["jobs/etl"]


def test_everything_is_reached_by_keys(show: Show) -> None:
    page = show(example_lock())
    page.press("/", *"services/", "ArrowDown", "ArrowDown", "Enter")
    assert selected(page) == ["services/api[postgres]"]
    page.press("ArrowRight")
    assert page.run("return document.activeElement.tagName") == "TR"
    page.press("ArrowDown", "Enter")
    assert page.run("return document.activeElement.getAttribute('aria-selected')") == "true"
    page.press("Escape")
    assert page.run("return document.getElementById('search').value") == ""
    page.press("Escape")
    assert selected(page) == []
    page.press("?")
    assert page.run("return document.getElementById('keys').open") is True
    page.press("Escape")
    assert page.run("return document.getElementById('keys').open") is False


def test_enter_in_the_search_selects_the_first_that_was_found(show: Show) -> None:
    page = show(example_lock())
    page.press("/", *"uvloop", "Enter")
    assert selected(page) == ["uvloop 0.21.0"]


def test_a_search_that_finds_nothing_of_a_selection_hides_nothing_of_it(show: Show) -> None:
    page = show(example_lock(), at="#artifact=uvloop@0.21.0&q=uvloop")
    assert targets(page) == ["services/api", "services/api[postgres]"]
    assert page.texts("#target-note")[0].startswith("that ship uvloop 0.21.0; the search finds none of them")


def test_every_control_and_list_has_a_name_for_those_who_hear_the_page(show: Show) -> None:
    page = show(example_lock())
    tree = page.tell("Accessibility.getFullAXTree", {})["nodes"]
    shown = [each for each in tree if not each.get("ignored")]
    named = {"button", "link", "listbox", "grid", "combobox", "searchbox", "option", "image", "region", "group", "row"}
    nameless = [each for each in shown if each["role"]["value"] in named and not each.get("name", {}).get("value")]
    assert nameless == []
    assert {"listbox", "grid", "status", "searchbox", "main", "banner"} <= {each["role"]["value"] for each in shown}


# Looks ------------------------------------------------------------------------------------------------------


def ground(browser: Browser) -> str:
    found: str = browser.run("return getComputedStyle(document.body).backgroundColor")
    return found


def test_light_and_dark_follow_the_system_until_one_is_chosen(show: Show) -> None:
    page = show(example_lock())
    light = ground(page)
    page.prefer("dark")
    dark = ground(page)
    assert light != dark
    page.click("#theme", "Light")
    assert ground(page) == light
    page.prefer("light")
    page.click("#theme", "Dark")
    assert ground(page) == dark


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1000, 700), (390, 800)])
def test_nothing_is_wider_than_the_window(show: Show, width: int, height: int) -> None:
    long = "a-name-that-goes-on-and-on-" * 8 + "a"
    frozen = lock_of({long: ("1.0", [])}, targets={f"services/{long}": [long]})
    page = show(frozen, at=f"#artifact={long}@1.0")
    page.size(width, height)
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.run("const pane = document.querySelector('#details'); return pane.scrollWidth - pane.clientWidth") == 0


def test_a_screenshot_is_taken(show: Show) -> None:
    shot = show(example_lock(), at="#target=services/api").screenshot()
    assert shot.startswith(b"\x89PNG")
    assert struct.unpack(">II", shot[16:24]) == (1440, 900)


# Two locks --------------------------------------------------------------------------------------------------


def bumped(frozen: Frozen) -> Frozen:
    """Return the example with one release changed, one gone and one come."""
    kept = tuple(each for each in frozen.coordinates if each.name != "colorama")
    changed = tuple(
        replace(each, version="8.2", dependencies=edges(["new-friend"])) if each.name == "click" else each
        for each in kept
    )
    click = next(each for each in changed if each.name == "click")
    friend = replace(click, name="new-friend", version="1", dependencies=())
    return mapped(replace(frozen, coordinates=tuple(sorted((*changed, friend), key=lambda each: each.name))))


def test_two_locks_are_compared(show: Show) -> None:
    page = show(bumped(example_lock()), example_lock())
    assert page.texts("#details .title h2") == ["What changed"]
    assert page.texts("#legend button") == ["added 1", "removed 1", "changed 1", "as before 15"]
    assert coordinates(page)[:4] == ["new-friend 1", "colorama 0.4.6", "click 8.1.8 → 8.2", "acme-auth 2.1"]
    assert [text for text in page.texts("#targets li") if "changed" not in text] != []
    page.click("#rows tr", "colorama")
    assert targets(page) == ["services/api", "services/api[postgres]"]
    page.click("#targets li", "services/api")
    assert "colorama 0.4.6" in coordinates(page)


def test_a_target_that_is_gone_shows_what_it_shipped(show: Show) -> None:
    whole = example_lock()
    kept = [target for target in whole.inputs.targets if target.name != "jobs/etl"]
    page = show(cut(whole, kept, whole.environments_by_name), whole, at="#target=jobs/etl")
    shipped = ["attrs", "docopt", "fastlex", "setuptools", "sqlalchemy", "typing-extensions"]
    assert sorted(text.split()[0] for text in coordinates(page)) == shipped
    assert page.texts("#details .title .tag") == ["removed"]


def test_two_equal_locks_have_nothing_to_tell_apart(show: Show) -> None:
    page = show(example_lock(), example_lock())
    assert "Nothing: both locks answer the same." in page.texts("#details p")


# What a lock may bring --------------------------------------------------------------------------------------


def test_a_name_that_is_a_script_is_a_name(show: Show) -> None:
    script = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
    frozen = lock_of({"a": ("1", [])}, targets={script: ["a"]})
    [release] = frozen.coordinates
    frozen = replace(frozen, coordinates=(replace(release, license=script, yanked=script),))
    page = show(frozen)
    assert targets(page) == [script]
    page.click("#targets li")
    page.click("#rows tr")
    assert page.texts("#details dd").count(script) == 2
    assert page.run("return document.title") == "frozen.json · frazil"
    assert page.run("return document.querySelectorAll('script, img').length") == 4


def test_a_circle_is_drawn(show: Show) -> None:
    frozen = lock_of({"a": ("1", ["b"]), "b": ("1", ["c", "b"]), "c": ("1", ["a"])}, targets={"app": ["a"]})
    page = show(frozen, at="#target=app")
    assert drawn(page) == "What app ships: 4 boxes, 4 arrows"
    page.click("#rows tr", "c 1")
    assert tidied(page.texts(".paths > li")) == ["app app/pyproject.toml a 1 by a b 1 by b c 1 by c"]


def test_a_chain_too_long_for_a_picture_is_told_in_words(show: Show) -> None:
    releases = {f"p{n:04}": ("1", [f"p{n + 1:04}"] if n < 2999 else []) for n in range(3000)}
    page = show(lock_of(releases, targets={"app": ["p0000"]}), at="#artifact=p2999@1")
    assert page.texts("#graph-note") == ["This is too deep for a picture; the details say it in words."]
    assert len(page.texts(".paths .step")) == 3000
    page.click("#details a", "app")
    page.wait_for("return document.getElementById('picture-title').textContent === 'What app ships'")
    assert drawn(page) == "What app ships: 120 boxes, 119 arrows"


def test_what_the_lock_lacks_is_said(show: Show) -> None:
    page = show(lock_of({"a": ("1", ["gone"])}, targets={"app": ["a"]}), at="#artifact=a@1")
    assert "gone gone: not in the lock" in tidied(page.texts("#details tr"))


def test_an_empty_lock_says_that_it_is(show: Show) -> None:
    page = show(lock_of({}, targets={}))
    assert page.texts("#totals") == ["0 targets · 1 environment · 0 coordinates · 0 artifacts · 0 bytes"]
    assert page.texts("#targets-empty") == ["There is no target."]
    assert page.texts("#coordinates-empty") == ["There is no artifact."]
    assert page.texts("#graph-note") == ["There is nothing to draw."]
