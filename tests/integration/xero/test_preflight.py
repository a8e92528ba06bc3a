"""What Xero would refuse is said in words before any write, to whom it concerns alone."""

from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantPlannedV1, TenantSyncFailedV1

from tests.integration.xero.desk import DeskMaker, charge

ARCHIVED = "6f0a3c1e-2c64-4a0b-9a0e-0d3f6a1b2c3d"


@pytest.mark.parametrize(
    ("charges", "fields", "code", "words"),
    [
        ([charge("5.00", "NO-SUCH")], {}, "rejected", "item 'NO-SUCH'"),
        ([charge("5.00", "BARE")], {}, "rejected", "has no sales account"),
        ([charge("5.00", "OLD")], {}, "rejected", "account '299'"),
        ([charge("5.00")], {"currency": "USD"}, "currency_mismatch", "does not use"),
        ([charge("5.00")], {"client_id": "nobody"}, "rejected", "not in Xero any more"),
        ([charge("5.00")], {"client_id": ARCHIVED}, "rejected", "ARCHIVED"),
        ([charge("5.00")], {"sell": Decimal("5.01")}, "tie_out_failed", "5.01"),
        ([charge("5.005")], {}, "tie_out_failed", "round"),
    ],
)
async def test_a_reason_in_words(
    service: Service,
    desks: DeskMaker,
    charges: list[Any],
    fields: dict[str, Any],
    code: str,
    words: str,
) -> None:
    desk = desks(
        items=[{"code": "BARE", "name": "No account"}, {"code": "OLD", "account_code": "299"}]
    )
    desk.xero.sandbox.ask(
        "POST",
        f"xero/{desk.xero.org}/contacts",
        contact_id=ARCHIVED,
        name="Gone Ltd",
        status="ARCHIVED",
    )
    await desk.connect()
    bad = desk.charges(0, *charges, **fields)
    requests = {"bad": await desk.ask_plan(bad)}
    good = {"good": await desk.ask_plan(desk.charges(1))}
    await desk.answer(TenantPlannedV1, good)
    (failed,) = await desk.answer(TenantSyncFailedV1, requests)
    assert (failed.stage, failed.code) == ("plan", code)
    assert words in failed.message


async def test_ugly_text_survives(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    ugly = charge("5.00", description='O\'Brien "& Söhne" \U0001f600 <b>\n' + "word " * 3000)
    free = charge("0.00", "AZURE", description="Free grant")
    plan = await desk.plan(desk.charges(0, ugly, free))
    after = plan.writes[0].after or {}
    assert after["left_out_at_0.00"] == ["AZURE: Free grant"]
    await desk.sync(desk.charges(0, ugly, free))
    (invoice,) = desk.xero.invoices()
    (line,) = invoice["lines"]
    assert line["description"].startswith('O\'Brien "& Söhne" \U0001f600 <b> word')
    assert len(line["description"]) <= 4000
    assert line["description"].endswith("word...")


async def test_an_item_made_a_minute_ago_is_found(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    await desk.plan(desk.charges(0))
    desk.xero.sandbox.ask("POST", f"xero/{desk.xero.org}/items", code="NEW", account_code="200")
    plan = await desk.plan(desk.charges(1, charge("5.00", "NEW")))
    assert str(plan.total) == "5.00"


async def test_a_credit_line_is_billed_within_a_positive_total(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge("50.00"), charge("-12.34", "AZ-CREDIT")))
    assert [invoice["sub_total"] for invoice in desk.xero.invoices()] == ["37.66"]
