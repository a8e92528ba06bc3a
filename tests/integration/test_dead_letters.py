"""One thing becomes of a dead letter; the audit keeps who, when, before, after and why."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from syncline_chassis.backlog import Backlog
from syncline_chassis.bus import Bus
from syncline_chassis.dead_letters import DeadLetters
from syncline_chassis.errors import ProblemError, TransientError
from syncline_chassis.metrics import Metrics
from syncline_chassis.service import Received
from syncline_chassis.testing.wait import until
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.audit import Decision, ListDecisions
from syncline_contracts.message import Headers
from syncline_contracts.replay import DiscardDeadLetter, ReplayDeadLetter

from tests.conftest import Servers
from tests.integration.test_delivery import changed, partner, pricing_with, running

NONE = "_"


class Desk:
    """An operator's view of pricing, which keeps the ids of what it handled."""

    def __init__(self, servers: Servers, portal: Bus) -> None:
        self._servers = servers
        self.portal = portal
        self.handled: list[str] = []
        self.service = pricing_with(servers, self._handle)

    async def _handle(self, received: Received[Any], uow: UnitOfWork) -> None:
        self.handled.append(received.headers.id)

    async def laid_down(self, partner_id: str, body: bytes) -> tuple[int, str]:
        """Number and message id of the dead letter that a message becomes."""
        subject = changed(partner_id).subject()
        headers = Headers(type="partner.changed.v1", source="mapping", subject=subject)
        async with self._servers.bus("mapping") as mapping:
            await mapping.publish_raw(subject, body, headers)

        async def found() -> int:
            newest = await DeadLetters(self.portal).newest(limit=5)
            return next((one.letter_id for one in newest if one.message_id == headers.id), 0)

        return await until(found), headers.id

    async def replay(self, number: int, **more: Any) -> str | None:
        query = ReplayDeadLetter(partner_id=NONE, letter_id=number, actor="ann", **more)
        return (await self.portal.ask(query, service="pricing")).message_id

    async def discard(self, number: int, why: str) -> None:
        query = DiscardDeadLetter(partner_id=NONE, letter_id=number, actor="bob", why=why)
        await self.portal.ask(query, service="pricing")

    async def is_there(self, number: int) -> bool:
        return await DeadLetters(self.portal).get(number) is not None

    async def audit(self, partner_id: str, **more: Any) -> list[Decision]:
        query = ListDecisions(partner_id=partner_id, **more)
        return list((await self.portal.ask(query, service="pricing")).entries)


@pytest.fixture
async def desk(servers: Servers) -> AsyncIterator[Desk]:
    async with servers.bus("portal") as portal:
        one = Desk(servers, portal)
        async with running(one.service):
            yield one


def broken(partner_id: str) -> bytes:
    return b'{"partner_id": "%s", "version": "many"}' % partner_id.encode()


def wire(subject: str, **more: str) -> dict[str, str]:
    """Headers as somebody who was taken over would write them."""
    original = Headers(type="partner.changed.v1", source="mapping", subject=subject).to_wire()
    return {f"syncline-original-{name}": value for name, value in original.items()} | {
        "syncline-subject": subject,
        **more,
    }


async def forge(servers: Servers, service: str, body: str, headers: dict[str, str]) -> int:
    """Number of a dead letter that a service laid down with headers of its choice."""
    async with servers.bus(service) as bus:
        subject = f"syncline.dlq.{service}.partner.changed.v1"
        ack = await bus.js.publish(subject, body.encode(), headers=headers)
    return int(ack.seq)


async def test_a_corrected_message_is_handled_under_an_id_of_its_own(desk: Desk) -> None:
    partner_id = partner()
    number, original = await desk.laid_down(partner_id, broken(partner_id))
    body = changed(partner_id, version=7).model_dump_json()
    handled = await desk.replay(number, body=body, why="The version was no number.")
    assert desk.handled == [handled]
    assert handled != original
    assert not await desk.is_there(number)
    (entry,) = await desk.audit(partner_id)
    assert (entry.actor, entry.owner) == ("ann", "pricing")
    assert entry.what == (f"Dead letter {number} (partner.changed.v1) was corrected and handled.")
    assert entry.why == "The version was no number."
    assert entry.before
    assert entry.after
    assert entry.before["message_id"] == original
    assert entry.before["body"] == json.loads(broken(partner_id))
    assert entry.after == {"message_id": handled, "body": json.loads(body)}


async def test_a_correction_that_breaks_the_contract_or_names_another_partner_changes_nothing(
    desk: Desk,
) -> None:
    partner_id = partner()
    number, _ = await desk.laid_down(partner_id, broken(partner_id))
    another = changed(partner()).model_dump_json()
    for body, told in (("{", "Invalid JSON"), ("{}", "partner_id"), (another, "partner")):
        with pytest.raises(ProblemError, match=told) as refused:
            await desk.replay(number, body=body)
        assert (refused.value.status, refused.value.field) == (422, "body")
    assert desk.handled == []
    assert await desk.is_there(number)
    assert await desk.audit(partner_id) == []


