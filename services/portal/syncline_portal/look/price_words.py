"""What prices make of invoices, in words."""

from decimal import Decimal

from syncline_contracts.money import add
from syncline_contracts.reprice_query import InvoicePreview, PriceEffect, PricePreview

from syncline_portal.look.money import margin, month, shown


def name_of(invoice: InvoicePreview) -> str:
    """Month and number of an invoice."""
    return f"{month(invoice.billing_month)} · {invoice.invoice_no}"


def counted(number: int, noun: str) -> str:
    """`1 charge`, `2 charges`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sells(effect: PriceEffect) -> str:
    """Sell as it is, and as it becomes."""
    return f"{shown(effect.sell)} → {shown(effect.sell_after)}"


def effect(effect: PriceEffect) -> str:
    """How much becomes other, and what that does to the sell."""
    return (
        f"{counted(effect.charges, 'charge')} of {counted(effect.tenants, 'tenant')}, "
        f"sell {sells(effect)}"
    )


def on_the_last(found: PricePreview) -> str:
    """What prices would give on the newest invoice; losses are said as well."""
    if not found.invoices:
        return "There is no invoice yet on which this could be tried."
    one = found.invoices[0]
    effects = [part for part in (one.unsynced, one.synced) if part is not None]
    if not effects:
        return f"On the last invoice, {name_of(one)}, this would change nothing."
    text = f"On the last invoice, {name_of(one)}, this would give: {effect(_together(effects))}"
    text += f", margin {_margins(_together(effects))}."
    below = sum(part.below_cost for part in effects)
    if below:
        text += f" {counted(below, 'charge')} would sell below cost."
    if one.unsynced is None:
        text += " It is synced: there it takes Re-price."
    return text


def _margins(effect: PriceEffect) -> str:
    return f"{margin(effect.cost, effect.sell)} → {margin(effect.cost, effect.sell_after)}"


def _together(effects: list[PriceEffect]) -> PriceEffect:
    def total(name: str) -> str:
        return str(add(Decimal(getattr(one, name)) for one in effects))

    return PriceEffect(
        tenants=sum(one.tenants for one in effects),
        charges=sum(one.charges for one in effects),
        below_cost=sum(one.below_cost for one in effects),
        cost=total("cost"),
        sell=total("sell"),
        sell_after=total("sell_after"),
    )
