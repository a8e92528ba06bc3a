"""Tie-out from document to PSA as a picture: the sum at each hop, green, or by how much off."""

from decimal import Decimal

from nicegui import ui
from syncline_contracts.mapping_query import TieOut

from syncline_portal.look.money import shown


def hops(tie: TieOut, psa: str, aside: Decimal) -> None:
    """Draw it: costs from the document to the charges, then prices to the PSA.

    `aside` is the sell price of what is not billed now: held, ignored or taken back.
    """
    billed = str(Decimal(tie.charges_sell) - aside)
    with ui.element("ul").classes("hops").props('aria-label="Tie-out from document to PSA"'):
        _hop("Document, cost", tie.document_cost, None, "as sent")
        _hop("Lines, cost", tie.lines_cost, tie.document_cost)
        _hop("Charges, cost", tie.charges_cost, tie.lines_cost)
        _hop("Charges, sell", tie.charges_sell, _whole(tie))
        if aside:
            _hop("Held or ignored", str(aside), None, "not billed now", "warn")
        _hop("Planned", tie.planned, billed)
        _hop(f"In {psa}", tie.psa, tie.planned or billed)


def _whole(tie: TieOut) -> str:
    """The exact sell price less what rounding keeps back."""
    return str(Decimal(tie.charges_sell_exact) - Decimal(tie.residual))


def _hop(
    label: str, amount: str | None, before: str | None, word: str = "✓ ties", tone: str = "good"
) -> None:
    off = None if amount is None or before is None else Decimal(amount) - Decimal(before)
    with ui.element("li"):
        ui.label(label).classes("hop")
        ui.label(shown(amount)).classes("sum")
        if amount is None:
            ui.label("not yet").classes("badge calm")
        elif off:
            ui.label(f"off by {shown(off, sign=True)}").classes("badge bad")
        else:
            ui.label(word).classes(f"badge {tone}")