async def test_what_is_discarded_is_handled_by_nobody_and_stays_in_the_audit_with_its_reason(
    desk: Desk,
) -> None:
    partner_id = partner()
    number, original = await desk.laid_down(partner_id, broken(partner_id))
    with pytest.raises(ValueError, match="at least 3 characters"):
        await desk.discard(number, why="")
    await desk.discard(number, why="Sent by a test of the feed.")
    assert desk.handled == []
    assert not await desk.is_there(number)
    (entry,) = await desk.audit(partner_id)
    assert (entry.actor, entry.why, entry.after) == ("bob", "Sent by a test of the feed.", None)
    assert entry.before
    assert entry.before["message_id"] == original
    assert "version" in entry.before["error"]
    assert await desk.audit(partner()) == []


@pytest.mark.parametrize("first", ["replay", "discard"])
async def test_killed_before_the_letter_is_taken_away_it_is_not_settled_a_second_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    partner_id = partner()
    number, _ = await desk.laid_down(partner_id, broken(partner_id))
    body = changed(partner_id).model_dump_json()
    doing = (
        desk.replay(number, body=body)
        if first == "replay"
        else desk.discard(number, why="Not wanted.")
    )

    async def die(_: DeadLetters, number: int) -> None:
        raise TransientError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(DeadLetters, "remove", die)
        with pytest.raises(ProblemError, match="killed"):
            await doing
    assert await desk.is_there(number)
    with pytest.raises(ProblemError, match=r"(ann|bob) was here before") as refused:
        await desk.replay(number, body=changed(partner_id, version=9).model_dump_json())
    assert refused.value.status == 409
    assert len(desk.handled) == (1 if first == "replay" else 0)
    assert not await desk.is_there(number)
    assert len(await desk.audit(partner_id)) == 1


async def test_whose_a_letter_is_says_its_subject_and_no_header(
    desk: Desk, servers: Servers
) -> None:
    partner_id = partner()
    forged = wire(changed(partner_id).subject(), **{"ce-source": "pricing"})
    number = await forge(servers, "xero", changed(partner_id).model_dump_json(), forged)
    letter = await DeadLetters(desk.portal).get(number)
    assert letter
    assert letter.service == "xero"
    with pytest.raises(ProblemError, match="was laid down by xero: pricing settles its own only"):
        await desk.replay(number)
    with pytest.raises(ProblemError, match="was laid down by xero"):
        await desk.discard(number, why="Not wanted.")
    assert desk.handled == []
    assert await desk.is_there(number)
    assert await desk.audit(partner_id) == []


@pytest.mark.parametrize(
    "subject", ["syncline.cmd.xero.apply.v1.acme", "syncline.evt.tenant.synced.v1.acme.k", "", "x"]
)
async def test_a_letter_that_never_came_on_a_subject_of_ours_is_discarded_only(
    desk: Desk, servers: Servers, subject: str
) -> None:
    body = changed("acme").model_dump_json()
    number = await forge(servers, "pricing", body, wire(subject))
    with pytest.raises(ProblemError, match="pricing consumes nothing from"):
        await desk.replay(number)
    assert desk.handled == []
    await desk.discard(number, why="Where it came from is not known.")
    assert not await desk.is_there(number)


async def test_malformed_headers_hide_no_letter(desk: Desk, servers: Servers) -> None:
    headers = wire("é", **{"syncline-attempts": "many", "syncline-error": "Café: no."})
    number = await forge(servers, "pricing", "{}", headers)
    (newest,) = await DeadLetters(desk.portal).newest(limit=1)
    assert (newest.letter_id, newest.service, newest.attempts) == (number, "pricing", 0)
    assert (newest.subject, newest.partner_id, newest.error) == ("é", None, "Café: no.")
    await desk.discard(number, why="Nothing of it can be read.")


async def test_decisions_come_in_pages_newest_first_by_who_what_and_when(desk: Desk) -> None:
    partner_id = partner()
    whys = ["first of all", "the (second) one", "third"]
    for why in whys:
        number, _ = await desk.laid_down(partner_id, broken(partner_id))
        await desk.discard(number, why=why)
    entries = await desk.audit(partner_id)
    assert [entry.why for entry in entries] == whys[::-1]
    found, cursor = list[str](), None
    while True:
        query = ListDecisions.model_validate(
            {"partner_id": partner_id, "page": {"limit": 1, "cursor": cursor}}
        )
        page = await desk.portal.ask(query, service="pricing")
        found += [entry.why for entry in page.entries]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == whys[::-1]
    assert [one.why for one in await desk.audit(partner_id, what="(SECOND)")] == [whys[1]]
    assert await desk.audit(partner_id, who="ann") == []
    assert len(await desk.audit(partner_id, who="BO")) == 3
    middle = entries[1].at
    assert [one.why for one in await desk.audit(partner_id, until=middle)] == [whys[0]]
    assert [one.why for one in await desk.audit(partner_id, since=middle)] == [whys[2], whys[1]]
    with pytest.raises(ProblemError, match="first page"):
        await desk.audit(partner_id, page={"cursor": "nonsense"})


async def test_the_alert_sees_the_first_dead_letter_and_until_it_is_settled(
    desk: Desk, servers: Servers
) -> None:
    metrics = Metrics("pricing")

    async def standing() -> float:
        async with servers.bus("pricing") as bus:
            await Backlog(bus, metrics).look()
        labels = {"service": "pricing", "type": "partner.changed.v1"}
        return metrics.registry.get_sample_value("syncline_dead_letters", labels) or 0.0

    before = await standing()
    partner_id = partner()
    number, _ = await desk.laid_down(partner_id, broken(partner_id))
    assert await standing() == before + 1
    await desk.discard(number, why="Sent by a test of the feed.")
    assert await standing() == before
