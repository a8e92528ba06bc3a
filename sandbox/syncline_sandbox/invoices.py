"""Lifelike distributor invoices: pure, and the same for the same arguments.

Every cost, retail and tax amount is an exact decimal of at most 20 places, and the header's total
is the exact sum of the lines.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from syncline_sandbox import catalogue
from syncline_sandbox.decimals import ZERO, dump_json, plain, product, round_half_even, total
from syncline_sandbox.dice import dice
from syncline_sandbox.invoice_lines import DistributorLine, Period, TenantLines, make_guid, tax_on
from syncline_sandbox.months import feed_date, month_before, month_days
from syncline_sandbox.tenants import Tenant, contact_names, make_tenants, unmappable

__all__ = [
    "DistributorInvoice",
    "DistributorLine",
    "generate_credit_note",
    "generate_distributor_invoice",
    "revise_distributor_invoice",
]

_RATES = {("AUD", "USD"): "1.5234871946", ("NZD", "USD"): "1.6718204413"}


@dataclass(frozen=True)
class DistributorInvoice:
    """A complete invoice or credit note with its exact totals."""

    invoice_number: str
    invoice_date: date
    period_start: date
    period_end: date
    currency: str
    document_type: str
    amends: str
    revision: int
    tenants: tuple[Tenant, ...]
    lines: tuple[DistributorLine, ...]
    unpriced: tuple[Tenant, ...] = ()
    """Tenants with a charge whose retail price nobody states."""
    negative: tuple[Tenant, ...] = ()
    """Tenants whose credits exceed their charges."""
    free: tuple[Tenant, ...] = ()
    """Tenants with nothing to pay."""

    @property
    def unmappable(self) -> Tenant | None:
        """The tenant that no contact list knows."""
        return unmappable(self.tenants)

    @property
    def contact_names(self) -> tuple[str, ...]:
        """The names that an accounting system has contacts for."""
        return contact_names(self.tenants)

    @cached_property
    def total_ex_tax(self) -> Decimal:
        """Exact sum of the lines before tax."""
        return total(line.total_ex_tax for line in self.lines)

    @cached_property
    def total_tax(self) -> Decimal:
        """Exact sum of the lines' tax."""
        return total(line.tax for line in self.lines)

    @cached_property
    def tenant_lines(self) -> dict[str, tuple[DistributorLine, ...]]:
        """Lines by tenant id, in the order of the invoice."""
        found: dict[str, list[DistributorLine]] = {}
        for line in self.lines:
            found.setdefault(line.tenant.tenant_id, []).append(line)
        return {tenant_id: tuple(lines) for tenant_id, lines in found.items()}

    @cached_property
    def tenant_totals(self) -> dict[str, Decimal]:
        """Exact cost before tax by tenant id."""
        return {
            tenant_id: total(line.total_ex_tax for line in lines)
            for tenant_id, lines in self.tenant_lines.items()
        }

    @cached_property
    def sha256(self) -> str:
        """Digest of the lines as the feed carries them."""
        return hashlib.sha256(dump_json([line.to_feed() for line in self.lines])).hexdigest()

    def to_feed(self) -> dict[str, object]:
        """Write header and lines in the form that the control API publishes."""
        return {
            "InvoiceNumber": self.invoice_number,
            "InvoiceDate": feed_date(self.invoice_date),
            "BillingPeriodStart": feed_date(self.period_start),
            "BillingPeriodEnd": feed_date(self.period_end),
            "Currency": self.currency,
            "DocumentType": self.document_type,
            "AmendsInvoiceNumber": self.amends,
            "TotalExTax": plain(self.total_ex_tax),
            "TotalTax": plain(self.total_tax),
            "LineCount": str(len(self.lines)),
            "Revision": str(self.revision),
            "Sha": self.sha256,
            "Lines": [line.to_feed() for line in self.lines],
        }


