"""Setting up: partners, profiles per tenant, tokens; what is left out of an invoice, and why."""

import json

import pytest

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, TENANT, hold, invoice, tenant

OTHER = "0c4f6c81-798a-4de5-891a-82c0d3a1e17a"
PARTNER = {
    "partner_id": "acme",
    "version": 3,
    "settings": {
        "name": "Acme",
        "currency": "AUD",
        "time_zone": "Australia/Sydney",
        "connector": None,
        "connection_id": None,
        "rrp_policy": {"seat": {"mode": "cost", "percent": "0"}},
    },
}


def with_partner(api: Api) -> None:
    api.on("GET", "/v1/partners", {"partners": [PARTNER]})
    api.on("GET", BASE, PARTNER)
    api.on("PUT", BASE, {"version": 4})


def with_invoice(api: Api, *tenants: dict[str, object]) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": list(tenants)})
    api.on("GET", f"{BASE}/holds", {"rows": []})


def test_an_rrp_policy_is_set_beside_those_that_are_there(api: Api, syncline: Syncline) -> None:
    with_partner(api)
    assert syncline("partner", "acme", "--rrp", "reservation=cost_plus:12.5")[0] == 0
    (put,) = [one for one in api.asked if one.method == "PUT"]
    assert put.headers["If-Match"] == '"3"'
    assert json.loads(put.content)["rrp_policy"] == {
        "seat": {"mode": "cost", "percent": "0"},
        "reservation": {"mode": "cost_plus", "percent": "12.5"},
    }


@pytest.mark.parametrize("text", ["seat", "seat=free", "seat=cost_plus", "seat=cost_plus:NaN"])
def test_an_rrp_policy_that_says_nothing_is_2(api: Api, syncline: Syncline, text: str) -> None:
    with_partner(api)
    assert syncline("partner", "acme", "--rrp", text)[0] == 2
    assert api.sent("PUT") == []


def with_profile(api: Api, *assignments: object) -> None:
    entry = {
        "vendor_item": "A",
        "product_id": "P",
        "product_name": "",
        "percent_off_rrp": "10",
    }
    one = {
        "profile_id": "std",
        "version": 1,
        "is_default": True,
        "settings": {"name": "Standard", "entries": [entry]},
    }
    api.on("GET", f"{BASE}/profiles", {"profiles": [one], "assignments": list(assignments)})
    api.on("PUT", f"{BASE}/assignments/{TENANT}", {"version": 1})


def test_a_profile_goes_to_a_tenant_by_its_name_and_for_one_item(
    api: Api, syncline: Syncline
) -> None:
    with_profile(api)
    with_invoice(api, tenant(tenant_name="Contoso"))
    code, out, _ = syncline("profile", "std", "--assign", "conto", "--item", "A B/C")
    assert code == 0
    assert "Contoso has std for A B/C now." in out
    assert "sells 10 % above RRP: 100.00 becomes 110.00" in out
    (put,) = [one for one in api.asked if one.method == "PUT"]
    assert put.url.params["vendor_item"] == "A B/C"
    assert json.loads(put.content) == {"profile_id": "std"}


def test_a_profile_is_taken_back_with_the_version_that_was_seen(
    api: Api, syncline: Syncline
) -> None:
    there = {"tenant_id": TENANT, "vendor_item": None, "profile_id": "std", "version": 6}
    with_profile(api, there)
    assert syncline("profile", "--unassign", TENANT)[0] == 0
    (put,) = [one for one in api.asked if one.method == "PUT"]
    assert (put.headers["If-Match"], json.loads(put.content)) == ('"6"', {"profile_id": None})


def test_a_profile_is_not_given_to_a_tenant_that_nobody_knows(api: Api, syncline: Syncline) -> None:
    with_profile(api)
    with_invoice(api)
    assert syncline("profile", "std", "--assign", "nobody")[0] == 3
    assert api.sent("PUT") == []


@pytest.mark.parametrize("percent", ["NaN", "Infinity", "ten", ""])
def test_a_percentage_that_is_no_number_is_2(api: Api, syncline: Syncline, percent: str) -> None:
    with_profile(api)
    code, _, err = syncline("profile", "std", "--set", f"A=B:{percent}")
    assert code == 2
    assert "10 sells 10 % above it" in err
    assert api.sent("PUT") == []


def test_a_tenant_is_left_out_with_a_reason_and_taken_back(api: Api, syncline: Syncline) -> None:
    with_invoice(api, tenant(tenant_name="Contoso", version=9))
    api.on("PUT", f"{INVOICE}/tenants/{TENANT}/ignore", {"version": 10})
    assert syncline("ignore", "G1", "Contoso", "--reason", "billed elsewhere")[0] == 0
    assert syncline("ignore", "G1", "Contoso", "--undo")[0] == 0
    assert api.sent("PUT") == [{"reason": "billed elsewhere"}, {"reason": None}]
    assert [one.headers["If-Match"] for one in api.asked if one.method == "PUT"] == ['"9"'] * 2
    assert syncline("ignore", "G1", "Contoso")[0] == 2


def test_two_tenants_of_one_name_are_told_apart_by_id_and_amount(
    api: Api, syncline: Syncline
) -> None:
    twins = [tenant(tenant_name="Kelly"), tenant(tenant_name="Kelly", tenant_id=OTHER, cost="7")]
    with_invoice(api, *twins)
    api.on("GET", f"{BASE}/holds", {"rows": [hold(tenant_name="Kelly")]})
    api.on("GET", f"{BASE}/mappings", {"mappings": []})
    code, _, err = syncline("map", "Kelly", "--client", "Kelly")  # though only one of them waits
    assert code == 1
    assert f"{TENANT}  Kelly, cost 1,234.50" in err
    assert f"{OTHER}  Kelly, cost 7.00" in err
    out = syncline("show", "G1")[1]
    assert TENANT in out
    assert OTHER in out


def test_a_token_for_an_operator_is_told_once(api: Api, syncline: Syncline) -> None:
    api.on("POST", "/v1/tokens", {"token": "slt_new", "view": {}}, 201)
    code, out, _ = syncline("token", "ops", "--operator")
    assert (code, out.splitlines()[0]) == (0, "slt_new")
    assert api.sent("POST") == [{"name": "ops", "operator": True}]


def test_a_role_that_is_none_is_2(syncline: Syncline) -> None:
    assert syncline("token", "bob", "--role", "king")[0] == 2


def test_a_user_is_given_access_and_it_is_taken_back(api: Api, syncline: Syncline) -> None:
    path = f"{BASE}/users/kim@example.com"
    api.on("PUT", path, {"email": "kim@example.com"})
    api.on("DELETE", path, {"email": "kim@example.com"})
    code, out, _ = syncline("user", "kim@example.com", "--name", "Kim", "--role", "billing")
    assert (code, out) == (0, "kim@example.com may sign in: billing of acme.\n")
    assert api.sent("PUT") == [{"name": "Kim", "role": "billing"}]
    code, out, _ = syncline("user", "--revoke", "kim@example.com")
    assert (code, out) == (0, "kim@example.com no longer reaches acme.\n")
