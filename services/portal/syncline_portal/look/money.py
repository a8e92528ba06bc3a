"""Amounts as a person reads them: two places, half up, thousands apart. Never calculated with."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

NONE = "–"  # noqa: RUF001 - an en dash: there is nothing to show


def shown(amount: str | Decimal | None, sign: bool = False) -> str:
    """An exact amount for the eye; a dash where it is not known."""
    if amount is None:
        return NONE
    value = Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{value:+,.2f}" if sign else f"{value + 0:,.2f}"


def percent(value: str | Decimal) -> str:
    """A percentage without zeros that say nothing."""
    return f"{Decimal(value).normalize() + 0:f} %"


def asked_percent(text: object) -> Decimal | None:
    """What a person typed; None unless it is a number from -100 to 1000."""
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and -100 <= value <= 1000 else None


def margin(cost: str | Decimal, sell: str | Decimal | None) -> str:
    """What is earned: sell less cost."""
    return shown(None if sell is None else Decimal(sell) - Decimal(cost))


def change(now: str | Decimal, before: Decimal | None) -> str:
    """By how much a sum differs from what it was."""
    return "new" if before is None else shown(Decimal(now) - before, sign=True)


def month(billing_month: str, *, short: bool = False) -> str:
    """`2026-10` as `October 2026`, or as `Oct 2026`."""
    year, number = billing_month.split("-")
    name = _MONTHS[int(number) - 1]
    return f"{name[:3] if short else name} {year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
