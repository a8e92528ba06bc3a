"""Edits: versions, words, audit, and partners that never see each other."""

from typing import Any

import pytest
from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until
from syncline_contracts.breakdown_query import ListLines
from syncline_contracts.mapping_query import (
    AuditLog,
    GetInvoice,
    GetTenant,
    HoldRow,
    IgnoreTenant,
    ListHolds,
    ListInvoices,
    ListMappings,
    ListPartners,
    MapTenant,
    SavePartner,
)
from syncline_contracts.month_query import ListMonths
from syncline_contracts.partner import PartnerChangedV1
from syncline_contracts.plan_query import PlanProgress, RequestPlans
from syncline_contracts.query import Page, Query

from tests.integration.mapping.stack import ANN, Stack, new_partner
from tests.unit.mapping.samples import detected, key_of, line, partner

LINES = {"contoso": [[line()]]}


def mapping(partner_id: str, client: str | None, expected: int | None) -> MapTenant:
    return MapTenant(
        partner_id=partner_id,
        actor=ANN,
        expected_version=expected,
        tenant_id="contoso",
        client_id=client,
    )


async def test_a_mapping_changed_by_somebody_else_is_refused_in_words(stack: Stack) -> None:
    partner_id = new_partner()
    assert (await stack.portal.ask(mapping(partner_id, "C-1", None))).version == 1
    assert (await stack.portal.ask(mapping(partner_id, "C-2", 1))).version == 2
    for expected in (None, 1, 7):
        with pytest.raises(ProblemError, match="version 2") as refused:
            await stack.portal.ask(mapping(partner_id, "C-3", expected))
        assert refused.value.status == 409
    assert (await stack.portal.ask(mapping(partner_id, None, 2))).version == 3
    assert (await stack.portal.ask(mapping(partner_id, "C-4", None))).version == 4
    (found,) = (await stack.portal.ask(ListMappings(partner_id=partner_id))).mappings
    assert (found.client_id, found.version) == ("C-4", 4)
    entries = (await stack.portal.ask(AuditLog(partner_id=partner_id))).entries
    assert [one.after and one.after["client_id"] for one in entries] == ["C-4", None, "C-2", "C-1"]


async def test_agreements_stay_with_their_client_and_go_with_it(stack: Stack) -> None:
    partner_id = new_partner()

    async def agreements() -> dict[str, str]:
        (found,) = (await stack.portal.ask(ListMappings(partner_id=partner_id))).mappings
        return found.agreements

    edit = mapping(partner_id, "C-1", None).model_copy(update={"agreements": {"AZ.1": "A-1"}})
    await stack.portal.ask(edit)
    renamed = mapping(partner_id, "C-1", 1).model_copy(update={"client_name": "Contoso"})
    await stack.portal.ask(renamed)
    assert await agreements() == {"AZ.1": "A-1"}
    await stack.portal.ask(mapping(partner_id, "C-2", 2))  # an agreement of C-1 bills nobody else
    assert await agreements() == {}


async def test_a_register_entry_is_versioned_told_and_listed(stack: Stack) -> None:
    partner_id = new_partner()
    assert await stack.register(partner_id) == 1
    assert await stack.register(partner_id, name="Other") == 2
    assert await stack.register(partner_id, name="Other") == 2
    edit = SavePartner(partner_id=partner_id, actor=ANN, expected_version=1, settings=partner())
    with pytest.raises(ProblemError, match="changed by somebody else"):
        await stack.portal.ask(edit)
    one = await stack.portal.ask(ListPartners(partner_id=partner_id))
    everyone = await stack.portal.ask(ListPartners(partner_id="_"))
    assert one.partners[0] in everyone.partners

    async def told() -> bool:
        found = await stack.said(PartnerChangedV1, partner_id)
        return [one["version"] for one in found] == [1, 2]

    await until(told)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "settings.time_zone"),
        ({"time_zone": "../etc/passwd"}, "settings.time_zone"),
        ({"connector": "Xero > *"}, "settings.connector"),
        ({"connector": None, "connection_id": "main"}, "settings.connector"),
    ],
)
async def test_a_register_entry_that_cannot_work_is_refused(
    stack: Stack, settings: dict[str, str | None], field: str
) -> None:
    edit = SavePartner(partner_id=new_partner(), actor=ANN, settings=partner(**settings))
    with pytest.raises(ProblemError) as refused:
        await stack.portal.ask(edit)
    assert (refused.value.status, refused.value.field) == (422, field)


