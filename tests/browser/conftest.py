"""Chromium without a window, and the class's page in it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from tests.browser import crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver.remote.webelement import WebElement

WAIT_S = 10
WORDS = (
    "--headless=new",
    "--no-sandbox",  # root has none, and every page here is ours
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass(frozen=True)
class Page:
    """A page in the browser; `files` are those that were opened."""

    driver: Chrome
    folder: Path
    files: list[str] = field(default_factory=list)

    def open(self, html: str, name: str = "index.html") -> None:
        """Write a page to a file and open it."""
        file = self.write(html, name)
        self.files.append(file.as_uri())
        self.driver.get(file.as_uri())

    def write(self, html: str, name: str = "index.html") -> Path:
        """Write a page to a file, where it may be open already."""
        file = self.folder / name
        file.write_text(html, encoding="utf-8")
        return file

    def js(self, script: str, *args: object) -> Any:
        """Run a script in the page and return what it returns."""
        return self.driver.execute_script(script, *args)

    def by(self, element_id: str) -> WebElement:
        """Return the element with this id."""
        return self.driver.find_element(By.ID, element_id)

    def click(self, element_id: str) -> None:
        """Click on the element with this id."""
        self.by(element_id).click()

    def type(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self) -> str:
        """Return the id of the element that has the focus."""
        return str(self.js("return document.activeElement.id"))

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements that a CSS selector finds, as they are in the document."""
        return list(self.js("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector))

    def shown(self) -> list[str]:
        """Return the ids of the students whose rows are visible, from top to bottom."""
        rows = "[...document.querySelectorAll('tbody tr')].filter(row => row.checkVisibility())"
        return list(self.js(f"return {rows}.map(row => row.querySelector('.open').id.replace('open-', ''))"))

    def column(self, heading: str) -> list[str]:
        """Return the texts of the column under the heading with this id, from top to bottom."""
        at = self.js("return document.getElementById(arguments[0]).parentElement.cellIndex", heading)
        cells = "[...document.querySelectorAll('tbody tr')].map(row => row.cells[arguments[0]].innerText)"
        return list(self.js(f"return {cells}", at))

    def box(self, selector: str) -> dict[str, float]:
        """Return where in the window the element that a CSS selector finds is: its left, top, right and bottom."""
        found = self.js("return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector)
        return {side: found[side] for side in ("left", "top", "right", "bottom")}

    def at(self, x: float, y: float, selector: str) -> bool:
        """Tell whether what is on top at this point of the window is in an element of a CSS selector."""
        found = "document.elementFromPoint(arguments[0], arguments[1])?.closest(arguments[2])"
        return bool(self.js(f"return {found} != null", x, y, selector))

    def size(self, width: int, height: int) -> None:
        """Give the page a screen of this size, in CSS pixels; a small one is that of a phone."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)

    def prefer(self, scheme: str) -> None:
        """Have the system prefer "light" or "dark"."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def until(self, true: Callable[[], object]) -> None:
        """Wait until this is true.

        Raises TimeoutException when it is not within 10 s.
        """
        # A script may be cut off by the page that follows.
        WebDriverWait(self.driver, WAIT_S, 0.1, [WebDriverException]).until(lambda _: true())


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Return the browser, with a home of its own."""
    home = tmp_path_factory.mktemp("chromium")
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for word in (*WORDS, f"--user-data-dir={home / 'profile'}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # What stands here by name is not looked for, nor fetched.
    service = Service("/usr/bin/chromedriver", env={**os.environ, "HOME": str(home)})
    driver = Chrome(options, service)
    yield driver
    driver.quit()


@pytest.fixture
def page(chromium: Chrome, tmp_path: Path) -> Iterator[Page]:
    """Return a page that shows nothing yet; whatever is done with it, it runs and fetches nothing foreign."""
    chromium.get("about:blank")
    requests(chromium)
    log(chromium, "browser")
    empty = Page(chromium, tmp_path)
    empty.size(1280, 800)
    empty.prefer("light")
    yield empty
    assert chromium.title in {"Results · docker26", "Resultaten · docker26"}
    assert log(chromium, "browser") == []
    assert set(requests(chromium)) == set(empty.files)


@pytest.fixture
def group(page: Page) -> Page:
    """Return the page of the class, in English."""
    page.open(crowd.html())
    return page


def log(driver: Chrome, kind: str) -> list[dict[str, Any]]:
    """Return what the browser wrote to its log "browser" or "performance" since the last time."""
    return list(driver.execute("getLog", {"type": kind})["value"])


def requests(driver: Chrome) -> list[str]:
    """Return what the browser asked for since the last time."""
    events = [json.loads(entry["message"])["message"] for entry in log(driver, "performance")]
    return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
