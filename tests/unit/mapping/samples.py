"""Lines, batches, manifests and facts for the tests of mapping."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from syncline_contracts.charge import Charge
from syncline_contracts.identity import invoice_key
from syncline_contracts.invoice import ControlTotal, InvoiceDetectedV1, TenantManifest
from syncline_contracts.line import LinesPricedV1
from syncline_contracts.money import add, round_minor, subtract, to_text
from syncline_contracts.partner import PartnerSettings
from syncline_mapping.domain.facts import Charged, Facts
from syncline_mapping.domain.manifest import ConnectorManifest, Vocabulary

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
MONTH = "2026-10"
SHA = "ab" * 32
ACCOUNT = "ACC-1"

Line = dict[str, Any]


def line(
    cost: str = "85.00",
    rrp: str | None = "100.00",
    sell: str | None = "100.00",
    *,
    item: str = "AZ-CONS",
    kind: str = "consumption",
    row: int = 1,
    entry: bool = True,
    **more: Any,
) -> Line:
    """A priced line; `rrp` None is one that has none, `entry` False one that no profile maps."""
    found: Line = {
        "row": row,
        "kind": kind,
        "vendor_item": item,
        "charge_type": "Usage",
        "cost": cost,
        "rrp_basis": "none" if rrp is None else "stated",
    }
    if rrp is not None:
        found["rrp"] = rrp
    if kind != "tax" and entry:
        found |= {"percent": "0", "profile_id": "std", "product_id": f"P-{item}"}
        if rrp is not None and sell is not None:
            found["sell"] = sell
    return found | more


def breakdown_line(row: int, cost: str, **fields: Any) -> Line:
    """A stored line with no more than it must have."""
    return {"row": row, "vendor_item": "AZ-CONS", "cost": cost, "charge_type": "new", **fields}


def key_of(partner_id: str, invoice_no: str = "DD-1") -> str:
    """Key of an invoice in these tests."""
    return invoice_key(partner_id, ACCOUNT, invoice_no)


def priced(
    partner_id: str,
    lines: Sequence[Line],
    *,
    tenant: str = "contoso",
    number: int = 1,
    version: int = 1,
    revision: int = 1,
    **more: Any,
) -> LinesPricedV1:
    """A batch whose head is what its lines add up to."""

    def total(name: str) -> str:
        return to_text(add(Decimal(one[name]) for one in lines if name in one))

    return LinesPricedV1.model_validate(
        {
            "partner_id": partner_id,
            "invoice_key": key_of(partner_id),
            "invoice_no": "DD-1",
            "revision": revision,
            "role": "billing",
            "lane": "small",
            "billing_month": MONTH,
            "document_sha256": SHA,
            "tenant_id": tenant,
            "tenant_name": tenant.title(),
            "batch_no": number,
            "currency": "AUD",
            "pricing_currency": "AUD",
            "fx_rate": "1",
            "cost": total("cost"),
            "pricing_version": version,
            "rrp": total("rrp"),
            "sell": total("sell"),
            "lines": list(lines),
            **more,
        }
    )


def manifest_of(tenant: str, batches: Sequence[Sequence[Line]]) -> TenantManifest:
    """What a document announces of a tenant."""
    lines = [one for batch in batches for one in batch]
    kinds: dict[str, list[Decimal]] = defaultdict(list)
    for one in lines:
        kinds[one["kind"]].append(Decimal(one["cost"]))
    return TenantManifest(
        tenant_id=tenant,
        tenant_name=tenant.title(),
        batches=len(batches),
        lines=len(lines),
        cost=add(Decimal(one["cost"]) for one in lines),
        by_kind=tuple(
            ControlTotal.model_validate({"kind": kind, "lines": len(costs), "cost": add(costs)})
            for kind, costs in sorted(kinds.items())
        ),
    )


def detected(
    partner_id: str,
    tenants: Mapping[str, Sequence[Sequence[Line]]],
    *,
    revision: int = 1,
    **more: Any,
) -> InvoiceDetectedV1:
    """An invoice with these batches of lines per tenant."""
    manifests = tuple(manifest_of(tenant, batches) for tenant, batches in tenants.items())
    return InvoiceDetectedV1.model_validate(
        {
            "partner_id": partner_id,
            "invoice_key": key_of(partner_id),
            "invoice_no": "DD-1",
            "source_id": "feed",
            "source_account": ACCOUNT,
            "revision": revision,
            "role": "billing",
            "billing_month": MONTH,
            "currency": "AUD",
            "lane": "small",
            "document_name": "DD-1",
            "document_sha256": SHA,
            "document_format": "distributor_invoice",
            "lines": sum(one.lines for one in manifests),
            "cost": add(one.cost for one in manifests),
            "tax": Decimal(0),
            "tenants": manifests,
            **more,
        }
    )


def partner(**more: Any) -> PartnerSettings:
    """A register entry with everything in place."""
    return PartnerSettings(
        **{
            "name": "Acme",
            "currency": "AUD",
            "connector": "slow",
            "connection_id": "main",
            **more,
        }
    )


def connector(agreement: str | None = None, *, negative: bool = True) -> ConnectorManifest:
    """A connector's manifest."""
    return ConnectorManifest(
        name="slow",
        vocabulary=Vocabulary(client="Contact", agreement=agreement, product="Item"),
        capabilities={"negative_totals": negative},
    )


def charge(cost: str = "85", rrp: str = "100", sell: str = "100", item: str = "AZ-CONS") -> Charge:
    """A charge; `sell` is exact."""
    exact = Decimal(sell)
    rounded = round_minor(exact, "AUD")
    return Charge(
        vendor_item=item,
        description=item,
        product_id=f"P-{item}",
        profile_id="std",
        percent=Decimal(0),
        lines=1,
        cost=Decimal(cost),
        rrp=Decimal(rrp),
        sell_exact=exact,
        sell=rounded,
        residual=subtract(exact, rounded),
    )


def charged(version: int = 1, digest: str = "", *charges: Charge) -> Charged:
    """A charge set."""
    rows = charges or (charge(),)
    return Charged(
        version=version,
        digest=digest or f"digest-{version}",
        revision=1,
        currency="AUD",
        client_id="C-1",
        connector="slow",
        connection_id="main",
        charges=rows,
        cost=add(one.cost for one in rows),
        rrp=add(one.rrp for one in rows),
        sell_exact=add(one.sell_exact for one in rows),
        sell=add(one.sell for one in rows),
        residual=add(one.residual for one in rows),
    )


def complete(**more: Any) -> Facts:
    """Facts of a tenant that nothing holds."""
    return Facts(**{"complete": True, "charge_set": charged(), **more})
