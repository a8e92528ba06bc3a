"""What a session makes of charges before it asks Xero anything, and of what Xero answers."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from syncline_chassis.clock import SystemClock
from syncline_chassis.connector.protocol import Bill, Lost, Outcome, Removed, Write, Written
from syncline_chassis.errors import RejectedError
from syncline_xero.organisation import Organisations
from syncline_xero.session import XeroSession

from tests.unit.connector.answers import Answer, always
from tests.unit.xero.samples import KEY, charge, charge_set, connection
from tests.unit.xero.vendor import Xero

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


STORED = {
    "InvoiceID": "i-1",
    "InvoiceNumber": "AZ-1",
    "Type": "ACCREC",
    "Status": "DRAFT",
    "SubTotal": 5.0,
}


def speaking(answer: Answer) -> XeroSession:
    xero = Xero(answer)
    return XeroSession(connection(), xero.client, Organisations(60), SystemClock())


def write(label: str, collection: str = "Invoices") -> Write:
    request: dict[str, object] = {"path": f"/{collection}", "body": {collection: [{"Type": "x"}]}}
    return Write("create", f"key of {label}", label, None, request)


async def answered(*elements: dict[str, Any]) -> list[Outcome]:
    """What becomes of the invoices AZ-1 and AZ-2 in a request that is answered so."""
    session = speaking(always(200, {"Invoices": list(elements)}))
    return list(await session.write([write("AZ-1"), write("AZ-2")], "attempt"))


async def test_an_answer_without_our_element_says_nothing_of_that_one() -> None:
    first, second = await answered(STORED)
    assert isinstance(first, Written)
    assert (first.record.ref, first.record.amount) == ("i-1", Decimal(5))
    assert second == Lost("Xero's answer does not name this document.")
    assert all(isinstance(one, Lost) for one in await answered())
    another = {**STORED, "InvoiceNumber": "AZ-3"}
    nameless = {**STORED, "InvoiceNumber": None}
    assert all(isinstance(one, Lost) for one in await answered(another, nameless, {}))


@pytest.mark.parametrize(
    "change",
    [{"InvoiceID": None}, {"Status": None}, {"SubTotal": None}, {"SubTotal": "much"}],
    ids=lambda change: "-".join(map(str, change)),
)
async def test_an_element_that_cannot_be_read_may_have_been_stored(change: dict[str, Any]) -> None:
    first, second = await answered({**STORED, **change}, {**STORED, "InvoiceNumber": "AZ-2"})
    assert isinstance(first, Lost)
    assert (first.message, first.answer["InvoiceNumber"]) == (
        "Xero's answer for this document cannot be read.",
        "AZ-1",
    )
    assert isinstance(second, Written)


async def test_a_deleted_document_is_removed() -> None:
    (first, _) = await answered({**STORED, "Status": "DELETED"})
    assert isinstance(first, Removed)


async def test_a_second_request_without_an_answer_says_nothing_against_the_first() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_first = request.url.path.endswith("/Invoices")
        return httpx.Response(200 if is_first else 503, json={"Invoices": [STORED]})

    both = [write("AZ-1"), write("AZ-9", "CreditNotes")]
    stored, lost = await speaking(answer).write(both, "attempt")
    assert (type(stored), type(lost)) == (Written, Lost)


@pytest.mark.parametrize("refs", [["i-1"], ["CreditNotes/c-1"]])
async def test_a_404_takes_nothing_for_gone(refs: list[str]) -> None:
    with pytest.raises(RejectedError, match="404"):
        await speaking(always(404, {})).read(refs)
