"""A session to one organisation: what the kit asks, in Xero's terms."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from syncline_chassis.connector.exact_json import plain
from syncline_chassis.connector.protocol import (
    Bill,
    Connection,
    DesiredRecord,
    Lost,
    Outcome,
    Record,
    Refused,
    Removed,
    Unit,
    Write,
    Written,
)
from syncline_chassis.errors import RejectedError
from syncline_contracts.charge import ChargeSet
from syncline_contracts.query import PickItem

from syncline_xero import convert, picks
from syncline_xero.client import WRITE_PARAMS, XeroClient
from syncline_xero.organisation import Organisations
from syncline_xero.schemas import XeroInvoice, messages_of

METHODS = {"create": "PUT", "update": "POST", "delete": "POST"}
LINK = "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID="


class XeroSession:
    """See `syncline_chassis.connector.protocol.Session`."""

    def __init__(
        self, connection: Connection, client: XeroClient, organisations: Organisations
    ) -> None:
        self._connection = connection
        self._client = client
        self._organisations = organisations
        self._rules = convert.Rules.of(connection.form)
        self._setup: convert.Setup | None = None

    async def check(self) -> str:
        """Name the organisation that the credentials open."""
        found = await self._client.organisation()
        return f"{found.name}, {found.base_currency}"

    async def search(self, name: str, text: str) -> Sequence[PickItem]:
        """Search contacts at Xero; the other lists have no search there, so here."""
        if name == "contacts":
            return picks.contacts(await self._client.search_contacts(text, picks.MOST))
        return picks.search(
            name, text, await self._organisations.get(self._connection, self._client)
        )

    def units(self, charges: ChargeSet, key: Callable[[str], str]) -> Sequence[Unit]:
        """One invoice for a tenant on an invoice of the supplier."""
        external_key = key(convert.UNIT)
        number = convert.invoice_number(self._rules.prefix, charges, external_key)
        return [Unit(convert.UNIT, external_key, number)]

    async def find(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Record]]:
        """Invoices that bear our numbers."""
        found: dict[str, list[Record]] = {unit.external_key: [] for unit in units}
        by_number = {unit.label: unit.external_key for unit in units}
        for invoice in await self._client.invoices_by_number(list(by_number)):
            external_key = by_number.get(invoice.invoice_number)
            if external_key is not None:
                found[external_key].append(_record(invoice))
        return found

    async def read(self, refs: Sequence[str]) -> Mapping[str, Record | None]:
        """Invoices by id."""
        invoices = await self._client.invoices_by_id(refs)
        there = {invoice.invoice_id.lower(): _record(invoice) for invoice in invoices}
        return {ref: there.get(ref.lower()) for ref in refs}

    async def prepare(self, bills: Sequence[Bill]) -> None:
        """Read the setup, and the contacts of these bills."""
        codes = {c.product_id for b in bills for c in b.charges.charges if c.sell}
        there = await self._organisations.get(self._connection, self._client, items=codes)
        ids = {b.charges.client_id for b in bills if convert.is_contact_id(b.charges.client_id)}
        contacts = await self._client.contacts(sorted(ids)) if ids else []
        self._setup = convert.Setup(
            currencies=there.currencies,
            locked_until=there.locked_until,
            items=there.items,
            accounts=there.accounts,
            tax_rates=there.tax_rates,
            contacts={contact.contact_id.lower(): contact for contact in contacts},
        )

    def desired(self, bill: Bill) -> Sequence[DesiredRecord]:
        """The invoice of a bill."""
        if self._setup is None:
            raise AssertionError("prepare comes first")
        (target,) = bill.targets
        unit, current = target.unit, target.current
        try:
            draft = convert.to_draft(
                bill.charges,
                self._rules,
                self._setup,
                unit.label,
                unit.external_key,
                written=target.written,
                current=current.canonical if current else None,
            )
        except convert.NotBillableError as error:
            raise RejectedError(error.code, error.detail) from None
        there = current.private if current else None
        element = convert.to_element(draft, there if isinstance(there, XeroInvoice) else None)
        request: dict[str, object] = {
            "method": METHODS["update" if current else "create"],
            "path": "/Invoices",
            "query": dict(WRITE_PARAMS),
            "body": {"Invoices": [element]},
        }
        return [DesiredRecord(unit, draft.canonical(), draft.amount, request, draft.notes())]

    def removal(self, record: Record) -> dict[str, object]:
        """Xero deletes drafts; what is more than a draft is locked."""
        return {
            "method": METHODS["delete"],
            "path": "/Invoices",
            "query": dict(WRITE_PARAMS),
            "body": {
                "Invoices": [
                    {
                        "InvoiceID": record.ref,
                        "InvoiceNumber": record.label,
                        "Status": "DELETED",
                    }
                ]
            },
        }

    async def offset(self, unit: Unit, record: Record) -> DesiredRecord:
        """See `Session.offset`."""
        raise RejectedError(
            "locked",
            f"{record.label} is {record.status} in Xero and can no longer be changed. Take it back "
            "to a draft there, or bill the difference by hand.",
        )

    async def write(self, writes: Sequence[Write], attempt_key: str) -> Sequence[Outcome]:
        """Send invoices in one call; what Xero says of each."""
        elements = [convert.to_wire(_element(write)) for write in writes]
        answered = await self._client.write_invoices(
            METHODS[writes[0].action], elements, attempt_key
        )
        by_number = {str(one.get("InvoiceNumber")): one for one in answered}
        return [_outcome(by_number.get(write.label)) for write in writes]


def _element(write: Write) -> dict[str, Any]:
    body: Any = write.request["body"]
    element: dict[str, Any] = body["Invoices"][0]
    return element


def _outcome(answer: dict[str, Any] | None) -> Outcome:
    if answer is None:
        return Lost("Xero's answer does not name this invoice.")
    reasons = messages_of(answer)
    if reasons or answer.get("HasErrors") or answer.get("StatusAttributeString") == "ERROR":
        return Refused("Xero refused it: " + ("; ".join(reasons) or "no reason given") + ".")
    try:
        invoice = XeroInvoice.model_validate(answer)
    except ValidationError:
        return Lost("Xero's answer for this invoice cannot be read.")
    record = _record(invoice)
    return Removed(plain(answer)) if record.gone else Written(record, plain(answer))


def _record(invoice: XeroInvoice) -> Record:
    return Record(
        ref=invoice.invoice_id,
        external_key="SL-" + invoice.invoice_number.rsplit("-", 1)[-1],
        label=invoice.invoice_number,
        status=invoice.status,
        locked=invoice.status != "DRAFT",
        gone=invoice.status in ("DELETED", "VOIDED"),
        canonical=convert.from_xero_invoice(invoice),
        amount=invoice.sub_total,
        url=LINK + invoice.invoice_id,
        private=invoice,
    )
