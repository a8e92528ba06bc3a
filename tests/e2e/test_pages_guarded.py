"""Pages let nobody in who may not, and tell the browser what it may do; no browser is needed."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from syncline_portal.look.frame import FIRST_PARTNER
from syncline_portal.signin import SIGN_IN
from syncline_portal.site import POLICY
from syncline_stack.stack import Stack
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e import walk
from tests.e2e.conftest import RoadMaker

SECTIONS = ("queue", "azure", "profiles", "connections", "sources", "audit", "settings")
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport="


@pytest.fixture
def visitor(stack: Stack) -> Iterator[httpx.Client]:
    """A browser that runs no script."""
    with httpx.Client(base_url=stack.portal_url, follow_redirects=True, timeout=30) as client:
        yield client


def sign_in(visitor: httpx.Client, token: str) -> None:
    answer = visitor.post(SIGN_IN, data={"token": token, "next": "/sign-in"})
    assert answer.status_code == 200, answer.text


def test_no_page_shows_anything_of_another_partner(visitor: httpx.Client, roads: RoadMaker) -> None:
    mine, other = roads(people=2), roads(people=2)
    mine.register()
    _, key = walk.ready(other)
    row = other.details(key)["tenants"][0]
    of_tenant = f"{key}/tenants/{row['tenant_id']}"
    export = f"export/{key}/{row['tenant_id']}"
    paths = (*SECTIONS, f"azure/{key}", f"azure/{of_tenant}", export)
    token = mine.portal.post(f"{mine.base}/tokens", {"name": "ann", "role": "admin"})["token"]
    sign_in(visitor, token)
    for path in paths:
        text = visitor.get(f"/p/{other.partner}/{path}").text
        assert "There is no such partner" in text, path
        for own in (key, row["tenant_id"]):
            assert own not in text.replace(path, ""), path
    assert visitor.get(f"/p/{mine.partner}/azure").status_code == 200
    sign_in(visitor, other.stack.keepsake.token)
    assert row["tenant_id"] in visitor.get(f"/p/{other.partner}/azure/{key}").text


def test_who_has_not_signed_in_is_asked_to_on_every_page(
    visitor: httpx.Client, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.register()
    paths = (*SECTIONS, "dead-letters", "azure/k", "azure/k/tenants/t", f"export/{'a' * 16}/t")
    for path in (FIRST_PARTNER, *(f"/p/{road.partner}/{path}" for path in paths)):
        answer = visitor.get(path, follow_redirects=False)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith(SIGN_IN)


def test_a_page_tells_the_browser_what_it_may_load_and_run(
    visitor: httpx.Client, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.register()
    sign_in(visitor, road.stack.keepsake.token)
    headers = visitor.get(f"/p/{road.partner}/azure").headers
    assert headers["content-security-policy"] == POLICY
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "connect-src 'self'"):
        assert rule in POLICY
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_another_site_gets_no_line_to_the_portal(
    visitor: httpx.Client, stack: Stack, origin: str
) -> None:
    own = stack.portal_url
    polled = visitor.get(SOCKET + "polling", headers={"Origin": origin})
    assert polled.status_code == 400
    assert "sid" not in polled.text
    assert "sid" in visitor.get(SOCKET + "polling", headers={"Origin": own}).text
    address = f"ws://{urlsplit(own).netloc}{SOCKET}websocket"
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin=Origin(origin), proxy=None)
    assert refused.value.response.status_code in (400, 403)
    with connect(address, origin=Origin(own), proxy=None) as line:
        assert "sid" in str(line.recv(timeout=10))
