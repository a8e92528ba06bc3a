"""Mails by a real mail server: once per person, after an outage, to nobody without access."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from syncline_chassis.service import Service
from syncline_chassis.testing.servers import free_port
from syncline_chassis.testing.service import idle_service
from syncline_contracts.mapping_query import (
    Holds,
    Invoices,
    ListHolds,
    ListInvoices,
    ListPartners,
    Partners,
    PartnerView,
)
from syncline_portal.access_log import AccessLog
from syncline_portal.actor import Actor
from syncline_portal.mail.notifier import Notifier
from syncline_portal.mail.post import MAILS, PostOffice
from syncline_portal.settings import Settings
from syncline_portal.user import UserAccess
from syncline_portal.user_store import UserStore

from tests.conftest import Servers
from tests.unit.portal.answers import INVOICE, PARTNER
from tests.unit.portal.fakes import NOW, FakePortal, settings
from tests.unit.portal.test_notice import row

BY = Actor("t1", "Ann", {}, is_operator=True)


class Inbox:
    """What the mail server has taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - named so by aiosmtpd
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


class Office:
    """A notifier of one partner over real mail and a real database."""

    def __init__(self, service: Service, port: int) -> None:
        self.partner = f"m{uuid4().hex[:10]}"
        chosen = settings(
            None,
            portal_url="https://billing.example.com",
            portal_smtp_host="127.0.0.1",
            portal_smtp_port=port,
            portal_smtp_security="none",
            portal_smtp_from="Syncline <billing@example.com>",
        )
        self.service = service
        self.fakes = FakePortal(chosen)
        self.users = UserStore(service, AccessLog(service))
        view = PartnerView(partner_id=self.partner, version=1, settings=PARTNER)
        fresh = INVOICE.model_copy(update={"detected_at": NOW, "status": "ready_to_sync"})
        self.fakes.bus.answers = {
            ListPartners: Partners(partners=(view,)),
            ListInvoices: Invoices(invoices=(fresh,)),
            ListHolds: Holds(rows=(row("Ann", "10.00"),)),
        }
        service.clock = self.fakes.clock
        portal = self.fakes.portal
        object.__setattr__(portal, "users", self.users)
        self.notifier = Notifier(portal, PostOffice(service, chosen))
        self.replica = Notifier(portal, PostOffice(service, chosen))

    async def give(self, name: str, role: Any = "billing") -> str:
        address = f"{name}@{self.partner}.example.com"
        access = UserAccess(name=name, roles={self.partner: role})
        await self.users.grant(address, access, BY)
        return address

    async def run(self, *, after: timedelta = timedelta(0)) -> None:
        self.fakes.clock.advance(after.total_seconds())
        await self.notifier.run()

    async def states(self) -> dict[str, str]:
        rows = await self.service.mongo.collection(MAILS).find({"partner_id": self.partner})
        return {one["to"]: one["state"] for one in rows}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(inbox: Inbox, port: int) -> Iterator[Controller]:
    made = Controller(inbox, hostname="127.0.0.1", port=port)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def office(servers: Servers, port: int) -> AsyncIterator[Office]:
    service = idle_service("portal", servers.settings(Settings, "portal", log_level="CRITICAL"))
    yield Office(service, port)
    await service.mongo.close()


async def test_an_arrival_is_told_once_to_whoever_bills(
    office: Office, inbox: Inbox, server: Controller
) -> None:
    ann, bob = await office.give("ann"), await office.give("bob", "admin")
    await office.give("viewer", "viewer")
    gone = await office.give("gone")
    await office.users.revoke(gone, None, BY)
    for _ in range(3):
        await office.run()
    assert sorted(str(mail["To"]) for mail in inbox.mails) == sorted([ann, bob])
    mail = inbox.mails[0]
    assert str(mail["Subject"]).startswith("Azure invoice DD-900123 has arrived: ")
    address = f"https://billing.example.com/p/{office.partner}/azure/{INVOICE.invoice_key}"
    assert address in mail.get_content()
    assert len({str(one["Message-ID"]) for one in inbox.mails}) == 2


async def test_who_was_given_access_after_it_is_not_told_of_it(
    office: Office, inbox: Inbox, server: Controller
) -> None:
    office.fakes.clock.advance(60)
    await office.give("late")
    await office.run()
    assert inbox.mails == []


async def test_a_mail_server_that_was_away_gets_it_later(
    office: Office, inbox: Inbox, port: int
) -> None:
    ann = await office.give("ann")
    await office.run()
    assert await office.states() == {ann: "due"}
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        await office.run()  # too early: it is not asked every moment
        assert inbox.mails == []
        await office.run(after=timedelta(minutes=2))
    finally:
        server.stop()
    assert [str(mail["To"]) for mail in inbox.mails] == [ann]
    assert await office.states() == {ann: "sent"}


@pytest.mark.parametrize(("answer", "state"), [("550 unknown", "refused"), ("451 busy", "due")])
async def test_a_recipient_that_is_refused_holds_up_nobody_else(
    office: Office, inbox: Inbox, server: Controller, answer: str, state: str
) -> None:
    ann, bob = await office.give("ann"), await office.give("bob")
    inbox.refuses[ann] = answer
    await office.run()
    assert await office.states() == {ann: state, bob: "sent"}


async def test_what_waits_is_told_once_a_week(
    office: Office, inbox: Inbox, server: Controller
) -> None:
    ann = await office.give("ann")
    await office.run()
    inbox.mails.clear()
    for _ in range(15):
        await office.run(after=timedelta(days=1))
    subjects = [str(mail["Subject"]) for mail in inbox.mails if mail["To"] == ann]
    assert subjects == ["1 tenant waits: 10.00 of cost is not billed"] * 2


async def test_two_replicas_of_the_portal_tell_it_once_a_week(
    office: Office, inbox: Inbox, server: Controller
) -> None:
    ann, bob = await office.give("ann"), await office.give("bob")
    await office.run()
    inbox.mails.clear()
    for _ in range(15):
        office.fakes.clock.advance(timedelta(days=1).total_seconds())
        await asyncio.gather(office.notifier.run(), office.replica.run())
    told = sorted((str(mail["To"]), str(mail["Message-ID"])) for mail in inbox.mails)
    assert [address for address, _ in told] == sorted([ann, ann, bob, bob])
    assert len(set(told)) == 4
