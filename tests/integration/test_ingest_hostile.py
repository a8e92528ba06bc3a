"""What a hostile supplier puts into a document stays text, or the document stays out as a whole."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from syncline_chassis.bus import Bus
from syncline_ingest.staging import STAGED

from tests.conftest import Servers
from tests.integration.ingest_stack import ADMIN, Seen, assert_ties, running, soon, upload
from tests.unit.ingest.samples import recon, usage, zipped

NASTY = ["../../etc/passwd", "syncline.>", "*", "$JS.API.>", "a b", "<img src=x onerror=alert(1)>"]


@pytest.fixture
async def portal(servers: Servers) -> AsyncIterator[Bus]:
    async with servers.bus("portal") as bus:
        yield bus


@pytest.fixture
async def seen(servers: Servers) -> AsyncIterator[Seen]:
    async with servers.bus(ADMIN) as bus:
        yield Seen(bus)


@pytest.mark.parametrize("nasty", NASTY)
async def test_suppliers_text_never_becomes_a_path_or_a_subject(
    servers: Servers, portal: Bus, seen: Seen, nasty: str
) -> None:
    partner = f"ho-{zlib.crc32(nasty.encode()):x}"
    names = {"InvoiceNumber": nasty, "CustomerId": nasty, "CustomerName": nasty, "PartnerId": nasty}
    async with running(servers):
        answer = await upload(portal, partner, recon(names), name=nasty)
        assert answer.outcome == "accepted", answer.document.message
        batches = await seen.complete(partner)
        (event,) = await soon(seen.detected, partner)
        assert_ties(event, batches)
        assert (event.invoice_no, event.tenants[0].tenant_name) == (nasty, nasty)
        for message in (event, *batches):
            assert len(message.subject().split(".")) == 7
            assert nasty not in message.subject()


HUGE = 10 * 1024 * 1024
REFUSED: dict[str, tuple[bytes, str]] = {
    "truncated gzip": (gzip.compress(recon({}, {}))[:-20], "cut off"),
    "gzip bomb": (gzip.compress(recon({}) + b"x" * 160_000_000), "longer than"),
    "zip bomb": (zipped({"a.csv": recon({}) + b"\r\n" * 80_000_000}), "rows above it are empty"),
    "10 MB cell": (recon({}, {"CustomerName": "x" * HUGE}), "row 2"),
    "NUL byte": (recon({}).replace(b"Contoso", b"a\0b") + b"a\0b\r\n", "NUL"),
    "header twice": (recon({}).replace(b"MpnId", b"Subtotal", 1), "column Subtotal"),
    "two currencies": (recon({}, {"Currency": "USD"}), "row 2, column Currency"),
    "two invoices": (usage({}, {"InvoiceNumber": "G2"}), "row 2, column InvoiceNumber"),
    "a million columns": (b"PartnerId," + b"x," * 1_000_000 + b"\r\n", "columns"),
    "formula": (recon({"Subtotal": '=HYPERLINK("http://x")'}), "row 1, column Subtotal"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_must_not_come_in_is_refused_in_words_and_leaves_nothing(
    servers: Servers, portal: Bus, seen: Seen, what: str
) -> None:
    data, words = REFUSED[what]
    partner = f"hr-{what.replace(' ', '-').lower()}"
    async with running(servers) as service:
        answer = await upload(portal, partner, data, name="october.csv")
        assert answer.outcome == "rejected"
        assert words in str(answer.document.message)
        assert str(answer.document.message).startswith("october.csv")
        (event,) = await soon(seen.rejected, partner)
        assert event.message == answer.document.message
        assert await seen.detected(partner) == []
        assert await service.mongo.collection(STAGED).count({"partner_id": partner}) == 0


async def test_a_formula_in_a_name_is_only_a_name(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    formula = '=cmd|"/c calc"!A1'
    async with running(servers):
        await upload(portal, "ho-formula", recon({"CustomerName": formula}))
        (event,) = await soon(seen.detected, "ho-formula")
        assert event.tenants[0].tenant_name == formula
