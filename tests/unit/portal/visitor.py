"""A page or dialog as a person sees it, without a browser: NiceGUI's own simulation of one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from nicegui.testing import User, user_simulation
from syncline_portal.actor import Role
from syncline_portal.token import digest_of
from syncline_portal.visit import Visit

from tests.unit.portal.fakes import FakePortal

RETRIES = 30
"""Looks, a tenth of a second apart, before something counts as not there."""


async def visitor(fakes: FakePortal, role: Role = "billing") -> Visit:
    """Somebody with this role at a page of the partner acme."""
    digest = digest_of(fakes.tokens.give(acme=role))
    cookie = await fakes.sessions.begin(digest)
    return Visit(fakes.portal, cookie, fakes.tokens.actors[digest], "acme", "/")


@asynccontextmanager
async def seeing(build: Callable[[], Awaitable[None]]) -> AsyncIterator[User]:
    """What `build` builds, looked at."""
    async with user_simulation(build) as user:
        await user.open("/")
        yield user
