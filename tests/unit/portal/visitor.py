"""A page or dialog as a person sees it, without a browser: NiceGUI's own simulation of one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from nicegui import ui
from nicegui.testing import User, user_simulation
from syncline_portal.actor import Role
from syncline_portal.look.page import Opened
from syncline_portal.token import digest_of
from syncline_portal.visit import Visit

from tests.unit.portal.fakes import FakePortal

RETRIES = 30
"""Looks, a tenth of a second apart, before something counts as not there."""


async def visitor(fakes: FakePortal, role: Role = "billing") -> Visit:
    """Somebody with this role at a page of the partner acme."""
    given = {"operator": True} if role == "operator" else {"acme": role}
    digest = digest_of(fakes.tokens.give(**given))
    cookie = await fakes.sessions.begin(digest)
    return Visit(fakes.portal, cookie, fakes.tokens.actors[digest], "acme", "/")


@asynccontextmanager
async def seeing(build: Callable[[], Awaitable[None]]) -> AsyncIterator[User]:
    """What `build` builds, looked at."""
    async with user_simulation(build) as user:
        await user.open("/")
        yield user


async def opened(
    fakes: FakePortal, role: Role = "billing", path: dict[str, str] | None = None, **asks: str
) -> Opened:
    """That page as it is being built; `asks` stands behind the question mark of its address."""
    visit = await visitor(fakes, role)
    return Opened(visit, await visit.partner(), path or {}, asks)


async def sees(user: User, *texts: str) -> None:
    """Wait for each of these words."""
    for text in texts:
        await user.should_see(text, retries=RETRIES)


def press(user: User, text: str, label: str = "") -> None:
    """Press the button with exactly these words; `label` tells those with the same ones apart."""
    found = user.find(content=text, kind=ui.button)
    found.elements = {
        one
        for one in found.elements
        if one.text == text and label in ("", one.props.get("aria-label"))
    }
    assert len(found.elements) == 1, f"{len(found.elements)} buttons {text!r}"
    found.click()


async def until(happened: Callable[[], object]) -> None:
    """Wait for something that shows nowhere on the page."""
    for _ in range(RETRIES):
        if happened():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never happened")
