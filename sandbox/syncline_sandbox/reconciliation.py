"""Partner Center reconciliation files: Microsoft's 47 columns, in Microsoft's own arithmetic."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from syncline_sandbox import catalogue
from syncline_sandbox.decimals import CENT, ZERO, plain, product, quotient, round_down, total
from syncline_sandbox.decimals import round_half_up as cents
from syncline_sandbox.dice import dice
from syncline_sandbox.invoice_lines import make_guid
from syncline_sandbox.months import month_days
from syncline_sandbox.tenants import Tenant, make_tenants

COLUMNS = (
    "PartnerId", "CustomerId", "CustomerName", "CustomerDomainName", "CustomerCountry",
    "InvoiceNumber", "MpnId", "Tier2MpnId", "OrderId", "OrderDate", "ProductId", "SkuId",
    "AvailabilityId", "SkuName", "ProductName", "ChargeType", "UnitPrice", "Quantity", "Subtotal",
    "TaxTotal", "Total", "Currency", "PriceAdjustmentDescription", "PublisherName", "PublisherId",
    "SubscriptionDescription", "SubscriptionId", "ChargeStartDate", "ChargeEndDate",
    "TermAndBillingCycle", "EffectiveUnitPrice", "UnitType", "AlternateId", "BillableQuantity",
    "BillingFrequency", "PricingCurrency", "PCToBCExchangeRate", "PCToBCExchangeRateDate",
    "MeterDescription", "ReservationOrderId", "CreditReasonCode", "SubscriptionStartDate",
    "SubscriptionEndDate", "ReferenceId", "ProductQualifiers", "PromotionId", "ProductCategory",
)  # fmt: skip

_PEC = "15.0% Partner earned credit for services managed"
_TAX_RATE = Decimal("0.1")
Row = dict[str, str]


@dataclass(frozen=True)
class Reconciliation:
    """A file's rows with the totals that they must add up to."""

    invoice_number: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @cached_property
    def subtotal(self) -> Decimal:
        """Exact sum before tax, billing currency."""
        return total(Decimal(row["Subtotal"]) for row in self.rows)

    @cached_property
    def tenant_totals(self) -> dict[str, Decimal]:
        """Exact sum before tax by customer id."""
        found: dict[str, Decimal] = {}
        for row in self.rows:
            key = row["CustomerId"]
            found[key] = total((found.get(key, ZERO), Decimal(row["Subtotal"])))
        return found

    def to_csv(self) -> str:
        """Write the rows with CRLF and a byte order mark, as downloaded from the portal."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, fieldnames=self.columns, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return "\ufeff" + out.getvalue()


def generate_reconciliation_csv(
    seed: int, tenants: int = 12, month: str = "2026-10", *, shuffle_columns: bool = True
) -> str:
    """Generate a file's text; the tenants are those of the distributor's invoice of that seed."""
    return generate_reconciliation(
        seed, tenants=tenants, month=month, shuffle_columns=shuffle_columns
    ).to_csv()


def generate_reconciliation(
    seed: int,
    tenants: int = 12,
    month: str = "2026-10",
    *,
    meters_per_tenant: int = 11,
    shuffle_columns: bool = True,
) -> Reconciliation:
    """Generate a file with its totals; about `meters_per_tenant` + 1 rows a tenant."""
    rng = dice("reconciliation", seed, month)
    number = f"G{rng.randrange(10**9):09}"
    people = make_tenants(seed, tenants)
    writer = _Writer(rng, number, month)
    rows: list[Row] = []
    for tenant in people:
        rows += writer.usage(tenant, rng.randint(meters_per_tenant - 4, meters_per_tenant + 4))
    for _ in range(max(2, tenants // 3)):
        rows.append(writer.reservation(rng.choice(people)))
    rows.append(writer.savings_plan(rng.choice(people)))
    rows += writer.seats(rng.choice(people))
    rows.append(writer.credit(rng.choice(people)))
    rows.append(writer.trial(rng.choice(people)))
    rng.shuffle(rows)
    columns = list(COLUMNS)
    if shuffle_columns:
        rng.shuffle(columns)
    return Reconciliation(number, tuple(columns), tuple(rows))


class _Writer:
    def __init__(self, rng: Random, number: str, month: str) -> None:
        self._rng = rng
        self._start, self._end = month_days(month)
        self._rate = Decimal("1.523487195")
        self._rate_date = self._start - timedelta(days=3)
        self._number = number
        self._partner = make_guid(rng)

    def usage(self, tenant: Tenant, meters: int) -> list[Row]:
        """One row per meter, and a second one where part of the month earned no credit."""
        rows = []
        for meter in self._rng.sample(catalogue.METERS, min(meters, len(catalogue.METERS))):
            credited = meter.ratio < Decimal("0.97")
            rows.append(self._meter(tenant, meter, credited=credited))
            if credited and self._rng.randrange(8) == 0:
                rows.append(self._meter(tenant, meter, credited=False))
        return rows

    def reservation(self, tenant: Tenant) -> Row:
        """A whole term at once, with an hourly price in UnitPrice."""
        bought = self._rng.choice(catalogue.RESERVATIONS)
        count = self._rng.randint(1, 3)
        years = 3 if bought.term.startswith("3") else 1
        return self._fixed(
            tenant, bought.retail, count, bought.listed, years=years,
            ProductId=bought.product_id, SkuId=bought.sku_id, SkuName=bought.name,
            ProductName=bought.name, ChargeType=self._rng.choice(("new", "New", "renew")),
            SubscriptionDescription=bought.name, ReservationOrderId=make_guid(self._rng),
            TermAndBillingCycle=f"{bought.name.split(',')[0]}, Reservation, {bought.term}",
            UnitType="1 Hour", BillingFrequency="", ProductCategory="Reservation",
        )  # fmt: skip

    def savings_plan(self, tenant: Tenant) -> Row:
        """A month of a savings plan."""
        plan = catalogue.SAVINGS
        return self._fixed(
            tenant, plan.retail, 1, plan.listed, years=1,
            ProductId=plan.product_id, SkuId=plan.sku_id, SkuName=plan.name,
            ProductName="Azure savings plan for compute", ChargeType="cycleCharge",
            SubscriptionDescription=plan.name, ReservationOrderId=make_guid(self._rng),
            TermAndBillingCycle="Compute Savings Plan, 1 Year, Monthly", UnitType="1 Hour",
            BillingFrequency="Monthly", ProductCategory="SavingsPlan",
        )  # fmt: skip

    def seats(self, tenant: Tenant) -> list[Row]:
        """Two seats more: the old count refunded, the new one charged, one reference."""
        reference, subscription = make_guid(self._rng), make_guid(self._rng)
        seats = self._rng.randint(8, 40)
        day = self._start + timedelta(days=self._rng.randint(3, 20))
        price = Decimal("9.408")
        return [
            self._fixed(
                tenant, sign * price, count, Decimal("10.08"), years=1, start=day,
                SubscriptionId=subscription, ProductId="CFQ7TTC0LDPB", SkuId="0001",
                SkuName="Microsoft 365 Business Standard", ReferenceId=reference,
                ProductName="Microsoft 365 Business Standard", ChargeType="addQuantity",
                SubscriptionDescription="Microsoft 365 Business Standard", UnitType="Licenses",
                TermAndBillingCycle="One-Year commitment for monthly billing",
                BillingFrequency="Monthly", ProductCategory="Online Services",
            )
            for sign, count in ((-1, seats), (1, seats + 2))
        ]  # fmt: skip

    def credit(self, tenant: Tenant) -> Row:
        """A credit for use of the month before."""
        last = self._start - timedelta(days=1)
        amount = -Decimal(self._rng.randint(500, 9000)).scaleb(-2)
        return self._row(
            tenant, amount, effective=amount, quantity=Decimal(1), listed=amount,
            start=last.replace(day=1), end=last,
            ProductId="DZH318Z0BPS6", SkuId="0001", SkuName="Azure plan",
            ProductName="Azure plan", ChargeType="customerCredit", UnitType="",
            SubscriptionDescription="Azure plan", SubscriptionId=self._plan(tenant),
            CreditReasonCode="Azure Consumption Credit",
        )  # fmt: skip

    def trial(self, tenant: Tenant) -> Row:
        """Seats that cost nothing."""
        return self._fixed(
            tenant, ZERO, 25, ZERO, years=1, ProductId="CFQ7TTC0HD4K", SkuId="0002",
            SkuName="Dynamics 365 Guides Trial", ProductName="Dynamics 365 Guides",
            ChargeType="new", SubscriptionDescription="Dynamics 365 Guides", UnitType="Licenses",
            TermAndBillingCycle="One-month commitment for monthly billing",
            ProductQualifiers='["Trial"]', BillingFrequency="Monthly",
        )  # fmt: skip

    def _meter(self, tenant: Tenant, meter: catalogue.Meter, *, credited: bool) -> Row:
        quantity = Decimal(self._rng.randint(1, meter.most * 10**6)).scaleb(-6)
        share = Decimal("0.85") if credited else Decimal(1)
        # Microsoft floors the billed cost first and derives the effective price from it.
        billed = round_down(product(meter.price, quantity, share))
        if billed == 0:
            quantity, billed = (
                Decimal(meter.most),
                round_down(product(meter.price, Decimal(meter.most), share)),
            )
        return self._row(
            tenant, round_down(product(billed, self._rate)),
            effective=quotient(billed, quantity, 15), quantity=quantity, listed=meter.price,
            start=self._start, end=self._end,
            ProductId=meter.product_id, SkuId=meter.sku_id, SkuName=meter.name,
            ProductName=meter.name.split(" - ")[0], ChargeType="new", UnitType=meter.unit,
            SubscriptionDescription="Azure plan", SubscriptionId=self._plan(tenant),
            MeterDescription=meter.name, ProductCategory="Azure",
            PriceAdjustmentDescription=json.dumps([_PEC]) if credited else "",
        )  # fmt: skip

    def _fixed(
        self, tenant: Tenant, price: Decimal, count: int, listed: Decimal, *,
        years: int, start: date | None = None, **cells: str,
    ) -> Row:  # fmt: skip
        begin = self._start.replace(day=5)
        subtotal = product(round_down(product(price, self._rate)), Decimal(count))
        last = begin.replace(year=begin.year + years) - timedelta(days=1)
        cells.setdefault("SubscriptionId", make_guid(self._rng))
        return self._row(
            tenant, subtotal, effective=price, quantity=Decimal(count), listed=listed,
            start=start or self._start, end=self._end,
            SubscriptionStartDate=_day(begin), SubscriptionEndDate=_day(last), **cells,
        )  # fmt: skip

    def _row(
        self, tenant: Tenant, subtotal: Decimal, *, effective: Decimal, quantity: Decimal,
        listed: Decimal, start: date, end: date, **cells: str,
    ) -> Row:  # fmt: skip
        tax = cents(product(subtotal, _TAX_RATE))
        row = dict.fromkeys(COLUMNS, "")
        row |= {
            "PartnerId": self._partner,
            "CustomerId": tenant.tenant_id,
            "CustomerName": tenant.company_name,
            "CustomerDomainName": tenant.domain,
            "CustomerCountry": tenant.country,
            "InvoiceNumber": self._number,
            "MpnId": "5127366",
            "Tier2MpnId": "0",
            "OrderId": make_guid(self._rng)[:12].replace("-", ""),
            "OrderDate": f"{_day(start)}T0{self._rng.randint(0, 9)}:14:27.0000000Z",
            "AvailabilityId": f"DZH318Z{self._rng.randrange(16**5):05X}",
            "UnitPrice": plain(listed),
            "Quantity": plain(quantity.to_integral_value()),
            "Subtotal": format(subtotal.quantize(CENT), "f"),
            "TaxTotal": format(tax, "f"),
            "Total": format(total((subtotal, tax)).quantize(CENT), "f"),
            "Currency": "AUD",
            "PublisherName": "Microsoft",
            "ChargeStartDate": f"{_day(start)}T00:00:00.0000000Z",
            "ChargeEndDate": f"{_day(end)}T00:00:00.0000000Z",
            "EffectiveUnitPrice": plain(effective),
            "AlternateId": make_guid(self._rng)[:8],
            "BillableQuantity": plain(quantity),
            "PricingCurrency": "USD",
            "PCToBCExchangeRate": plain(self._rate),
            "PCToBCExchangeRateDate": _day(self._rate_date),
        }
        row |= cells
        return row

    def _plan(self, tenant: Tenant) -> str:
        # One Azure plan a tenant, the same in every month.
        return make_guid(dice("plan", tenant.tenant_id))


def _day(day: date) -> str:
    return day.isoformat()
