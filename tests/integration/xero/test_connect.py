"""Connect to Xero, from the button to the first invoice: portal, connector, and a real browser's
way over Xero's own page, with nothing pasted.
"""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_chassis.connector.service import connector_service
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_chassis.testing.clock import FixedClock
from syncline_chassis.testing.servers import free_port
from syncline_chassis.vault import Vault
from syncline_contracts.query import ConnectionView, ListConnections, SearchPicks
from syncline_portal.app import PortalService, create_service
from syncline_portal.consent import ANSWER
from syncline_portal.consent_store import Begun, ConsentStore
from syncline_portal.session import COOKIE
from syncline_portal.settings import Settings
from syncline_portal.token import new_token
from syncline_xero.connector import XeroConnector

from tests.conftest import Servers
from tests.integration.quick import VAULT_KEY
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import CONNECTION, DeskMaker, XeroDesk

OPERATOR = new_token()
_HIDDEN = re.compile(r'name="([a-z_]+)" value="([^"]*)"')


@pytest.fixture
async def portal(servers: Servers, tmp_path: Path) -> AsyncIterator[PortalService]:
    file = tmp_path / "token"
    file.write_text(OPERATOR)
    port = free_port()
    service = create_service(
        servers.settings(
            Settings,
            "portal",
            portal_bootstrap_token_file=file,
            portal_url=f"http://127.0.0.1:{port}",
            http_port=port,
            log_level="INFO",
            log_file=str(tmp_path / "portal.log"),
        )
    )
    await service.start()
    yield service
    await service.stop()


@dataclass
class Person:
    """An administrator at a browser."""

    http: httpx.AsyncClient
    address: str

    async def sign_in(self) -> None:
        self.http.cookies.clear()
        answer = await self.http.post("/sign-in", data={"token": OPERATOR})
        assert answer.status_code == 303

    async def go(self, desk: XeroDesk) -> dict[str, str]:
        """To Xero's page; what its form would send."""
        path = f"/p/{desk.partner_id}/connections/xero/{CONNECTION}/consent"
        away = await self.http.get(path)
        assert away.status_code == 303, away.text
        page = await self.http.get(away.headers["location"])
        assert page.status_code == 200, page.text
        return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}

    async def decide(self, desk: XeroDesk, form: dict[str, str], decision: str = "allow") -> str:
        """The address that Xero sends the browser back to."""
        url = f"{desk.xero.sandbox.url}/identity/connect/authorize"
        chosen = {**form, "decision": decision, "organisation": desk.xero.org}
        answer = await self.http.post(url, data=chosen)
        return str(answer.headers["location"])

    async def consent(self, desk: XeroDesk) -> httpx.Response:
        return await self.http.get(await self.decide(desk, await self.go(desk)))


@pytest.fixture
async def person(portal: PortalService) -> AsyncIterator[Person]:
    address = f"http://127.0.0.1:{portal.http_port}"
    async with httpx.AsyncClient(base_url=address) as http:
        one = Person(http, address)
        await one.sign_in()
        yield one


def app_of(desk: XeroDesk, person: Person) -> dict[str, str]:
    """An app at Xero that may send people back to this portal; what a form says of it."""
    app = {"client_id": f"{desk.partner_id}-app", "client_secret": "geheim-app"}
    desk.xero.sandbox.ask("POST", "apps", **app, redirect_uris=[person.address + ANSWER])
    url = f"{desk.xero.sandbox.url}/identity/connect/authorize"
    return {"grant": "authorisation_code", **app, "authorise_url": url}


async def view(desk: XeroDesk) -> ConnectionView:
    (one,) = (await desk.ask(ListConnections(partner_id=desk.partner_id))).connections
    found: ConnectionView = one
    return found


