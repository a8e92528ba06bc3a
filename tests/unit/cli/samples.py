"""Answers of the API."""

from typing import Any

KEY = "4w54beftvh8ctnfg"
TENANT = "9665ef6e-b490-4523-b444-44b3d0de6355"
BASE = "/v1/partners/acme"
INVOICE = f"{BASE}/invoices/{KEY}"


def invoice(**changes: Any) -> dict[str, Any]:
    ties = dict.fromkeys(
        ("document_cost", "lines_cost", "charges_cost", "charges_sell_exact"), "1234.5"
    )
    return {
        "invoice_key": KEY,
        "invoice_no": "G1",
        "billing_month": "2026-10",
        "source_id": "upload",
        "currency": "AUD",
        "revision": 1,
        "status": "needs_attention",
        "version": 3,
        "tenants": 1,
        "tenants_by_state": {"held": 1},
        "lines": 1200,
        "cost": "1234.5",
        "rrp": "1300",
        "sell": "1300.00",
        "residual": "0.001",
        "held_cost": "1234.5",
        "tie_out": {
            **ties,
            "charges_sell": "1300.00",
            "residual": "0.001",
            "planned": None,
            "psa": None,
            "ties": True,
        },
        **changes,
    }


def tenant(**changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "tenant_name": "Contoso [bold]Pty[/bold] Ltd",
        "state": "held",
        "version": 1,
        "lines": 1200,
        "cost": "1234.5",
        "rrp": "1300",
        "sell": "1300.00",
        "holds": [{"code": "client_not_mapped", "message": "Map it.", "fix": "mapping"}],
        "records": [],
        "failure": None,
        "ignored_reason": None,
        **changes,
    }


def hold(**changes: Any) -> dict[str, Any]:
    row = {name: value for name, value in tenant().items() if name != "version"}
    more = {"invoice_key": KEY, "invoice_no": "G1", "since": "2026-11-01T00:00:00Z"}
    return {**row, **more, **changes}


def plan(action: str = "create") -> dict[str, Any]:
    write = {"action": action, "amount_before": None, "amount": "1300.00", "label": "AZ-1"}
    return {
        "tenant_id": TENANT,
        "tenant_name": "Contoso",
        "status": "made",
        "failure": None,
        "plan": {"plan_hash": "h1", "total": "1300.00", "writes": [write]},
    }
