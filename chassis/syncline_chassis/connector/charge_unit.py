"""A write unit per charge, where the PSA bills charge by charge on an agreement or a contract."""

from syncline_contracts.charge import Charge
from syncline_contracts.money import round_minor, to_text

from syncline_chassis.errors import NotBillableError


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
