"""Daily usage beside its invoice: differences per class and per tenant; pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from syncline_contracts.invoice import TenantManifest
from syncline_contracts.line import LineKind
from syncline_contracts.money import ZERO, add, subtract
from syncline_contracts.usage import MAX_GAPS, ClassTie, TenantGap

_Of = tuple[str, LineKind]


class Comparison(NamedTuple):
    """What was found; see `UsageTie`."""

    is_tied: bool
    classes: tuple[ClassTie, ...]
    gaps: tuple[TenantGap, ...]
    gap_count: int


def compare(
    billing: Iterable[TenantManifest], detail: Iterable[TenantManifest], tolerance: Decimal
) -> Comparison:
    """Compare what both can hold: reservations, seats and the like have no cost in daily usage."""
    billing, detail = tuple(billing), tuple(detail)
    names = {one.tenant_id: one.tenant_name for one in (*detail, *billing)}
    billed, used = _costs(billing), _costs(detail)
    kinds: set[LineKind] = {"consumption", *(kind for _, kind in used)}
    classes = tuple(_class(kind, billed, used, tolerance) for kind in sorted(kinds))
    gaps = [
        TenantGap(
            tenant_id=tenant_id,
            tenant_name=names[tenant_id],
            kind=kind,
            billing=billed.get((tenant_id, kind), ZERO),
            detail=used.get((tenant_id, kind), ZERO),
            difference=difference,
        )
        for tenant_id, kind in sorted({*billed, *used})
        if kind in kinds and (difference := _difference(billed, used, (tenant_id, kind)))
    ]
    gaps.sort(key=lambda gap: -abs(gap.difference))
    is_tied = all(one.is_tied for one in classes)
    return Comparison(is_tied, classes, tuple(gaps[:MAX_GAPS]), len(gaps))


def _costs(tenants: Iterable[TenantManifest]) -> dict[_Of, Decimal]:
    return {
        (tenant.tenant_id, total.kind): total.cost for tenant in tenants for total in tenant.by_kind
    }


def _difference(billed: Mapping[_Of, Decimal], used: Mapping[_Of, Decimal], of: _Of) -> Decimal:
    return subtract(used.get(of, ZERO), billed.get(of, ZERO))


def _class(
    kind: LineKind, billed: Mapping[_Of, Decimal], used: Mapping[_Of, Decimal], tolerance: Decimal
) -> ClassTie:
    billing = add(cost for (_, one), cost in billed.items() if one == kind)
    detail = add(cost for (_, one), cost in used.items() if one == kind)
    difference = subtract(detail, billing)
    return ClassTie(
        kind=kind,
        billing=billing,
        detail=detail,
        difference=difference,
        is_tied=abs(difference) <= tolerance,
    )
