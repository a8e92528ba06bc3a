"""The road of an invoice, walked from outside: by REST, the sandbox's control and a folder."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
from syncline_sandbox.invoices import DistributorInvoice
from syncline_sandbox.tenants import contact_names, make_tenants

from syncline_stack.api import Face, RefusedError, until
from syncline_stack.psa import KINDS, Json, Psa, Xero
from syncline_stack.stack import Stack

PERCENTS = {
    "AZ-CONS": "10",
    "AZ-RI": "0",
    "AZ-SP": "-5",
    "AZ-MKT": "7.5",
    "AZ-CREDIT": "0",
    "AZURE-CONSUMPTION": "10",
    "AZURE-RESERVATION": "0",
    "AZURE-SAVINGS-PLAN": "-5",
    "MICROSOFT-SEAT": "12",
    "AZURE-CREDIT": "0",
    "MICROSOFT-MARKETPLACE": "7.5",
    "MICROSOFT-SOFTWARE-SUBSCRIPTION": "0",
    "MICROSOFT-PERPETUAL-SOFTWARE": "0",
}
"""Vendor item -> Percentage Off RRP of the billing profile that the road uses."""
POLICIES = {"seat": "15", "reservation": "12", "savings_plan": "12"}
"""Line kind -> percent on cost, where the supplier says nothing that an RRP follows from."""
IN_PSA = ("synced", "verified")
NOT_MAPPED = "client_not_mapped"
AT_REST = (*IN_PSA, "held", "ignored", "nothing_to_bill", "failed", "drifted", "superseded")


@dataclass
class Road:
    """One partner on a stack, with an account at the distributor and a PSA."""

    stack: Stack
    partner: str = "acme-it"
    people: int = 40
    seed: int = 1
    connector: str = "xero"
    connection: Json = field(default_factory=dict)
    """Fields of the connection form that differ."""
    on_progress: Callable[[Json], None] = lambda details: None
    """Told of an invoice's details at every look while waiting for it."""

    def __post_init__(self) -> None:
        self.portal = Face(self.stack.portal_url, self.stack.keepsake.token)
        self.sandbox = Face(self.stack.sandbox_url)
        self.account = f"ACC-{self.partner}"
        self.psa: Psa = KINDS[self.connector](self.sandbox, self.stack.sandbox_url, self.partner)
        self._clients: list[Json] = []
        self._agreements: list[Json] = []

    @property
    def base(self) -> str:
        """Path of the partner in the API."""
        return f"/v1/partners/{self.partner}"

    @property
    def _connection(self) -> str:
        return f"{self.base}/connectors/{self.connector}/connections/main"

    # -- setting up --------------------------------------------------------------------------

    def set_up(self, *, connected: bool = True) -> None:
        """What an operator does once for a partner."""
        self.open_account()
        self.register(connected=connected)
        if connected:
            self.connect()
        self.set_up_profile()

    def open_account(self) -> None:
        """The distributor gives the partner an account."""
        self.sandbox.post(
            "/_sandbox/dicker/accounts",
            {"account_code": self.account, "access_token": f"access-of-{self.partner}"},
        )

    def register(self, *, connected: bool = True) -> None:
        """The register entry, made or changed."""
        entry = {
            "name": f"{self.partner} Pty Ltd",
            "currency": "AUD",
            "connector": self.connector if connected else None,
            "connection_id": "main" if connected else None,
            "rrp_policy": {
                kind: {"mode": "cost_plus", "percent": percent}
                for kind, percent in POLICIES.items()
            },
        }
        there = [
            one["version"]
            for one in until(lambda: self.portal.get("/v1/partners"), "the register")["partners"]
            if one["partner_id"] == self.partner
        ]
        self.portal.put(self.base, entry, version=there[0] if there else None)

    def connect(self) -> None:
        """A PSA, and the connection to it. Raises where the check fails."""
        names = contact_names(make_tenants(self.seed, self.people))
        form = self.psa.make(names, PRODUCTS) | self.connection
        until(lambda: self.portal.put(self._connection, {"form": form}), "the connection")
        checked = self.portal.post(f"{self._connection}/check")
        if checked["status"] != "working":
            raise RuntimeError(f"the connection is {checked['status']}: {checked['status_detail']}")

    def set_up_profile(self) -> None:
        """One billing profile for everything that the two invoices hold."""
        entries = [
            {
                "vendor_item": item,
                "product_id": _product(item),
                "product_name": item.replace("-", " ").title(),
                "percent_off_rrp": percent,
            }
            for item, percent in PERCENTS.items()
        ]
        self.portal.put(
            f"{self.base}/profiles/standard",
            {"name": "Standard", "entries": entries, "is_default": True},
        )

    def watch_the_feed(self) -> None:
        """Have ingest poll the distributor for this partner's account."""
        self.portal.put(
            f"{self.base}/sources/dicker",
            {
                "kind": "dicker_feed",
                "settings": {
                    "base_url": f"{self.stack.sandbox_url}/dicker",
                    "account_code": self.account,
                    "access_token": f"access-of-{self.partner}",
                    "poll_interval_s": 1,
                },
            },
        )

    # -- invoices ----------------------------------------------------------------------------

    def publish(self, invoice: DistributorInvoice) -> None:
        """The distributor issues an invoice."""
        self.sandbox.post(
            "/_sandbox/dicker/invoices",
            {"account_code": self.account, "invoice": invoice.to_feed()},
        )

    def drop(self, name: str, content: bytes) -> Path:
        """Put a file into the partner's inbox, whole at once."""
        inbox = self.stack.folder_root / self.partner / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        hidden = inbox.parent / f".{name}"
        hidden.write_bytes(content)
        return hidden.rename(inbox / name)

    def invoices(self) -> list[Json]:
        """The clerk's list."""
        found: list[Json] = self.portal.get(f"{self.base}/invoices")["invoices"]
        return found

    def invoice(self, number: str) -> Json | None:
        """An invoice of the list by the supplier's number."""
        return next((one for one in self.invoices() if one["invoice_no"] == number), None)

    def details(self, invoice_key: str) -> Json:
        """An invoice with a row per tenant."""
        found: Json = self.portal.get(f"{self.base}/invoices/{invoice_key}")
        return found

    def await_priced(self, number: str, timeout_s: float = 60.0) -> Json:
        """Wait until every tenant of an invoice is complete and priced."""

        def look() -> Json | None:
            invoice = self.invoice(number)
            if invoice is None or not invoice["tenants"]:
                return None
            details = self._look(invoice["invoice_key"])
            if any(row["state"] == "received" for row in details["tenants"]):
                return None
            return invoice

        return until(look, f"invoice {number}, priced", timeout_s)

    # -- mapping and syncing -----------------------------------------------------------------

    def find_client(self, name: str) -> Json | None:
        """Search the live PSA, as the clerk would, for exactly this name.

        What the distributor adds in brackets is left out when the whole name is not found.
        """
        for wanted in dict.fromkeys((name, re.sub(r" \([^)]*\)$", "", name))):
            if not self._clients:
                self._clients = self.search(self.psa.clients)
            known = [one for one in self._clients if one["name"] == wanted]
            searched = known or self.search(self.psa.clients, wanted)
            same = [one for one in searched if one["name"] == wanted]
            if len(same) == 1 and not same[0]["inactive"]:
                return same[0]
        return None

    def find_agreement(self, client: Json) -> Json | None:
        """The client's agreement or contract, where the PSA bills through one."""
        if self.psa.agreements is None:
            return None
        if not self._agreements:
            self._agreements = self.search(self.psa.agreements)
        name = client["name"]
        known = [one for one in self._agreements if _is_of(one, name)]
        searched = known or self.search(self.psa.agreements, name)
        return next(one for one in searched if _is_of(one, name) and not one["inactive"])

    def search(self, picks: str, text: str = "") -> list[Json]:
        """A pick list, as the portal shows it; its beginning for an empty text."""
        found: list[Json] = self.portal.get(f"{self._connection}/picks/{picks}", text=text)["items"]
        return found

    def map_tenant(self, tenant_id: str, client: Json) -> bool:
        """Say which client a tenant is; saying it again changes nothing. Always True."""
        path = f"{self.base}/mappings/{tenant_id}"
        body = {"client_id": client["id"], "client_name": client["name"]}
        agreement = self.find_agreement(client)
        if agreement is not None:
            body["agreements"] = dict.fromkeys(PERCENTS, agreement["id"])
        try:
            self.portal.put(path, body)
        except RefusedError as error:
            if error.status != 409:
                raise
            there = self.portal.get(path)
            if there["client_id"] != client["id"]:
                self.portal.put(path, body, version=there["version"])
        return True

    def _look(self, invoice_key: str) -> Json:
        details = self.details(invoice_key)
        self.on_progress(details)
        return details

    def map_tenants(self, invoice_key: str, clients: dict[str, Json | None]) -> list[Json]:
        """Map every tenant that waits for its client; the rows of those that nobody knows."""
        unknown = []
        for row in self.details(invoice_key)["tenants"]:
            if row["client_mapped"]:
                continue
            name = row["tenant_name"]
            if name not in clients:
                clients[name] = until(
                    lambda name=name: [self.find_client(name)],  # type: ignore[misc]
                    f"the search for {name}",
                )[0]
            client = clients[name]
            if client is None:
                unknown.append(row)
            else:
                until(partial(self.map_tenant, row["tenant_id"], client), f"the mapping of {name}")
        return unknown

    def await_mapped(self, invoice_key: str, unknown: list[Json], timeout_s: float = 60.0) -> Json:
        """Wait until all but the unknown are complete, mapped and decided anew."""
        waits_for_ever = {row["tenant_id"] for row in unknown}

        def look() -> Json | None:
            details = self._look(invoice_key)
            waits = [row for row in details["tenants"] if _waits(row, waits_for_ever)]
            return None if waits else details

        return until(look, "the mapped tenants", timeout_s)

    def plan(self, invoice_key: str, timeout_s: float = 60.0) -> list[Json]:
        """Sync Now, first half: a row per tenant with its plan or why there is none."""
        asked = self.portal.post(f"{self.base}/invoices/{invoice_key}/plans")
        if not asked["requested"]:
            return []
        path = f"{self.base}/invoices/{invoice_key}/plans/{asked['request_id']}"

        def look() -> list[Json] | None:
            made = self.portal.get(path)
            return None if made["pending"] else made["rows"]

        return until(look, "the plans", timeout_s)

    def approve(self, invoice_key: str, rows: list[Json]) -> Json:
        """Sync Now, second half (Confirm): what was agreed to, and what had nothing to write."""
        approvals = [
            {"tenant_id": row["tenant_id"], "plan_hash": row["plan"]["plan_hash"]}
            for row in rows
            if row.get("plan")
        ]
        if not approvals:
            return {"approved": [], "nothing_to_write": [], "refused": []}
        done: Json = self.portal.post(
            f"{self.base}/invoices/{invoice_key}/approvals", {"approvals": approvals}
        )
        return done

    def await_rest(
        self, invoice_key: str, *, verified: bool = True, timeout_s: float = 60.0
    ) -> Json:
        """Wait until nothing moves any more: written and read back, or a reason why not."""

        def look() -> Json | None:
            details = self._look(invoice_key)
            moving = [
                row
                for row in details["tenants"]
                if row["state"] not in AT_REST or (verified and row["state"] == "synced")
            ]
            return None if moving else details

        return until(look, "the end of the sync", timeout_s)

    def sync_whatever_happens(self, invoice_key: str, timeout_s: float = 120.0) -> Json:
        """Plan, confirm and look, and again while anything failed, as a stubborn clerk would."""
        deadline = time.monotonic() + timeout_s
        while True:
            left = max(1.0, deadline - time.monotonic())
            try:
                self.approve(invoice_key, self.plan(invoice_key, min(left, 20.0)))
                details = self.await_rest(invoice_key, timeout_s=min(left, 20.0))
            except (RefusedError, httpx.HTTPError, TimeoutError):
                if time.monotonic() > deadline:
                    raise
                continue
            if not any(row["state"] == "failed" for row in details["tenants"]):
                return details
            if time.monotonic() > deadline:
                failures = [row["failure"] for row in details["tenants"] if row["failure"]]
                raise TimeoutError(f"still failing: {failures[:3]}")

    # -- the PSA's side ----------------------------------------------------------------------

    def xero_invoices(self) -> list[Json]:
        """The raw documents of a partner with Xero."""
        if not isinstance(self.psa, Xero):
            raise TypeError(f"{self.partner} has no Xero")
        return self.psa.documents()

    def close(self) -> None:
        """Close the connections."""
        self.portal.close()
        self.sandbox.close()


def _is_of(agreement: Json, client: str) -> bool:
    """The detail of an agreement begins with its client."""
    detail: str = agreement["detail"]
    return detail == client or detail.startswith(f"{client}, ")


def _product(item: str) -> str:
    return item if item.startswith("AZ-") else "AZURE"


PRODUCTS = sorted({_product(item) for item in PERCENTS})


def _waits(row: Json, unknown: set[str]) -> bool:
    """Whether a tenant is still on its way; one that waits for a person is not."""
    if row["state"] == "received":
        return True
    codes = {hold["code"] for hold in row["holds"]}
    own = {"no_connection"} if row["tenant_id"] in unknown else {"no_connection", NOT_MAPPED}
    return bool(codes & own)
