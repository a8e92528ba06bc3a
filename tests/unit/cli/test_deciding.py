"""Edits: nothing that was not seen is overwritten, nothing is written that nobody agreed to."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_cli import desk
from syncline_cli.commands.profiles import effect

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, TENANT, hold, invoice, plan, tenant

MAPPING = f"{BASE}/mappings/{TENANT}"
PICKS = f"{BASE}/connectors/xero/connections/main/picks/contacts"
MAPPED = {
    "tenant_id": TENANT,
    "version": 2,
    "client_id": "c-9",
    "client_name": "Old",
    "agreements": {"A": "1", "B": "2"},
}


def with_clients(api: Api, *names: str) -> None:
    settings = {"connector": "xero", "connection_id": "main"}
    api.on("GET", BASE, {"partner_id": "acme", "version": 1, "settings": settings})
    manifest = {"name": "xero", "picks": {"client": "contacts"}}
    api.on("GET", "/v1/connectors", {"connectors": [manifest]})
    items = [
        {"id": f"c-{number}", "name": name, "detail": "", "inactive": False}
        for number, name in enumerate(names)
    ]
    api.on("GET", PICKS, {"items": items})

    def holds(_: httpx.Request) -> tuple[int, object]:
        is_mapped = any(one.method == "PUT" for one in api.asked)
        return 200, {"rows": [] if is_mapped else [hold(tenant_name="Contoso")]}

    api.answers["GET", f"{BASE}/holds"] = holds
    api.on("GET", f"{BASE}/mappings", {"mappings": []})
    api.on("GET", f"{BASE}/invoices", {"invoices": [], "next_cursor": None})
    api.on("PUT", MAPPING, {"version": 1})


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        ("0", "sells at RRP: 100.00 stays 100.00"),
        ("10", "sells 10 % above RRP: 100.00 becomes 110.00"),
        ("-2.50", "sells 2.5 % below RRP: 100.00 becomes 97.50"),
        ("-100", "sells 100 % below RRP: 100.00 becomes 0.00"),
    ],
)
def test_a_percentage_says_what_it_does(percent: str, words: str) -> None:
    assert effect(percent) == words


def test_a_tenant_is_mapped_by_names(api: Api, syncline: Syncline) -> None:
    with_clients(api, "Contoso Pty Ltd", "Contoso")
    code, out, _ = syncline("map", "conto", "--client", "contoso")
    assert (code, out) == (0, "Contoso is Contoso (c-1).\n")
    assert api.sent("PUT") == [{"client_id": "c-1", "client_name": "Contoso"}]


def test_a_client_that_may_be_several_is_not_guessed(api: Api, syncline: Syncline) -> None:
    with_clients(api, "Contoso North", "Contoso South")
    code, _, err = syncline("map", "Contoso", "--client", "conto")
    assert code == 1
    assert "c-0  Contoso North" in err
    assert api.sent("PUT") == []


def test_an_edit_names_the_version_that_was_seen_and_a_stale_one_is_told(
    api: Api, syncline: Syncline
) -> None:
    with_clients(api, "Contoso")
    there = {"tenant_id": TENANT, "version": 7, "client_id": "c-9", "client_name": "Old"}
    api.on("GET", f"{BASE}/mappings", {"mappings": [there]})
    api.refuse("PUT", MAPPING, 412, "It was changed by somebody else. Load it again.")
    code, _, err = syncline("map", "Contoso", "--client", "Contoso")
    assert code == 1
    assert "changed by somebody else" in err
    (put,) = [one for one in api.asked if one.method == "PUT"]
    assert put.headers["If-Match"] == '"7"'


def with_plan(api: Api, action: str = "create", **state: object) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    asked = {"request_id": "r1", "requested": [TENANT], "skipped": []}
    api.on("POST", f"{INVOICE}/plans", asked, 202)
    api.on("GET", f"{INVOICE}/plans/r1", {"pending": 0, "rows": [plan(action)]})
    done = {"approved": [TENANT], "nothing_to_write": [], "refused": []}
    api.on("POST", f"{INVOICE}/approvals", done, 202)
    rows = [tenant(state="verified", holds=[]) | state]
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": rows})


def approvals(api: Api) -> list[object]:
    return [json.loads(one.content) for one in api.asked if one.url.path == f"{INVOICE}/approvals"]


def test_without_a_yes_nothing_is_written(api: Api, syncline: Syncline) -> None:
    with_plan(api)
    code, out, err = syncline("sync", "G1")
    assert code == 2
    assert "AZ-1" in out
    assert "say --yes" in err
    assert approvals(api) == []


def test_exactly_the_plan_that_was_shown_is_agreed_to(api: Api, syncline: Syncline) -> None:
    with_plan(api)
    code, out, _ = syncline("sync", "G1", "--yes", "--json")
    assert code == 0
    assert approvals(api) == [{"approvals": [{"tenant_id": TENANT, "plan_hash": "h1"}]}]
    assert json.loads(out)["tenants"][0]["state"] == "verified"


@pytest.mark.parametrize("command", [("plan", "G1"), ("sync", "G1")], ids=["plan", "sync"])
def test_newer_prices_that_nobody_asked_for_are_told_before_the_question(
    api: Api, syncline: Syncline, command: tuple[str, ...]
) -> None:
    with_plan(api)
    row = plan("update")
    row["plan"]["newer_prices"] = {"message": "Prices changed since it was synced."}
    api.on("GET", f"{INVOICE}/plans/r1", {"pending": 0, "rows": [row]})
    _, out, _ = syncline(*command)
    assert "Contoso: Prices changed since it was synced." in out
    assert approvals(api) == []


def test_an_invoice_tells_where_newer_prices_come_with_its_revision(
    api: Api, syncline: Syncline
) -> None:
    with_plan(api, state="ready", newer_prices={"message": "Prices changed."})
    assert "Prices changed." in syncline("show", "G1")[1]


def test_a_tenant_that_failed_ends_with_4_and_says_why(api: Api, syncline: Syncline) -> None:
    with_plan(api, state="failed", failure="Xero says: Account code is archived.")
    code, out, _ = syncline("sync", "G1", "--yes")
    assert code == 4
    assert "Account code is archived" in out


def test_a_plan_writes_nothing(api: Api, syncline: Syncline) -> None:
    with_plan(api)
    assert syncline("plan", "G1", "--json")[0] == 0
    assert approvals(api) == []


def test_a_profile_keeps_the_entries_that_were_not_named(api: Api, syncline: Syncline) -> None:
    entry = {"vendor_item": "A", "product_id": "P", "product_name": "", "percent_off_rrp": "1"}
    there = {
        "profile_id": "std",
        "version": 4,
        "is_default": True,
        "settings": {"name": "Standard", "entries": [entry]},
    }
    api.on("GET", f"{BASE}/profiles", {"profiles": [there], "assignments": []})
    api.on("GET", f"{BASE}/profiles/std", there)
    api.on("PUT", f"{BASE}/profiles/std", {"version": 5, "pricing_version": 9})
    assert syncline("profile", "std", "--set", "B=Q:-2.5")[0] == 0
    (body,) = api.sent("PUT")
    new = {"vendor_item": "B", "product_id": "Q", "percent_off_rrp": "-2.5"}
    assert body == {"name": "Standard", "entries": [entry, new], "is_default": True}
    assert syncline("profile", "std", "--set", "B=Q")[0] == 2


def test_a_secret_comes_from_a_file_and_is_never_printed(
    api: Api, syncline: Syncline, tmp_path: Path
) -> None:
    form = {"properties": {"client_secret": {"title": "Secret", "writeOnly": True}}, "required": []}
    api.on("GET", "/v1/connectors", {"connectors": [{"name": "xero", "connection_form": form}]})
    path = f"{BASE}/connectors/xero/connections"
    api.on("GET", path, {"connections": []})
    made = {
        "connector": "xero",
        "connection_id": "main",
        "status": "unchecked",
        "status_detail": "",
        "form": {"client_id": "me"},
    }
    api.on("PUT", f"{path}/main", made)
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    code, out, err = syncline(
        "connection",
        "xero",
        "main",
        "--set",
        "client_id=me",
        f"--secret-file=client_secret={secret}",
    )
    assert code == 0
    assert api.sent("PUT") == [{"form": {"client_id": "me", "client_secret": "s3cret"}}]
    assert "s3cret" not in out + err


def test_choices_are_json_for_a_script(api: Api, syncline: Syncline) -> None:
    with_clients(api, "Contoso North", "Contoso South")
    code, out, _ = syncline("map", "Contoso", "--client", "conto", "--json")
    assert code == 1
    assert [one["id"] for one in json.loads(out)["choices"]] == ["c-0", "c-1"]


def test_without_a_client_it_lists_those_that_it_may_be(api: Api, syncline: Syncline) -> None:
    with_clients(api, "Contoso Pty Ltd")
    code, out, _ = syncline("map", "Contoso")
    assert code == 0
    assert "is nobody yet" in out
    assert "c-0" in out
    assert api.sent("PUT") == []


def test_an_agreement_keeps_the_client_and_the_agreements_that_were_not_named(
    api: Api, syncline: Syncline
) -> None:
    with_clients(api)
    api.on("GET", f"{BASE}/mappings", {"mappings": [MAPPED]})
    assert syncline("map", "Contoso", "--agreement", "B=3")[0] == 0
    whole = {"client_id": "c-9", "client_name": "Old", "agreements": {"A": "1", "B": "3"}}
    assert api.sent("PUT") == [whole]


def test_a_new_client_has_none_of_the_agreements_of_the_former(
    api: Api, syncline: Syncline
) -> None:
    with_clients(api, "New")
    api.on("GET", f"{BASE}/mappings", {"mappings": [MAPPED]})
    syncline("map", "Contoso", "--client", "c-0", "--agreement", "B=3")
    (sent,) = api.sent("PUT")
    assert (sent["client_id"], sent["agreements"]) == ("c-0", {"B": "3"})


def test_mappings_are_listed(api: Api, syncline: Syncline) -> None:
    one = {"tenant_id": TENANT, "client_id": "c", "client_name": "Co", "agreements": {"A": "1"}}
    api.on("GET", f"{BASE}/mappings", {"mappings": [one]})
    code, out, _ = syncline("map")
    assert code == 0
    assert "A=1" in out


def test_an_empty_list_of_connectors_is_asked_for_again(
    api: Api, syncline: Syncline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOOK_AGAIN_S", 0.0)
    with_clients(api, "Contoso")
    manifests = [{"name": "xero", "picks": {"client": "contacts"}}]
    answers = iter(([], manifests, manifests))
    api.answers["GET", "/v1/connectors"] = lambda _: (200, {"connectors": next(answers)})
    assert syncline("map", "Contoso", "--client", "Contoso")[0] == 0


def proposal(**changes: Any) -> dict[str, Any]:
    one = {
        "tenant_id": TENANT,
        "tenant_name": "Contoso",
        "client_id": "c-1",
        "client_name": "Contoso Pty Ltd",
        "score": 95,
        "reason": "Same name.",
        "caution": "",
        "sure": True,
    }
    return {**one, **changes}


def test_proposals_are_shown_and_only_the_sure_ones_accepted(api: Api, syncline: Syncline) -> None:
    other = proposal(tenant_id="t-2", caution="2 records are as likely.", sure=False)
    found = {"proposals": [proposal(), other], "unmapped": 3, "not_looked_for": 0}
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    api.on("GET", f"{INVOICE}/proposals", found)
    api.on("GET", f"{BASE}/mappings", {"mappings": [{"tenant_id": TENANT, "version": 4}]})
    api.on("PUT", f"{BASE}/mappings/{TENANT}", {"version": 5})
    code, out, _ = syncline("propose", "G1")
    assert code == 0
    assert "2 of 3 unmapped tenants have a proposal" in out
    assert "2 records are as likely." in out
    assert api.sent("PUT") == []
    code, out, _ = syncline("propose", "G1", "--accept")
    assert out.splitlines()[-1] == "1 mapped; they stay so for next month."
    assert api.sent("PUT") == [{"client_id": "c-1", "client_name": "Contoso Pty Ltd"}]
