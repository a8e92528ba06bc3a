"""What must come out, worked out from the generator's own lines: none of the services' code."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from syncline_sandbox.invoices import DistributorInvoice, DistributorLine
from syncline_sandbox.reconciliation import Reconciliation

_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_PLACES = Decimal(1).scaleb(-20)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ExpectedTenant:
    """One tenant; RRP and sell only where the document states all that they follow from."""

    name: str
    lines: int
    cost: Decimal
    rrp: Decimal | None = None
    sell: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """One document."""

    number: str
    cost: Decimal
    tenants: dict[str, ExpectedTenant]

    @property
    def lines(self) -> int:
        """Lines of the document."""
        return sum(tenant.lines for tenant in self.tenants.values())


def of_feed(invoice: DistributorInvoice, percents: dict[str, str]) -> Expected:
    """The distributor's invoice, at these percentages per stock code."""
    tenants = {}
    for tenant_id, lines in invoice.tenant_lines.items():
        rrp, sell = _rrp_and_sell(lines, percents)
        tenants[tenant_id.lower()] = ExpectedTenant(
            lines[0].tenant.description,
            len(lines),
            _sum([line.total_ex_tax for line in lines]),
            rrp,
            sell,
        )
    return Expected(invoice.invoice_number, invoice.total_ex_tax, tenants)


def of_reconciliation(document: Reconciliation) -> Expected:
    """The reconciliation file: lines and cost."""
    counts: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    for row in document.rows:
        counts[row["CustomerId"].lower()] += 1
        names[row["CustomerId"].lower()] = row["CustomerName"]
    tenants = {
        tenant_id.lower(): ExpectedTenant(names[tenant_id.lower()], counts[tenant_id.lower()], cost)
        for tenant_id, cost in document.tenant_totals.items()
    }
    return Expected(document.invoice_number, document.subtotal, tenants)


def _rrp_and_sell(
    lines: tuple[DistributorLine, ...], percents: dict[str, str]
) -> tuple[Decimal, Decimal]:
    """Sum of RRP, and of what is billed: each stock code rounded once, half up."""
    by_reference: dict[str, list[DistributorLine]] = defaultdict(list)
    for line in lines:
        if line.reference_id and line.total_ex_tax > 0:
            by_reference[line.reference_id].append(line)
    rrps: list[Decimal] = []
    sells: dict[str, list[Decimal]] = defaultdict(list)
    for line in lines:
        rrp = _rrp(line, by_reference.get(line.reference_id, []))
        code = line.to_feed()["StockCode"]
        factor = 1 + Decimal(percents[code]) / 100
        rrps.append(rrp)
        sells[code].append(_EXACT.multiply(rrp, factor).quantize(_PLACES, context=_EXACT))
    billed = [
        _sum(one).quantize(_CENT, rounding=ROUND_HALF_UP, context=_EXACT) for one in sells.values()
    ]
    return _sum(rrps), _sum(billed)


def _rrp(line: DistributorLine, reversed_by_it: list[DistributorLine]) -> Decimal:
    """Stated, else as the document lets one work it out."""
    cost = line.total_ex_tax
    if line.rrp_ex_tax is not None:
        return line.rrp_ex_tax
    if cost < 0 and reversed_by_it:
        rrp = _sum([_rrp(one, []) for one in reversed_by_it])
        share = _EXACT.divide(cost, _sum([one.total_ex_tax for one in reversed_by_it]))
        return _EXACT.multiply(rrp, share).quantize(_PLACES, context=_EXACT)
    if cost <= 0 or line.list_price is None:
        return cost
    listed = _EXACT.multiply(_EXACT.multiply(line.list_price, line.quantity), line.exchange_rate)
    return listed.quantize(_PLACES, context=_EXACT)


def _sum(values: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    return total
