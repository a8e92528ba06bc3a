"""Cells of one document: parsed, remembered where they repeat, refused with their place."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from syncline_ingest.readers import text as texts
from syncline_ingest.readers.day import parse_day
from syncline_ingest.readers.number import is_plain, parse_number
from syncline_ingest.readers.refusal import RefusedDocumentError, refuse, shown

MAX_REMEMBERED = 20_000
_CURRENCY = re.compile(r"[A-Z]{3}")
_AGAIN = "Ask the supplier for the file again, or export it again."
V = TypeVar("V")


class Conversion(NamedTuple):
    """How a line's prices become billing currency; see `Owner`."""

    pricing_currency: str
    fx_rate: str
    has_rate: bool


class Cells:
    """Parses the cells of one document. Raises `RefusedDocumentError`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._days: dict[str, str] = {}
        self.known_texts: dict[str, str] = {"": ""}
        """What `text` made of cells, for the hot path to look at first."""
        self.known_ids: dict[str, str] = {"": ""}
        """What `id` made of cells, likewise."""

    def number(self, row: int, column: str, cell: str) -> str | None:
        """Exact decimal text; None where it is missing."""
        if is_plain(cell):
            return cell
        try:
            return parse_number(cell)
        except ValueError as error:
            raise self._bad("bad_number", row, column, cell, error) from None

    def amount(self, row: int, column: str, cell: str) -> str:
        """The amount that a line cannot do without: a blank one is not zero."""
        found = self.number(row, column, cell)
        if found is None:
            detail = f"the amount is missing. {_AGAIN}"
            raise refuse("missing_amount", self.name, detail, row=row, column=column)
        return found

    def rate(self, row: int, column: str, cell: str) -> str | None:
        """A rate above zero, without trailing zeros; None where it is missing."""
        found = self.number(row, column, cell)
        if found is None:
            return None
        value = Decimal(found)
        if value <= 0:
            error = ValueError("is no exchange rate: it must be above zero")
            raise self._bad("bad_number", row, column, cell, error)
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text

    def currency(self, row: int, column: str, cell: str) -> str:
        """A currency code in capitals."""
        found = self.text(cell).upper()
        if not _CURRENCY.fullmatch(found):
            detail = f"'{shown(cell)}' is no currency code of three letters."
            raise refuse("bad_currency", self.name, detail, row=row, column=column)
        return found

    def conversion(
        self, row: int, billing: str, pricing_cell: str, rate_column: str, rate_cell: str
    ) -> Conversion:
        """From pricing to billing currency; without a rate the pricing currency is left out."""
        pricing = billing
        if self.text(pricing_cell):
            pricing = self.currency(row, "PricingCurrency", pricing_cell)
        rate = self.rate(row, rate_column, rate_cell)
        if rate is None:
            return Conversion(billing, "1", pricing == billing)
        return Conversion(pricing, rate, has_rate=True)

    def day(self, row: int, column: str, cell: str) -> str:
        """ISO day; empty where it is missing."""
        found = self._days.get(cell)
        if found is None:
            try:
                day = parse_day(cell)
            except ValueError as error:
                raise self._bad("bad_date", row, column, cell, error) from None
            found = day.isoformat() if day else ""
            _remember(self._days, cell, found)
        return found

    def date(self, row: int, column: str, cell: str) -> date | None:
        """A date; None where it is missing."""
        found = self.day(row, column, cell)
        return date.fromisoformat(found) if found else None

    def text(self, cell: str) -> str:
        """Text on one line, cut at a sane length; empty where it is missing."""
        found = self.known_texts.get(cell)
        if found is None:
            found = texts.clean(cell)
            _remember(self.known_texts, cell, found)
        return found

    def id(self, row: int, column: str, cell: str) -> str:
        """An id, uncut; empty where it is missing."""
        found = self.known_ids.get(cell)
        if found is None:
            found = self.parsed(row, column, cell, texts.clean_id)
            _remember(self.known_ids, cell, found)
        return found

    def parsed(self, row: int, column: str, cell: str, parse: Callable[[str], V]) -> V:
        """What `parse` makes of an id; its `ValueError` becomes a refusal."""
        try:
            return parse(cell)
        except ValueError as error:
            raise self._bad("bad_id", row, column, cell, error) from None

    def _bad(
        self, code: str, row: int, column: str, cell: str, error: ValueError
    ) -> RefusedDocumentError:
        detail = f"'{shown(cell)}' {error}. {_AGAIN}"
        return refuse(code, self.name, detail, row=row, column=column)


def _remember(memory: dict[str, str], cell: str, value: str) -> None:
    # Repeating cells fill it once; a file in which every cell differs must not fill the memory.
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    if len(cell) <= texts.MAX_TEXT:
        memory[cell] = value
