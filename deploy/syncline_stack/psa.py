"""The partner's own PSA in the sandbox: made, opened by a connection, and looked at from behind."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from syncline_stack.api import Face

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A record that counts there, as the PSA itself has it."""

    external_key: str
    amount: Decimal
    """Before tax."""


class Psa(ABC):
    """One partner's PSA."""

    connector: ClassVar[str]
    title: ClassVar[str]
    record: ClassVar[str]
    """What a record is called there, in the plural."""
    clients: ClassVar[str]
    """Pick list of clients."""
    agreements: ClassVar[str | None]
    """Pick list of agreements or contracts, where charges are billed through them."""
    owner: str
    """What the sandbox calls it."""

    @abstractmethod
    def make(self, names: Sequence[str], products: Sequence[str]) -> Json:
        """Make it with these clients and products; the form that opens it."""

    @abstractmethod
    def standing(self) -> list[Standing]:
        """Every record that counts."""

    @abstractmethod
    def stats(self) -> Json:
        """How often it was called and written to."""


class Xero(Psa):
    """An organisation, opened by a custom connection."""

    connector, title, record = "xero", "Xero", "documents"
    clients, agreements = "contacts", None

    def __init__(self, sandbox: Face, url: str, partner: str) -> None:
        self._sandbox, self._url, self._partner = sandbox, url, partner
        self.owner = ""

    def make(self, names: Sequence[str], products: Sequence[str]) -> Json:
        """See `Psa.make`; the organisation has the products already."""
        secret = f"secret-of-{self._partner}"
        made = self._sandbox.post(
            "/_sandbox/organisations",
            {
                "client_id": self._partner,
                "client_secret": secret,
                "name": f"{self._partner} Pty Ltd",
                "contacts": [{"name": name} for name in names],
            },
        )
        self.owner = made["organisation_id"]
        return {
            "client_id": self._partner,
            "client_secret": secret,
            "api_url": f"{self._url}/api.xro/2.0",
            "identity_url": f"{self._url}/identity/connect/token",
        }

    def documents(self) -> list[Json]:
        """The raw records, deleted ones too."""
        found: list[Json] = self._sandbox.get(f"/_sandbox/xero/{self.owner}/invoices")
        return found

    def standing(self) -> list[Standing]:
        """See `Psa.standing`."""
        return [
            Standing(
                "SL-" + one["number"].rsplit("-", 1)[-1],
                Decimal(one["sub_total"]) * (-1 if one["kind"] == "credit_note" else 1),
            )
            for one in self.documents()
            if one["status"] not in ("DELETED", "VOIDED")
        ]

    def stats(self) -> Json:
        """See `Psa.stats`."""
        found: Json = self._sandbox.get(f"/_sandbox/xero/{self.owner}/stats")
        return found


class ConnectWise(Psa):
    """A system with a company and a monthly agreement per client."""

    connector, title, record = "connectwise", "ConnectWise", "agreement additions"
    clients, agreements = "companies", "agreements"

    def __init__(self, sandbox: Face, url: str, partner: str) -> None:
        self._sandbox, self._url, self.owner = sandbox, url, partner

    def make(self, names: Sequence[str], products: Sequence[str]) -> Json:
        """See `Psa.make`."""
        keys = {
            "company_id": self.owner,
            "public_key": f"public-{self.owner}",
            "private_key": f"private-{self.owner}",
            "client_id": "4b1d0f2e-6f0a-4c1b-8f55-2f3b7a9c1d20",
        }
        made = {"companies": list(names), "products": [{"identifier": one} for one in products]}
        self._sandbox.post("/_sandbox/connectwise/systems", {**keys, **made})
        return {**keys, "api_url": f"{self._url}/v4_6_release/apis/3.0"}

    def standing(self) -> list[Standing]:
        """See `Psa.standing`."""
        return [
            Standing(one["serial_number"], Decimal(one["quantity"]) * Decimal(one["unit_price"]))
            for one in self._sandbox.get(f"/_sandbox/connectwise/{self.owner}/additions")
        ]

    def stats(self) -> Json:
        """See `Psa.stats`."""
        found: Json = self._sandbox.get(f"/_sandbox/connectwise/{self.owner}/stats")
        return found


class Autotask(Psa):
    """A database with a company and a recurring contract per client."""

    connector, title, record = "autotask", "Autotask", "contract charges"
    clients, agreements = "companies", "contracts"

    def __init__(self, sandbox: Face, url: str, partner: str) -> None:
        self._sandbox, self._url, self.owner = sandbox, url, f"api@{partner}.example"

    def make(self, names: Sequence[str], products: Sequence[str]) -> Json:
        """See `Psa.make`."""
        keys = {
            "user_name": self.owner,
            "secret": f"secret-of-{self.owner}",
            "integration_code": "SYNCLINE0000000000000000000",
        }
        made = {"companies": list(names), "codes": list(products)}
        self._sandbox.post("/_sandbox/autotask/systems", {**keys, **made})
        return {**keys, "zone_url": f"{self._url}/ATServicesRest"}

    def standing(self) -> list[Standing]:
        """See `Psa.standing`."""
        return [
            Standing(one["internalPurchaseOrderNumber"], Decimal(one["billableAmount"]))
            for one in self._sandbox.get(f"/_sandbox/autotask/{self.owner}/charges")
        ]

    def stats(self) -> Json:
        """See `Psa.stats`."""
        found: Json = self._sandbox.get(f"/_sandbox/autotask/{self.owner}/stats")
        return found


KINDS: dict[str, type[Xero] | type[ConnectWise] | type[Autotask]] = {
    kind.connector: kind for kind in (Xero, ConnectWise, Autotask)
}
