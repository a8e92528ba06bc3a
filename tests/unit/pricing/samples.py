"""Lines, batches and price books for the tests of pricing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from syncline_contracts.money import add, to_text
from syncline_contracts.profile import ProfileEntry
from syncline_pricing.domain.batch import BatchView
from syncline_pricing.domain.book import PriceBook

FX_RATE = "1.5"


def line(**fields: Any) -> dict[str, Any]:
    """A usage line that costs 85 and says nothing about retail, but for what is given."""
    return {
        "row": 1,
        "kind": "consumption",
        "vendor_item": "AZ-VM",
        "charge_type": "new",
        "cost": "85.00",
        **fields,
    }


def document(lines: Iterable[Mapping[str, Any]], **fields: Any) -> dict[str, Any]:
    """A published batch as it travels."""
    rows = [dict(one) for one in lines]
    return {
        "partner_id": "acme-it",
        "invoice_key": "0123456789abcdef",
        "invoice_no": "INV-1001",
        "revision": 1,
        "role": "billing",
        "lane": "small",
        "billing_month": "2026-06",
        "document_sha256": "a" * 64,
        "tenant_id": "11111111-1111-4111-8111-111111111111",
        "tenant_name": "Contoso",
        "batch_no": 1,
        "currency": "AUD",
        "pricing_currency": "USD",
        "fx_rate": FX_RATE,
        "cost": to_text(add(Decimal(row["cost"]) for row in rows)),
        "lines": rows,
        **fields,
    }


def batch(*lines: Mapping[str, Any], **fields: Any) -> BatchView:
    """A batch as pricing reads it."""
    return BatchView.model_validate(document(lines, **fields))


def entry(vendor_item: str = "AZ-VM", percent: str = "0") -> ProfileEntry:
    """A product mapping."""
    return ProfileEntry(
        vendor_item=vendor_item, product_id=f"P-{vendor_item}", percent_off_rrp=Decimal(percent)
    )


def book(*entries: ProfileEntry, **fields: Any) -> PriceBook:
    """A price book whose default profile has these entries."""
    profile = {one.vendor_item: one for one in entries}
    return PriceBook(**{"version": 1, "profiles": {"std": profile}, "default": "std", **fields})
