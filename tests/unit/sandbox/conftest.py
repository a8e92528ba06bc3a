"""A sandbox in this process, with one organisation and its token."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_sandbox.app import create_app
from syncline_sandbox.decimals import load_json

CLIENT = {"client_id": "acme-client", "client_secret": "acme-secret"}


@dataclass
class Xero:
    """Calls of one client."""

    http: httpx.AsyncClient
    org: str
    contact: str
    token: str = ""

    async def login(self) -> None:
        answer = await self.http.post(
            "/identity/connect/token",
            data={"grant_type": "client_credentials"},
            auth=(CLIENT["client_id"], CLIENT["client_secret"]),
        )
        self.token = answer.json()["access_token"]

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.http.request(method, f"/api.xro/2.0{path}", headers=headers, **options)

    def bill(self, number: str, *amounts: str, **fields: Any) -> dict[str, Any]:
        lines = [
            {
                "ItemCode": "AZ-CONS",
                "Description": "Azure consumption",
                "Quantity": 1,
                "UnitAmount": float(amount),
                "AccountCode": "200",
                "TaxType": "OUTPUT",
            }
            for amount in amounts
        ]
        return {
            "Type": "ACCREC",
            "Status": "DRAFT",
            "Contact": {"ContactID": self.contact},
            "InvoiceNumber": number,
            "Date": "2026-11-05",
            "LineAmountTypes": "Exclusive",
            "CurrencyCode": "AUD",
            "LineItems": lines,
            **fields,
        }

    async def put(self, *bills: dict[str, Any], **options: Any) -> httpx.Response:
        query = "?unitdp=4&summarizeErrors=false"
        return await self.call("PUT", f"/Invoices{query}", json={"Invoices": bills}, **options)

    async def stored(self) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/_sandbox/xero/{self.org}/invoices")
        return list(answer.json())

    async def stats(self) -> dict[str, Any]:
        return dict((await self.http.get(f"/_sandbox/xero/{self.org}/stats")).json())

    async def fault(self, **spec: Any) -> None:
        answer = await self.http.post("/_sandbox/faults", json={"target": "xero", **spec})
        assert answer.status_code == 201, answer.text


def first(answer: httpx.Response) -> dict[str, Any]:
    """Return the first invoice of an answer, fractions as decimals."""
    return dict(load_json(answer.content)["Invoices"][0])


def messages(row: dict[str, Any]) -> list[str]:
    """Return the validation errors of an element."""
    return [error["Message"] for error in row.get("ValidationErrors", [])]


def money(text: str) -> Decimal:
    """Shorten `Decimal` in tables."""
    return Decimal(text)


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(tmp_path)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client
    app.close()


@pytest.fixture
async def xero(http: httpx.AsyncClient) -> Xero:
    order = {
        **CLIENT,
        "currencies": ["USD"],
        "limits": {"per_minute": 1000},
        "tenant_contacts": {"seed": 1, "tenants": 5},
    }
    made = (await http.post("/_sandbox/organisations", json=order)).json()
    caller = Xero(http, made["organisation_id"], made["contacts"][0]["contact_id"])
    await caller.login()
    return caller
