"""Daily usage: kept beside its invoice and tied to it, or billed from where a source says so."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_contracts.identity import invoice_key
from syncline_contracts.ingest_query import GetUsageTie, ListDocuments, ListSources, SaveSource

from tests.conftest import Servers
from tests.integration.ingest_stack import ADMIN, Seen, running, soon, upload
from tests.unit.ingest.samples import ROW, recon, usage

BILLED = recon({"Subtotal": "100.00"})
USED = usage({"BillingPreTaxTotal": "60.004"}, {"BillingPreTaxTotal": "39.5E+0"})


@pytest.fixture
async def portal(servers: Servers) -> AsyncIterator[Bus]:
    async with servers.bus("portal") as bus:
        yield bus


@pytest.fixture
async def seen(servers: Servers) -> AsyncIterator[Seen]:
    async with servers.bus(ADMIN) as bus:
        yield Seen(bus)


def key_of(partner: str) -> str:
    return invoice_key(partner, ROW["PartnerId"].casefold(), ROW["InvoiceNumber"])


def save(partner: str, **settings: Any) -> SaveSource:
    return SaveSource(
        partner_id=partner,
        actor="ann",
        expected_version=None,
        source_id="upload",
        kind="upload",
        settings=settings,
    )


@pytest.mark.parametrize("order", [(BILLED, USED), (USED, BILLED)], ids=["after", "before"])
async def test_daily_usage_is_tied_to_its_invoice_whichever_comes_first(
    servers: Servers, portal: Bus, seen: Seen, order: tuple[bytes, bytes]
) -> None:
    partner = "us-after" if order[0] == BILLED else "us-before"
    async with running(servers):
        for data in order:
            answer = await upload(portal, partner, data)
            assert answer.outcome == "accepted", answer.document.message
        tie = await portal.ask(GetUsageTie(partner_id=partner, invoice_key=key_of(partner)))
        assert (tie.is_tied, tie.tolerance) == (True, Decimal("1.00"))
        assert tie.classes[0].difference == Decimal("-0.496")
        assert [event.tie for event in await soon(seen.ties, partner)] == [tie]
        found = (await portal.ask(ListDocuments(partner_id=partner))).documents
        (detail,) = [one for one in found if one.role == "detail"]
        assert detail.revision == 1
        words = "off the invoice by consumption -0.496 AUD: within the tolerance of 1.00 per class."
        assert str(detail.message).endswith(words)


async def test_daily_usage_alone_waits_and_bills_nothing(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        answer = await upload(portal, "us-alone", USED)
        assert "waits for the invoice" in str(answer.document.message)
        (event,) = await soon(seen.detected, "us-alone")
        assert event.role == "detail"
        with pytest.raises(ProblemError, match="no daily usage"):
            await portal.ask(GetUsageTie(partner_id="us-alone", invoice_key=key_of("us-alone")))


async def test_the_tolerance_is_the_sources(servers: Servers, portal: Bus) -> None:
    async with running(servers):
        await portal.ask(save("us-strict", usage_tolerance="0.25"))
        for data in (BILLED, USED):
            await upload(portal, "us-strict", data)
        tie = await portal.ask(GetUsageTie(partner_id="us-strict", invoice_key=key_of("us-strict")))
        assert (tie.is_tied, tie.tolerance) == (False, Decimal("0.25"))
        assert tie.gaps[0].tenant_name == ROW["CustomerName"]


async def test_a_source_may_bill_from_daily_usage(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        await portal.ask(save("us-bill", bill_from_usage=True))
        await upload(portal, "us-bill", USED)
        (event,) = await soon(seen.detected, "us-bill")
        assert (event.role, event.cost) == ("billing", Decimal("99.504"))
        (source,) = (await portal.ask(ListSources(partner_id="us-bill"))).sources
        assert source.settings == {"bill_from_usage": True}


async def test_a_second_export_of_the_same_usage_is_its_next_revision_and_tied_anew(
    servers: Servers, portal: Bus
) -> None:
    async with running(servers):
        for data in (BILLED, USED, usage({"BillingPreTaxTotal": "100"})):
            await upload(portal, "us-again", data)
        tie = await portal.ask(GetUsageTie(partner_id="us-again", invoice_key=key_of("us-again")))
        assert (tie.billing_revision, tie.detail_revision, tie.gap_count) == (1, 2, 0)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"usage_tolerance": "-1"}, "usage_tolerance"),
        ({"usage_tolerance": 1}, "usage_tolerance"),
        ({"bill_from_usage": "maybe"}, "bill_from_usage"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_by_its_name(
    servers: Servers, portal: Bus, settings: dict[str, Any], field: str
) -> None:
    async with running(servers):
        with pytest.raises(ProblemError) as refused:
            await portal.ask(save("us-wrong", **settings))
    assert (refused.value.status, refused.value.field) == (422, field)
