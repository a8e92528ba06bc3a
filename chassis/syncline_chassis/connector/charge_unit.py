"""A write unit per charge, where the PSA bills charge by charge on an agreement or a contract."""

from dataclasses import replace

from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.money import round_minor, to_text

from syncline_chassis.connector.protocol import DesiredRecord
from syncline_chassis.errors import NotBillableError

MOST_NAMED = 200
"""Letters by which a plan names a charge that it leaves out."""


def unit_name(charge: Charge) -> str:
    """A charge stays on its agreement: on another one it is another record."""
    return f"{charge.agreement_id or 0}/{charge.vendor_item}"


def agreement_of(unit: str) -> int:
    """Agreement of a unit; 0 where it has none."""
    text = unit.partition("/")[0]
    return int(text) if text.isdecimal() else 0


def check_rounded(charge: Charge, currency: str) -> None:
    """Whether a charge is a whole number of the smallest unit. Raises `NotBillableError`."""
    if charge.sell != round_minor(charge.sell, currency):
        raise NotBillableError(
            f"{charge.product_id} comes to {to_text(charge.sell)} {currency}, which is no whole "
            "number of its smallest unit.",
            "tie_out_failed",
        )


def with_left_out(charges: ChargeSet, wanted: DesiredRecord) -> DesiredRecord:
    """Beside its first record a plan names the charges of 0.00, which get none."""
    free = [_named(charge) for charge in charges.charges if not charge.sell]
    if not free or wanted.unit.name != unit_name(charges.billed()[0]):
        return wanted
    return replace(wanted, notes={**wanted.notes, "left_out_at_0.00": free})


def _named(charge: Charge) -> str:
    return f"{charge.product_id}: {' '.join(charge.description.split())}"[:MOST_NAMED]
