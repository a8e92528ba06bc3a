"""Price x quantity beside the stated amount: told, never used (design 5.2)."""

from decimal import Context, Decimal

from syncline_contracts.line import Line

_CENT = Decimal("0.01")
_ONE = Decimal(1)
# Only a comparison with a tolerance: what is past 60 digits cannot matter.
_ROUGH = Context(prec=60)


def is_off(line: Line, cost: Decimal, fx_rate: Decimal) -> bool:
    """Tell whether the stated amount is not what price, quantity and rate give.

    Signs are left out: suppliers put the minus into price, quantity or amount alone. The tolerance
    covers both roundings that Microsoft states: per line for usage, per unit for all else.
    """
    price, quantity = line.get("effective_unit_price"), line.get("quantity")
    if price is None or quantity is None:
        return False
    units = abs(Decimal(quantity))
    expected = _ROUGH.multiply(_ROUGH.multiply(abs(Decimal(price)), units), fx_rate)
    off = abs(_ROUGH.subtract(expected, abs(cost)))
    if off <= _CENT:
        return False
    per_line = _ROUGH.add(_CENT, _ROUGH.multiply(_CENT, fx_rate))
    if line["kind"] == "consumption":
        return off > per_line
    return off > per_line + _ROUGH.multiply(_CENT, max(units, _ONE))
