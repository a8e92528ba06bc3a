"""`reprice`: what it would change, and asking for it with a reason."""

import json
from typing import Any

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, KEY, TENANT, invoice, tenant


def preview(*, is_synced: bool) -> dict[str, Any]:
    effect = {"charges": 2, "sell": "1300.00", "sell_after": "1430.005"}
    row = {"tenant_id": TENANT, "tenant_name": "Contoso", "is_synced": is_synced, "effect": effect}
    return {"invoices": [{"invoice_key": KEY, "currency": "AUD", "tenants": [row]}]}


def invoices(api: Api) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [tenant(state="synced")]})


def test_without_a_reason_it_only_says_what_would_change(api: Api, syncline: Syncline) -> None:
    invoices(api)
    api.on("GET", f"{BASE}/price-preview", preview(is_synced=True))
    code, out, _ = syncline("reprice", "G1")
    assert code == 4
    assert "1,300.00" in out
    assert "1,430.00" in out
    assert api.sent("POST") == []
    assert api.asked[-1].url.params["invoice_key"] == KEY


def test_what_is_not_synced_takes_prices_by_itself_and_is_not_listed(
    api: Api, syncline: Syncline
) -> None:
    invoices(api)
    api.on("GET", f"{BASE}/price-preview", preview(is_synced=False))
    assert syncline("reprice", "G1")[:2] == (0, "The PSA has the newest prices.\n")


def test_with_a_reason_it_is_asked_for_and_who_is_left_out_is_told(
    api: Api, syncline: Syncline
) -> None:
    invoices(api)
    skipped = [{"tenant_id": "x", "tenant_name": "Fabrikam", "why": "It is ignored."}]
    answer = {"requested": [TENANT], "skipped": skipped}
    api.on("POST", f"{INVOICE}/reprice", answer, 202)
    code, out, _ = syncline("reprice", "G1", "-t", "contoso", "--reason", "New contract.")
    assert code == 0
    assert api.sent("POST") == [{"reason": "New contract.", "tenant_ids": [TENANT]}]
    assert "Fabrikam left out: It is ignored." in out
    assert "1 tenant priced again." in out
    assert json.loads(syncline("reprice", "G1", "-r", "x", "--json")[1]) == answer


def test_a_reason_of_nothing_is_none(api: Api, syncline: Syncline) -> None:
    invoices(api)
    assert syncline("reprice", "G1", "--reason", " ")[0] == 2
    assert api.sent("POST") == []
