"""Tie-out: what came equals what the manifest announced, per line kind, to the last digit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from syncline_contracts.invoice import TenantManifest
from syncline_contracts.money import add, subtract, to_text

from syncline_mapping.domain.counted import counted
from syncline_mapping.domain.summary import TAX, KindSum


@dataclass(frozen=True, slots=True)
class Difference:
    """One line kind that does not tie: received less announced."""

    kind: str
    lines: int
    cost: Decimal


def differences(manifest: TenantManifest, received: Mapping[str, KindSum]) -> list[Difference]:
    """Every line kind whose lines or cost are not what the manifest says."""
    announced = {one.kind: KindSum(one.lines, one.cost) for one in manifest.by_kind}
    found = []
    for kind in sorted({*announced, *received}):
        expected = announced.get(kind, KindSum())  # type: ignore[call-overload]
        actual = received.get(kind, KindSum())
        off = Difference(kind, actual.lines - expected.lines, subtract(actual.cost, expected.cost))
        if off.lines or not off.cost.is_zero():
            found.append(off)
    return found


def in_words(off: Difference, currency: str) -> str:
    """By how much and where, for a person."""
    parts = []
    if off.lines:
        parts.append(counted(abs(off.lines), "more line" if off.lines > 0 else "fewer line"))
    if not off.cost.is_zero():
        parts.append(f"{to_text(off.cost)} {currency} of cost")
    return f"{off.kind}: {' and '.join(parts)} against the document"


def document_cost(manifest: TenantManifest) -> Decimal:
    """Cost that the document states for the tenant, tax lines apart."""
    return add(one.cost for one in manifest.by_kind if one.kind != TAX)


def lines_cost(received: Mapping[str, KindSum]) -> Decimal:
    """Cost of what came, tax lines apart."""
    return add(one.cost for kind, one in received.items() if kind != TAX)
