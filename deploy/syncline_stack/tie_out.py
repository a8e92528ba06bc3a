"""The demo's own tie-out: what came of an invoice against the generator's figures and raw Xero."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from syncline_stack.expected import Expected, add, subtract
from syncline_stack.narration import CheckFailedError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Billed:
    """A tenant on an invoice at the end of the road."""

    invoice_no: str
    tenant_id: str
    tenant_name: str
    lines: int
    cost: Decimal
    rrp: Decimal
    sell: Decimal
    residual: Decimal
    state: str
    client_id: str | None
    xero_number: str
    xero_sub_total: Decimal | None
    """As the sandbox has it stored, not as anybody reported it."""


@dataclass(frozen=True, slots=True)
class Hops:
    """Exact cost from the document to the charges, rounded sell from the charges to Xero."""

    invoice_no: str
    document_cost: Decimal
    lines_cost: Decimal
    charges_cost: Decimal
    charges_sell: Decimal
    plan_sell: Decimal
    xero_sell: Decimal
    held_sell: Decimal
    residual: Decimal


def equal(what: str, found: object, wanted: object) -> None:
    """Raise `CheckFailedError` unless both are the same."""
    if found != wanted:
        off = ""
        if isinstance(found, Decimal) and isinstance(wanted, Decimal):
            off = f", off by {subtract(found, wanted):f}"
        raise CheckFailedError(f"{what} is {found}, and {wanted} was expected{off}")


def check_prices(details: Json, wanted: Mapping[str, Expected], document_cost: Decimal) -> None:
    """Every tenant's lines, cost, RRP, sell and residual are the generator's, to the last digit."""
    invoice, rows = details["invoice"], details["tenants"]
    number = invoice["invoice_no"]
    equal(f"the tenants of {number}", {row["tenant_id"] for row in rows}, set(wanted))
    for row in rows:
        whose = f"of {row['tenant_name']} on {number}"
        there = wanted[row["tenant_id"]]
        equal(f"the number of lines {whose}", row["lines"], there.lines)
        for name in ("cost", "rrp", "sell", "residual"):
            if row[name] is None:
                raise CheckFailedError(f"the {name} {whose} is not known: {_reasons(row)}")
            equal(f"the {name} {whose}", Decimal(row[name]), getattr(there, name))
    equal(f"the cost of {number}", Decimal(invoice["cost"]), document_cost)
    equal(f"the cost that {number} states", _hop(invoice, "document_cost"), document_cost)
    equal(f"the cost of the lines of {number}", _hop(invoice, "lines_cost"), document_cost)
    equal(f"the cost of the charges of {number}", _hop(invoice, "charges_cost"), document_cost)
    if not invoice["tie_out"]["ties"]:
        raise CheckFailedError(f"{number} does not tie out by Syncline's own account")


def check_held(details: Json) -> None:
    """Every tenant waits for its mapping, and for nothing else."""
    for row in details["tenants"]:
        codes = sorted({hold["code"] for hold in row["holds"]})
        if row["state"] != "held" or codes != ["client_not_mapped"]:
            raise CheckFailedError(
                f"{row['tenant_name']} is {row['state']} for {codes or 'no reason'}, "
                "and has to be held for its mapping alone"
            )


def check_plans(rows: Sequence[Json], wanted: Mapping[str, Expected]) -> Decimal:
    """Each plan creates one record of exactly what its charges sell for; the sum of all."""
    for row in rows:
        if row["status"] != "made" or row["plan"] is None:
            raise CheckFailedError(f"{row['tenant_name']} has no plan: {row['failure']}")
        actions = [write["action"] for write in row["plan"]["writes"]]
        equal(f"what is planned for {row['tenant_name']}", actions, ["create"])
        total, sell = Decimal(row["plan"]["total"]), wanted[row["tenant_id"]].sell
        equal(f"the planned total of {row['tenant_name']}", total, sell)
    return add(Decimal(row["plan"]["total"]) for row in rows)


def join_xero(details: Json, stored: Sequence[Json]) -> list[Billed]:
    """Each tenant with its record in Xero, found by number; a number that is there twice raises."""
    numbers = Counter(record["number"] for record in stored)
    twice = sorted(number for number, count in numbers.items() if count > 1)
    if twice:
        raise CheckFailedError(f"Xero has {', '.join(twice)} more than once")
    by_number = {record["number"]: record for record in stored}
    return [_billed(details["invoice"]["invoice_no"], row, by_number) for row in details["tenants"]]


def check_xero(rows: Sequence[Billed], stored: Sequence[Json]) -> None:
    """Each synced tenant is in Xero once, to the cent, for its own contact; and nothing else is."""
    by_number = {record["number"]: record for record in stored}
    for row in rows:
        record = by_number.pop(row.xero_number, None)
        if row.state != "verified":
            if record is not None:
                raise CheckFailedError(f"{row.tenant_name} is {row.state}, and is in Xero")
            continue
        if record is None:
            raise CheckFailedError(f"{row.tenant_name} is verified, and is not in Xero")
        where = f"of {row.xero_number} in Xero"
        equal(f"the subtotal {where}", Decimal(record["sub_total"]), row.sell)
        lines = add(Decimal(line["line_amount"]) for line in record["lines"])
        equal(f"the sum of the lines {where}", lines, row.sell)
        equal(f"the contact {where}", record["contact_id"], row.client_id)
        equal(f"the currency {where}", record["currency"], "AUD")
        equal(f"the status {where}", record["status"], "DRAFT")
    if by_number:
        raise CheckFailedError(f"nobody knows of {', '.join(sorted(by_number))} in Xero")


def hops_of(details: Json, rows: Sequence[Billed], planned: Decimal, cost: Decimal) -> Hops:
    """The sums at each hop. Raises `CheckFailedError` where one does not equal the one before."""
    invoice = details["invoice"]
    held = [row for row in rows if row.state != "verified"]
    hops = Hops(
        invoice_no=invoice["invoice_no"],
        document_cost=cost,
        lines_cost=_hop(invoice, "lines_cost"),
        charges_cost=add(row.cost for row in rows),
        charges_sell=add(row.sell for row in rows),
        plan_sell=planned,
        xero_sell=add(row.xero_sub_total for row in rows if row.xero_sub_total is not None),
        held_sell=add(row.sell for row in held),
        residual=add(row.residual for row in rows),
    )
    number = hops.invoice_no
    equal(f"the cost of the lines of {number}", hops.lines_cost, cost)
    equal(f"the cost of the charges of {number}", hops.charges_cost, cost)
    billed = subtract(hops.charges_sell, hops.held_sell)
    equal(f"what is planned for {number}", planned, billed)
    equal(f"what Xero has of {number}", hops.xero_sell, planned)
    equal(f"what Syncline says that Xero has of {number}", _hop(invoice, "psa"), hops.xero_sell)
    return hops


def _billed(number: str, row: Json, by_number: Mapping[str, Json]) -> Billed:
    labels = [record["label"] for record in row["records"]]
    if len(labels) > 1:
        raise CheckFailedError(f"{row['tenant_name']} has {len(labels)} records in Xero, not one")
    record = by_number.get(labels[0]) if labels else None
    return Billed(
        invoice_no=number,
        tenant_id=row["tenant_id"],
        tenant_name=row["tenant_name"],
        lines=row["lines"],
        cost=Decimal(row["cost"]),
        rrp=Decimal(row["rrp"]),
        sell=Decimal(row["sell"]),
        residual=Decimal(row["residual"]),
        state=row["state"],
        client_id=row["client_id"],
        xero_number=labels[0] if labels else "",
        xero_sub_total=None if record is None else Decimal(record["sub_total"]),
    )


def _hop(invoice: Json, name: str) -> Decimal:
    value = invoice["tie_out"][name]
    if value is None:
        raise CheckFailedError(f"{invoice['invoice_no']} has no {name} in its tie-out")
    return Decimal(value)


def _reasons(row: Json) -> str:
    return "; ".join(hold["message"] for hold in row["holds"]) or row["state"]
