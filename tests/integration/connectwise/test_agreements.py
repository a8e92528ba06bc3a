"""What ConnectWise would refuse or never bill is told in words, before anything is written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import CONNECTION, charge, total
from syncline_chassis.testing.wait import until
from syncline_contracts.charge import ChargeSet
from syncline_contracts.query import ListConnections, PickItem, SearchPicks
from syncline_contracts.tenant import (
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from tests.integration.connectwise.desk import ConnectWiseDesk, DeskMaker


def today() -> date:
    return datetime.now(UTC).date()


async def refused(desk: ConnectWiseDesk, bad: ChargeSet) -> TenantSyncFailedV1:
    """Why a plan fails, while another tenant's, asked for with it, goes on."""
    asked = await desk.ask_plan(bad)
    other = await desk.ask_plan(desk.charges(1, charge("1.00")))
    (failed,) = await desk.answer(TenantSyncFailedV1, asked)
    (plan,) = await desk.answer(TenantPlannedV1, other)
    assert desk.psa.additions() == []
    await desk.apply(plan)
    assert [one.amount for one in desk.psa.standing()] == [Decimal("1.00")]
    return failed


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"cancelled": True}, "rejected", "Cancelled"),
        ({"end": "2026-01-31"}, "rejected", "Expired"),
        ({"currency": "USD"}, "currency_mismatch", "in USD and the charges are in AUD"),
        ({"currency": ""}, "currency_mismatch", "names a currency"),
        ({"billing_cycle": "Bi-Monthly"}, "rejected", "billed Bi-Monthly"),
        ({"next_invoice": None}, "rejected", "no next invoice date"),
        ({"start": "2099-01-01"}, "rejected", "starts on 2099-01-01"),
    ],
)
async def test_an_agreement_that_cannot_be_billed_says_why(
    service: Service, desks: DeskMaker, change: dict[str, Any], code: str, words: str
) -> None:
    desk = desks(currencies=["AUD", "USD"])
    await desk.connect()
    desk.psa.edit_agreement(0, **change)
    failed = await refused(desk, desk.charges(0))
    assert (failed.code, words in failed.message) == (code, True), failed.message


