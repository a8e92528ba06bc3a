"""What ConnectWise would refuse or never bill is told in words, before anything is written."""

from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import charge

from tests.integration.connectwise.desk import DeskMaker


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"cancelled": True}, "rejected", "Cancelled"),
        ({"end": "2026-01-31"}, "rejected", "Expired"),
        ({"currency": "USD"}, "currency_mismatch", "in USD and the charges are in AUD"),
        ({"billing_cycle": "Yearly"}, "rejected", "billed Yearly"),
    ],
)
async def test_an_agreement_that_cannot_be_billed_says_why(
    service: Service, desks: DeskMaker, change: dict[str, Any], code: str, words: str
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.edit_agreement(0, **change)
    failed = await desk.fail_plan(desk.charges(0))
    assert (failed.code, words in failed.message) == (code, True), failed.message
    await desk.sync(desk.charges(1))  # the others go on
    assert len(desk.psa.standing()) == 2


async def test_an_agreement_of_another_company_is_refused(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    stray = desk.charges(0, charge("5.00")).charges[0]
    stray = stray.model_copy(update={"agreement_id": desk.psa.agreement(1)})
    charges = desk.charges(0, charge("5.00")).model_copy(update={"charges": (stray,)})
    failed = await desk.fail_plan(charges)
    assert "belongs to" in failed.message
    assert desk.psa.additions() == []


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
    failed = await desk.fail_plan(desk.charges(0, charge("5.00", product)))
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
    desk = desks(8)
    await desk.connect()
    for number in range(8):
        before = desk.psa.stats()["requests"]
        await desk.sync(desk.charges(number))
        after = desk.psa.stats()["requests"]
        route = "/finance/agreements/{id}/additions"
        assert after.get(f"POST {route}", 0) - before.get(f"POST {route}", 0) == 2
        # One each to plan, to apply and to read back.
        assert after.get(f"GET {route}", 0) - before.get(f"GET {route}", 0) == 3
    assert desk.psa.stats()["refused_429_count"] == 0
