"""A clerk at a real browser: Chromium of the system, driven by what is written on the page."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from syncline_stack import browser
from syncline_stack.road import Road
from syncline_stack.stack import Stack

NONE_THERE = (
    "No Chromium is installed, so NO PAGE OF THE PORTAL IS TESTED. Install your system's package "
    "(Debian: chromium) and run the tests again."
)
PATIENCE_MS = 30_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser; where there is none the tests fail in CI, and are skipped loudly."""
    try:
        with browser.chromium() as running:
            yield running
    except browser.NoBrowserError:
        if os.environ.get("CI"):
            pytest.fail(NONE_THERE)
        pytest.skip(NONE_THERE)


class Clerk:
    """One browser window; what it asks of another machine, or reports as an error, is noted."""

    def __init__(self, browser: Browser, stack: Stack, width: int = 1280) -> None:
        self._stack = stack
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.troubles: list[str] = []
        host = urlsplit(stack.portal_url).netloc
        self.page.on("request", lambda request: self._leaves(request.url, host))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def _leaves(self, url: str, host: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host:
            self.troubles.append(f"asked another machine: {url}")

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self._stack.portal_url + path)

    def sign_in(self, token: str) -> None:
        """Sign in where the portal asks for it."""
        self.page.get_by_label("Access token").fill(token)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def signed_in(self, road: Road, page: str) -> None:
        """Open a partner's page as an operator."""
        self.go(f"/p/{road.partner}/{page}")
        self.sign_in(road.stack.keepsake.token)

    def press(self, name: str) -> None:
        """Press a button by its words."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, text: str) -> None:
        """These words are on the page."""
        expect(self.page.get_by_text(text, exact=True).first).to_be_visible()

    def picture(self, path: Path) -> None:
        """Keep what it sees."""
        self.page.screenshot(path=path, full_page=True)
