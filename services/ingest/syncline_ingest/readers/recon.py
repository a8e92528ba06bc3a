"""Reader of the Partner Center reconciliation file (invoice formats 2)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, cast

from syncline_contracts.line import Line
from syncline_contracts.money import ZERO

from syncline_ingest.readers import recon_columns as columns
from syncline_ingest.readers.cells import MAX_REMEMBERED, Cells
from syncline_ingest.readers.csv_rows import CsvRows
from syncline_ingest.readers.document import DocumentHead, Owner, SourceLine
from syncline_ingest.readers.number import is_plain
from syncline_ingest.readers.price_check import is_off
from syncline_ingest.readers.recon_kind import WHOLE_CYCLE_CHARGES, Nature, recon_nature
from syncline_ingest.readers.refusal import refuse, shown
from syncline_ingest.readers.text import (
    clean_id,
    clean_reference,
    clean_sku,
    clean_tenant_id,
)

_EARNED_CREDIT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,10})?)\s?% partner earned credit", re.I)
_HALF = Decimal("0.5")


class ReconReader:
    """Reads one reconciliation file, once."""

    format: ClassVar[str] = "partner_center_recon"

    def __init__(self, name: str) -> None:
        self._name = name
        self._cells = Cells(name)
        self._plan: columns.ColumnPlan
        self._fixed_cells: tuple[str, ...] = ()
        self._account = self._invoice_no = self._currency = ""
        self._owners: dict[tuple[str, ...], tuple[Owner, Decimal]] = {}
        self._natures: dict[tuple[str, ...], Nature] = {}
        self._skus: dict[tuple[str, str], str] = {}
        self._credits: dict[str, str] = {}
        self._plan_months: Counter[str] = Counter()
        self._other_months: Counter[str] = Counter()
        self._mismatches = 0
        self._rows = 0

    def lines(self, chunks: Iterable[bytes]) -> Iterator[SourceLine]:
        """See `Reader.lines`."""
        rows = CsvRows(self._name, chunks)
        self._plan = columns.plan_columns(self._name, rows.read_header())
        for row, cells in rows:
            if not any(cells):
                continue
            cells.append("")
            self._rows += 1
            yield self._line(row, cells)
        if not self._rows:
            detail = "it has a header and no lines, so there is nothing to bill."
            raise refuse("no_lines", self._name, detail)

    def head(self) -> DocumentHead:
        """See `Reader.head`."""
        return DocumentHead(
            format=self.format,
            invoice_no=self._invoice_no,
            source_account=self._account,
            currency=self._currency,
            billing_month=self._billing_month(),
            price_mismatches=self._mismatches,
        )

    def _line(self, row: int, cells: list[str]) -> SourceLine:
        plan = self._plan
        fixed = plan.fixed(cells)
        if fixed != self._fixed_cells:
            self._check_fixed(row, fixed)
        owner_cells = plan.owner(cells)
        owner, rate = self._owners.get(owner_cells) or self._owner(row, owner_cells)
        nature_cells = plan.nature(cells)
        nature = self._natures.get(nature_cells) or self._nature(row, nature_cells)
        subtotal, tax = plan.amount(cells)
        cost = subtotal if is_plain(subtotal) else self._cells.amount(row, "Subtotal", subtotal)
        line: dict[str, Any] = {
            "row": row,
            "kind": nature.kind,
            "vendor_item": nature.vendor_item,
            "charge_type": nature.charge_type,
            "cost": cost,
        }
        tax_amount = ZERO
        tax_text = tax if is_plain(tax) else self._cells.number(row, "TaxTotal", tax)
        if tax_text is not None:
            line["tax"] = tax_text
            tax_amount = Decimal(tax_text)
        if nature.credit_reason:
            line["credit_reason"] = nature.credit_reason
        self._add_amounts(row, line, cells)
        self._add_words(row, line, cells)
        self._add_special(row, line, plan.special(cells), nature)
        if not owner.has_rate:
            line.pop("list_unit_price", None)
            line.pop("effective_unit_price", None)
        amount = Decimal(cost)
        finished = cast("Line", line)
        if is_off(finished, amount, rate):
            self._mismatches += 1
        self._count_month(finished)
        return SourceLine(owner, finished, amount, tax_amount)

    def _add_amounts(self, row: int, line: dict[str, Any], cells: list[str]) -> None:
        """Put in the numbers and days that are there; a missing one stays out."""
        plan, parse = self._plan, self._cells
        for (field, column), cell in zip(columns.NUMBERS, plan.numbers(cells), strict=True):
            number = cell if is_plain(cell) else parse.number(row, column, cell)
            if number is not None:
                line[field] = number
        for (field, column), cell in zip(columns.DAYS, plan.days(cells), strict=True):
            day = parse.day(row, column, cell)
            if day:
                line[field] = day

    def _add_words(self, row: int, line: dict[str, Any], cells: list[str]) -> None:
        """Put in the texts and ids that are there."""
        plan, parse = self._plan, self._cells
        known = parse.known_texts
        for (field, _), cell in zip(columns.TEXTS, plan.texts(cells), strict=True):
            text = known[cell] if cell in known else parse.text(cell)
            if text:
                line[field] = text
        known = parse.known_ids
        for (field, column), cell in zip(columns.IDS, plan.ids(cells), strict=True):
            found = known[cell] if cell in known else parse.id(row, column, cell)
            if found:
                line[field] = found

    def _add_special(
        self, row: int, line: dict[str, Any], cells: tuple[str, ...], nature: Nature
    ) -> None:
        product, sku, reference, adjustments, frequency = cells
        catalogue_id = self._skus.get((product, sku))
        if catalogue_id is None:
            catalogue_id = self._sku(row, product, sku)
        if catalogue_id:
            line["sku"] = catalogue_id
        if reference:
            linked = self._cells.parsed(row, "ReferenceId", reference, clean_reference)
            if linked:
                line["reference_id"] = linked
        if adjustments:
            percent = self._earned_credit(adjustments)
            if percent:
                line["pec_percent"] = percent
        if nature.kind not in ("consumption", "credit", "unknown"):
            prorated = is_prorated(cast("Line", line), nature, frequency)
            if prorated is not None:
                line["prorated"] = prorated

    def _check_fixed(self, row: int, fixed: tuple[str, ...]) -> None:
        """One invoice, one account and one currency a file."""
        found: list[str] = []
        for column, cell in zip(columns.FIXED, fixed, strict=True):
            value = self._cells.parsed(row, column, cell, clean_id)
            if not value:
                why = " (unbilled data?)" if column == "InvoiceNumber" else ""
                detail = f"the cell is empty{why}. Export the file of one billed invoice."
                raise refuse("missing_value", self._name, detail, row=row, column=column)
            found.append(value)
        account, invoice_no = found[0].casefold(), found[1]
        currency = self._cells.currency(row, "Currency", found[2])
        before = (self._account, self._invoice_no, self._currency)
        now = (account, invoice_no, currency)
        for column, old, new in zip(columns.FIXED, before, now, strict=True):
            if old and old != new:
                detail = (
                    f"'{shown(new)}' stands here and '{shown(old)}' above. Give each invoice a "
                    "file of its own."
                )
                code = "two_currencies" if column == "Currency" else "two_invoices"
                raise refuse(code, self._name, detail, row=row, column=column)
        self._account, self._invoice_no, self._currency = now
        self._fixed_cells = fixed

    def _owner(self, row: int, cells: tuple[str, ...]) -> tuple[Owner, Decimal]:
        customer, name, domain, pricing, rate_cell = cells
        tenant_id = self._cells.parsed(row, "CustomerId", customer, clean_tenant_id)
        conversion = self._cells.conversion(
            row, self._currency, pricing, "PCToBCExchangeRate", rate_cell
        )
        text = self._cells.text
        owner = Owner(tenant_id, text(name)[:200], text(domain)[:253], *conversion)
        if len(self._owners) >= MAX_REMEMBERED:
            self._owners.clear()
        found = self._owners[cells] = (owner, Decimal(owner.fx_rate))
        return found

    def _nature(self, row: int, cells: tuple[str, ...]) -> Nature:
        text = self._cells.text
        charge, term, subscription, publisher, publisher_id, end, reason, sku_name = cells
        nature = recon_nature(
            charge_type=text(charge),
            term=text(term),
            subscription=text(subscription),
            publisher=text(publisher),
            publisher_id=text(publisher_id),
            has_end=bool(self._cells.day(row, "ChargeEndDate", end)),
            credit_reason=text(reason),
            sku_name=text(sku_name),
        )
        if len(self._natures) >= MAX_REMEMBERED:
            self._natures.clear()
        self._natures[cells] = nature
        return nature

    def _sku(self, row: int, product: str, sku: str) -> str:
        parts = (
            self._cells.parsed(row, "ProductId", product, clean_id),
            self._cells.parsed(row, "SkuId", sku, clean_sku),
        )
        if len(self._skus) >= MAX_REMEMBERED:
            self._skus.clear()
        found = self._skus[product, sku] = ":".join(part for part in parts if part)
        return found

    def _earned_credit(self, adjustments: str) -> str:
        """Percent of the partner earned credit; empty where none or more than one is named."""
        percent = self._credits.get(adjustments)
        if percent is None:
            named = set(_EARNED_CREDIT.findall(adjustments))
            percent = named.pop() if len(named) == 1 else ""
            if len(self._credits) >= MAX_REMEMBERED:
                self._credits.clear()
            self._credits[adjustments] = percent
        return percent

    def _count_month(self, line: Line) -> None:
        start = line.get("charge_start")
        if start is not None:
            months = self._plan_months if line["kind"] == "consumption" else self._other_months
            months[start[:7]] += 1

    def _billing_month(self) -> str:
        """Most common charge month of the Azure plan's lines; the file itself does not state it."""
        months = self._plan_months or self._other_months
        if not months:
            detail = "no line has a start date, so the billing month cannot be told."
            raise refuse("no_period", self._name, detail, column="ChargeStartDate")
        return max(months, key=lambda month: (months[month], month))


def is_prorated(line: Line, nature: Nature, frequency: str) -> bool | None:
    """Whether a charge is for part of a cycle; None where the cells do not tell for sure."""
    if nature.charge not in WHOLE_CYCLE_CHARGES:
        return True
    listed, effective = line.get("list_unit_price"), line.get("effective_unit_price")
    if listed is None or effective is None:
        return None
    # A list price of another cycle (per month beside a year's charge) must not pass for this one.
    if not Decimal(listed) * _HALF <= Decimal(effective) <= Decimal(listed):
        return None
    start, end = line.get("charge_start"), line.get("charge_end_inclusive")
    months = {"monthly": 1, "annual": 12}.get(frequency.strip().casefold())
    if months is None or start is None or end is None:
        return False if line["kind"] == "perpetual_software" and end is None else None
    return date.fromisoformat(end) != _cycle_end(date.fromisoformat(start), months)


def _cycle_end(start: date, months: int) -> date:
    """Last day, inclusive, of a cycle that begins on `start`."""
    years, month = divmod(start.month - 1 + months, 12)
    first = date(start.year + years, month + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first + timedelta(days=start.day - 2), following - timedelta(days=1))
