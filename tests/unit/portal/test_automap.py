"""Asking the PSA for proposals: once where it fits, by name where it does not, within a limit."""

import json
from typing import Any

from syncline_contracts.mapping_query import (
    GetInvoice,
    InvoiceDetails,
    ListMappings,
    Mappings,
    MappingView,
    TenantRow,
)
from syncline_contracts.query import PickItem, Picks, SearchPicks
from syncline_portal.app import create_app
from syncline_portal.automap import PAGE, SEARCHES

from tests.unit.portal.answers import INVOICE, KEY, MANIFEST, MAPPING, ROW, answer_all
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal, settings

PATH = f"/v1/partners/acme/invoices/{KEY}/proposals"


def row(number: int, **changes: Any) -> TenantRow:
    blank = {"client_id": None, "client_name": None, "client_mapped": False, "state": "held"}
    named = {"tenant_id": f"t-{number}", "tenant_name": f"Customer {number:04} Pty Ltd"}
    return ROW.model_copy(update={**blank, **named, **changes})


async def proposed(
    clients: int, *rows: TenantRow, mappings: tuple[MappingView, ...] = ()
) -> tuple[dict[str, Any], list[str]]:
    """The answer, and what the PSA was asked for."""
    fakes = FakePortal(settings())
    answer_all(fakes.bus)
    every = [PickItem(id=f"c-{n}", name=f"Customer {n:04}") for n in range(clients)]
    fakes.bus.answers[GetInvoice] = InvoiceDetails(invoice=INVOICE, tenants=rows)
    fakes.bus.answers[ListMappings] = Mappings(mappings=mappings)
    fakes.bus.answers[SearchPicks] = lambda asked: Picks(
        items=tuple(one for one in every if asked.text in one.name)[:PAGE]
    )
    fakes.bus.values = {"xero": json.dumps(MANIFEST).encode()}
    async with caller(create_app(fakes.portal), fakes.tokens.give(acme="billing")) as client:
        answer = await client.get(PATH)
    assert answer.status_code == 200, answer.text
    searched = [query for query, _ in fakes.bus.asked if isinstance(query, SearchPicks)]
    return answer.json(), [query.text for query in searched]


async def test_a_list_that_fits_is_asked_for_once() -> None:
    found, asked = await proposed(PAGE - 1, *(row(n) for n in range(5)))
    assert asked == [""]
    assert found["unmapped"] == 5
    assert [(one["client_id"], one["sure"]) for one in found["proposals"]] == [
        (f"c-{n}", True) for n in range(5)
    ]


async def test_only_tenants_that_wait_for_a_client_are_looked_at() -> None:
    rows = (row(1), row(2, client_mapped=True, client_id="c-2"), row(3, state="superseded"))
    found, _ = await proposed(5, *rows)
    assert [one["tenant_id"] for one in found["proposals"]] == ["t-1"]


async def test_nothing_unmapped_asks_the_psa_nothing() -> None:
    found, asked = await proposed(5, row(2, client_mapped=True, client_id="c-2"))
    assert (found["unmapped"], asked) == (0, [])


async def test_what_was_chosen_on_another_invoice_is_proposed_again() -> None:
    past = MAPPING.model_copy(
        update={"tenant_id": "t-77", "client_id": "c-3", "tenant_name": "CUSTOMER 0001 Ltd"}
    )
    found, _ = await proposed(5, row(1), mappings=(past,))
    (one,) = found["proposals"]
    assert (one["client_id"], one["score"]) == ("c-3", 96)


async def test_a_longer_list_is_searched_by_name_within_a_limit() -> None:
    names = [f"Name{n:04}x" for n in range(SEARCHES + 7)]
    rows = [row(n, tenant_name=name) for n, name in enumerate(names)]
    found, asked = await proposed(PAGE + 50, *rows)
    assert len(asked) == 1 + SEARCHES
    assert found["not_looked_for"] == 7


async def test_without_a_psa_it_says_what_to_do() -> None:
    fakes = FakePortal(settings())
    answer_all(fakes.bus)
    fakes.bus.values = {}
    fakes.bus.answers[GetInvoice] = InvoiceDetails(invoice=INVOICE, tenants=(row(1),))
    async with caller(create_app(fakes.portal), fakes.tokens.give(acme="billing")) as client:
        answer = await client.get(PATH)
    assert answer.status_code == 422
    assert "Connect one under Connections" in answer.json()["detail"]