async def test_a_person_consents_and_the_first_invoice_is_written(
    servers: Servers, desks: DeskMaker, person: Person, tmp_path: Path
) -> None:
    settings = xero_settings(servers, log_level="DEBUG", log_file=str(tmp_path / "xero.log"))
    service = connector_service(XeroConnector(settings), settings)
    await service.start()
    try:
        desk = desks()
        form = app_of(desk, person)
        await desk.connect(None, **form)
        before = await desk.fail_plan(desk.charges(0))
        assert (before.code, "Nobody has consented yet" in before.message) == (
            "reauth_required",
            True,
        )
        answer = await person.decide(desk, await person.go(desk))
        back = await person.http.get(answer)
        assert (back.status_code, back.headers["location"]) == (
            303,
            f"/p/{desk.partner_id}/connections",
        )
        opened = await view(desk)
        assert (opened.status, opened.form["tenant_id"]) == ("working", desk.xero.org)
        await desk.sync(desk.charges(0))
        assert [one["sub_total"] for one in desk.xero.invoices()] == ["120.15"]
        # Used once, it is of no use: neither to the portal nor to Xero.
        assert (await person.http.get(answer)).status_code == 403
        assert (await view(desk)).version == opened.version
        (row,) = await service.mongo.collection("connections").find({"partner_id": desk.partner_id})
        noted = await service.mongo.collection("audit").find(
            {"partner_id": desk.partner_id, "what": {"$regex": "refresh_token"}}
        )
        secrets = set(Vault([VAULT_KEY]).open(row.pop("sealed")).values()) - {""}
        secrets.add(httpx.URL(answer).params["code"])
        names = ("jobs", "ledger", "ledger_history", "plans", "outbox", "audit")
        rows = [
            await service.mongo.collection(name).find({"partner_id": desk.partner_id})
            for name in names
        ]
    finally:
        await service.stop()
    assert noted[-1]["actor"].startswith("operator")
    logs = [(tmp_path / f"{name}.log").read_text() for name in ("xero", "portal")]
    told = [fact.model_dump_json() for fact in desk.heard]
    everything = json.dumps([logs, told, repr(rows), repr(row), opened.model_dump_json()])
    assert len(secrets) >= 4
    assert [secret for secret in secrets if secret in everything] == []


async def test_of_several_organisations_the_person_chooses_in_the_portal(
    service: Service, desks: DeskMaker, person: Person
) -> None:
    desk, other = desks(), desks()
    form = app_of(desk, person)
    await desk.connect(None, **form)
    asked = await person.go(desk)
    await person.decide(other, asked)  # consented before, for another organisation
    assert (await person.consent(desk)).status_code == 303
    waiting = await view(desk)
    assert waiting.status == "reauth_required"
    assert "Choose the one to bill from" in waiting.status_detail
    search = SearchPicks(partner_id=desk.partner_id, connection_id=CONNECTION, list="organisations")
    ids = {item.id for item in (await desk.ask(search)).items}
    assert ids == {desk.xero.org, other.xero.org}
    kept = {name: text for name, text in form.items() if name != "client_secret"}
    await desk.connect(waiting.version, **kept, client_secret="", tenant_id=desk.xero.org)
    await desk.sync(desk.charges(0))
    assert (len(desk.xero.invoices()), other.xero.invoices()) == (1, [])


async def test_a_consent_that_is_not_given_changes_nothing(
    service: Service, desks: DeskMaker, person: Person
) -> None:
    desk = desks()
    await desk.connect(None, **app_of(desk, person))
    denied = await person.http.get(await person.decide(desk, await person.go(desk), "deny"))
    assert denied.status_code == 403
    assert "The consent was not given" in denied.text
    assert (await view(desk)).version == 1


async def test_an_answer_in_another_session_or_with_a_used_code_opens_nothing(
    service: Service, desks: DeskMaker, person: Person
) -> None:
    desk = desks()
    await desk.connect(None, **app_of(desk, person))
    stolen = await person.decide(desk, await person.go(desk))
    mine = person.http.cookies[COOKIE]
    await person.sign_in()
    assert (await person.http.get(stolen)).status_code == 403
    person.http.cookies.clear()
    person.http.cookies.set(COOKIE, mine)
    assert (await person.http.get(stolen)).status_code == 303
    # The code of an earlier consent under a state of one's own: Xero does not take it twice.
    fresh = await person.go(desk)
    code = httpx.URL(stolen).params["code"]
    replayed = await person.http.get(ANSWER, params={"state": fresh["state"], "code": code})
    assert replayed.status_code == 422
    assert "used already" in replayed.text
    assert (await view(desk)).status == "working"


async def test_a_connection_of_the_other_kind_is_not_opened_by_consent(
    service: Service, desks: DeskMaker, person: Person
) -> None:
    desk = desks()
    await desk.connect()
    path = f"/p/{desk.partner_id}/connections/xero/{CONNECTION}/consent"
    refused = await person.http.get(path)
    assert refused.status_code == 422
    assert "not one by consent" in refused.text


async def test_a_begun_consent_ends_after_ten_minutes_and_is_one_sessions_alone(
    portal: PortalService,
) -> None:
    clock = FixedClock(portal.clock.now())
    real, portal.clock = portal.clock, clock
    try:
        store = ConsentStore(portal)
        begun = Begun("acme", "xero", CONNECTION, "https://billing.example" + ANSWER)
        first, late = await store.begin("me", begun), await store.begin("me", begun)
        stored: list[dict[str, Any]] = await portal.mongo.collection("consents").find({})
        assert first not in repr(stored)
        with pytest.raises(ProblemError, match="another browser"):
            await store.take("somebody else", first)
        assert await store.take("me", first) == begun
        with pytest.raises(ProblemError, match="used already"):
            await store.take("me", first)
        clock.advance(600)
        with pytest.raises(ProblemError, match="ten minutes"):
            await store.take("me", late)
    finally:
        portal.clock = real
