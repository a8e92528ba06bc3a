"""Pages of JSON from the Partner Center's v1 API: one set, or nothing (invoice formats 2.4)."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from syncline_ingest.readers.columns import Columns, plain
from syncline_ingest.readers.day import parse_day
from syncline_ingest.readers.refusal import RefusedDocumentError, refuse, shown
from syncline_ingest.readers.unpack import Unpacked

MAX_PAGE = 32 * 1024 * 1024
"""Microsoft's pages have 2,000 lines at most, of some 3 KiB."""
_PAGE_NUMBER = re.compile(r"page[-_ ]?(\d{1,6})", re.I)
_TOKEN = "ms-continuationtoken"  # noqa: S105 - the name of a header
_ALL = "Give all pages of the invoice together, in one zip archive."


@dataclass(frozen=True, slots=True)
class InvoiceHeader:
    """The head of the invoice, where it came with the pages."""

    invoice_no: str
    billing_month: str
    invoice_date: date | None
    amends: str


class Pages:
    """Rows of a set of pages; whether the set is whole is known after the last one."""

    def __init__(self, name: str, columns: Columns) -> None:
        self._name = name
        self._names = columns.names()
        self._known = {plain(column): at for at, column in enumerate(self._names)}
        self._places: dict[tuple[str, ...], list[int]] = {}
        self._set = _PageSet(name)
        self.invoice: InvoiceHeader | None = None

    def rows(self, document: Unpacked) -> Iterator[tuple[int, list[str]]]:
        """Number of each line, from 1 over the whole set, and its cells in the columns' order."""
        row = 0
        for member, chunks in document.members():
            page = self._set.add(member, chunks)
            if "items" not in page:
                self._take_header(member, page)
                continue
            for item in page["items"]:
                row += 1
                yield row, self._cells(row, item)
        self._set.close()

    def _cells(self, row: int, item: Any) -> list[str]:
        if not isinstance(item, dict):
            raise refuse("broken_row", self._name, "it is no JSON object.", row=row)
        names = tuple(item)
        places = self._places.get(names)
        if places is None:
            places = self._places[names] = self._find(row, names)
        # One more than there are columns: what is not known goes there, and is cleared.
        cells = [""] * (len(self._names) + 1)
        for place, value in zip(places, item.values(), strict=True):
            if isinstance(value, str):
                cells[place] = str(value)
            elif value is not None:
                cells[place] = json.dumps(value)
        cells.pop()
        return cells

    def _find(self, row: int, names: tuple[str, ...]) -> list[int]:
        nowhere = len(self._names)
        places = [self._known.get(plain(name), nowhere) for name in names]
        for place, name in zip(places, names, strict=True):
            if place != nowhere and places.count(place) > 1:
                detail = "the field is there twice; which one counts cannot be told."
                raise refuse("duplicate_column", self._name, detail, row=row, column=name)
        return places

    def _take_header(self, member: str, page: dict[str, Any]) -> None:
        number = page.get("id")
        if not isinstance(number, str) or "invoiceDetails" not in page:
            detail = f"'{shown(member)}' has neither lines nor the head of an invoice."
            raise refuse("unknown_format", self._name, detail)
        start = _day(page.get("billingPeriodStartDate"))
        amends = page.get("amendsOf")
        self.invoice = InvoiceHeader(
            invoice_no=number,
            billing_month=start.isoformat()[:7] if start else "",
            invoice_date=_day(page.get("invoiceDate")),
            amends=amends if isinstance(amends, str) else "",
        )


class _PageSet:
    """What pages tell of each other: a missing one is refused, never left out silently."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: dict[str, str] = {}
        self._numbers: list[int] = []
        self._pages = self._last_pages = self._items = 0
        self._stated: set[int] = set()
        self._told: set[str] = set()
        self._asked: set[str] = set()

    def add(self, member: str, chunks: Iterable[bytes]) -> dict[str, Any]:
        """Read a page and note what it tells."""
        page = _load(self._name, member, chunks, self._seen)
        items = page.get("items")
        if not isinstance(items, list):
            page.pop("items", None)
            return page
        self._pages += 1
        self._items += len(items)
        number = _PAGE_NUMBER.search(member)
        if number:
            self._numbers.append(int(number[1]))
        stated = page.get("totalCount")
        if isinstance(stated, _NumberText) and stated.isdecimal() and int(stated) != len(items):
            self._stated.add(int(stated))
        links = page.get("links")
        following, own = _link(links, "next"), _link(links, "self")
        self._last_pages += following is None
        self._told |= _tokens(following)
        self._asked |= _tokens(own)
        return page

    def close(self) -> None:
        """Refuse a set that is not whole."""
        if not self._pages:
            detail = f"it is the head of an invoice without its lines. {_ALL}"
            raise refuse("no_line_items", self._name, detail)
        if self._last_pages == 0:
            self._missing("the last page says that another one follows, and that one is not here")
        if self._last_pages > 1:
            detail = f"{self._last_pages} of its pages say that none follows: they are not one set."
            raise refuse("two_sets", self._name, f"{detail} {_ALL}")
        numbers = sorted(self._numbers)
        if len(numbers) == self._pages and numbers != list(range(numbers[0], numbers[-1] + 1)):
            gap = next(n for n in range(numbers[0], numbers[-1]) if n not in numbers)
            self._missing(f"page {gap} is not here")
        if self._asked and self._told - self._asked:
            self._missing("a page that another one names as the next is not here")
        if self._stated - {self._items}:
            stated = max(self._stated)
            self._missing(f"it has {self._items} lines and states {stated}")

    def _missing(self, what: str) -> None:
        raise refuse("missing_page", self._name, f"{what}: the set is not whole. {_ALL}")


class _NumberText(str):
    """A JSON number with every digit that it was written with."""

    __slots__ = ()


def _load(name: str, member: str, chunks: Iterable[bytes], seen: dict[str, str]) -> dict[str, Any]:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MAX_PAGE:
            detail = f"'{shown(member)}' has more than {MAX_PAGE} bytes, which no page has. {_ALL}"
            raise refuse("page_too_large", name, detail)
    digest = hashlib.sha256(content).hexdigest()
    if digest in seen:
        detail = f"'{shown(member)}' is the same page as '{shown(seen[digest])}'. {_ALL}"
        raise refuse("page_twice", name, detail)
    seen[digest] = member
    try:
        page = json.loads(
            bytes(content),
            parse_float=_NumberText,
            parse_int=_NumberText,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except _TwiceError as twice:
        detail = f"in '{shown(member)}' a field is there twice; which one counts cannot be told."
        raise refuse("duplicate_column", name, detail, column=str(twice)) from None
    except (ValueError, RecursionError):
        raise _broken(name, member) from None
    if not isinstance(page, dict):
        raise _broken(name, member)
    return page


class _TwiceError(ValueError):
    """A field that an object has twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _broken(name: str, member: str) -> RefusedDocumentError:
    detail = f"'{shown(member)}' is no whole JSON page: it is cut off or was changed. {_ALL}"
    return refuse("broken_page", name, detail)


def _link(links: Any, which: str) -> dict[str, Any] | None:
    link = links.get(which) if isinstance(links, dict) else None
    return link if isinstance(link, dict) else None


def _tokens(link: dict[str, Any] | None) -> set[str]:
    headers = link.get("headers") if link else None
    if not isinstance(headers, list):
        return set()
    return {
        str(header.get("value"))
        for header in headers
        if isinstance(header, dict) and str(header.get("key", "")).casefold() == _TOKEN
    }


def _day(value: Any) -> date | None:
    try:
        return parse_day(value) if isinstance(value, str) else None
    except ValueError:
        return None
