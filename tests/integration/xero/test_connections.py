"""Connections: what people see and change, and that secrets stay secret."""

import json

import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_chassis.testing.wait import until
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.query import CheckConnection, ListConnections, Page, SearchPicks
from syncline_contracts.stream import CONNECTORS_BUCKET
from syncline_portal.proposals import Clients, Unmapped

from tests.integration.xero.desk import CONNECTION, DeskMaker, XeroDesk

GUID = "3f0b6f5e-2a71-4c55-9a0e-5d3f6f1c2b7a"


async def test_a_connection_is_checked_and_shown_without_its_secret(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    saved = await desk.connect()
    assert (saved.version, saved.status) == (1, "unchecked")
    assert saved.form["invoice_prefix"] == "AZ"
    checked = await desk.ask(CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION))
    assert checked.status == "working"
    assert desk.partner_id in checked.status_detail
    listed = await desk.ask(ListConnections(partner_id=desk.partner_id))
    assert desk.xero.client_secret not in listed.model_dump_json()


async def test_an_edit_keeps_the_secret_unless_it_would_go_elsewhere(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.connect(expected=1, client_secret="", due_days="30")
    await desk.sync(desk.charges(0))
    with pytest.raises(ProblemError, match="another address") as refused:
        await desk.connect(expected=2, client_secret="", api_url="https://elsewhere.example/2.0")
    assert refused.value.status == 422
    with pytest.raises(ProblemError) as stale:
        await desk.connect(expected=1)
    assert stale.value.status == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_url", "http://api.xero.com/api.xro/2.0"),
        ("api_url", "https://user:pass@api.xero.com/"),
        ("identity_url", "ftp://identity.xero.com"),
        ("due_days", "soon"),
        ("invoice_prefix", "AZ/1"),
        ("colour", "blue"),
    ],
)
async def test_a_form_that_is_not_valid_is_refused(
    service: Service, desks: DeskMaker, field: str, value: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        await desks().connect(None, **{field: value})
    assert refused.value.status == 422


async def test_another_partner_sees_nothing_of_it(service: Service, desks: DeskMaker) -> None:
    mine, other = desks(), desks()
    await mine.connect()
    await mine.sync(mine.charges(0))
    assert (await other.ask(ListConnections(partner_id=other.partner_id))).connections == ()
    stranger = XeroDesk(other.mapping, other.portal, other.heard, other.partner_id, mine.xero)
    stranger.invoice_key = mine.invoice_key
    assert await stranger.ledger() == []
    with pytest.raises(ProblemError, match="no connection"):
        await other.ask(
            SearchPicks(partner_id=other.partner_id, connection_id=CONNECTION, list="items")
        )


async def test_the_connections_of_everybody_come_in_pages(
    service: Service, desks: DeskMaker
) -> None:
    made = [desks() for _ in range(3)]
    for desk in made:
        await desk.connect()
    found, cursor = list[tuple[str, str]](), None
    while True:
        page = Page(limit=2, cursor=cursor)
        answer = await made[0].ask(ListConnections(partner_id=EVERY_PARTNER, page=page))
        assert len(answer.connections) <= 2
        found += [(one.partner_id, one.connection_id) for one in answer.connections]
        cursor = answer.next_cursor
        if cursor is None:
            break
    assert {(desk.partner_id, CONNECTION) for desk in made} <= set(found)
    assert len(found) == len(set(found))


async def test_pick_lists_come_from_the_live_organisation(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()

    async def search(name: str, text: str) -> list[str]:
        query = SearchPicks(
            partner_id=desk.partner_id, connection_id=CONNECTION, list=name, text=text
        )
        return [item.id for item in (await desk.ask(query)).items]

    assert await search("contacts", "customer 1") == [desk.xero.contacts[1]]
    assert await search("items", "azure reserved") == ["AZ-RI"]
    assert "200" in await search("accounts", "sales")
    assert await search("tax_rates", "gst on income") == ["OUTPUT"]
    with pytest.raises(ProblemError, match="no list"):
        await search("spells", "")


async def test_a_contact_comes_with_what_it_can_be_known_by(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    known = {
        "name": "Contoso Pty Ltd",
        "email": "billing@contoso.example",
        "account_number": GUID,
        "contact_number": "C-7",
        "website": "https://www.contoso.example/au",
    }
    desk.xero.sandbox.ask("POST", f"xero/{desk.xero.org}/contacts", **known)
    (found,) = await desk.search("client", "contoso")
    assert set(found.clues) == {known[name] for name in known if name != "name"}
    clients = Clients([found])
    by_id = clients.propose(Unmapped(GUID, "Somebody else"))
    by_domain = clients.propose(Unmapped("t-2", "Somebody else", "contoso.example"))
    assert [one and one.client_id for one in (by_id, by_domain)] == [found.id, found.id]
    assert by_id is not None
    assert "Microsoft tenant id" in by_id.reason


async def test_the_manifest_is_announced(service: Service, desks: DeskMaker) -> None:
    bus: Bus = desks().mapping

    async def announced() -> bytes:
        return (await bus.kv_all(CONNECTORS_BUCKET)).get("xero", b"")

    manifest = json.loads(await until(announced))
    assert manifest["vocabulary"] == {"client": "Contact", "agreement": None, "product": "Item"}
    assert manifest["capabilities"] == {"negative_totals": True}
