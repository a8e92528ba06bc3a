"""Lists in pages, sums and files of lines, documents, picks, price changes: what REST has."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from syncline_cli.command import app

from tests.unit.cli.conftest import Answer, Api, Syncline
from tests.unit.cli.samples import BASE, INVOICE, KEY, TENANT, hold, invoice, tenant

LINES = f"{INVOICE}/tenants/{TENANT}"
GROUP = {"key": "s1", "label": "Production", "lines": 3, "cost": "10.125", "sell": "11.5"}
TIE: dict[str, Any] = {
    "invoice_no": "G1",
    "currency": "AUD",
    "tolerance": "1.00",
    "is_tied": False,
    "gap_count": 1,
    "gaps": [
        {
            "tenant_id": TENANT,
            "tenant_name": "Contoso",
            "kind": "consumption",
            "billing": "10",
            "detail": "12.5",
            "difference": "2.5",
        }
    ],
}


@pytest.fixture(autouse=True)
def _one_invoice(api: Api) -> None:
    api.on("GET", f"{BASE}/invoices", {"invoices": [invoice()], "next_cursor": None})
    api.on("GET", INVOICE, {"invoice": invoice(), "tenants": [tenant()]})


def test_a_list_in_pages_is_read_to_its_end(api: Api, syncline: Syncline) -> None:
    def pages(request: httpx.Request) -> Answer:
        is_first = "cursor" not in request.url.params
        row = hold(tenant_name="First" if is_first else "Second", state="ignored")
        return 200, {"rows": [row], "next_cursor": "c" if is_first else None}

    api.answers["GET", f"{BASE}/holds"] = pages
    code, out, _ = syncline("holds", "--json")
    assert code == 0
    assert [row["tenant_name"] for row in json.loads(out)["rows"]] == ["First", "Second"]


def test_profiles_of_all_pages_stand_with_all_their_assignments(
    api: Api, syncline: Syncline
) -> None:
    def pages(request: httpx.Request) -> Answer:
        name = "second" if "cursor" in request.url.params else "first"
        profile = {
            "profile_id": name,
            "is_default": False,
            "settings": {"name": name, "entries": []},
        }
        given = {"tenant_id": name, "vendor_item": None, "profile_id": name, "version": 1}
        more = "c" if name == "first" else None
        whole = {"pricing_version": 2, "profiles": [profile], "assignments": [given]}
        return 200, {**whole, "next_cursor": more}

    api.answers["GET", f"{BASE}/profiles"] = pages
    found = json.loads(syncline("profile", "--json")[1])
    assert [one["profile_id"] for one in found["profiles"]] == ["first", "second"]
    assert [one["tenant_id"] for one in found["assignments"]] == ["first", "second"]


def test_the_lines_are_summed_by_what_was_asked_for(api: Api, syncline: Syncline) -> None:
    answer = {"groups": [GROUP], "lines": 3, "cost": "10.125", "sell": "11.5"}
    api.on("GET", f"{LINES}/line-groups", answer)
    code, out, _ = syncline("breakdown", "G1", "-t", "contoso", "--by", "day", "--item", "AZ")
    assert code == 0
    assert "Production" in out
    assert "10.125" in out
    assert dict(api.asked[-1].url.params) == {"by": "day", "vendor_item": "AZ"}


def test_all_lines_come_as_a_file_that_replaces_another_only_when_it_is_whole(
    api: Api, syncline: Syncline, tmp_path: Path
) -> None:
    file = tmp_path / "lines.csv"
    api.on("GET", f"{LINES}/export", "row,cost\n1,2\n")
    assert syncline("breakdown", "G1", "-t", TENANT, "-o", str(file))[0] == 0
    assert file.read_text() == "row,cost\n1,2\n"
    assert dict(api.asked[-1].url.params) == {"format": "csv"}
    api.refuse("GET", f"{LINES}/export", 422, "A sheet holds 1,048,575 rows.")
    code, _, err = syncline("breakdown", "G1", "-t", TENANT, "-o", str(file))
    assert (code, file.read_text()) == (1, "row,cost\n1,2\n")
    assert "A sheet holds" in err
    assert list(tmp_path.iterdir()) == [file]
    assert syncline("breakdown", "G1", "-t", TENANT, "-o", str(tmp_path / "x.doc"))[0] == 2


def test_usage_that_does_not_tie_ends_with_4_and_says_where(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{INVOICE}/usage-tie", TIE)
    code, out, _ = syncline("usage", "G1")
    assert code == 4
    assert "DOES NOT TIE" in out
    assert "2.5" in out
    api.on("GET", f"{INVOICE}/usage-tie", {**TIE, "is_tied": True, "gaps": []})
    assert syncline("usage", KEY)[0] == 0


def test_a_refused_document_says_row_column_and_why(api: Api, syncline: Syncline) -> None:
    refused = {
        "received_at": "2026-11-01T00:00:00Z",
        "source_id": "upload",
        "name": "recon.csv",
        "status": "rejected",
        "row": 7,
        "column": "Quantity",
        "message": "It is no number.",
    }
    api.on("GET", f"{BASE}/documents", {"documents": [refused], "next_cursor": "c"})
    code, out, _ = syncline("documents", "--limit", "1")
    assert code == 0
    assert "row 7, column Quantity, It is no number." in out
    assert "There are more" in out


def test_products_are_searched_in_the_partners_own_psa(api: Api, syncline: Syncline) -> None:
    api.on("GET", BASE, {"settings": {"connector": "xero", "connection_id": "main"}})
    connector = {"name": "xero", "picks": {"product": "items"}}
    api.on("GET", "/v1/connectors", {"connectors": [connector]})
    place = f"{BASE}/connectors/xero/connections/main/picks/items"
    item = {"id": "AZ-1", "name": "Azure", "detail": "", "inactive": True}
    api.on("GET", place, {"items": [item]})
    code, out, _ = syncline("pick", "product", "azure")
    assert code == 0
    assert "AZ-1" in out
    assert "(not active)" in out
    assert api.asked[-1].url.params["text"] == "azure"
    api.on("GET", place, {"items": []})
    assert syncline("pick", "product")[0] == 3


def test_who_changed_prices_is_told(api: Api, syncline: Syncline) -> None:
    entry = {"at": "2026-11-01T00:00:00Z", "actor": "ann", "what": "Billing profile was changed."}
    api.on("GET", f"{BASE}/price-changes", {"entries": [entry]})
    assert "Billing profile was changed." in syncline("prices")[1]
    api.on("GET", f"{BASE}/price-changes", {"entries": []})
    assert "Nobody has changed prices yet." in syncline("prices")[1]


def test_the_readme_names_every_command() -> None:
    readme = (Path(__file__).parents[3] / "cli/README.md").read_text()
    commands = typer.main.get_group(app).commands
    assert [name for name in commands if f"`{name}" not in readme] == []