def generate_distributor_invoice(
    seed: int,
    tenants: int = 40,
    month: str = "2026-10",
    currency: str = "AUD",
    pricing_currency: str = "USD",
    *,
    lines_per_tenant: int = 37,
    blank_rrp: bool = True,
    unpriced_tenants: int = 0,
    negative_tenants: int = 0,
    free_tenants: int = 0,
) -> DistributorInvoice:
    """Generate one month's invoice.

    `blank_rrp` leaves some usage, refunds and credits without a stated retail amount, always where
    it can be worked out. The last tenants of the list become unpriced, negative or free.
    """
    start, end = month_days(month)
    rate = Decimal(1)
    if currency != pricing_currency:
        rate = Decimal(_RATES.get((currency, pricing_currency), "1.3141592653"))
    period = Period(start, end, rate, pricing_currency)
    late = Period(*month_before(start), rate, pricing_currency)
    people = make_tenants(seed, tenants)
    special = list(people[3:]) or list(people)
    take_free, take_negative, take_unpriced = (
        tuple(special.pop() for _ in range(min(wanted, len(special))))
        for wanted in (free_tenants, negative_tenants, unpriced_tenants)
    )
    makers = [TenantLines(seed, tenant, period) for tenant in people]
    billed = [maker for maker in makers if maker.tenant not in take_free]
    rng = dice("invoice", seed, month)
    lines: list[DistributorLine] = []
    for maker in makers:
        if maker.tenant in take_free:
            lines += [maker.free(meter, state_rrp=True) for meter in catalogue.FREE_METERS]
            continue
        share = rng.randint(15, 185)
        lines += maker.mixture(max(1, lines_per_tenant * share // 100), blank_rrp=blank_rrp)
        lines += _commitments(maker, rng)
    if billed:
        lines += _rarities(billed, lines, late, rng, blank_rrp=blank_rrp)
    for maker in makers:
        if maker.tenant in take_unpriced:
            lines.append(maker.marketplace(catalogue.OFFERS[0], state_rrp=False))
        if maker.tenant in take_negative:
            owed = total(one.total_ex_tax for one in lines if one.tenant is maker.tenant)
            back = round_half_even(product(-owed, Decimal("1.25")), 2)
            lines.append(maker.credit(back, "Goodwill credit", late))
    return DistributorInvoice(
        invoice_number=f"AZ{start:%Y%m}{dice('number', seed).randrange(10**6):06}",
        invoice_date=end + timedelta(days=14),
        period_start=start,
        period_end=end,
        currency=currency,
        document_type="INVOICE",
        amends="",
        revision=1,
        tenants=people,
        lines=_numbered(lines),
        unpriced=take_unpriced,
        negative=take_negative,
        free=take_free,
    )


def revise_distributor_invoice(invoice: DistributorInvoice, seed: int) -> DistributorInvoice:
    """Re-issue an invoice: one usage line dearer, one gone, one added; all else unchanged."""
    rng = dice("revision", seed, invoice.revision)
    usage = [line for line in invoice.lines if line.charge_type == "Usage" and line.total_ex_tax]
    raised, dropped, doubled = rng.sample(usage, 3) if len(usage) > 2 else usage[:1] * 3
    lines = []
    for line in invoice.lines:
        if line is raised:
            lines.append(_scaled(line, Decimal("1.5")))
        elif line is not dropped or raised is dropped:
            lines.append(line)
    lines.append(_scaled(doubled, Decimal("0.25")))
    return replace(invoice, lines=_numbered(lines), revision=invoice.revision + 1)


def generate_credit_note(
    invoice: DistributorInvoice, seed: int, share: Decimal = Decimal("0.1")
) -> DistributorInvoice:
    """Give back a share of one usage line of up to three tenants, as a document of its own."""
    rng = dice("credit", seed, invoice.invoice_number)
    lines = []
    for tenant_id in rng.sample(sorted(invoice.tenant_lines), min(3, len(invoice.tenant_lines))):
        paid = [one for one in invoice.tenant_lines[tenant_id] if one.total_ex_tax > 0]
        if paid:
            dearest = max(paid, key=lambda one: one.total_ex_tax)
            lines.append(_reversed(_scaled(dearest, share), "Billing correction"))
    return replace(
        invoice,
        invoice_number=f"{invoice.invoice_number}-C{rng.randrange(100):02}",
        invoice_date=invoice.invoice_date + timedelta(days=7),
        document_type="CREDIT",
        amends=invoice.invoice_number,
        revision=1,
        lines=_numbered(lines),
        unpriced=(),
        negative=(),
        free=(),
    )


def _commitments(maker: TenantLines, rng: Random) -> list[DistributorLine]:
    lines = []
    if rng.randrange(3) == 0:
        for bought in rng.sample(catalogue.RESERVATIONS, rng.randint(1, 2)):
            kind = rng.choice(("New", "Renew"))
            lines.append(maker.commitment(catalogue.RESERVATION, bought, kind))
    if rng.randrange(4) == 0:
        lines.append(maker.free(rng.choice(catalogue.FREE_METERS), state_rrp=True))
    return lines


def _rarities(
    makers: list[TenantLines],
    usage: list[DistributorLine],
    late: Period,
    rng: Random,
    *,
    blank_rrp: bool,
) -> list[DistributorLine]:
    # What every invoice has somewhere; a short list of tenants just carries several of them.
    def anyone() -> TenantLines:
        return rng.choice(makers)

    lines: list[DistributorLine] = []
    for share in (Decimal(1), Decimal("0.916666666667")):
        owner, link = anyone(), make_guid(rng)
        charge = owner.commitment(
            catalogue.RESERVATION, rng.choice(catalogue.RESERVATIONS), "New", link
        )
        back = owner.refund(charge, share)
        if not blank_rrp and charge.rrp_ex_tax is not None:
            back = replace(back, rrp_ex_tax=round_half_even(product(-charge.rrp_ex_tax, share)))
        lines += [charge, back]
    lines.append(anyone().commitment(catalogue.SAVINGS_PLAN, catalogue.SAVINGS, "New"))
    lines += [anyone().marketplace(offer) for offer in catalogue.OFFERS]
    lines.append(anyone().free(rng.choice(catalogue.FREE_METERS), state_rrp=not blank_rrp))
    for _ in range(3):
        lines.append(anyone().usage(rng.choice(catalogue.METERS), late=late))
    small = Decimal(-rng.randint(105, 2999)).scaleb(-2)
    credit = _dearest(makers, usage).credit(small, "Service level credit", late)
    lines.append(credit if blank_rrp else replace(credit, rrp_ex_tax=small))
    return lines


def _dearest(makers: list[TenantLines], lines: list[DistributorLine]) -> TenantLines:
    # A small credit must not turn a small tenant's total negative by accident.
    owed = Counter[Tenant]()
    for line in lines:
        owed[line.tenant] += int(line.total_ex_tax)
    return max(makers, key=lambda maker: owed[maker.tenant])


def _scaled(line: DistributorLine, factor: Decimal) -> DistributorLine:
    cost = round_half_even(product(line.total_ex_tax, factor))
    retail = line.rrp_ex_tax
    return replace(
        line,
        quantity=product(line.quantity, factor),
        total_ex_tax=cost,
        rrp_ex_tax=None if retail is None else round_half_even(product(retail, factor)),
        tax=tax_on(cost),
    )


def _reversed(line: DistributorLine, reason: str) -> DistributorLine:
    return replace(
        line,
        charge_type="Credit",
        quantity=-line.quantity,
        total_ex_tax=-line.total_ex_tax,
        rrp_ex_tax=None if line.rrp_ex_tax is None else -line.rrp_ex_tax,
        tax=-line.tax,
        credit_reason=reason,
    )


def _numbered(lines: list[DistributorLine]) -> tuple[DistributorLine, ...]:
    return tuple(replace(line, line_number=number) for number, line in enumerate(lines, 1))


def describe(invoice: DistributorInvoice) -> dict[str, object]:
    """Sum an invoice up for the control API; amounts are strings."""
    unknown = invoice.unmappable
    return {
        "InvoiceNumber": invoice.invoice_number,
        "Revision": str(invoice.revision),
        "Currency": invoice.currency,
        "LineCount": len(invoice.lines),
        "TotalExTax": plain(invoice.total_ex_tax),
        "TotalTax": plain(invoice.total_tax),
        "Tenants": [
            {
                "TenantId": tenant.tenant_id,
                "CompanyName": tenant.company_name,
                "LineCount": len(invoice.tenant_lines.get(tenant.tenant_id, ())),
                "TotalExTax": plain(invoice.tenant_totals.get(tenant.tenant_id, ZERO)),
            }
            for tenant in invoice.tenants
        ],
        "ContactNames": list(invoice.contact_names),
        "Unmappable": unknown.tenant_id if unknown else None,
        "Unpriced": [tenant.tenant_id for tenant in invoice.unpriced],
        "Negative": [tenant.tenant_id for tenant in invoice.negative],
        "Free": [tenant.tenant_id for tenant in invoice.free],
    }