async def test_an_agreement_is_good_to_its_last_day_and_not_a_day_longer(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    last = today()
    desk.psa.edit_agreement(0, end=last.isoformat())
    desk.psa.edit_agreement(2, end=(last - timedelta(days=1)).isoformat())
    failed = await refused(desk, desk.charges(2))
    assert (failed.code, "is Expired" in failed.message) == ("rejected", True), failed.message
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    (addition,) = [one for one in desk.psa.additions() if Decimal(one["unit_price"]) == 5]
    assert (str(synced.total), addition["cancelled"]) == ("5.00", last.isoformat())


@pytest.mark.parametrize(
    ("change", "words"),
    [({"deleted": True}, "not in ConnectWise any more"), ({"status": "Inactive"}, "is Inactive")],
)
async def test_a_company_that_is_gone_says_so(
    service: Service, desks: DeskMaker, change: dict[str, Any], words: str
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit_company(0, **change)
    failed = await refused(desk, desk.charges(0))
    assert (failed.code, words in failed.message) == ("rejected", True), failed.message


async def test_what_stands_needs_no_open_agreement_and_what_changes_does(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    first = await desk.sync(desk.charges(0))
    desk.psa.edit_agreement(0, end="2026-01-31")
    desk.psa.edit_company(0, status="Inactive")
    written = desk.psa.writes_sent()
    second = await desk.sync(desk.charges(0))
    assert (second.records, desk.psa.writes_sent()) == (first.records, written)
    failed = await desk.fail_plan(desk.charges(0, charge("1.00"), version=2))
    assert "is Inactive" in failed.message
    assert desk.psa.writes_sent() == written


async def test_an_agreement_of_another_company_is_refused(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    stray = desk.charges(0, charge("5.00")).charges[0]
    stray = stray.model_copy(update={"agreement_id": desk.psa.agreement(1)})
    charges = desk.charges(0, charge("5.00")).model_copy(update={"charges": (stray,)})
    assert "belongs to" in (await refused(desk, charges)).message


@pytest.mark.parametrize("product", ["AZ-NONE", "AZ-OLD", "AZ-BUNDLE"])
async def test_a_product_that_cannot_be_an_addition_is_refused(
    service: Service, desks: DeskMaker, product: str
) -> None:
    more = [
        {"identifier": "AZ-CONS"},
        {"identifier": "AZ-OLD", "inactive": True},
        {"identifier": "AZ-BUNDLE", "product_class": "Bundle"},
    ]
    desk = desks(products=more)
    await desk.connect()
    failed = await refused(desk, desk.charges(0, charge("5.00", product)))
    assert product in failed.message
    assert "billing profile" in failed.message


async def test_an_addition_lies_inside_the_period_that_is_invoiced_next(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit_agreement(0, next_invoice="2027-02-01")
    await desk.sync(desk.charges(0, charge("5.00")))
    (addition,) = desk.psa.additions()
    assert (addition["effective"], addition["cancelled"]) == ("2027-02-01", "2027-02-28")
    desk.psa.edit_agreement(0, next_invoice="2027-03-01")
    await desk.sync(desk.charges(0, charge("6.00"), version=2))
    (moved,) = desk.psa.additions()
    assert (moved["effective"], Decimal(moved["unit_price"])) == ("2027-02-01", Decimal("6.00"))


async def test_the_month_of_the_usage_is_refused_once_it_is_invoiced(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(billing_period="usage")
    desk.psa.edit_agreement(0, next_invoice="2026-10-01")
    await desk.sync(desk.charges(0, charge("5.00")))
    (addition,) = desk.psa.additions()
    assert (addition["effective"], addition["cancelled"]) == ("2026-10-01", "2026-10-31")
    desk.psa.edit_agreement(1, next_invoice="2026-11-01")
    failed = await desk.fail_plan(desk.charges(1, charge("5.00")))
    assert "2026-10" in failed.message
    assert "never be billed" in failed.message


@pytest.mark.parametrize(
    "agreement",
    [
        {"next_invoice": "2026-11-01"},
        {"next_invoice": "2026-11-01", "prorates": True},
        {
            "next_invoice": "2027-02-28",
            "bill_start": "2026-08-31",
            "invoicing_cycle": "ContractYear",
            "prorates": True,
        },
        {"next_invoice": "2099-11-20", "end": "2099-11-25"},
    ],
)
async def test_what_is_synced_is_invoiced_once_and_to_the_cent(
    service: Service, desks: DeskMaker, agreement: dict[str, Any]
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit_agreement(0, **agreement)
    synced = await desk.sync(desk.charges(0, charge("100.10"), charge("-20.05", "AZ-RI")))
    runs = [desk.psa.invoice_agreement(0) for _ in range(3)]
    billed = [sum(Decimal(line["amount"]) for line in run["lines"]) for run in runs]
    assert billed == [synced.total, 0, 0]


async def test_a_field_that_an_update_left_as_it_was_is_told_and_tried_again(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge("7.00")))
    plan = await desk.plan(desk.charges(0, charge("8.00"), version=2))
    desk.psa.ignore("unitCost")
    failed = await desk.fail_apply(plan)
    assert (failed.code, "left as it was: unitCost" in failed.message) == ("rejected", True)
    await desk.sync(desk.charges(0, charge("8.00"), version=2))
    (addition,) = desk.psa.additions()
    assert [Decimal(addition[name]) for name in ("unit_price", "unit_cost")] == [8, 8]


async def test_a_product_with_quotes_in_its_name_is_billed(
    service: Service, desks: DeskMaker
) -> None:
    name = "AZ 3\" 'plan' [x] 100%"
    desk = desks(products=[{"identifier": name}, {"identifier": "AZ 3 plan"}])
    await desk.connect()
    await desk.sync(desk.charges(0, charge("5.00", name)))
    assert [one.label.rpartition(" ")[0] for one in desk.psa.standing()] == [name]


async def test_pick_lists_come_from_the_live_system(service: Service, desks: DeskMaker) -> None:
    desk = desks(currencies=["AUD", "USD"])
    await desk.connect()
    desk.psa.edit_company(1, name="Customer 0", status="Inactive")  # a twin
    desk.psa.edit_agreement(2, company_id=desk.psa.companies[0], currency="USD")

    async def search(name: str, text: str = "", **within: str) -> list[PickItem]:
        query = SearchPicks(
            partner_id=desk.partner_id, connection_id=CONNECTION, list=name, text=text, **within
        )
        return list((await desk.ask(query)).items)

    twins = await search("companies", "customer 0")
    assert [(one.id, one.inactive) for one in twins] == [
        (desk.psa.client(0), False),
        (desk.psa.client(1), True),
    ]
    of_it = {"client_id": desk.psa.client(0)}
    assert len(await search("agreements", "customer 0")) == 3
    assert [one.id for one in await search("agreements", **of_it)] == [
        desk.psa.agreement(0),
        desk.psa.agreement(2),
    ]
    (only,) = await search("agreements", currency="AUD", **of_it)
    assert (only.id, only.detail) == (desk.psa.agreement(0), "Customer 0")
    desk.psa.edit_agreement(0, cancelled=True)
    assert await search("agreements", "azure", currency="AUD", **of_it) == []
    assert [one.id for one in await search("products", "az-r")] == ["AZ-RI"]


async def test_what_comes_to_nothing_and_what_is_negative(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0, charge("0.00"), charge("-12.50", "AZ-RI")))
    assert str(verified.total) == "-12.50"
    assert [one.amount for one in desk.psa.standing()] == [Decimal("-12.50")]


async def test_a_sync_costs_a_write_per_charge_and_a_look_per_agreement(
    service: Service, desks: DeskMaker
) -> None:
    tenants = 8
    desk = desks(tenants)
    await desk.connect()
    looks, writes = (f"{verb} /finance/agreements/{{id}}/additions" for verb in ("GET", "POST"))

    def since(before: dict[str, int]) -> list[int]:
        now = desk.psa.stats()["requests"]
        spent = {name: count - before.get(name, 0) for name, count in now.items()}
        others = sum(spent.values()) - spent.get(looks, 0) - spent.get(writes, 0)
        return [spent.get(looks, 0), spent.get(writes, 0), others]

    asked = {number: await desk.ask_plan(desk.charges(number)) for number in range(tenants)}
    plans = await desk.answer(TenantPlannedV1, {str(key): one for key, one in asked.items()})
    looked, written, others = since({})
    assert (looked, written) == (tenants, 0)
    assert others <= 3 * tenants  # company, agreement, product: once for each batch of tenants
    before = desk.psa.stats()["requests"]
    synced = {one.tenant_id: await desk.ask_apply(one.tenant_id, one.plan_hash) for one in plans}
    await desk.answer(TenantVerifiedV1, synced)
    # Right before the first create, and to read back.
    assert since(before) == [2 * tenants, 2 * tenants, 0]
    assert desk.psa.stats()["refused_429_count"] == 0


async def test_revoked_keys_that_look_like_nothing_there_take_nothing_away(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks(hides_refusals=True)
    await desk.connect()
    first = await desk.sync(desk.charges(0))
    desk.psa.set(private_key="another")
    request = await desk.ask_reverse("tenant-0")

    async def parked() -> bool:
        listed = await desk.ask(ListConnections(partner_id=desk.partner_id))
        return bool(listed.connections[0].status == "reauth_required")

    await until(parked)
    assert {row.state for row in await desk.ledger()} == {"verified"}
    failed = await desk.fail_plan(desk.charges(1))
    assert failed.code == "reauth_required"
    assert len(desk.psa.additions()) == len(first.records)
    await desk.connect(1, private_key="another")
    reversed_ = (await desk.answer(TenantReversedV1, request))[0]
    assert (len(reversed_.records), desk.psa.additions()) == (len(first.records), [])
    await desk.sync(desk.charges(0))
    assert total(desk) == "120.15"
