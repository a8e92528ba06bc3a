"""What Autotask would refuse or never bill is told in words, before anything is written."""

from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import charge
from syncline_contracts.charge import ChargeSet
from syncline_contracts.tenant import TenantPlannedV1, TenantSyncFailedV1

from tests.integration.autotask.desk import AutotaskDesk, DeskMaker


async def refused(
    desk: AutotaskDesk, bad: ChargeSet | None = None, product: str = "AZ-CONS"
) -> tuple[str, str]:
    """Code and words of a plan that fails, while another tenant's, asked for with it, goes on."""
    asked = await desk.ask_plan(bad or desk.charges(0))
    other = await desk.ask_plan(desk.charges(1, charge("1.00", product)))
    (failed,) = await desk.answer(TenantSyncFailedV1, asked)
    (plan,) = await desk.answer(TenantPlannedV1, other)
    assert desk.psa.charges() == []
    await desk.apply(plan)
    assert [one.amount for one in desk.psa.standing()] == [Decimal("1.00")]
    return failed.code, failed.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "Inactive"}, "is Inactive in Autotask"),
        ({"ended_days_ago": 1}, "ended on"),
        ({"contract_type": "Block Hours"}, "Block Hours, which cannot carry charges"),
        ({"contract_type": "Retainer"}, "Retainer, which cannot carry charges"),
        ({"contract_type": "Per Ticket"}, "Per Ticket, which cannot carry charges"),
    ],
)
async def test_a_contract_that_takes_no_charges_says_why(
    service: Service, desks: DeskMaker, change: dict[str, Any], words: str
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit("Contracts", desk.psa.contracts[0], **change)
    code, message = await refused(desk)
    assert (code, words in message) == ("rejected", True), message


@pytest.mark.parametrize(
    "change",
    [
        {"contract_type": "Time & Materials"},
        {"contract_type": "Fixed Price"},
        {"ended_days_ago": 0},
    ],
)
async def test_other_contracts_and_those_that_end_today_are_as_good_as_any(
    service: Service, desks: DeskMaker, change: dict[str, Any]
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit("Contracts", desk.psa.contracts[0], **change)
    assert str((await desk.sync(desk.charges(0))).total) == "120.15"


async def test_a_company_in_another_currency_is_refused(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit("Companies", desk.psa.companies[0], currency="NZD")
    code, message = await refused(desk)
    assert (code, "billed in NZD" in message) == ("currency_mismatch", True), message


async def test_a_company_is_refused_where_nobody_names_its_currency(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks(internal_currency="")
    await desk.connect()
    desk.psa.edit("Companies", desk.psa.companies[0], values={"currencyID": None})
    code, message = await refused(desk)
    assert (code, "names a currency" in message) == ("currency_mismatch", True), message


async def test_an_inactive_company_is_refused(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit("Companies", desk.psa.companies[0], values={"isActive": False})
    assert "is inactive" in (await refused(desk))[1]


async def test_a_contract_of_another_company_or_none_is_refused(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    good = desk.charges(0, charge("5.00"))
    for contract, words in (
        (desk.psa.agreement(1), "belongs to another company"),
        ("7", "not in Autotask any more"),
        (None, "not in Autotask any more"),
        ("main", "not in Autotask any more"),
    ):
        stray = good.charges[0].model_copy(update={"agreement_id": contract})
        failed = await desk.fail_plan(good.model_copy(update={"charges": (stray,)}))
        assert words in failed.message
    failed = await desk.fail_plan(desk.charges(0, client_id="nobody"))
    assert "not in Autotask any more" in failed.message
    stray = good.charges[0].model_copy(update={"agreement_id": desk.psa.agreement(1)})
    _, words = await refused(desk, good.model_copy(update={"charges": (stray,)}))
    assert "belongs to another company" in words


@pytest.mark.parametrize(
    ("product", "form", "words"),
    [
        ("AZ-NONE", {}, "no service and no material code 'AZ-NONE'"),
        ("code:7", {}, "no service and no material code 'code:7'"),
        ("Recurring services", {}, "no service and no material code"),
        ("Azure plan", {}, "No single material code bills the service"),
        ("Azure plan", {"material_code": "AZ-NONE"}, "No single material code bills the service"),
        ("AZ-TWICE", {}, "2 services or material codes"),
    ],
)
async def test_a_product_that_cannot_be_billed_says_why(
    service: Service, desks: DeskMaker, product: str, form: dict[str, str], words: str
) -> None:
    desk = desks(codes=["AZ-CONS", "AZ-RI", "AZ-TWICE"], services=["Azure plan", "AZ-TWICE"])
    await desk.connect(None, **form)
    assert words in (await refused(desk, desk.charges(0, charge("5.00", product))))[1]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"charge_type": "Free"}, "no charge type 'Free'; it has Operational"),
        ({"charge_status": "Lost"}, "no charge status 'Lost'"),
    ],
)
async def test_what_the_connection_calls_by_a_wrong_name_is_told(
    service: Service, desks: DeskMaker, form: dict[str, str], words: str
) -> None:
    desk = desks()
    await desk.connect(None, **form)
    failed = await desk.fail_plan(desk.charges(0, charge("5.00")))
    assert words in failed.message
    assert desk.psa.charges() == []


@pytest.mark.parametrize(("entity", "product"), [("services", "Azure plan"), ("codes", "AZ-CONS")])
async def test_what_is_inactive_is_refused(
    service: Service, desks: DeskMaker, entity: str, product: str
) -> None:
    desk = desks()
    await desk.connect(material_code="AZ-RI")
    vendors_name = {"services": "Services", "codes": "BillingCodes"}[entity]
    desk.psa.edit(vendors_name, desk.psa.made[entity][product], values={"isActive": False})
    _, words = await refused(desk, desk.charges(0, charge("5.00", product)), "AZ-RI")
    assert "is inactive in Autotask" in words


async def test_a_service_is_linked_to_the_contract_and_billed_by_the_material_code(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(material_code="AZ-RI")
    product = f"service:{desk.psa.made['services']['Azure plan']}"
    await desk.sync(desk.charges(0, charge("5.00", product)))
    (stored,) = desk.psa.charges()
    assert stored["billingCodeID"] == desk.psa.made["codes"]["AZ-RI"]
    assert stored["contractServiceID"]
    # Another product with the same code: the same record, and its link stays.
    await desk.sync(desk.charges(0, charge("6.00", "AZ-RI", vendor_item=product), version=2))
    (changed,) = desk.psa.charges()
    names = ("id", "contractServiceID")
    assert [changed[name] for name in names] == [stored[name] for name in names]


async def test_a_service_that_bears_a_material_code_needs_no_other(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    made = desk.psa.made
    own = {"billingCodeID": made["codes"]["AZ-CONS"]}
    desk.psa.edit("Services", made["services"]["Azure plan"], values=own)
    await desk.sync(desk.charges(0, charge("5.00", "Azure plan")))
    assert [one["billingCodeID"] for one in desk.psa.charges()] == [made["codes"]["AZ-CONS"]]


async def test_a_database_where_our_key_cannot_be_searched_by_gets_nothing(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks(not_queryable=["internalPurchaseOrderNumber"])
    await desk.connect()
    failed = await desk.fail_plan(desk.charges(0))
    assert "internalPurchaseOrderNumber" in failed.message
    assert desk.psa.writes_sent() == 0


async def test_a_charge_is_dated_within_its_contract_and_keeps_its_date(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    contract = desk.psa.contracts[0]
    desk.psa.edit("Contracts", contract, values={"startDate": "2026-11-05T00:00:00Z"})
    await desk.sync(desk.charges(0, charge("5.00")))
    assert desk.psa.charges()[0]["datePurchased"][:10] == "2026-11-05"
    desk.psa.edit("Contracts", contract, values={"startDate": "2026-01-01T00:00:00Z"})
    await desk.sync(desk.charges(0, charge("6.00"), version=2))
    await desk.sync(desk.charges(1, charge("6.00")))
    assert [one["datePurchased"][:10] for one in desk.psa.charges()] == ["2026-11-05", "2026-10-31"]


async def test_what_stands_needs_no_open_contract_any_more(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    desk.psa.edit("Contracts", desk.psa.contracts[0], ended_days_ago=1)
    plan = await desk.plan(desk.charges(0))
    assert {write.action for write in plan.writes} == {"unchanged"}
    failed = await desk.fail_plan(desk.charges(0, charge("1.00"), version=2))
    assert "ended on" in failed.message


async def test_what_comes_to_nothing_and_what_is_negative(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0, charge("0.00"), charge("-12.50", "AZ-RI")))
    assert str(verified.total) == "-12.50"
    assert [one.amount for one in desk.psa.standing()] == [Decimal("-12.50")]


async def test_what_a_person_made_free_of_charge_is_told(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge("5.00")))
    (stored,) = desk.psa.charges()
    desk.psa.edit("charges", stored["id"], billable=False)
    (drift,) = (await desk.drift("tenant-0")).drifts
    assert str(drift.off_by) == "-5.00"
    assert "billable is no instead of yes" in drift.what
