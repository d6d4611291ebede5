"""A real browser for tests: headless Chromium through chromedriver, spoken to in W3C WebDriver over HTTP.

with Browser.start() as browser:
    browser.open(sandbox.url + "/console")
    browser.fill("#account-name", "Acme", Key.ENTER)

What a page does after an action comes when it comes: `wait` looks until a JavaScript expression is true.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 30
"""Only a machine in trouble takes so long."""

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"),
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
)


class Key:
    """Keys of the keyboard, as WebDriver writes them."""

    TAB = "\ue004"
    SHIFT = "\ue008"
    ENTER = "\ue007"
    ESCAPE = "\ue00c"
    SPACE = " "
    DOWN = "\ue015"


class NoBrowser(Exception):
    """There is no browser on this machine; the text says what is missing."""


class Browser:
    """One window of a browser."""

    def __init__(self, driver: str, session: str) -> None:
        self._base = f"{driver}/session/{session}"

    @classmethod
    @contextlib.contextmanager
    def start(cls, *arguments: str) -> Iterator[Browser]:
        """Start a browser with a fresh profile and further command line arguments, and end it. Raises NoBrowser."""
        programs = {name: shutil.which(name) for name in ("chromedriver", "chromium")}
        if missing := [name for name, found in programs.items() if found is None]:
            raise NoBrowser(f"{' and '.join(missing)} not found: apt-get install chromium chromium-driver")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            # Its caches and settings go into the folder too.
            places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), folder)
            driver = subprocess.Popen(
                [str(programs["chromedriver"]), "--port=0"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **places},
                text=True,
            )
            try:
                profile = f"--user-data-dir={Path(folder) / 'profile'}"
                browser = cls._open(_read_address(driver), str(programs["chromium"]), (profile, *arguments))
                try:
                    yield browser
                finally:
                    browser._ask("DELETE", "")
            finally:
                driver.terminate()
                driver.wait(PATIENCE_SECONDS)
                assert driver.stdout is not None
                driver.stdout.close()

    @classmethod
    def _open(cls, address: str, program: str, arguments: tuple[str, ...]) -> Browser:
        options = {"binary": program, "args": [*_ARGUMENTS, *arguments]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = _send("POST", f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
        return cls(address, made["sessionId"])

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that a JavaScript function body returns; a promise is waited for."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, expression: str, *arguments: Any) -> Any:
        """The value of a JavaScript expression as soon as it is true. Raises AssertionError with what is shown."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := self.run(f"return {expression}", *arguments)):
            if time.monotonic() > deadline:
                shown = self.run("return document.body.innerText")
                raise AssertionError(f"never true: {expression} {arguments}; the page shows:\n{shown}")
            time.sleep(0.02)
        return value

    def text(self, selector: str) -> str:
        """What a person reads of the first element that fits."""
        text: str = self._ask("GET", f"/element/{self._find(selector)}/text")
        return text

    def click(self, selector: str) -> None:
        """A click with the mouse: fails on what is hidden or covered."""
        self._ask("POST", f"/element/{self._find(selector)}/click", {})

    def fill(self, selector: str, *keys: str) -> None:
        """Empty a field and type into it."""
        element = self._find(selector)
        self._ask("POST", f"/element/{element}/clear", {})
        self._ask("POST", f"/element/{element}/value", {"text": "".join(keys)})

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a select element by its value."""
        self.click(f"{selector} option[value={json.dumps(value)}]")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, wherever the focus is; a text is typed key by key."""
        self._act([{"type": kind, "value": key} for key in "".join(keys) for kind in ("keyDown", "keyUp")])

    def press_with_shift(self, key: str) -> None:
        down, up = {"type": "keyDown", "value": Key.SHIFT}, {"type": "keyUp", "value": Key.SHIFT}
        self._act([down, {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}, up])

    def resize(self, width: int, height: int) -> None:
        """The size of the page's viewport in CSS pixels, also one that no window can be made as narrow as."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)

    def prefer(self, **features: str) -> None:
        """Set what the person prefers: `color_scheme="dark"`, `reduced_motion="reduce"`."""
        chosen = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", features=chosen)

    def devtools(self, command: str, **params: Any) -> Any:
        """A command of the Chrome DevTools protocol, for what WebDriver does not know."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def complaints(self) -> list[str]:
        """What the page complained about since the last look: its errors, and what its security policy forbade."""
        entries = self._ask("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def photograph(self, path: Path) -> None:
        """The whole page as a PNG, not only what fits the window."""
        image = self.devtools("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(image["data"]))

    def _find(self, selector: str) -> str:
        found: str = self._ask("POST", "/element", {"using": "css selector", "value": selector})[_ELEMENT]
        return found

    def _act(self, strokes: list[dict[str, str]]) -> None:
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return _send(method, self._base + path, body)


def _read_address(driver: subprocess.Popen[str]) -> str:
    assert driver.stdout is not None
    for line in driver.stdout:
        # "ChromeDriver was started successfully on port 41235."
        if "successfully on port " in line:
            return f"http://127.0.0.1:{line.rpartition('port ')[2].strip().rstrip('.')}"
    raise RuntimeError("chromedriver did not start")


def _send(method: str, url: str, body: Any) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    # A proxy that the environment names must not get between a test and its own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=2 * PATIENCE_SECONDS) as answer:
            return json.loads(answer.read())["value"]
    except urllib.error.HTTPError as error:
        with error:
            said = json.loads(error.read())["value"]
        raise AssertionError(f"{method} {url.partition('/session')[2]}: {said['error']}: {said['message']}") from error
