"""Reader of a distributor's invoice as it is stored: JSON lines, the header and then each line."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, cast

from syncline_contracts.line import Line, LineKind
from syncline_contracts.money import ZERO

from syncline_ingest import feed_contract as contract
from syncline_ingest.readers.cells import MAX_REMEMBERED, Cells
from syncline_ingest.readers.document import STANDARD_ITEMS, DocumentHead, Owner, SourceLine
from syncline_ingest.readers.json_lines import json_lines
from syncline_ingest.readers.price_check import is_off
from syncline_ingest.readers.refusal import refuse
from syncline_ingest.readers.text import (
    UNASSIGNED,
    clean_id,
    clean_reference,
    clean_tenant_id,
)
from syncline_ingest.readers.unpack import Unpacked

_OWNER = ("TenantId", "CompanyName", "TenantDescription", "TenantDomain")
_RATE = ("PricingCurrency", "ExchangeRate")
_NATURE = ("StockCode", "StockDescription", "ChargeType")


def distributor_kind(stock_code: str, description: str, charge_type: str) -> LineKind:
    """Kind by the declared tables: tax first, then stock code, its description, charge type."""
    charge = charge_type.casefold()
    if charge in contract.TAX_CHARGE_TYPES:
        return "tax"
    by_code = contract.KIND_BY_STOCK_CODE.get(stock_code.upper())
    if by_code is not None:
        return by_code
    low = description.casefold()
    for words, kind in contract.KIND_BY_DESCRIPTION:
        if words in low:
            return kind
    return contract.KIND_BY_CHARGE_TYPE.get(charge, "unknown")


class DistributorReader:
    """Reads one stored invoice, once."""

    format: ClassVar[str] = "distributor_invoice"

    def __init__(self, name: str) -> None:
        self._name = name
        self._cells = Cells(name)
        self._header: dict[str, str] = {}
        self._currency = self._month = ""
        self._owners: dict[tuple[str, ...], tuple[Owner, Decimal]] = {}
        self._natures: dict[tuple[str, ...], tuple[LineKind, str, str]] = {}
        self._months: Counter[str] = Counter()
        self._mismatches = 0

    def lines(self, document: Unpacked) -> Iterator[SourceLine]:
        """See `Reader.lines`."""
        objects = json_lines(self._name, document.chunks())
        self._read_header(next(objects, (0, {}))[1])
        row = 0
        for row, fields in objects:
            missing = [name for name in contract.REQUIRED_LINE_FIELDS if name not in fields]
            if missing:
                detail = f"the field {', '.join(missing)} is missing. Ask the distributor."
                raise refuse("missing_column", self._name, detail, row=row, column=missing[0])
            yield self._line(row, fields)
        if not row:
            detail = "it has a header and no lines, so there is nothing to bill."
            raise refuse("no_lines", self._name, detail)

    def head(self) -> DocumentHead:
        """See `Reader.head`."""
        header, cells = self._header, self._cells

        def stated(field: str) -> Decimal | None:
            text = cells.number(0, field, header[field])
            return None if text is None else Decimal(text)

        month = self._month
        if not month and self._months:
            month = max(self._months, key=lambda found: (self._months[found], found))
        if not month:
            detail = "neither the header nor a line names the billing period."
            raise refuse("no_period", self._name, detail, column="BillingPeriodStart")
        lines = stated("LineCount")
        return DocumentHead(
            format=self.format,
            role="billing",
            invoice_no=cells.parsed(0, "InvoiceNumber", header["InvoiceNumber"], clean_id),
            source_account=header["AccountCode"],
            currency=self._currency,
            billing_month=month,
            invoice_date=cells.date(0, "InvoiceDate", header["InvoiceDate"]),
            amends=cells.parsed(0, "AmendsInvoiceNumber", header["AmendsInvoiceNumber"], clean_id),
            stated_cost=stated("TotalExTax"),
            stated_tax=stated("TotalTax"),
            stated_lines=None if lines is None else int(lines),
            price_mismatches=self._mismatches,
        )

    def _read_header(self, fields: dict[str, str]) -> None:
        if fields.get("Document") != contract.DOCUMENT_MARK:
            raise refuse("unknown_format", self._name, "it is no distributor's invoice.", row=0)
        names = ("AccountCode", *contract.HEADER_FIELDS)
        self._header = {name: fields.get(name, "") for name in names}
        for name in ("AccountCode", "InvoiceNumber", "Currency"):
            if not self._cells.parsed(0, name, self._header[name], clean_id):
                detail = "the invoice does not say it. Ask the distributor."
                raise refuse("missing_value", self._name, detail, row=0, column=name)
        self._currency = self._cells.currency(0, "Currency", self._header["Currency"])
        self._month = self._cells.day(0, "BillingPeriodStart", self._header["BillingPeriodStart"])[
            :7
        ]

    def _line(self, row: int, fields: dict[str, str]) -> SourceLine:
        get = fields.get
        owner, rate = self._owner(row, fields)
        nature_cells = tuple([get(name, "") for name in _NATURE])
        nature = self._natures.get(nature_cells) or self._nature(row, nature_cells)
        kind, vendor_item, charge_type = nature
        cost = self._cells.amount(row, "LineTotalExTax", get("LineTotalExTax", ""))
        line: dict[str, Any] = {
            "row": row,
            "kind": kind,
            "vendor_item": vendor_item,
            "charge_type": charge_type,
            "cost": cost,
        }
        tax_amount = ZERO
        tax = self._cells.number(row, "TaxAmount", get("TaxAmount", ""))
        if tax is not None:
            line["tax"] = tax
            tax_amount = Decimal(tax)
        self._add_amounts(row, line, fields)
        self._add_words(row, line, fields)
        if not owner.has_rate:
            line.pop("list_unit_price", None)
            line.pop("effective_unit_price", None)
        amount = Decimal(cost)
        finished = cast("Line", line)
        if is_off(finished, amount, rate):
            self._mismatches += 1
        return SourceLine(owner, finished, amount, tax_amount)

    def _add_amounts(self, row: int, line: dict[str, Any], fields: dict[str, str]) -> None:
        """Put in the numbers and days that are there; a missing one stays out."""
        get, parse = fields.get, self._cells
        for field, name in contract.NUMBERS:
            number = parse.number(row, name, get(name, ""))
            if number is not None:
                line[field] = number
        for field, name in contract.DAYS:
            day = parse.day(row, name, get(name, ""))
            if day:
                line[field] = day
        start = line.get("charge_start")
        if start and not self._month:
            self._months[start[:7]] += 1
        elif start and start[:7] < self._month:
            line["prior_period"] = True

    def _add_words(self, row: int, line: dict[str, Any], fields: dict[str, str]) -> None:
        """Put in the texts and ids that are there."""
        get, parse = fields.get, self._cells
        for field, name in contract.TEXTS:
            text = parse.text(get(name, ""))
            if text:
                line[field] = text
        for field, name in contract.IDS:
            found = parse.id(row, name, get(name, ""))
            if found:
                line[field] = found
        linked = parse.parsed(row, "ReferenceId", get("ReferenceId", ""), clean_reference)
        if linked:
            line["reference_id"] = linked

    def _owner(self, row: int, fields: dict[str, str]) -> tuple[Owner, Decimal]:
        get = fields.get
        key = tuple([get(name, "") for name in (*_OWNER, *_RATE)])
        known = self._owners.get(key)
        if known is not None:
            return known
        customer, company, description, domain, pricing_cell, rate_cell = key
        conversion = self._cells.conversion(
            row, self._currency, pricing_cell, "ExchangeRate", rate_cell
        )
        tenant_id = self._cells.parsed(row, "TenantId", customer, clean_tenant_id)
        name = self._cells.text(description) or self._cells.text(company)
        if tenant_id == UNASSIGNED:
            name = ""
        owner = Owner(tenant_id, name[:200], self._cells.text(domain)[:253], *conversion)
        if len(self._owners) >= MAX_REMEMBERED:
            self._owners.clear()
        found = self._owners[key] = (owner, Decimal(owner.fx_rate))
        return found

    def _nature(self, row: int, cells: tuple[str, ...]) -> tuple[LineKind, str, str]:
        stock_cell, description, charge_cell = cells
        stock_code = self._cells.parsed(row, "StockCode", stock_cell, clean_id)
        charge_type = self._cells.text(charge_cell)
        kind = distributor_kind(stock_code, description, charge_type)
        if len(stock_code) > 120:
            detail = "the stock code is longer than 120 characters."
            raise refuse("bad_id", self._name, detail, row=row, column="StockCode")
        if len(self._natures) >= MAX_REMEMBERED:
            self._natures.clear()
        found = self._natures[cells] = (kind, stock_code or STANDARD_ITEMS[kind], charge_type)
        return found
