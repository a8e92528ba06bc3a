"""Generator of lifelike daily rated usage: streamed to a file, repeatable, with exact totals.

What is lifelike is what costs time: 55 columns, about 1.1 KB a row, few different meters, long
resource ids, JSON cells with quotes and commas, amounts of many digits in two notations.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from syncline_sandbox.decimals import EXACT, PLACES, WIDE, ZERO, plain, round_half_even
from syncline_sandbox.dice import dice
from syncline_sandbox.invoice_lines import make_guid
from syncline_sandbox.months import month_days
from syncline_sandbox.tenants import Tenant, make_tenants

from syncline_stack.bench.columns import COLUMNS
from syncline_stack.bench.meters import Meter, make_meters

MONTH = "2026-10"
RATE = Decimal("1.523487195")
ZERO_SHARE = 0.13
SCIENTIFIC_SHARE = 0.25
TOLD_EVERY = 10_000
_CREDITED = Decimal("0.85")
_HOLE = "\x1a"
"""Stands in a row's template for a cell that differs from day to day."""
_BLOCK = (20, 400)
_TEAMS = ("Platform, shared", "Finance", "O\u2019Brien's team", "Data & AI", "Retail, stores")
_EARNED = ("15", "15", "Partner Earned Credit Applied")
_NOT_EARNED = (("0", "0", "Credit Not Applied"), ("", "", ""))


