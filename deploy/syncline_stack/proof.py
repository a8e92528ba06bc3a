"""Compares what came out with what must come out, on every side; nothing is taken on trust."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from syncline_stack.expected import Expected
from syncline_stack.psa import Json, Psa
from syncline_stack.road import IN_PSA


class DoesNotTieError(AssertionError):
    """Two sums that have to be equal are not; the text says which and by how much."""


@dataclass
class Proof:
    """The figures of all documents of a partner, and the hops that were compared."""

    tenants: list[Json] = field(default_factory=list)
    hops: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)

    def equal(self, what: str, left: Any, right: Any) -> None:
        """Note a hop. Raises `DoesNotTieError`."""
        left, right = Decimal(left), Decimal(right)
        self.hops.append((what, left, right))
        if left != right:
            raise DoesNotTieError(f"{what}: {left} is not {right}, off by {left - right}")

    def document(self, expected: Expected, details: Json, psa: Psa) -> None:
        """Compare one document with the API's rows and with the PSA's raw records."""
        number, invoice = expected.number, details["invoice"]
        rows = {row["tenant_id"]: row for row in details["tenants"]}
        if rows.keys() != expected.tenants.keys():
            raise DoesNotTieError(f"{number}: other tenants than in the document")
        charged = sum((Decimal(row["cost"]) for row in rows.values()), Decimal(0))
        self.equal(f"{number}: document = lines (cost)", expected.cost, invoice["cost"])
        self.equal(f"{number}: lines = charges (cost)", invoice["cost"], charged)
        standing = psa.standing()
        amounts = {one.external_key: one.amount for one in standing}
        if len(amounts) != len(standing):
            raise DoesNotTieError(f"a record stands in {psa.title} twice")
        sells, planned, stated = Decimal(0), Decimal(0), Decimal(0)
        for tenant_id, tenant in expected.tenants.items():
            row = rows[tenant_id]
            self._tenant(number, tenant, row)
            if row["state"] in IN_PSA:
                sells += Decimal(row["sell"])
                planned += sum(Decimal(one["amount"]) for one in row["records"])
                stated += sum(amounts[one["external_key"]] for one in row["records"])
            self.tenants.append(_told(number, row))
        self.equal(f"{number}: charges = plan (sell)", sells, planned)
        self.equal(f"{number}: plan = what {psa.title} states (sell)", planned, stated)

    def all_stand(self, psa: Psa) -> None:
        """What the tenants have is all that stands there. Raises `DoesNotTieError`."""
        self.equal(
            f"{psa.record} of the tenants = in {psa.title}", self.records, len(psa.standing())
        )

    def _tenant(self, number: str, tenant: Any, row: Json) -> None:
        who = f"{number}, {tenant.name}"
        pairs = [("lines", tenant.lines, row["lines"]), ("cost", tenant.cost, row["cost"])]
        if tenant.rrp is not None and tenant.sell is not None:
            pairs += [("RRP", tenant.rrp, row["rrp"]), ("sell", tenant.sell, row["sell"])]
        for what, wanted, found in pairs:
            if Decimal(wanted) != Decimal(found):
                raise DoesNotTieError(f"{who}: {what} is {found}, {wanted} was expected")

    def total(self, what: str) -> Decimal:
        """Sum over all tenants."""
        return sum((Decimal(one[what] or 0) for one in self.tenants), Decimal(0))

    def count(self) -> "Counter[str]":
        """Tenants by state."""
        return Counter(one["status"] for one in self.tenants)

    @property
    def records(self) -> int:
        """Records of all tenants."""
        return sum(len(one["records"]) for one in self.tenants)

    @property
    def synced(self) -> int:
        """Tenants whose charges stand in the PSA."""
        return sum(count for state, count in self.count().items() if state in IN_PSA)


def _told(number: str, row: Json) -> Json:
    records = row["records"]
    return {
        "invoice": number,
        "tenant_id": row["tenant_id"],
        "tenant": row["tenant_name"],
        "lines": row["lines"],
        "cost": row["cost"],
        "rrp": row["rrp"],
        "sell": row["sell"],
        "residual": row["residual"],
        "status": row["state"],
        "records": [one["label"] for one in records],
        "holds": [hold["code"] for hold in row["holds"]],
    }
