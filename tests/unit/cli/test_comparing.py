"""`compare`: what a revision changed, for the eye and exact."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import Answer, Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, TENANT, invoice, tenant

PLACE = f"{INVOICE}/comparison"
OTHER = "9d1c7a20-77aa-4be0-8f0e-0c2b6a51e4d3"


def summary(**changes: Any) -> dict[str, Any]:
    row = {"added": 1, "removed": 0, "changed": 1, "cost_before": "31.39", "cost_after": "41.3951"}
    return {
        "invoice_no": "G1",
        "revision": 2,
        "previous_revision": 1,
        "currency": "AUD",
        "previous_currency": "AUD",
        "cost": "1244.5051",
        "previous_cost": "1234.5",
        "added": 1,
        "removed": 0,
        "changed": 1,
        "unchanged": 1199,
        "tenants": [{"tenant_id": TENANT, "tenant_name": "Contoso", **row}],
        "tenants_changed": 1,
        "tenants_unchanged": 39,
        **changes,
    }


def line(**changes: Any) -> dict[str, Any]:
    return {
        "what": "changed",
        "tenant_id": TENANT,
        "tenant_name": "Contoso",
        "vendor_item": "AZ-CONS",
        "description": "D4s v5",
        "row_before": 17,
        "row_after": 23,
        "cost_before": "21.39",
        "cost_after": "22.3951",
        "difference": "1.0051",
        "fields": [{"field": "charge_end_inclusive", "before": None, "after": "2026-10-31"}],
        **changes,
    }


def answer(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "summary": summary(),
        "lines": list(lines),
        "lines_left_out": 0,
        "next_cursor": None,
        **more,
    }


@pytest.fixture(autouse=True)
def known(api: Api) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [tenant(tenant_id=OTHER)]})


def test_a_table_tells_what_differs_and_where(api: Api, syncline: Syncline) -> None:
    gone = line(what="removed", row_after=None, cost_after=None, difference="-5", fields=[])
    api.on("GET", PLACE, answer(line(), gone))
    code, out, err = syncline("compare", "G1")
    assert (code, err) == (0, "")
    assert "revision 2 against 1: 1 added, 0 removed, 1 changed, 1,199 unchanged" in out
    assert "1,234.50 AUD before, 1,244.51 AUD after" in out
    assert "39 tenants are as they were." in out
    assert "17 > 23" in out
    assert "1.0051" in out
    assert "charge end inclusive: nothing > 2026-10-31" in out
    assert "removed" in out
    assert "more lines" not in out


def test_json_has_every_page_and_every_digit(api: Api, syncline: Syncline) -> None:
    pages = {None: ("c", "1.0051"), "c": (None, "0.00000000000000000001")}

    def page(request: httpx.Request) -> Answer:
        cursor, difference = pages[request.url.params.get("cursor")]
        return 200, answer(line(difference=difference), next_cursor=cursor)

    api.answers["GET", PLACE] = page
    code, out, err = syncline("compare", "G1", "--json")
    found = json.loads(out)
    assert (code, err, found["next_cursor"]) == (0, "", None)
    assert [one["difference"] for one in found["lines"]] == ["1.0051", "0.00000000000000000001"]


def test_revision_tenant_and_role_are_asked_for(api: Api, syncline: Syncline) -> None:
    api.on("GET", PLACE, answer(line()))
    syncline("compare", "G1", "--revision", "3", "--tenant", "contoso", "--usage")
    asked = [one.url.params for one in api.asked if one.url.path == PLACE]
    assert {(one["revision"], one["role"]) for one in asked} == {("3", "detail")}
    assert asked[-1]["tenant_id"] == TENANT


def test_a_tenant_that_did_not_change_is_told_so(api: Api, syncline: Syncline) -> None:
    api.on("GET", PLACE, answer())
    code, out, _ = syncline("compare", "G1", "-t", OTHER)
    assert (code, "No line of this tenant differs." in out) == (0, True)
    assert "Tenants that differ" not in out


def test_lines_that_are_not_shown_are_told(api: Api, syncline: Syncline) -> None:
    api.on("GET", PLACE, answer(line(), next_cursor="c"))
    assert "There are more lines" in syncline("compare", "G1")[1]
    api.on("GET", PLACE, answer(line(), lines_left_out=3))
    assert "There are more lines" in syncline("compare", "G1")[1]


def test_equal_documents_are_told_in_a_sentence(api: Api, syncline: Syncline) -> None:
    nothing = summary(added=0, changed=0, tenants=[], tenants_changed=0)
    api.on("GET", PLACE, answer(summary=nothing))
    assert "No line differs." in syncline("compare", "G1")[1]


def test_an_invoice_of_one_revision_is_3(api: Api, syncline: Syncline) -> None:
    api.refuse("GET", PLACE, 404, "This invoice has one revision only.")
    code, out, err = syncline("compare", "G1")
    assert (code, out) == (3, "")
    assert "one revision only" in err


def test_a_credit_note_and_its_invoice_name_each_other(api: Api, syncline: Syncline) -> None:
    related = {"invoice_no": "G1-C", "billing_month": "2026-11", "cost": "-85.004"}
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [], "credit_notes": [related]})
    assert "Amended by credit note G1-C, 2026-11, -85.00." in syncline("show", "G1")[1]
    note: dict[str, Any] = {"invoice": invoice(amends="G0"), "tenants": [], "amended": None}
    api.on("GET", INVOICE, note)
    assert "it amends invoice G0 (not here)." in syncline("show", "G1")[1]
