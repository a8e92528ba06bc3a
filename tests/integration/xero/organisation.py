"""An organisation of the sandbox's Xero, as any PSA and with what only Xero has."""

from decimal import Decimal
from typing import Any

from syncline_chassis.testing.psa import Arrival, Standing, Trouble, Verb, names

from tests.integration.sandbox import Sandbox, arrivals_of

SIGNS = {"invoice": 1, "credit_note": -1}
WHERE: dict[Verb, dict[str, str]] = {
    "read": {"route": "/Invoices"},
    "look_up": {"route": "/(?!Invoices|CreditNotes)[A-Za-z]+$"},
    "update": {"match": "LineItems"},
    "delete": {"match": "DELETED"},
}
METHODS: dict[Verb, str] = {
    "create": "PUT",
    "update": "POST",
    "delete": "POST",
    "read": "GET",
    "look_up": "GET",
}


class Organisation:
    """One organisation of the sandbox, with its contacts."""

    def __init__(
        self, sandbox: Sandbox, name: str, contacts: int, odd_name: str = "", **fields: Any
    ) -> None:
        if odd_name:
            fields["items"] = [{"code": odd_name, "name": odd_name, "account_code": "200"}]
        self.sandbox = sandbox
        self.client_id = name
        self.client_secret = f"geheim-{name}"
        made = sandbox.ask(
            "POST",
            "organisations",
            client_id=name,
            client_secret=self.client_secret,
            name=name,
            contacts=[{"name": one} for one in names(contacts, odd_name)],
            **fields,
        )
        self.org: str = made["organisation_id"]
        self.contacts: list[str] = [one["contact_id"] for one in made["contacts"]]

    def form(self, **fields: str) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "api_url": f"{self.sandbox.url}/api.xro/2.0",
            "identity_url": f"{self.sandbox.url}/identity/connect/token",
            **fields,
        }

    def consent(self, client_id: str = "") -> dict[str, str]:
        """What a person's consent gives an app of the other kind."""
        app = {"client_id": client_id or f"{self.client_id}-app", "client_secret": "geheim-app"}
        given = self.sandbox.ask("POST", f"organisations/{self.org}/consents", **app)
        return {"grant": "authorisation_code", **app, "refresh_token": given["refresh_token"]}

    def age_tokens(self, minutes: int) -> None:
        self.sandbox.ask("POST", f"organisations/{self.org}/age-tokens", seconds=60 * minutes)

    def invoices(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.ask("GET", f"xero/{self.org}/invoices")
        return found

    def writes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.ask("GET", f"xero/{self.org}/writes")
        return found

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sandbox.ask("GET", f"xero/{self.org}/stats")
        return found

    def edit(self, number: str, **fields: Any) -> None:
        self.sandbox.ask("POST", f"xero/{self.org}/invoices/{number}", **fields)

    def fault(self, kind: str, **fields: Any) -> str:
        return self.sandbox.fault("xero", kind, self.org, **fields)

    # -- as any PSA --------------------------------------------------------------------------

    connector = "xero"

    @property
    def secrets(self) -> tuple[str, ...]:
        path = f"organisations/{self.org}/tokens"
        return (self.client_secret, *self.sandbox.ask("GET", path))

    def client(self, number: int) -> str:
        return self.contacts[number]

    def agreement(self, number: int) -> None:
        return None

    def wrong_form(self) -> dict[str, str]:
        return {"client_secret": "wrong-secret"}

    def rotating_form(self) -> dict[str, str]:
        return self.consent()

    def outlive_tokens(self) -> None:
        self.age_tokens(31)

    def standing(self) -> list[Standing]:
        gone = ("DELETED", "VOIDED")
        return [
            Standing(
                one["number"],
                Decimal(one["sub_total"]) * SIGNS[one["kind"]],
                one["contact_id"],
            )
            for one in self.invoices()
            if one["status"] not in gone
        ]

    def writes_sent(self) -> int:
        return int(self.stats()["write_requests"])

    def arrivals(self) -> list[Arrival]:
        return arrivals_of(self.sandbox, f"xero/{self.org}")

    def trouble(self, kind: Trouble, verb: Verb, **fields: Any) -> str:
        return self.fault(kind, method=METHODS[verb], **WHERE.get(verb, {}), **fields)

    def fired(self, fault_id: str) -> int:
        return self.sandbox.fired(fault_id)

    def let_go(self) -> None:
        self.sandbox.ask("DELETE", "faults")

    def meddle(self, label: str, amount: Decimal) -> None:
        (kind,) = [one["kind"] for one in self.invoices() if one["number"] == label]
        self.edit(label, lines=[{"index": 0, "unit_amount": str(amount * SIGNS[kind])}])

    def remove(self, label: str) -> None:
        self.edit(label, status="DELETED")

    def invoice(self, label: str) -> None:
        self.edit(label, status="AUTHORISED")
