"""One browser window of a signed-in clerk; it measures by its own clock, in milliseconds."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

from syncline_stack.stack import Stack

PATIENCE_MS = 30_000.0
"""Longer than anything may take: what comes later ends the run."""
SEE_OTHER = 303
WATCH = """
for (const kind of ['input', 'click', 'keydown'])
  document.addEventListener(kind, () => { window.actedAt = performance.now() }, true);
window.textOf = name => {
  const found = document.querySelector(`[aria-label="${name}"] tbody`);
  return found && found.offsetHeight ? found.innerText.trim() : '';
};
"""
SHOWN = "names => names.every(name => window.textOf(name)) && performance.now()"
CHANGED = """([names, before]) =>
  names.every((name, at) => window.textOf(name) && window.textOf(name) !== before[at])
  && performance.now() - window.actedAt"""


class Window:
    """Shows pages of one stack; its own cookies, its own cache."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self._stack = stack
        self._context = browser.new_context(viewport={"width": 1280, "height": 900})
        self._context.add_init_script(WATCH)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)

    def sign_in(self) -> None:
        """Send the form of the sign-in; the session's cookie stays. Raises `RuntimeError`."""
        answer = self._context.request.post(
            self._stack.portal_url + "/sign-in",
            form={"token": self._stack.keepsake.token},
            max_redirects=0,
        )
        if answer.status != SEE_OTHER:
            raise RuntimeError(f"the portal let nobody in: {answer.status}")

    def open(self, path: str, *tables: str) -> float:
        """From the navigation until these tables have rows."""
        self.page.goto(self._stack.portal_url + path, wait_until="commit")
        return self.shown(*tables)

    def shown(self, *tables: str) -> float:
        """From the last navigation until these tables have rows."""
        return float(self._wait(SHOWN, list(tables)))

    def act(self, what: Callable[[Page], Any], *tables: str) -> float:
        """From the last key or click of `what` until each of these tables shows other rows."""
        before = [self.page.evaluate("name => window.textOf(name)", name) for name in tables]
        what(self.page)
        return float(self._wait(CHANGED, [list(tables), before]))

    def close(self) -> None:
        """Close it."""
        self._context.close()

    def _wait(self, condition: str, argument: Any) -> Any:
        return self.page.wait_for_function(condition, arg=argument).json_value()
