"""A ConnectWise system of the sandbox, as any PSA and with what only ConnectWise has."""

import base64
from decimal import Decimal
from typing import Any

from syncline_chassis.testing.psa import Arrival, Standing, Trouble, Verb, names

from tests.integration.sandbox import Sandbox, arrivals_of

METHODS: dict[Verb, str] = {
    "create": "POST",
    "update": "PATCH",
    "delete": "DELETE",
    "read": "GET",
    "look_up": "GET",
}
ROUTES: dict[Verb, str] = {"read": "/additions", "look_up": "^(?!.*/additions)"}
PRODUCTS = ("AZ-CONS", "AZ-RI")


class ConnectWiseSystem:
    """One service provider with customers, each with one agreement."""

    connector = "connectwise"

    def __init__(
        self, sandbox: Sandbox, name: str, companies: int, odd_name: str = "", **fields: Any
    ) -> None:
        products = [*PRODUCTS, odd_name] if odd_name else PRODUCTS
        self.sandbox = sandbox
        self.name = name
        self.keys = {
            "company_id": name,
            "public_key": f"public-{name}",
            "private_key": f"privat-{name}",
            "client_id": f"00000000-0000-4000-8000-{name[-10:]}",
        }
        made = sandbox.ask(
            "POST",
            "connectwise/systems",
            **self.keys,
            companies=names(companies, odd_name),
            **{"products": [{"identifier": one} for one in products], **fields},
        )
        self.companies: list[int] = made["companies"]
        self.agreements: list[int] = made["agreements"]

    @property
    def secrets(self) -> tuple[str, ...]:
        keys = "{company_id}+{public_key}:{private_key}".format(**self.keys)
        encoded = base64.b64encode(keys.encode()).decode()
        return (self.keys["private_key"], self.keys["client_id"], encoded)

    def client(self, number: int) -> str:
        return str(self.companies[number])

    def agreement(self, number: int) -> str:
        return str(self.agreements[number])

    def form(self, **fields: str) -> dict[str, str]:
        return {**self.keys, "api_url": f"{self.sandbox.url}/v4_6_release/apis/3.0", **fields}

    def wrong_form(self) -> dict[str, str]:
        return {"private_key": "not-it"}

    def additions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.ask("GET", f"connectwise/{self.name}/additions")
        return found

    def standing(self) -> list[Standing]:
        return [
            Standing(
                self._label(one),
                Decimal(one["quantity"]) * Decimal(one["unit_price"]),
                self.client(self.agreements.index(one["agreement_id"])),
            )
            for one in self.additions()
        ]

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sandbox.ask("GET", f"connectwise/{self.name}/stats")
        return found

    def writes_sent(self) -> int:
        return int(self.stats()["write_requests"])

    def arrivals(self) -> list[Arrival]:
        return arrivals_of(self.sandbox, f"connectwise/{self.name}")

    def trouble(self, kind: Trouble, verb: Verb, **fields: Any) -> str:
        return self.sandbox.fault(
            "connectwise",
            kind,
            self.name,
            method=METHODS[verb],
            route=ROUTES.get(verb, ""),
            **fields,
        )

    def ignore(self, field: str) -> None:
        """The next update leaves this field as it was, and answers that all is well."""
        fault = {"target": "connectwise", "kind": "ignored_field", "org": self.name}
        self.sandbox.ask("POST", "faults", **fault, method="PATCH", field=field)

    def fired(self, fault_id: str) -> int:
        return self.sandbox.fired(fault_id)

    def let_go(self) -> None:
        self.sandbox.ask("DELETE", "faults")

    def meddle(self, label: str, amount: Decimal) -> None:
        self._edit(label, unit_price=str(amount))

    def remove(self, label: str) -> None:
        self._edit(label, remove=True)

    def invoice(self, label: str) -> None:
        self._edit(label, billed_quantity="1")

    def set(self, **fields: Any) -> None:
        self.sandbox.ask("PATCH", f"connectwise/systems/{self.name}", **fields)

    def edit_agreement(self, number: int, **fields: Any) -> None:
        path = f"connectwise/{self.name}/agreements/{self.agreements[number]}"
        self.sandbox.ask("POST", path, **fields)

    def edit_company(self, number: int, **fields: Any) -> None:
        path = f"connectwise/{self.name}/companies/{self.companies[number]}"
        self.sandbox.ask("POST", path, **fields)

    def invoice_agreement(self, number: int) -> dict[str, Any]:
        """A person invoices the open period: its days, and its lines with their amounts."""
        path = f"connectwise/{self.name}/agreements/{self.agreements[number]}/invoice"
        billed: dict[str, Any] = self.sandbox.ask("POST", path)
        return billed

    def _edit(self, label: str, **fields: Any) -> None:
        (one,) = [one for one in self.additions() if self._label(one) == label]
        self.sandbox.ask("POST", f"connectwise/{self.name}/additions/{one['id']}", **fields)

    def _label(self, addition: dict[str, Any]) -> str:
        products = self.sandbox.ask("GET", f"connectwise/{self.name}/products")
        names = {one["id"]: one["identifier"] for one in products}
        return f"{names[addition['product_id']]} {addition['serial_number']}"
