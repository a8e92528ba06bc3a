"""RRP of a line (design, section 5, rule 3): the first rule that applies, and which one it was.

Every rule but `ratio` reads the line alone. What a rule cannot tell for sure it leaves to the next
one; the last answer is `none`, which holds the line until a person decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, NotRequired

from syncline_contracts import money
from syncline_contracts.line import LineKind, RrpBasis
from syncline_contracts.money import ZERO, AmountText, divide, multiply, quantise, subtract
from syncline_contracts.partner import RrpPolicy
from typing_extensions import TypedDict

HUNDRED = Decimal(100)
_MAX_INTEGER_DIGITS = 40
_MICROSOFT = frozenset({"", "microsoft", "microsoft corporation"})
_LIST_PRICED: frozenset[LineKind] = frozenset(
    {"seat", "software_subscription", "perpetual_software", "marketplace"}
)
"""By list where they are not prorated. The list price of a commitment is that of another unit."""


class LineView(TypedDict):
    """What pricing reads of a line; see `syncline_contracts.line.Line`."""

    row: int
    kind: LineKind
    vendor_item: str
    cost: AmountText
    quantity: NotRequired[AmountText]
    list_unit_price: NotRequired[AmountText]
    effective_unit_price: NotRequired[AmountText]
    stated_rrp: NotRequired[AmountText]
    retail_cost: NotRequired[AmountText]
    pec_percent: NotRequired[AmountText]
    prorated: NotRequired[bool]
    reference_id: NotRequired[str]
    credit_reason: NotRequired[str]
    publisher: NotRequired[str]


class Rrp(NamedTuple):
    """RRP in billing currency and the rule that gave it; no amount with `none` only."""

    amount: Decimal | None
    basis: RrpBasis


class Ratio(NamedTuple):
    """RRP and cost of what a refund reverses, each summed; `cost` is above zero."""

    rrp: Decimal
    cost: Decimal


UNKNOWN = Rrp(None, "none")


@dataclass(frozen=True, slots=True)
class Terms:
    """What besides the line decides: exchange rate, the partner's policy, what is reversed."""

    fx_rate: Decimal
    policy: RrpPolicy | None = None
    reversed: Ratio | None = None


def is_refund(line: LineView, cost: Decimal) -> bool:
    """Tell whether a line reverses another one, which its reference names."""
    return cost < ZERO and bool(line.get("reference_id"))


def rrp_of(line: LineView, cost: Decimal, terms: Terms) -> Rrp:
    """RRP of a line whose `cost` is already parsed."""
    stated = line.get("stated_rrp")
    if stated is not None:
        return Rrp(Decimal(stated), "stated")
    for rule in _RULES:
        found = rule(line, cost, terms)
        if found is not None:
            return found
    return UNKNOWN


def _retail(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    retail = line.get("retail_cost")
    return Rrp(Decimal(retail), "retail") if retail is not None else None


def _tax(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    """Tax is carried through so that sums tie; it never sells (rule 2)."""
    return Rrp(cost, "cost") if line["kind"] == "tax" else None


def _partner_earned_credit(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    """Microsoft's usage cost is retail less the credit; a credit of all of it tells nothing."""
    text = line.get("pec_percent")
    if text is None or not _is_usage(line) or not _is_microsofts(line):
        return None
    if cost.is_zero():
        return Rrp(ZERO, "pec")
    percent = Decimal(text)
    if not ZERO <= percent < HUNDRED:
        return UNKNOWN
    return Rrp(_computed(divide(multiply(cost, HUNDRED), subtract(HUNDRED, percent))), "pec")


def _ratio(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    """Before list price x quantity: a part refund may show the quantity of the whole."""
    if terms.reversed is None or not is_refund(line, cost):
        return None
    retail, paid = terms.reversed
    return Rrp(_computed(divide(multiply(cost, retail), paid)), "ratio")


def _list_price(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    """List price x quantity x rate with the sign of the cost; what is free stays free."""
    effective = line.get("effective_unit_price")
    is_free = effective is not None and Decimal(effective).is_zero()
    if is_free and cost.is_zero():  # whatever kind it is: nothing was charged, at a price of zero
        return Rrp(ZERO, "list")
    if not _has_list_price(line) or "list_unit_price" not in line or "quantity" not in line:
        return None
    if is_free or cost.is_zero():
        return Rrp(ZERO, "list")
    price, quantity = Decimal(line["list_unit_price"]), Decimal(line["quantity"])
    product = multiply(price, quantity, terms.fx_rate)
    # Zero stands in for a price or quantity that the supplier left out: it cannot make a
    # line that costs something sell for nothing.
    return None if product.is_zero() else Rrp(_computed(product.copy_sign(cost)), "list")


def _credit(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    is_credit = line["kind"] == "credit" or bool(line.get("credit_reason"))
    return Rrp(cost, "cost") if is_credit and cost < ZERO else None


def _by_policy(line: LineView, cost: Decimal, terms: Terms) -> Rrp | None:
    match terms.policy:
        case RrpPolicy(mode="cost"):
            return Rrp(cost, "policy")
        case RrpPolicy(mode="cost_plus", percent=percent):
            return Rrp(raised(cost, percent), "policy")
        case _:
            return None


_Rule = Callable[[LineView, Decimal, Terms], Rrp | None]
_RULES: tuple[_Rule, ...] = (
    _retail,
    _tax,
    _partner_earned_credit,
    _ratio,
    _list_price,
    _credit,
    _by_policy,
)


def raised(amount: Decimal, percent: Decimal) -> Decimal:
    """An amount x (1 + percent / 100); at 0 % the very same amount."""
    if percent.is_zero():
        return amount
    return _computed(money.raised(amount, percent))


def _computed(value: Decimal) -> Decimal:
    """Quantise once. Raises `ArithmeticError` where the contracts could not carry the amount."""
    value = quantise(value)
    if value.adjusted() >= _MAX_INTEGER_DIGITS:
        raise OverflowError(f"an amount has more than {_MAX_INTEGER_DIGITS} digits")
    return value


def _is_usage(line: LineView) -> bool:
    return line["kind"] == "consumption" and not line.get("credit_reason")


def _is_microsofts(line: LineView) -> bool:
    return line.get("publisher", "").strip().casefold() in _MICROSOFT


def _has_list_price(line: LineView) -> bool:
    """Tell whether list price x quantity can be what the line costs at retail."""
    if _is_usage(line):
        return not line.get("prorated", False)
    is_charge = line["kind"] in _LIST_PRICED and not line.get("credit_reason")
    return is_charge and line.get("prorated") is False
