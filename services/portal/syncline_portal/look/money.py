"""Amounts as a person reads them: two places, half up, thousands apart. Never calculated with."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"
"""As wide as a digit, and as a point."""
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


def aligned(texts: Sequence[str]) -> list[str]:
    """Numbers of one column that stands at the right: decimal points below each other."""
    fractions = [text.partition(" ")[0].partition(".")[2] for text in texts]
    most = max(map(len, fractions), default=0)
    return [_padded(*pair, most) for pair in zip(texts, fractions, strict=True)]


def _padded(text: str, fraction: str, most: int) -> str:
    """As wide as the longest: a point and digits that are not there leave their room."""
    number, space, unit = text.partition(" ")
    missing = FIGURE_SPACE * (most - len(fraction))
    point = POINT_SPACE if missing and not fraction else ""
    return f"{number}{point}{missing}{space}{unit}" if number else text


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