async def test_a_change_of_the_register_reaches_tenants_that_wait(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.map(partner_id, "contoso")
    await stack.bring(partner_id, LINES)
    await stack.until_states(partner_id, contoso="held")
    assert (await stack.tenant(partner_id)).row.holds[0].fix == "partner"
    await stack.register(partner_id, currency="NZD")
    await stack.register(partner_id, currency="NZD")

    async def codes() -> list[str]:
        return [hold.code for hold in (await stack.tenant(partner_id)).row.holds]

    await stack.register(partner_id)
    await stack.until_states(partner_id, contoso="ready")
    assert await codes() == []


async def test_invoices_come_newest_month_first_in_pages(stack: Stack) -> None:
    partner_id = new_partner()
    months = ("2026-08", "2026-10", "2026-09", "2026-10")
    for number, month in enumerate(months):
        event = detected(partner_id, LINES, billing_month=month, invoice_no=f"DD-{number}")
        event = event.model_copy(update={"invoice_key": key_of(partner_id, f"DD-{number}")})
        await stack.ingest.publish(event)
        await _until_known(stack, partner_id, number + 1)
    pages, cursor = [], None
    while True:
        answer = await stack.portal.ask(
            ListInvoices(partner_id=partner_id, page=Page(cursor=cursor, limit=1))
        )
        pages += [one.invoice_no for one in answer.invoices]
        cursor = answer.next_cursor
        if cursor is None:
            break
    assert pages == ["DD-3", "DD-1", "DD-2", "DD-0"]
    october = await stack.portal.ask(ListInvoices(partner_id=partner_id, billing_month="2026-10"))
    assert [one.invoice_no for one in october.invoices] == ["DD-3", "DD-1"]
    numbered = await stack.portal.ask(ListInvoices(partner_id=partner_id, text=" dd-3"))
    assert [one.invoice_no for one in numbered.invoices] == ["DD-3"]
    nothing = await stack.portal.ask(ListInvoices(partner_id=partner_id, text="DD.3"))
    assert nothing.invoices == ()
    for asked, count in (
        (ListInvoices(partner_id=partner_id, status="detected"), 4),
        (ListInvoices(partner_id=partner_id, status="synced"), 0),
    ):
        assert len((await stack.portal.ask(asked)).invoices) == count
    sums = await stack.portal.ask(ListMonths(partner_id=partner_id))
    told = [(one.billing_month, one.currency, one.invoices) for one in sums.months]
    assert told == [("2026-10", "AUD", 2), ("2026-09", "AUD", 1), ("2026-08", "AUD", 1)]
    with pytest.raises(ProblemError, match="cursor"):
        await stack.portal.ask(ListInvoices(partner_id=partner_id, page=Page(cursor="é")))


async def _until_known(stack: Stack, partner_id: str, count: int) -> None:
    async def look() -> bool:
        answer = await stack.portal.ask(ListInvoices(partner_id=partner_id))
        return len(answer.invoices) == count

    await until(look)


async def test_partners_with_the_same_tenants_and_invoice_number_never_meet(stack: Stack) -> None:
    mine, other = new_partner(), new_partner()
    for partner_id in (mine, other):
        await stack.register(partner_id)
    await stack.bring(mine, LINES)
    await stack.bring(other, {"contoso": [[line("1", "2", "2")]]})
    await stack.map(mine, "contoso")
    await stack.until_states(mine, contoso="ready")
    await stack.until_states(other, contoso="held")
    assert (await stack.tenant(other)).row.cost == "1"
    assert not (await stack.portal.ask(ListMappings(partner_id=other))).mappings
    assert not (await stack.portal.ask(ListHolds(partner_id=mine))).rows
    theirs = key_of(mine)
    assert theirs != key_of(other)
    queries: tuple[Query[Any], ...] = (
        GetInvoice(partner_id=other, invoice_key=theirs),
        GetTenant(partner_id=other, invoice_key=theirs, tenant_id="contoso"),
        ListLines(partner_id=other, invoice_key=theirs, tenant_id="contoso"),
        PlanProgress(partner_id=other, invoice_key=theirs, request_id="x"),
        RequestPlans(partner_id=other, invoice_key=theirs, actor=ANN),
        IgnoreTenant(
            partner_id=other, invoice_key=theirs, actor=ANN, tenant_id="contoso", reason="no no"
        ),
    )
    for query in queries:
        with pytest.raises(ProblemError) as refused:
            await stack.portal.ask(query)
        assert refused.value.status == 404
    audit = await stack.portal.ask(AuditLog(partner_id=other))
    assert [one.what for one in audit.entries] == ["Partner 'Acme' was registered."]


async def test_holds_and_mappings_come_in_pages_and_whole_where_none_is_asked_for(
    stack: Stack,
) -> None:
    partner_id = new_partner()
    costs = {"a": "5", "b": "-70", "c": "5", "d": "100.01", "e": "0.5"}
    tenants = {tenant: [[line(cost, cost, cost)]] for tenant, cost in costs.items()}
    for tenant in tenants:
        await stack.map(partner_id, tenant)
    await stack.bring(partner_id, tenants)
    await stack.until_states(partner_id, **dict.fromkeys(tenants, "held"))
    whole = await stack.portal.ask(ListHolds(partner_id=partner_id))
    assert [row.cost for row in whole.rows] == ["100.01", "-70", "5", "5", "0.5"]
    rows: list[HoldRow] = []
    mapped: list[str] = []
    page: Page | None = Page(limit=2)
    while page is not None:
        answer = await stack.portal.ask(ListHolds(partner_id=partner_id, page=page))
        rows += answer.rows
        page = Page(limit=2, cursor=answer.next_cursor) if answer.next_cursor else None
    assert tuple(rows) == whole.rows
    page = Page(limit=2)
    while page is not None:
        found = await stack.portal.ask(ListMappings(partner_id=partner_id, page=page))
        mapped += [one.tenant_id for one in found.mappings]
        page = Page(limit=2, cursor=found.next_cursor) if found.next_cursor else None
    assert mapped == ["a", "b", "c", "d", "e"]
    with pytest.raises(ProblemError, match="first page"):
        await stack.portal.ask(ListHolds(partner_id=partner_id, page=Page(cursor="?")))
