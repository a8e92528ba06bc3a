"""Lists and details: for the eye to the cent, for a script exact, whatever names contain."""

import json
from typing import get_args

from syncline_cli.commands.invoices import Status
from syncline_contracts.invoice import InvoiceStatus

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, KEY, TENANT, hold, invoice, tenant


def page(*rows: object) -> dict[str, object]:
    return {"invoices": list(rows), "next_cursor": None}


def test_amounts_are_to_the_cent_in_a_table_and_exact_in_json(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/invoices", page(invoice(cost="1234.56789")))
    assert "1,234.57" in syncline("invoices")[1]
    code, out, err = syncline("invoices", "--json")
    assert json.loads(out)["invoices"][0]["cost"] == "1234.56789"
    assert (code, err) == (0, "")


def test_every_page_of_a_list_is_shown(api: Api, syncline: Syncline) -> None:
    first = {"invoices": [invoice(invoice_no="G1")], "next_cursor": "c"}
    rest = page(invoice(invoice_no="G2"))

    api.answers["GET", f"{BASE}/invoices"] = lambda request: (
        200,
        rest if "cursor" in request.url.params else first,
    )
    out = syncline("invoices", "-p", "acme")[1]
    assert "G1" in out
    assert "G2" in out


def test_invoices_are_asked_for_by_month_status_and_number(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/invoices", page())
    words = ("--month", "2026-10", "--status", "needs_attention", "--text", "G1")
    assert "There are no invoices like that." in syncline("invoices", *words)[1]
    asked = dict(api.asked[-1].url.params)
    assert asked == {
        "month": "2026-10",
        "status": "needs_attention",
        "text": "G1",
        "limit": "1000",
    }
    assert syncline("invoices", "--status", "sleeping")[0] == 2


def test_a_name_from_outside_is_text_and_nothing_else(api: Api, syncline: Syncline) -> None:
    evil = tenant(tenant_name="\x1b[2J[red]Evil[/red]\u202e \u2066Ltd")
    api.on("GET", f"{BASE}/invoices", page(invoice()))
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [evil]})
    out = syncline("show", "G1")[1]
    assert "[2J[red]Evil[/red] Ltd" in out
    assert not {"\x1b", "\u202e", "\u2066"} & set(out)


def test_a_table_in_a_pipe_is_not_cut(api: Api, syncline: Syncline) -> None:
    name = "A customer with a name as long as names of customers are in real life Pty Ltd"
    api.on("GET", f"{BASE}/invoices", page(invoice()))
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [tenant(tenant_name=name)]})
    out = syncline("show", KEY)[1]
    assert "…" not in out
    assert all(word in out for word in name.split())


