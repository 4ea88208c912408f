"""A real headless browser for tests: Debian's chromium, driven over WebDriver with nothing but the standard library."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"),
)
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that WebDriver puts before the id of an element
_PATIENCE = 20.0

KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowDown": "\ue015", "ArrowRight": "\ue014"}


def chromium() -> str:
    """Return the browser. Skips the test, with what to install, where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None or shutil.which("chromedriver") is None:
        pytest.skip("NO BROWSER: the page was not opened (Debian: apt install chromium chromium-driver)")
    return found


class Browser:
    """One window. Positions and sizes are CSS pixels."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file, afresh even if it is open with another fragment."""
        self._post("url", {"url": "about:blank"})
        self._post("url", {"url": page.as_uri() + fragment})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page and return what it returns."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def texts(self, selector: str) -> list[str]:
        """Return the text of each element that is shown."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).map(e => e.innerText)"
        )
        found: list[str] = self.run(script, selector)
        return found

    def click(self, selector: str, text: str = "") -> None:
        """Click the first element that a selector finds and whose text begins so, as a hand does."""
        script = "return [...document.querySelectorAll(arguments[0])].find(e => e.innerText.startsWith(arguments[1]))"
        element = self.wait_for(script, selector, text)
        self._post(f"element/{element[_ELEMENT]}/click", {})

    def press(self, *keys: str) -> None:
        """Press keys one after the other where the focus is: names of KEYS, or texts."""
        text = "".join(KEYS.get(key, key) for key in keys)
        actions = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self._post("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def wait_for(self, script: str, *arguments: Any) -> Any:
        """Wait until a script returns something true."""
        end = time.monotonic() + _PATIENCE
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < end, f"still false: {script} {arguments}"
            time.sleep(0.02)
        return found

    def size(self, width: int, height: int) -> None:
        """Give the page this much room."""
        settings = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.tell("Emulation.setDeviceMetricsOverride", settings)

    def prefer(self, scheme: str) -> None:
        """Let the system want `light` or `dark`."""
        self.tell("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def tell(self, command: str, parameters: Mapping[str, Any]) -> Any:
        """Give a command of the DevTools protocol."""
        return self._post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def console(self) -> list[str]:
        """Return what the console got since it was asked last."""
        return [entry["message"] for entry in self._post("se/log", {"type": "browser"})]

    def screenshot(self) -> bytes:
        """Return the window as a PNG."""
        return base64.b64decode(_call(f"{self._session}/screenshot", None))

    def _post(self, command: str, body: Mapping[str, Any]) -> Any:
        return _call(f"{self._session}/{command}", body)


@contextmanager
def open_browser(folder: Path) -> Iterator[Browser]:
    """Start a browser whose home and profile are a folder of the test's; end both when done."""
    arguments = [*_FLAGS, f"--user-data-dir={folder / 'profile'}"]
    options = {"binary": chromium(), "args": arguments}
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, text=True
    )
    try:
        base = f"http://127.0.0.1:{_port(driver)}/session"
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = _call(base, {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        yield Browser(f"{base}/{session}")
        _call(f"{base}/{session}", None, method="DELETE")
    finally:
        driver.terminate()
        driver.communicate()


def _port(driver: subprocess.Popen[str]) -> str:
    assert driver.stdout is not None
    for line in driver.stdout:
        if "started successfully on port" in line:
            return line.rpartition(" ")[2].strip().rstrip(".")
    raise AssertionError("chromedriver did not start")


def _call(address: str, body: Mapping[str, Any] | None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(address, data=data, method=method, headers={"Content-Type": "application/json"})  # noqa: S310 - loopback
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)["value"]
