"""How one line of a distributor invoice is made: every amount follows from exact decimals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from uuid import UUID

from syncline_sandbox import catalogue
from syncline_sandbox.catalogue import Commitment, Meter, Offer, Stock
from syncline_sandbox.decimals import ZERO, plain, product, quotient, round_half_even
from syncline_sandbox.dice import dice
from syncline_sandbox.months import feed_date
from syncline_sandbox.tenants import Tenant

_TAX_RATE = Decimal("0.1")
_SUBSCRIPTIONS = ("Production", "Dev/Test", "Azure subscription 1", "Shared Services", "DR")
_GROUPS = (
    "rg-prod-aue",
    "rg-network",
    "RG-SQL",
    "rg-backup",
    "rg-avd-hosts",
    "rg-web",
    "NetworkWatcherRG",
)


@dataclass(frozen=True, slots=True)
class DistributorLine:
    """One line as the distributor states it; None is a blank cell."""

    line_number: int
    tenant: Tenant
    stock: Stock
    manufacturer_code: str
    charge_type: str
    charge_start: date
    charge_end: date
    quantity: Decimal
    unit: str
    total_ex_tax: Decimal
    unit_price: Decimal
    effective_unit_price: Decimal
    list_price: Decimal | None
    rrp_ex_tax: Decimal | None
    tax: Decimal
    pricing_currency: str
    exchange_rate: Decimal
    meter: str = ""
    subscription_id: str = ""
    parent_subscription_id: str = ""
    subscription_reference: str = ""
    resource_group: str = ""
    azure_subscription_id: str = ""
    azure_subscription_name: str = ""
    reservation_order_id: str = ""
    reference_id: str = ""
    credit_reason: str = ""

    def to_feed(self) -> dict[str, str]:
        """Write the line as the feed carries it: strings only."""
        return {
            "LineNumber": str(self.line_number),
            "TenantId": self.tenant.tenant_id,
            "TenantDescription": self.tenant.description,
            "CompanyName": self.tenant.company_name,
            "TenantDomain": self.tenant.domain,
            "StockCode": self.stock.code,
            "StockDescription": self.stock.description,
            "ManufacturerStockCode": self.manufacturer_code,
            "SubscriptionId": self.subscription_id,
            "ParentSubscriptionId": self.parent_subscription_id,
            "SubscriptionReference": self.subscription_reference,
            "SubscriptionType": "CSP",
            "ChargeType": self.charge_type,
            "ChargeStart": feed_date(self.charge_start),
            "ChargeEnd": feed_date(self.charge_end),
            "Quantity": plain(self.quantity),
            "UnitOfMeasure": self.unit,
            "UnitPrice": plain(self.unit_price),
            "ListPrice": _blank(self.list_price),
            "EffectiveUnitPrice": plain(self.effective_unit_price),
            "RRPExTax": _blank(self.rrp_ex_tax),
            "LineTotalExTax": plain(self.total_ex_tax),
            "TaxAmount": plain(self.tax),
            "PricingCurrency": self.pricing_currency,
            "ExchangeRate": plain(self.exchange_rate),
            "MeterDescription": self.meter,
            "ResourceGroup": self.resource_group,
            "AzureSubscriptionId": self.azure_subscription_id,
            "AzureSubscriptionName": self.azure_subscription_name,
            "ReservationOrderId": self.reservation_order_id,
            "ReferenceId": self.reference_id,
            "CreditReason": self.credit_reason,
        }


@dataclass(frozen=True, slots=True)
class Period:
    """The billed days, both included, with the month's fixed rate."""

    start: date
    end: date
    rate: Decimal
    pricing_currency: str


@dataclass(frozen=True, slots=True)
class _Plan:
    plan_id: str
    reference: str
    subscriptions: tuple[tuple[str, str], ...]


