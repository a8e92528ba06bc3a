"""From lines to charges: whatever the order, once, and to the cent."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until
from syncline_contracts.breakdown_query import ListLines, OrderBy
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.mapping_query import GetInvoice, InvoiceDetails, ListHolds, ListMappings
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.query import Page
from syncline_contracts.stuck_query import ListStuck
from syncline_contracts.tenant import TenantHeldV1, TenantReadyV1

from tests.conftest import Servers
from tests.integration.mapping.stack import Stack, mapping_service, new_partner
from tests.unit.mapping.samples import SHA, key_of, line, priced

CONTOSO = [[line("85.00", "100.004", "100.004"), line("-5.5", "-6", "-6", row=2)], [line(row=3)]]
FABRIKAM = [[line("10", "12", "12", item="AZ-RI", kind="reservation"), line("0", "0", "0")]]
TENANTS = {"contoso": CONTOSO, "fabrikam": FABRIKAM}


def changed(partner_id: str, version: int) -> ProfileChangedV1:
    return ProfileChangedV1(partner_id=partner_id, pricing_version=version, what="x", actor="x")


async def test_batches_after_the_manifest_make_charges_that_tie_out(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.detect(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="received", fabrikam="received")
    await stack.publish_lines(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="ready", fabrikam="held")
    found = await stack.tenant(partner_id)
    (charge,) = found.charges
    assert (charge.lines, charge.cost, charge.sell) == (3, Decimal("164.50"), Decimal("194.00"))
    assert charge.residual == Decimal("0.004")
    assert found.tie_out.ties
    assert found.tie_out.document_cost == found.tie_out.charges_cost == "164.50"
    invoice = (await stack.until_status(partner_id, "ready_to_sync")).invoice
    assert (invoice.lines, invoice.cost, invoice.tie_out.ties) == (5, "174.50", True)
    assert (invoice.held_cost, invoice.residual) == ("10", "0.004")


async def test_batches_before_the_manifest_wait_for_it(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.publish_lines(partner_id, TENANTS)
    last = new_partner()
    await stack.publish_lines(last, TENANTS)
    await stack.detect(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="ready", fabrikam="held")


async def test_a_mapping_makes_a_held_tenant_ready_and_is_told_once(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.bring(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="held", fabrikam="held")
    holds = await stack.portal.ask(ListHolds(partner_id=partner_id))
    assert [(row.tenant_id, row.cost) for row in holds.rows] == [
        ("contoso", "164.50"),
        ("fabrikam", "10"),
    ]
    assert [(one.code, one.fix) for one in holds.rows[0].holds] == [
        ("client_not_mapped", "mapping")
    ]
    assert "Contact" in holds.rows[0].holds[0].message
    await stack.map(partner_id, "contoso")
    await stack.until_states(partner_id, contoso="ready", fabrikam="held")
    await stack.until_status(partner_id, "ready_to_sync")
    told = await stack.said(TenantReadyV1, partner_id)
    assert [one["tenant_id"] for one in told] == ["contoso"]
    (mapping,) = (await stack.portal.ask(ListMappings(partner_id=partner_id))).mappings
    assert mapping.tenant_name == "Contoso"
    assert (await stack.tenant(partner_id)).document_sha256 == SHA
    assert len(await stack.said(TenantHeldV1, partner_id)) == 2


async def test_one_cent_off_holds_that_tenant_only_and_says_by_how_much(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    for tenant in TENANTS:
        await stack.map(partner_id, tenant)
    await stack.detect(partner_id, TENANTS)
    planted = [[*CONTOSO[0][:1], line("-5.49", "-6", "-6", row=2)], CONTOSO[1]]
    await stack.publish_lines(partner_id, {**TENANTS, "contoso": planted})
    await stack.until_states(partner_id, contoso="held", fabrikam="ready")
    found = await stack.tenant(partner_id)
    (hold,) = found.row.holds
    assert (hold.code, hold.amount) == ("tie_out_failed", Decimal("0.01"))
    ask = ListStuck(partner_id=EVERY_PARTNER, before=stack.mapping.clock.now())
    untied = (await stack.portal.ask(ask)).untied
    assert [row.tenant_id for row in untied if row.partner_id == partner_id] == ["contoso"]
    assert "consumption" in hold.message
    assert not found.tie_out.ties
    assert not (await stack.until_status(partner_id, "ready_to_sync")).invoice.tie_out.ties


async def test_two_replicas_decide_every_tenant_once(stack: Stack, servers: Servers) -> None:
    partner_id = new_partner()
    other = mapping_service(servers)
    await other.start()
    try:
        tenants = {
            f"t-{number:02}": [[line(row=one)] for one in range(1, 4)] for number in range(30)
        }
        await stack.register(partner_id)
        await asyncio.gather(*(stack.map(partner_id, tenant) for tenant in tenants))
        await asyncio.gather(
            stack.publish_lines(partner_id, tenants), stack.detect(partner_id, tenants)
        )
        await stack.until_states(partner_id, **dict.fromkeys(tenants, "ready"))
        await stack.until_status(partner_id, "ready_to_sync")
        told = await stack.said(TenantReadyV1, partner_id)
        assert sorted(one["tenant_id"] for one in told) == sorted(tenants)
    finally:
        await other.stop()


async def test_newer_prices_are_asked_for_once_and_wait_until_all_lines_have_them(
    stack: Stack,
) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.bring(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="ready", fabrikam="held")
    await stack.pricing.bus.publish(changed(partner_id, 2))
    await stack.until_states(partner_id, contoso="received", fabrikam="received")

    async def asked_for() -> bool:
        return any(one.partner_id == partner_id for one in stack.reprices)

    await until(asked_for)
    await stack.pricing.bus.publish(changed(partner_id, 1))  # late: it changes nothing
    dearer = [[{**one, "sell": "200"} for one in batch] for batch in CONTOSO]
    first = priced(partner_id, dearer[0], version=2)
    await stack.pricing.bus.publish(first)
    await stack.publish_lines(partner_id, {"fabrikam": FABRIKAM}, version=2)
    await stack.until_states(partner_id, contoso="received", fabrikam="held")
    await stack.pricing.bus.publish(priced(partner_id, dearer[1], version=2, number=2))
    await stack.until_states(partner_id, contoso="ready", fabrikam="held")
    assert (await stack.tenant(partner_id)).row.sell == "600.00"
    (asked,) = [one for one in stack.reprices if one.partner_id == partner_id]
    assert (asked.pricing_version, asked.tenant_ids, asked.revision) == (2, (), 1)
    await stack.publish_lines(partner_id, TENANTS, version=1)  # late: newer prices stay
    late = new_partner()
    await stack.bring(late, TENANTS)
    await stack.until_states(late, contoso="held", fabrikam="held")
    assert (await stack.tenant(partner_id)).row.sell == "600.00"


async def test_a_newer_revision_replaces_the_older_one(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.bring(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="ready", fabrikam="held")
    again = {"contoso": [[line("50", "60", "60")]]}
    await stack.bring(partner_id, again, revision=2)
    await stack.until_states(partner_id, contoso="ready", fabrikam="superseded")

    async def sell() -> str | None:
        return (await stack.tenant(partner_id)).row.sell

    assert await sell() == "60.00"
    invoice = (await stack.until_status(partner_id, "ready_to_sync")).invoice
    assert (invoice.revision, invoice.tenants, invoice.cost) == (2, 1, "50")


@pytest.mark.parametrize("comes_first", ["invoice", "note"])
async def test_a_credit_note_and_its_invoice_find_each_other(
    stack: Stack, comes_first: str
) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    invoice, note = key_of(partner_id), key_of(partner_id, "DD-1-C")
    credit = [[line("-85.00", "-100", "-100")]]
    named: dict[str, Any] = {"invoice_key": note, "invoice_no": "DD-1-C", "amends": "DD-1"}
    elsewhere = {**named, "invoice_key": "0" * 16, "source_account": "ACC-2"}

    async def details(key: str) -> InvoiceDetails | None:
        try:
            return await stack.portal.ask(GetInvoice(partner_id=partner_id, invoice_key=key))
        except ProblemError:
            return None

    async def both() -> bool:
        found = await details(invoice), await details(note), await details("0" * 16)
        return all(one and one.tenants for one in found)

    if comes_first == "invoice":
        await stack.detect(partner_id, {"contoso": CONTOSO})
    await stack.detect(partner_id, {"contoso": credit}, **named)
    await stack.detect(partner_id, {"contoso": credit}, **elsewhere)
    if comes_first == "note":
        await stack.detect(partner_id, {"contoso": CONTOSO})
    await until(both, what="invoice and credit notes")
    amended, credited = await details(invoice), await details(note)
    assert amended is not None
    assert credited is not None
    assert (amended.invoice.amends, amended.amended) == ("", None)
    assert [(one.invoice_key, one.invoice_no) for one in amended.credit_notes] == [(note, "DD-1-C")]
    assert credited.invoice.amends == "DD-1"
    assert credited.amended is not None
    assert (credited.amended.invoice_key, credited.amended.invoice_no) == (invoice, "DD-1")
    assert credited.credit_notes == ()
    stranger = await details("0" * 16)
    assert stranger is not None
    assert (stranger.invoice.amends, stranger.amended) == ("DD-1", None)


async def test_daily_usage_bills_nothing(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "fabrikam")
    await stack.detect(partner_id, {"contoso": CONTOSO}, role="detail")
    for number, lines in enumerate(CONTOSO, start=1):
        await stack.pricing.bus.publish(priced(partner_id, lines, number=number, role="detail"))
    await stack.bring(partner_id, {"fabrikam": FABRIKAM})
    await stack.until_states(partner_id, fabrikam="ready")


async def test_the_lines_behind_a_charge_are_shown_in_pages_without_gaps(stack: Stack) -> None:
    partner_id = new_partner()
    batches = [
        [line(item="A" if row % 3 else "B", row=row) for row in range(start, start + 7)]
        for start in (1, 8, 15)
    ]
    await stack.bring(partner_id, {"contoso": batches})
    await stack.until_states(partner_id, contoso="held")
    by_item = [row for rest in ((1, 2), (0,)) for row in range(1, 22) if row % 3 in rest]
    ways: list[tuple[str | None, OrderBy | None, list[int]]] = [
        (None, None, list(range(1, 22))),
        ("B", None, list(range(3, 22, 3))),
        (None, "vendor_item", by_item),
    ]
    for item, order_by, expected in ways:
        for limit in (1, 4, 7, 21, 100):
            rows: list[int] = []
            cursor: str | None = None
            while True:
                answer = await stack.portal.ask(
                    ListLines(
                        partner_id=partner_id,
                        invoice_key=key_of(partner_id),
                        tenant_id="contoso",
                        vendor_item=item,
                        order_by=order_by,
                        page=Page(cursor=cursor, limit=limit),
                    )
                )
                rows += [one["row"] for one in answer.lines]
                cursor = answer.next_cursor
                if cursor is None:
                    break
            assert rows == expected


async def test_a_connector_that_announces_itself_later_lets_its_tenants_go_on(
    stack: Stack,
) -> None:
    partner_id = new_partner()
    await stack.register(partner_id, connector="halo")
    await stack.map(partner_id, "contoso")
    await stack.bring(partner_id, {"contoso": CONTOSO})
    await stack.until_states(partner_id, contoso="held")
    (hold,) = (await stack.tenant(partner_id)).row.holds
    assert (hold.code, hold.fix) == ("no_connection", "connection")
    assert "halo" in hold.message
    manifest = b'{"name": "halo", "vocabulary": {"client": "Company", "agreement": null}}'
    await stack.administrator.kv_put("connectors", "halo", manifest)
    await stack.until_states(partner_id, contoso="ready")


async def test_a_tenant_whose_lines_do_not_come_is_told_as_stuck_and_no_other(
    stack: Stack,
) -> None:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.detect(partner_id, TENANTS)
    await stack.publish_lines(partner_id, {"fabrikam": FABRIKAM})
    await stack.until_states(partner_id, contoso="received", fabrikam="held")
    now = stack.mapping.clock.now()

    async def stuck(before: datetime) -> list[tuple[str, str]]:
        found = await stack.portal.ask(ListStuck(partner_id=partner_id, before=before))
        return [(row.tenant_id, row.state) for row in found.rows]

    assert await stuck(now) == [("contoso", "received")]
    assert await stuck(now - timedelta(hours=1)) == []
    everybody = await stack.portal.ask(ListStuck(partner_id=EVERY_PARTNER, before=now))
    mine = [row for row in everybody.rows if row.partner_id == partner_id]
    assert [(row.tenant_id, row.state) for row in mine] == [("contoso", "received")]
