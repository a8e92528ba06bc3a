"""What the files and pages of the Partner Center have in common: rows -> canonical lines."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, TypeVar, cast

from syncline_contracts.line import Line, Role
from syncline_contracts.money import ZERO

from syncline_ingest.readers.cells import MAX_REMEMBERED, Cells
from syncline_ingest.readers.columns import ColumnPlan, Columns, find, plan, require
from syncline_ingest.readers.csv_rows import CsvRows
from syncline_ingest.readers.document import DocumentHead, Owner, SourceLine
from syncline_ingest.readers.number import is_plain
from syncline_ingest.readers.pages import Pages
from syncline_ingest.readers.price_check import is_off
from syncline_ingest.readers.recon_kind import Nature
from syncline_ingest.readers.refusal import refuse, shown
from syncline_ingest.readers.text import clean_id, clean_sku, clean_tenant_id
from syncline_ingest.readers.unpack import Unpacked

MAX_SHARED = 8_000
"""Rows repeat each other for the most part; what they share is built once."""
K = TypeVar("K")
V = TypeVar("V")


class Shared(NamedTuple):
    """What follows from the cells that repeat from row to row."""

    nature: Nature
    fields: dict[str, Any]


class PartnerCenterReader(ABC):
    """Reads one document, once: a CSV file, or pages of JSON as one set."""

    format: ClassVar[str]
    role: ClassVar[Role] = "billing"
    columns: ClassVar[Columns]
    dated: ClassVar[tuple[str, ...]] = ()
    """Columns that a file must have and a page may leave out."""

    def __init__(self, name: str, *, is_pages: bool = False) -> None:
        self._name = name
        self.is_pages = is_pages
        self._cells = Cells(name)
        self._pages = Pages(name, self.columns) if is_pages else None
        self._plan: ColumnPlan
        self._fixed_cells: tuple[str, ...] = ()
        self._invoice_no = self._currency = ""
        self._accounts: Counter[str] = Counter()
        self._owners: dict[tuple[str, ...], tuple[Owner, Decimal]] = {}
        self._shared: dict[tuple[str, ...], Shared] = {}
        self._periods: dict[tuple[str, ...], dict[str, str]] = {}
        self._plan_months: Counter[str] = Counter()
        self._other_months: Counter[str] = Counter()
        self._mismatches = 0

    def lines(self, document: Unpacked) -> Iterator[SourceLine]:
        """See `Reader.lines`."""
        for row, cells in self._rows(document):
            cells.append("")
            yield self._line(row, cells)
        if not self._accounts:
            detail = "it has a header and no lines, so there is nothing to bill."
            raise refuse("no_lines", self._name, detail)

    def head(self) -> DocumentHead:
        """See `Reader.head`."""
        invoice = self._pages.invoice if self._pages else None
        counts = self._accounts
        account = max(counts, key=lambda one: (counts[one], one))
        several = f"The lines name {len(counts)} partner accounts; {shown(account)} is taken."
        return DocumentHead(
            format=self.format,
            role=self.role,
            invoice_no=self._invoice_no,
            source_account=account,
            currency=self._currency,
            billing_month=(invoice and invoice.billing_month) or self._billing_month(),
            invoice_date=invoice.invoice_date if invoice else None,
            amends=invoice.amends if invoice else "",
            price_mismatches=self._mismatches,
            notes=(several,) if len(counts) > 1 else (),
        )

    @abstractmethod
    def nature(self, row: int, cells: tuple[str, ...]) -> Nature:
        """Kind and charge type of the lines with these cells."""

    @abstractmethod
    def add_repeated(self, row: int, fields: dict[str, Any], cells: tuple[str, ...]) -> None:
        """Put in what follows from the columns `repeated`."""

    @abstractmethod
    def finish(self, row: int, line: dict[str, Any], cells: list[str], shared: Shared) -> None:
        """Put in what follows from the columns `single`, and from the whole row."""

    def _rows(self, document: Unpacked) -> Iterator[tuple[int, list[str]]]:
        columns = self.columns
        if self._pages:
            header = columns.names()
            self._plan = plan(columns, {name: at for at, name in enumerate(header)}, len(header))
            yield from self._pages.rows(document)
            return
        rows = CsvRows(self._name, document.chunks())
        header = tuple(rows.read_header())
        at = find(self._name, columns, header)
        require(self._name, (*columns.required, *self.dated), columns.title, at)
        self._plan = plan(columns, at, len(header))
        yield from rows

    def _line(self, row: int, cells: list[str]) -> SourceLine:
        plan = self._plan
        fixed = plan.fixed(cells)
        if fixed != self._fixed_cells:
            self._check_fixed(row, fixed)
        self._accounts[self._account(row, plan.account(cells))] += 1
        owner_cells = plan.owner(cells)
        owner, rate = self._owners.get(owner_cells) or self._owner(row, owner_cells)
        shared_cells = plan.shared(cells)
        shared = self._shared.get(shared_cells) or self._share(row, cells, shared_cells)
        stated, tax = plan.amount(cells)
        cost = stated if is_plain(stated) else self._amount(row, stated)
        line: dict[str, Any] = {"row": row, "cost": cost, **shared.fields}
        tax_amount = ZERO
        if tax:
            tax_text = self._cells.number(row, self.columns.amount[1], tax)
            if tax_text is not None:
                line["tax"] = tax_text
                tax_amount = Decimal(tax_text)
        self._add_numbers(row, line, plan.numbers(cells))
        period = plan.days(cells)
        line.update(self._periods.get(period) or self._period(row, period))
        self.finish(row, line, cells, shared)
        if not owner.has_rate:
            line.pop("list_unit_price", None)
            line.pop("effective_unit_price", None)
        amount = Decimal(cost)
        finished = cast("Line", line)
        if is_off(finished, amount, rate):
            self._mismatches += 1
        return SourceLine(owner, finished, amount, tax_amount)

    def _amount(self, row: int, cell: str) -> str:
        return self._cells.amount(row, self.columns.amount[0], cell)

    def _add_numbers(self, row: int, line: dict[str, Any], cells: tuple[str, ...]) -> None:
        """Put in the numbers that are there; a missing one stays out."""
        for (field, column), cell in zip(self.columns.numbers, cells, strict=True):
            number = cell if is_plain(cell) else self._cells.number(row, column, cell)
            if number is not None:
                line[field] = number

    def _period(self, row: int, cells: tuple[str, ...]) -> dict[str, str]:
        """Days that are there, by their fields."""
        found = {}
        for (field, column), cell in zip(self.columns.days, cells, strict=True):
            day = self._cells.day(row, column, cell)
            if day:
                found[field] = day
        return remember(self._periods, cells, found, MAX_REMEMBERED)

    def _share(self, row: int, cells: list[str], key: tuple[str, ...]) -> Shared:
        plan, parse = self._plan, self._cells
        nature = self.nature(row, plan.nature(cells))
        fields: dict[str, Any] = {
            "kind": nature.kind,
            "vendor_item": nature.vendor_item,
            "charge_type": nature.charge_type,
        }
        if nature.credit_reason:
            fields["credit_reason"] = nature.credit_reason
        for (field, _), cell in zip(self.columns.texts, plan.texts(cells), strict=True):
            text = parse.text(cell)
            if text:
                fields[field] = text
        for (field, column), cell in zip(self.columns.ids, plan.ids(cells), strict=True):
            found = parse.id(row, column, cell)
            if found:
                fields[field] = found
        self.add_repeated(row, fields, plan.repeated(cells))
        return remember(self._shared, key, Shared(nature, fields), MAX_SHARED)

    def sku(self, row: int, product: str, sku: str) -> str:
        """Catalogue id, as far as it is given."""
        parts = (
            self._cells.parsed(row, "ProductId", product, clean_id),
            self._cells.parsed(row, "SkuId", sku, clean_sku),
        )
        return ":".join(part for part in parts if part)

    def _account(self, row: int, cell: str) -> str:
        if cell in self._accounts:
            return cell
        account = self._cells.id(row, self.columns.account, cell).casefold()
        if not account:
            raise self._empty(row, self.columns.account, "")
        return account

    def _check_fixed(self, row: int, fixed: tuple[str, ...]) -> None:
        """One invoice and one currency a document."""
        number_column, currency_column = self.columns.fixed
        number = self._cells.parsed(row, number_column, fixed[0], clean_id)
        if not number:
            raise self._empty(row, number_column, " (unbilled data?)")
        if not fixed[1].strip():
            raise self._empty(row, currency_column, "")
        currency = self._cells.currency(row, currency_column, fixed[1])
        for column, old, new, code in (
            (number_column, self._invoice_no, number, "two_invoices"),
            (currency_column, self._currency, currency, "two_currencies"),
        ):
            if old and old != new:
                detail = (
                    f"'{shown(new)}' stands here and '{shown(old)}' above. Give each invoice a "
                    "file of its own."
                )
                raise refuse(code, self._name, detail, row=row, column=column)
        self._invoice_no, self._currency = number, currency
        self._fixed_cells = fixed

    def _empty(self, row: int, column: str, why: str) -> Exception:
        detail = f"the cell is empty{why}. Export the file of one billed invoice."
        return refuse("missing_value", self._name, detail, row=row, column=column)

    def _owner(self, row: int, cells: tuple[str, ...]) -> tuple[Owner, Decimal]:
        customer, name, domain, pricing, rate_cell = cells
        tenant_id = self._cells.parsed(row, "CustomerId", customer, clean_tenant_id)
        conversion = self._cells.conversion(
            row, self._currency, pricing, "PCToBCExchangeRate", rate_cell
        )
        text = self._cells.text
        owner = Owner(tenant_id, text(name)[:200], text(domain)[:253], *conversion)
        found = (owner, Decimal(owner.fx_rate))
        return remember(self._owners, cells, found, MAX_REMEMBERED)

    def count_month(self, day: str | None, *, of_plan: bool) -> None:
        """Note the month of a charge; the Azure plan's months count before all others."""
        if day is not None:
            (self._plan_months if of_plan else self._other_months)[day[:7]] += 1

    def _billing_month(self) -> str:
        """Most common charge month of the Azure plan's lines; a file does not state it."""
        months = self._plan_months or self._other_months
        if not months:
            detail = "no line has a start date, so the billing month cannot be told."
            raise refuse("no_period", self._name, detail, column="ChargeStartDate")
        return max(months, key=lambda month: (months[month], month))


def remember(memory: dict[K, V], key: K, value: V, most: int) -> V:
    """Keep what repeats; a document in which every row differs must not fill the memory."""
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
    return value