@dataclass(slots=True)
class Total:
    """Lines and their exact cost in billing currency."""

    lines: int = 0
    cost: Decimal = ZERO

    def add(self, cost: Decimal) -> None:
        """Count one line."""
        self.lines += 1
        self.cost = EXACT.add(self.cost, cost)


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file that was written, and what it must add up to."""

    path: Path
    invoice_no: str
    tenants: tuple[Tenant, ...]
    total: Total = field(default_factory=Total)
    by_tenant: dict[str, Total] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def write_daily_usage(
    path: Path,
    *,
    rows: int,
    tenants: int,
    seed: int = 1,
    edition: str = "",
    month: str = MONTH,
    on_rows: Callable[[int], None] = lambda written: None,
) -> UsageFile:
    """Write a file of exactly `rows` rows in which each of the tenants has at least one.

    The tenants of a seed are the same in every file, the first ones in a file of fewer. Another
    edition is another invoice.
    """
    if not 1 <= tenants <= rows:
        raise ValueError(f"{rows} rows cannot be of {tenants} tenants: each has at least one.")
    rng = dice("daily-usage", seed, rows, tenants, edition)
    made = UsageFile(path, f"G{rng.randrange(10**9):09}", make_tenants(seed, tenants))
    writer = _Writer(rng, seed, made, month)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\ufeff" + ",".join(COLUMNS) + "\r\n")
        for text in writer.rows(rows):
            file.write(text)
            if made.total.lines % TOLD_EVERY == 0:
                on_rows(made.total.lines)
    return made


class _Writer:
    """Writes blocks of one Azure subscription, those of all tenants mixed as in a real export."""

    def __init__(self, rng: Random, seed: int, made: UsageFile, month: str) -> None:
        self._rng = rng
        self._made = made
        self._meters = make_meters(seed)
        self._partner = make_guid(dice("daily-usage-partner", seed))
        self._start, self._end = month_days(month)
        length = (self._end - self._start).days + 1
        self._days = [_moment(self._start + timedelta(days=one)) for one in range(length)]

    def rows(self, count: int) -> Iterator[str]:
        """The lines of the file after its header."""
        blocks = self._blocks(_shares(self._rng, count, len(self._made.tenants)))
        for tenant, size in blocks:
            total = self._made.by_tenant.setdefault(tenant.tenant_id, Total())
            yield from self._block(tenant, size, total)

    def _blocks(self, shares: list[int]) -> list[tuple[Tenant, int]]:
        blocks = []
        for tenant, left in zip(self._made.tenants, shares, strict=True):
            while left > 0:
                size = min(left, self._rng.randint(*_BLOCK))
                blocks.append((tenant, size))
                left -= size
        self._rng.shuffle(blocks)
        return blocks

    def _block(self, tenant: Tenant, size: int, total: Total) -> Iterator[str]:
        subscription = self._rng.randrange(4)
        while size > 0:
            days = min(size, self._rng.randint(5, len(self._days)))
            yield from self._series(tenant, subscription, days, total)
            size -= days

    def _series(self, tenant: Tenant, subscription: int, days: int, total: Total) -> Iterator[str]:
        """One meter of one resource, day by day."""
        rng = self._rng
        meter = rng.choice(self._meters)
        is_credited = rng.random() < 0.9
        credit = _EARNED if is_credited else rng.choice(_NOT_EARNED)
        head, *parts = self._template(tenant, subscription, meter, credit).split(_HOLE)
        effective = WIDE.multiply(meter.price, _CREDITED) if is_credited else meter.price
        first = rng.randint(0, len(self._days) - days)
        for day in self._days[first : first + days]:
            quantity = _quantity(rng, hourly=meter.family.hourly)
            price = ZERO if rng.random() < ZERO_SHARE else effective
            pricing = WIDE.multiply(price, quantity)
            billing = WIDE.multiply(pricing, RATE)
            if billing.as_tuple().exponent < -PLACES:  # type: ignore[operator]
                pricing, billing = round_half_even(pricing), round_half_even(billing)
            write = _scientific if rng.random() < SCIENTIFIC_SHARE else _decimal
            for one in (self._made.total, total):
                one.add(billing)
            cells = (day, plain(quantity), write(billing), write(pricing), plain(price))
            yield head + "".join(cell + part for cell, part in zip(cells, parts, strict=True))

    def _template(
        self, tenant: Tenant, subscription: int, meter: Meter, credit: tuple[str, str, str]
    ) -> str:
        """A row whose daily cells are holes, quoted once for all its days."""
        cells = dict.fromkeys(COLUMNS, "")
        cells |= self._whose(tenant, subscription)
        cells |= _what(meter)
        cells |= self._where(cells["EntitlementId"], meter)
        names = ("PartnerEarnedCreditPercentage", "CreditPercentage", "CreditType")
        cells |= dict(zip(names, credit, strict=True))
        for name in ("UsageDate", "Quantity", "BillingPreTaxTotal", "PricingPreTaxTotal"):
            cells[name] = _HOLE
        cells["EffectiveUnitPrice"] = _HOLE
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerow([cells[name] for name in COLUMNS])
        return out.getvalue()

    def _whose(self, tenant: Tenant, subscription: int) -> dict[str, str]:
        rng = dice("daily-usage-subscription", tenant.tenant_id, subscription)
        return {
            "PartnerId": self._partner,
            "PartnerName": "Southern Cross Managed Services Pty Ltd",
            "CustomerId": tenant.tenant_id,
            "CustomerName": tenant.company_name,
            "CustomerDomainName": tenant.domain,
            "CustomerCountry": tenant.country,
            "InvoiceNumber": self._made.invoice_no,
            "PublisherName": "Microsoft",
            "SubscriptionDescription": "Azure plan",
            "SubscriptionId": make_guid(dice("plan", tenant.tenant_id)),
            "ChargeStartDate": _moment(self._start),
            "ChargeEndDate": _moment(self._end),
            "ChargeType": "Usage",
            "BillingCurrency": "AUD",
            "PricingCurrency": "USD",
            "PCToBCExchangeRate": plain(RATE),
            "PCToBCExchangeRateDate": _moment(self._start),
            "EntitlementId": make_guid(rng),
            "EntitlementDescription": f"{tenant.company_name} - {subscription + 1}",
            "BenefitType": "Charge",
        }

    def _where(self, entitlement: str, meter: Meter) -> dict[str, str]:
        rng = self._rng
        number, workload = rng.randrange(40), rng.choice(("erp", "web", "files", "analytics"))
        group = f"rg-{workload}-{meter.location}-prod"
        group = group.upper() if rng.randrange(5) == 0 else group  # its casing is not stable
        team = rng.choice(_TEAMS)
        info = meter.family.info
        return {
            "ResourceLocation": meter.location,
            "ResourceGroup": group,
            "ResourceURI": (
                f"/subscriptions/{entitlement}/resourceGroups/{group}/providers/"
                f"{meter.family.provider}/{workload}-{meter.location}-{number:03}"
            ),
            "Tags": (f'{{"env":"production","owner":"{team}","cost-centre":"{4100 + number}"}}'),
            "AdditionalInfo": info % meter.size if "%s" in info else info,
        }


def _what(meter: Meter) -> dict[str, str]:
    family = meter.family
    return {
        "ProductId": meter.product_id,
        "SkuId": meter.sku_id,
        "AvailabilityId": meter.availability_id,
        "SkuName": meter.size,
        "ProductName": meter.product_name,
        "MeterType": f"{family.unit} {family.category}",
        "MeterCategory": family.category,
        "MeterId": meter.meter_id,
        "MeterSubCategory": meter.sub_category,
        "MeterName": meter.name,
        "MeterRegion": meter.region,
        "Unit": family.unit,
        "UnitType": family.unit,
        "ConsumedService": family.provider.split("/")[0],
        "UnitPrice": plain(meter.price),
    }


def _shares(rng: Random, rows: int, tenants: int) -> list[int]:
    """Rows per tenant: few large ones and many small ones, at least one each."""
    weights = [1 / rank for rank in range(1, tenants + 1)]
    whole = sum(weights)
    shares = [1 + int((rows - tenants) * weight / whole) for weight in weights]
    shares[0] += rows - sum(shares)
    rng.shuffle(shares)
    return shares


def _quantity(rng: Random, *, hourly: bool) -> Decimal:
    if hourly and rng.random() < 0.6:
        return Decimal(24)
    places = rng.choice((2, 6, 6, 10, 13))
    return Decimal(rng.randint(1, 24 * 10**places)).scaleb(-places)


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _scientific(value: Decimal) -> str:
    """As .NET writes it, with two digits of exponent."""
    if value.is_zero():
        return "0E-20"
    mantissa, exponent = f"{value:E}".split("E")
    return f"{mantissa}E{exponent[0]}{exponent[1:]:0>2}"


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