def test_holds_end_with_4_while_something_waits(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/holds", {"rows": [hold()]})
    code, out, _ = syncline("holds")
    assert code == 4
    assert "syncline map TENANT --client CLIENT" in out
    api.on("GET", f"{BASE}/holds", {"rows": [hold(state="ignored")]})
    assert syncline("holds", "--json")[0] == 0
    api.on("GET", f"{BASE}/holds", {"rows": []})
    assert syncline("holds")[:2] == (0, "Nothing waits.\n")


def test_holds_say_what_failed_and_what_was_changed_in_the_psa(
    api: Api, syncline: Syncline
) -> None:
    rows = [
        hold(state="failed", holds=[], trouble="Account code is archived."),
        hold(state="drifted", holds=[], trouble="INV-1 is missing in the PSA."),
        hold(state="ignored", holds=[], ignored_reason="Billed by hand."),
    ]
    api.on("GET", f"{BASE}/holds", {"rows": rows})
    out = syncline("holds")[1]
    for words in ("Account code is archived.", "INV-1 is missing in the PSA.", "Billed by hand."):
        assert words in out
    assert len([one for one in api.asked if "holds" not in one.url.path]) <= 1  # the partners


def test_an_invoice_that_is_not_there_is_3_and_names_those_that_are(
    api: Api, syncline: Syncline
) -> None:
    api.on("GET", f"{BASE}/invoices", page(invoice()))
    code, out, err = syncline("show", "G9")
    assert (code, out) == (3, "")
    assert "The newest are: G1." in err


def test_a_number_that_two_sources_use_has_to_be_told_apart(api: Api, syncline: Syncline) -> None:
    two = [invoice(), invoice(invoice_key="another")]
    api.on("GET", f"{BASE}/invoices", page(*two))
    code, _, err = syncline("show", "G1")
    assert code == 1
    assert KEY in err
    assert "another" in err


def test_an_event_view_ends_once_all_is_told_and_each_is_one_line(
    api: Api, syncline: Syncline
) -> None:
    event = {"id": "1", "type": "tenant.held.v1", "time": "2026-11-01T00:00:00Z", "data": {}}
    told = f": following\n\ndata: {json.dumps(event)}\n\n: still here\n\n: still here\n\n"
    api.on("GET", f"{BASE}/events", told)
    code, out, _ = syncline("events", "--json")
    assert (code, [json.loads(line) for line in out.splitlines()]) == (0, [event])


def test_json_is_exact_and_a_terminal_obeys_none_of_it(api: Api, syncline: Syncline) -> None:
    name = "\x1b[2J\x9b31m\u202eŌtautahi [red]\ud800"
    text = json.dumps({"invoices": [invoice(invoice_no=name)], "next_cursor": None})
    api.on("GET", f"{BASE}/invoices", text)
    out = syncline("invoices", "--json")[1]
    assert out.isascii()
    assert json.loads(out)["invoices"][0]["invoice_no"] == name
    assert not {"\x1b", "\x9b", "\u202e", "\ud800"} & set(out + syncline("invoices")[1])


def test_a_name_cannot_make_a_line_of_its_own(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/invoices", page())
    code, _, err = syncline("show", "G1\nDone. All is synced.")
    assert code == 3
    assert len(err.splitlines()) == 1


def test_holds_say_once_for_each_reason_what_to_do(api: Api, syncline: Syncline) -> None:
    entry = {
        "code": "no_profile_entry",
        "message": "No entry.",
        "fix": "profile",
        "vendor_item": "AZ-RI",
        "amount": "10.5",
    }
    rows = [hold(holds=[entry]), hold(tenant_id="two", holds=[entry])]
    api.on("GET", f"{BASE}/holds", {"rows": rows})
    out = syncline("holds")[1]
    assert out.count("syncline profile PROFILE --set AZ-RI=PRODUCT:PERCENT") == 1
    assert "21.00" in out


def test_the_ledger_of_a_tenant_shows_each_request_and_answer(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/invoices", page(invoice()))
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [tenant()]})
    steps = [
        {"state": "sending", "at": "2026-11-16T09:00:00+00:00", "request": {"method": "PUT"}},
        {
            "state": "failed",
            "at": "2026-11-16T09:00:01+00:00",
            "why": "It is refused.",
            "answer": {"status": 400, "body": {"Message": "No such item"}},
        },
    ]
    row = {"tenant_id": TENANT, "label": "AZ-1", "state": "failed", "amount": "7.10", "ref": None}
    api.on("GET", f"{INVOICE}/ledger", {"rows": [{**row, "history": steps}]})
    code, out, _ = syncline("ledger", "G1", "--tenant", "contoso")
    assert (code, api.asked[-1].url.params["tenant_id"]) == (0, TENANT)
    for words in ('request: {"method": "PUT"}', "It is refused.", "No such item", "7.10"):
        assert words in out
    whole = syncline("ledger", "G1")[1]
    assert "AZ-1" in whole
    assert "request" not in whole
    assert "tenant_id" not in api.asked[-1].url.params


def test_every_status_of_the_contracts_can_be_asked_for() -> None:
    assert {one.value for one in Status} == set(get_args(InvoiceStatus))
