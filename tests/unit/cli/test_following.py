"""Waiting and following: the right revision, true figures, a view that breaks and opens again."""

import json
from pathlib import Path

import httpx
import pytest
from syncline_cli.commands import events, ingest
from syncline_cli.output import counted

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, KEY, TENANT, invoice, plan, tenant

OTHER = "0c4f6c81-798a-4de5-891a-82c0d3a1e17a"


def told(*numbers: int) -> str:
    made = [
        {"id": str(number), "type": "t.v1", "time": f"2026-11-01T00:00:0{number}Z", "data": {}}
        for number in numbers
    ]
    return "".join(f"data: {json.dumps(one)}\n\n" for one in made)


def test_a_new_revision_is_waited_for_and_not_mistaken_for_the_one_before(
    api: Api, syncline: Syncline, tmp_path: Path
) -> None:
    file = tmp_path / "again.csv"
    file.write_text("x")
    document = {
        "invoice_key": KEY,
        "invoice_no": "G1",
        "revision": 2,
        "lines": 3,
        "cost": "2.00",
        "message": None,
    }
    api.on("POST", f"{BASE}/documents", {"outcome": "accepted", "document": document}, 201)
    old, new = ("1", {"held": 1}), ("2", {"ready": 1})
    looks = iter(
        (
            (1, "ready", *old),
            (2, "ready", *old),  # the revision is known, its tenants are not
            (2, "received", *old),
            (2, "ready", "2", {"held": 1}),  # its tenants are, their sums are not
            (2, "ready", *new),
        )
    )

    def look(_: httpx.Request) -> tuple[int, object]:
        number, state, cost, counts = next(looks)
        ties = {**invoice()["tie_out"], "document_cost": cost}
        head = invoice(revision=number, tie_out=ties, tenants_by_state=counts)
        return 200, {"invoice": head, "tenants": [tenant(state=state, holds=[])]}

    api.answers["GET", INVOICE] = look
    code, out, _ = syncline("ingest", str(file), "--wait", "--json")
    assert (code, json.loads(out)["invoice"]["tenants_by_state"]) == (0, {"ready": 1})
    assert next(looks, None) is None


def test_a_document_whose_sums_differ_for_good_is_not_waited_for_without_end(
    api: Api, syncline: Syncline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "SETTLE_S", 0.0)
    file = tmp_path / "taxed.csv"
    file.write_text("x")
    document = {
        "invoice_key": KEY,
        "invoice_no": "G1",
        "revision": 1,
        "lines": 3,
        "cost": "1357.95",
        "message": None,
    }
    api.on("POST", f"{BASE}/documents", {"outcome": "accepted", "document": document}, 201)
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [tenant()]})
    assert syncline("ingest", str(file), "--wait")[0] == 4


def test_only_what_was_read_back_counts_as_synced(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    asked = {"request_id": "r1", "requested": [TENANT, OTHER], "skipped": []}
    api.on("POST", f"{INVOICE}/plans", asked, 202)
    failed = {**plan(), "tenant_id": OTHER, "plan": None, "failure": "No such item."}
    api.on("GET", f"{INVOICE}/plans/r1", {"pending": 0, "rows": [plan(), failed]})
    done = {"approved": [TENANT], "nothing_to_write": [], "refused": []}
    api.on("POST", f"{INVOICE}/approvals", done, 202)
    rows = [
        tenant(state="verified", holds=[]),
        tenant(tenant_id=OTHER, state="failed", holds=[], failure="No such item."),
    ]
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": rows})
    code, out, _ = syncline("sync", "G1", "--yes")
    assert code == 4
    assert out.splitlines()[-1] == "1 tenant synced and read back."


def test_of_one_thing_one_is_said_and_of_none_or_more_several() -> None:
    assert counted(1, "tenant") == "1 tenant"
    assert [counted(number, "record") for number in (0, 1000)] == ["0 records", "1,000 records"]


def test_a_second_sync_needs_no_yes_where_it_writes_nothing(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    asked = {"request_id": "r1", "requested": [TENANT], "skipped": []}
    api.on("POST", f"{INVOICE}/plans", asked, 202)
    api.on("GET", f"{INVOICE}/plans/r1", {"pending": 0, "rows": [plan("unchanged")]})
    done = {"approved": [], "nothing_to_write": [TENANT], "refused": []}
    api.on("POST", f"{INVOICE}/approvals", done, 202)
    rows = [tenant(state="verified", holds=[])]
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": rows})
    code, out, _ = syncline("sync", "G1")
    assert code == 0
    assert out.splitlines()[-1] == "1 tenant in the PSA already, nothing written."


@pytest.mark.parametrize(("state", "code"), [("ignored", 0), ("held", 4), ("ready", 4)])
def test_what_is_left_out_ends_with_4_where_a_person_is_needed(
    api: Api, syncline: Syncline, state: str, code: int
) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    left_out = {"tenant_id": TENANT, "tenant_name": "Contoso", "state": state, "why": "Because."}
    asked = {"request_id": "r1", "requested": [], "skipped": [left_out]}
    api.on("POST", f"{INVOICE}/plans", asked, 202)
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": []})
    assert syncline("sync", "G1", "--yes")[0] == code


def test_ctrl_c_says_that_an_agreed_sync_goes_on(
    api: Api, syncline: Syncline, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    asked = {"request_id": "r1", "requested": [TENANT], "skipped": []}
    api.on("POST", f"{INVOICE}/plans", asked, 202)
    api.on("GET", f"{INVOICE}/plans/r1", {"pending": 0, "rows": [plan()]})
    done = {"approved": [TENANT], "nothing_to_write": [], "refused": []}
    api.on("POST", f"{INVOICE}/approvals", done, 202)

    def pressed(_: httpx.Request) -> tuple[int, object]:
        raise KeyboardInterrupt

    api.answers["GET", INVOICE] = pressed
    code, _, err = syncline("sync", "G1", "--yes")
    assert code == 130
    assert "goes on without this command" in err


def test_a_view_that_breaks_is_opened_again_and_each_event_told_once(
    api: Api, syncline: Syncline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "OPEN_AGAIN_S", 0.0)
    views = iter((told(1, 2), told(2, 3)))

    def view(_: httpx.Request) -> tuple[int, object]:
        content = next(views, None)
        if content is None:
            raise KeyboardInterrupt
        return 200, content

    api.on("GET", BASE, {"partner_id": "acme"})
    api.answers["GET", f"{BASE}/events"] = view
    code, out, err = syncline("events", "--follow", "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["1", "2", "3"]
    assert code == 130
    assert "opened again" in err
    asked = [one.url.params["since"] for one in api.asked if one.url.path == f"{BASE}/events"]
    assert asked[1:] == ["2026-11-01T00:00:02Z", "2026-11-01T00:00:03Z"]


def test_a_view_that_stays_away_ends_with_5(
    api: Api, syncline: Syncline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "OPEN_AGAIN_S", 0.0)
    monkeypatch.setattr(events, "PATIENCE_S", -1.0)
    api.on("GET", BASE, {"partner_id": "acme"})
    api.answers["GET", f"{BASE}/events"] = httpx.ConnectError("gone")
    assert syncline("events", "--follow")[0] == 5


def test_a_token_that_ends_while_it_follows_is_not_tried_again(
    api: Api, syncline: Syncline
) -> None:
    api.on("GET", BASE, {"partner_id": "acme"})
    api.refuse("GET", f"{BASE}/events", 401, "The token has ended.")
    code, _, err = syncline("events", "--follow")
    assert (code, err) == (1, "Refused: The token has ended.\n")
