"""Calls of one API user to the sandbox's Autotask."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

API = "/zone6/ATServicesRest/V1.0"
USER = "api@acme.example"


@dataclass
class Autotask:
    """A database with three customers."""

    http: httpx.AsyncClient
    headers: dict[str, str]
    companies: list[int]
    contracts: list[int]
    codes: dict[str, int]
    charge_type: int = 0

    @property
    def charges(self) -> str:
        return f"/Contracts/{self.contracts[0]}/Charges"

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.http.request(method, API + path, headers=self.headers, **options)

    async def search(self, entity: str, *conditions: dict[str, Any]) -> httpx.Response:
        return await self.call("POST", f"/{entity}/query", json={"filter": list(conditions)})

    def body(self, **fields: Any) -> dict[str, Any]:
        body = {
            "contractID": self.contracts[0],
            "name": "Azure",
            "chargeType": self.charge_type,
            "datePurchased": "2026-10-31T00:00:00Z",
            "unitQuantity": 1,
            "unitPrice": 12.5,
            "billingCodeID": self.codes["AZ"],
            "isBillableToCompany": True,
            "internalPurchaseOrderNumber": "SL-1",
            **fields,
        }
        return {name: value for name, value in body.items() if value is not None}

    async def post(self, **fields: Any) -> httpx.Response:
        return await self.call("POST", self.charges, json=self.body(**fields))

    async def stored(self) -> list[dict[str, Any]]:
        return list((await self.http.get(f"/_sandbox/autotask/{USER}/charges")).json())

    async def stats(self) -> dict[str, Any]:
        return dict((await self.http.get(f"/_sandbox/autotask/{USER}/stats")).json())

    async def set(self, **fields: Any) -> None:
        await self.http.patch(f"/_sandbox/autotask/systems/{USER}", json=fields)

    async def edit(self, entity: str, identity: int, **fields: Any) -> None:
        answer = await self.http.post(f"/_sandbox/autotask/{USER}/{entity}/{identity}", json=fields)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def autotask(http: httpx.AsyncClient) -> Autotask:
    order = {
        "user_name": USER,
        "secret": "geheim",
        "integration_code": "CODE",
        "companies": ["One", "Two", "Three"],
        "codes": ["AZ"],
        "services": ["Azure plan"],
    }
    answer = await http.post("/_sandbox/autotask/systems", json=order)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    headers = {"UserName": USER, "ApiIntegrationCode": "CODE", "Secret": "geheim"}
    caller = Autotask(http, headers, made["companies"], made["contracts"], made["codes"])
    fields = (await caller.call("GET", "/ContractCharges/entityInformation/fields")).json()
    (kind,) = [field for field in fields["fields"] if field["name"] == "chargeType"]
    caller.charge_type = int(kind["picklistValues"][0]["value"])
    return caller


def errors(answer: httpx.Response) -> list[str]:
    """Return the sentences of an error body."""
    return list(answer.json()["errors"])
