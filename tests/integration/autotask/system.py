"""An Autotask database of the sandbox, as any PSA and with what only Autotask has."""

from decimal import Decimal
from typing import Any

from syncline_chassis.testing.psa import Arrival, Standing, Trouble, Verb, names

from tests.integration.sandbox import Sandbox, arrivals_of

METHODS: dict[Verb, str] = {
    "create": "POST",
    "update": "PATCH",
    "delete": "DELETE",
    "read": "POST",
    "look_up": "POST",
}
ROUTES: dict[Verb, str] = {
    "read": "ContractCharges/query",
    "look_up": "/(?!ContractCharges)[A-Za-z]+/query",
}
CODES, SERVICES = ("AZ-CONS", "AZ-RI"), ("Azure plan",)


class AutotaskSystem:
    """One service provider with customers, each with one recurring contract."""

    connector = "autotask"

    def __init__(
        self, sandbox: Sandbox, name: str, companies: int, odd_name: str = "", **fields: Any
    ) -> None:
        codes = [*CODES, odd_name] if odd_name else CODES
        self.sandbox = sandbox
        self.user = f"api@{name}.example"
        self.keys = {
            "user_name": self.user,
            "secret": f"geheim-{name}",
            "integration_code": f"CODE-{name}",
        }
        self.made = sandbox.ask(
            "POST",
            "autotask/systems",
            **self.keys,
            companies=names(companies, odd_name),
            **{"codes": codes, "services": SERVICES, **fields},
        )
        self.companies: list[int] = self.made["companies"]
        self.contracts: list[int] = self.made["contracts"]

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.keys["secret"], self.keys["integration_code"])

    def client(self, number: int) -> str:
        return str(self.companies[number])

    def agreement(self, number: int) -> str:
        return str(self.contracts[number])

    def form(self, **fields: str) -> dict[str, str]:
        return {**self.keys, "zone_url": f"{self.sandbox.url}/ATServicesRest", **fields}

    def wrong_form(self) -> dict[str, str]:
        return {"secret": "not-it"}

    def charges(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.ask("GET", f"autotask/{self.user}/charges")
        return found

    def standing(self) -> list[Standing]:
        return [
            Standing(
                _label(one),
                Decimal(one["billableAmount"]),
                self.client(self.contracts.index(one["contractID"])),
            )
            for one in self.charges()
        ]

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sandbox.ask("GET", f"autotask/{self.user}/stats")
        return found

    def writes_sent(self) -> int:
        return int(self.stats()["write_requests"])

    def arrivals(self) -> list[Arrival]:
        return arrivals_of(self.sandbox, f"autotask/{self.user}")

    def trouble(self, kind: str | Trouble, verb: Verb, **fields: Any) -> str:
        return self.sandbox.fault(
            "autotask",
            kind,
            self.user,
            method=METHODS[verb],
            route=ROUTES.get(verb, "/Charges"),
            **fields,
        )

    def fired(self, fault_id: str) -> int:
        return self.sandbox.fired(fault_id)

    def let_go(self) -> None:
        self.sandbox.ask("DELETE", "faults")

    def meddle(self, label: str, amount: Decimal) -> None:
        self._edit(label, unit_price=str(amount))

    def remove(self, label: str) -> None:
        self._edit(label, remove=True)

    def invoice(self, label: str) -> None:
        self._edit(label, billed=True)

    def set(self, **fields: Any) -> None:
        self.sandbox.ask("PATCH", f"autotask/systems/{self.user}", **fields)

    def edit(self, entity: str, identity: int, **fields: Any) -> None:
        self.sandbox.ask("POST", f"autotask/{self.user}/{entity}/{identity}", **fields)

    def _edit(self, label: str, **fields: Any) -> None:
        (one,) = [one for one in self.charges() if _label(one) == label]
        self.sandbox.ask("POST", f"autotask/{self.user}/charges/{one['id']}", **fields)


def _label(charge: dict[str, Any]) -> str:
    return f"{charge['name']} {charge['internalPurchaseOrderNumber']}"
