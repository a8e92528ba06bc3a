"""Charges: what will be billed; lines of one tenant grouped by vendor item."""

from typing import Annotated

from pydantic import Field

from syncline_contracts.identity import BillingMonth, Currency, Key, TenantId, VendorItem
from syncline_contracts.message import Model
from syncline_contracts.money import Amount


class Charge(Model):
    """One line of the bill. `sell` is rounded once, half up, to the minor unit."""

    vendor_item: VendorItem
    description: str
    product_id: str
    product_name: str = ""
    profile_id: str
    percent: Amount
    lines: Annotated[int, Field(ge=1)]
    cost: Amount
    rrp: Amount
    sell_exact: Amount
    sell: Amount
    residual: Amount
    """`sell_exact - sell`: kept and shown, never billed."""
    agreement_id: str | None = None
    """Agreement or contract, where the partner's PSA has one."""


class ChargeSet(Model):
    """All charges of one tenant on one invoice, as they stand at `version`."""

    invoice_key: Key
    invoice_no: str
    revision: Annotated[int, Field(ge=1)]
    billing_month: BillingMonth
    tenant_id: TenantId
    tenant_name: str
    client_id: str
    """Company or contact in the PSA."""
    client_name: str = ""
    currency: Currency
    version: Annotated[int, Field(ge=1)]
    charges: tuple[Charge, ...]
    cost: Amount
    rrp: Amount
    sell: Amount
    residual: Amount

    def billed(self) -> tuple[Charge, ...]:
        """Those that come to something; a charge of 0.00 is shown and bills nothing."""
        return tuple(charge for charge in self.charges if charge.sell)