def make_guid(rng: Random) -> str:
    """Return a version 4 GUID drawn from `rng`."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def tax_on(amount: Decimal) -> Decimal:
    """Return goods and services tax, exact to 20 places."""
    return round_half_even(product(amount, _TAX_RATE))


class TenantLines:
    """Makes the lines of one tenant; its subscriptions are the same in every month."""

    def __init__(self, seed: int, tenant: Tenant, period: Period) -> None:
        self.tenant = tenant
        self._period = period
        self._seed = seed
        fixed = dice("plans", seed, tenant.tenant_id)
        self._plans = [_make_plan(fixed) for _ in range(fixed.randint(1, 2))]
        self._groups = fixed.sample(_GROUPS, fixed.randint(2, 4))
        self._rng = dice("lines", seed, tenant.tenant_id, period.start)

    def usage(
        self, meter: Meter, *, state_rrp: bool = True, late: Period | None = None
    ) -> DistributorLine:
        """Metered consumption; the retail amount is list price x quantity x rate."""
        rng = self._rng
        limit = meter.most * 10**meter.places
        size = rng.choice((limit // 40, limit // 6, limit))
        quantity = Decimal(rng.randint(1, max(1, size))).scaleb(-meter.places)
        cost_pc = product(meter.price, meter.ratio)
        cost = round_half_even(product(cost_pc, self._period.rate, quantity))
        # A lower tier is retail's price as well, so retail follows the cost there.
        tiered = meter.ratio < Decimal("0.8")
        retail = (
            quotient(cost, Decimal("0.88"))
            if tiered
            else round_half_even(product(meter.price, self._period.rate, quantity))
        )
        return self._line(
            catalogue.CONSUMPTION, meter.manufacturer_code, "Usage", quantity, meter.unit, cost,
            effective=cost_pc, listed=meter.price, rrp=retail if state_rrp or tiered else None,
            meter=meter.name, period=late, subscription=True,
        )  # fmt: skip

    def free(self, meter: Meter, *, state_rrp: bool) -> DistributorLine:
        """Use inside a free grant: a list price, and nothing to pay."""
        quantity = Decimal(self._rng.randint(1, meter.most * 1000)).scaleb(-3)
        return self._line(
            catalogue.CONSUMPTION, meter.manufacturer_code, "Usage", quantity, meter.unit, ZERO,
            effective=ZERO, listed=meter.price, rrp=ZERO if state_rrp else None,
            meter=meter.name, subscription=True,
        )  # fmt: skip

    def commitment(
        self, stock: Stock, bought: Commitment, charge_type: str, reference_id: str = ""
    ) -> DistributorLine:
        """A reservation or savings plan charge, retail stated."""
        quantity = Decimal(self._rng.randint(1, 3))
        each = product(bought.retail, Decimal("0.93"))
        return self._line(
            stock, bought.manufacturer_code, charge_type, quantity, bought.term,
            round_half_even(product(each, self._period.rate, quantity)),
            effective=each, listed=bought.listed,
            rrp=round_half_even(product(bought.retail, self._period.rate, quantity)),
            meter=bought.name, reservation=make_guid(self._rng), reference_id=reference_id,
        )  # fmt: skip

    def refund(self, charge: DistributorLine, share: Decimal) -> DistributorLine:
        """Give back a share of `charge`; the sign sits in the price, as in Microsoft's files."""
        cost = round_half_even(product(-charge.total_ex_tax, share))
        return self._line(
            charge.stock, charge.manufacturer_code, "Refund", charge.quantity, charge.unit, cost,
            effective=round_half_even(product(-charge.effective_unit_price, share)),
            listed=charge.list_price, rrp=None, meter=charge.meter,
            reservation=charge.reservation_order_id, reference_id=charge.reference_id,
        )  # fmt: skip

    def marketplace(self, offer: Offer, *, state_rrp: bool = True) -> DistributorLine:
        """A third party's product; without a stated retail price there is no list price either."""
        cost = round_half_even(product(offer.price, self._period.rate, Decimal("0.95")))
        retail = round_half_even(product(offer.price, self._period.rate))
        return self._line(
            catalogue.MARKETPLACE, offer.manufacturer_code, "Usage", Decimal(1), "1/Month", cost,
            effective=product(offer.price, Decimal("0.95")),
            listed=offer.price if state_rrp else None, rrp=retail if state_rrp else None,
            meter=f"{offer.name} ({offer.publisher})", subscription=True,
        )  # fmt: skip

    def credit(self, amount: Decimal, reason: str, period: Period | None = None) -> DistributorLine:
        """Money back without a charge that it reverses; `amount` is negative."""
        return self._line(
            catalogue.CREDIT, "", "Credit", Decimal(1), "1", amount,
            effective=quotient(amount, self._period.rate), listed=None, rrp=None,
            period=period, credit_reason=reason,
        )  # fmt: skip

    def mixture(self, count: int, *, blank_rrp: bool) -> list[DistributorLine]:
        """Many usage lines; one in nine leaves its retail amount to be worked out."""
        rng = self._rng
        wanted: Sequence[Meter] = [rng.choice(catalogue.METERS) for _ in range(count)]
        return [self.usage(m, state_rrp=not (blank_rrp and rng.randrange(9) == 0)) for m in wanted]

    def _line(
        self, stock: Stock, code: str, charge_type: str, quantity: Decimal, unit: str,
        cost: Decimal, *, effective: Decimal, listed: Decimal | None, rrp: Decimal | None,
        meter: str = "", period: Period | None = None, subscription: bool = False,
        reservation: str = "", reference_id: str = "", credit_reason: str = "",
    ) -> DistributorLine:  # fmt: skip
        days = period or self._period
        plan = self._rng.choice(self._plans)
        azure_id, azure_name = self._rng.choice(plan.subscriptions)
        return DistributorLine(
            line_number=0,
            tenant=self.tenant,
            stock=stock,
            manufacturer_code=code,
            charge_type=charge_type,
            charge_start=days.start,
            charge_end=days.end,
            quantity=quantity,
            unit=unit,
            total_ex_tax=cost,
            unit_price=quotient(cost, quantity),
            effective_unit_price=effective,
            list_price=listed,
            rrp_ex_tax=rrp,
            tax=tax_on(cost),
            pricing_currency=days.pricing_currency,
            exchange_rate=days.rate,
            meter=meter,
            subscription_id=plan.plan_id,
            parent_subscription_id=plan.plan_id if subscription else "",
            subscription_reference=plan.reference,
            resource_group=self._rng.choice(self._groups) if subscription else "",
            azure_subscription_id=azure_id if subscription else "",
            azure_subscription_name=azure_name if subscription else "",
            reservation_order_id=reservation,
            reference_id=reference_id,
            credit_reason=credit_reason,
        )


def _make_plan(rng: Random) -> _Plan:
    names = rng.sample(_SUBSCRIPTIONS, rng.randint(1, 3))
    return _Plan(
        plan_id=make_guid(rng),
        reference=f"DDS{rng.randrange(10**7):07}",
        subscriptions=tuple((make_guid(rng), name) for name in names),
    )


def _blank(value: Decimal | None) -> str:
    return "" if value is None else plain(value)
