"""What a session makes of charges, before it asks Xero anything."""

from typing import Any

import pytest
from syncline_chassis.clock import SystemClock
from syncline_chassis.connector.protocol import Bill
from syncline_xero.session import XeroSession

from tests.unit.xero.samples import KEY, charge, charge_set, connection

NOBODY: Any = None
"""Stands for Xero, where it must not be asked."""


def session() -> XeroSession:
    return XeroSession(connection(), NOBODY, NOBODY, SystemClock())


@pytest.mark.parametrize(
    ("sells", "units"),
    [
        (("1.00",), ["document"]),
        (("1.00", "-1.01"), ["credit_note"]),
        (("0.00",), []),
        (("1.00", "-1.00"), []),
        ((), []),
    ],
)
def test_a_total_of_zero_has_no_document(sells: tuple[str, ...], units: list[str]) -> None:
    charges = charge_set(*(charge(sell) for sell in sells))
    assert [unit.name for unit in session().units(charges, lambda _: KEY)] == units


async def test_where_nothing_is_billed_xero_is_not_even_asked() -> None:
    bill, opened = Bill(charge_set(charge("0.00"), client_id="nobody"), ()), session()
    await opened.prepare([bill])
    assert opened.desired(bill) == []
