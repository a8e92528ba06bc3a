"""A session to one organisation: what the kit asks, in Xero's terms."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from syncline_chassis.clock import Clock
from syncline_chassis.connector.difference import part_of
from syncline_chassis.connector.exact_json import plain
from syncline_chassis.connector.protocol import (
    ANYWHERE,
    Bill,
    Connection,
    DesiredRecord,
    Lost,
    Outcome,
    Record,
    Refused,
    Removed,
    Unit,
    Within,
    Write,
    Written,
)
from syncline_chassis.errors import SynclineError
from syncline_contracts.charge import ChargeSet
from syncline_contracts.query import PickItem
from syncline_contracts.tenant import WriteAction

from syncline_xero import convert, picks
from syncline_xero.client import WRITE_PARAMS, XeroClient
from syncline_xero.document import (
    Draft,
    amount_of,
    bills_the_same,
    from_document,
    to_element,
    to_offset,
    to_wire,
)
from syncline_xero.kind import CREDIT_NOTE, INVOICE, KINDS, Kind, of_type, of_unit
from syncline_xero.organisation import Organisations
from syncline_xero.schemas import XeroContact, XeroDocument, messages_of
from syncline_xero.tracking import tags

METHODS: Mapping[WriteAction, str] = {"create": "PUT", "update": "POST", "delete": "POST"}


class XeroSession:
    """See `syncline_chassis.connector.protocol.Session`."""

    def __init__(
        self,
        connection: Connection,
        client: XeroClient,
        organisations: Organisations,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._client = client
        self._organisations = organisations
        self._clock = clock
        self._rules = convert.Rules.of(connection.form)
        self._setup: convert.Setup | None = None

    async def check(self) -> str:
        """Name the organisation that the credentials open."""
        found = await self._client.organisation()
        return f"{found.name}, {found.base_currency}"

    async def search(self, name: str, text: str, within: Within = ANYWHERE) -> Sequence[PickItem]:
        """Search contacts at Xero; the other lists have no search there, so here."""
        if name == "contacts":
            return picks.contacts(await self._client.search_contacts(text, picks.MOST))
        if name == "organisations":
            return picks.organisations(await self._client.organisations())
        if name == "tracking":
            return picks.tracking(tags(await self._client.tracking_categories()), text)
        return picks.search(
            name, text, await self._organisations.get(self._connection, self._client)
        )

    def units(self, charges: ChargeSet, key: Callable[[str], str]) -> Sequence[Unit]:
        """One document for a tenant on an invoice of the supplier; none over 0.00."""
        kind = convert.kind_of(charges)
        if kind is None:
            return []
        external_key = key(kind.unit)
        number = convert.document_number(self._rules.prefix, charges, external_key)
        return [Unit(kind.unit, external_key, number)]

    async def find(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Record]]:
        """Documents that bear our numbers."""
        found: dict[str, list[Record]] = {unit.external_key: [] for unit in units}
        for kind in KINDS:
            by_number = {unit.label: unit.external_key for unit in units if _kind(unit) is kind}
            for document in await self._client.by_number(kind, list(by_number)):
                external_key = by_number.get(document.number)
                if external_key is not None:
                    found[external_key].append(self._record(document))
        return found

    async def read(self, refs: Sequence[str]) -> Mapping[str, Record | None]:
        """Documents by id."""
        there: dict[str, Record] = {}
        for kind in KINDS:
            ids = [_id(ref) for ref in refs if _kind_of_ref(ref) is kind]
            records = map(self._record, await self._client.by_id(kind, ids))
            there |= {record.ref.lower(): record for record in records}
        return {ref: there.get(ref.lower()) for ref in refs}

    async def prepare(self, bills: Sequence[Bill]) -> None:
        """Read the setup, and the contacts of these bills, unless there is nothing to bill."""
        bills = [bill for bill in bills if bill.targets]
        if not bills:
            return
        codes = {c.product_id for b in bills for c in b.charges.billed()}
        there = await self._organisations.get(self._connection, self._client, items=codes)
        ids = {b.charges.client_id for b in bills if convert.is_contact_id(b.charges.client_id)}
        self._setup = there.setup(await self._contacts(ids), self._clock.now())

    async def _contacts(self, ids: Collection[str]) -> Sequence[XeroContact]:
        if not ids:
            return []
        return await self._client.contacts(sorted(ids), with_terms=self._rules.asks_contact)

    def desired(self, bill: Bill) -> Sequence[DesiredRecord]:
        """The document of a bill."""
        if not bill.targets:
            return []
        if self._setup is None:
            raise AssertionError("prepare comes first")
        (target,) = bill.targets
        unit, current = target.unit, target.current
        draft = convert.to_draft(
            bill.charges,
            self._rules,
            self._setup,
            unit.label,
            unit.external_key,
            written=target.written,
            current=current.canonical if current else None,
        )
        if current and current.locked and bills_the_same(draft.canonical(), current.canonical):
            # A person has approved it: other dates or tags are no reason to bill anew.
            stays = part_of(current.canonical, target.written or draft.canonical())
            return [DesiredRecord(unit, stays, draft.amount, {}, draft.notes())]
        there = current.private if current else None
        return [_desired(unit, draft, there if isinstance(there, XeroDocument) else None)]

    def removal(self, record: Record) -> dict[str, object]:
        """Xero deletes drafts; what is more than a draft is locked."""
        kind = _kind_of_ref(record.ref)
        return _request(
            "delete",
            kind,
            {kind.identity: _id(record.ref), kind.number: record.label, "Status": "DELETED"},
        )

    async def offset(self, unit: Unit, record: Record) -> DesiredRecord:
        """A draft credit note over an invoice, or an invoice over a credit note."""
        there = record.private
        if not isinstance(there, XeroDocument):
            raise AssertionError("a record is read before it is taken back")
        known = await self._organisations.get(self._connection, self._client)
        asked = [there.contact.contact_id] if self._rules.asks_contact else []
        of_contact = [one.payment_terms for one in await self._contacts(asked)]
        draft = to_offset(
            there,
            unit.label,
            unit.external_key,
            self._rules.terms(*of_contact, known.organisation.payment_terms),
            known.locked_until,
            is_tagged=self._rules.is_tagged,
        )
        return _desired(unit, draft, None)

    async def write(self, writes: Sequence[Write], attempt_key: str) -> Sequence[Outcome]:
        """Send the documents of each kind in one call; what Xero says of each."""
        outcomes: dict[str, Outcome] = {}
        for kind in KINDS:
            some = [write for write in writes if str(write.request["path"]) == _path(kind)]
            if some:
                outcomes |= await self._write(kind, some, f"{attempt_key}-{kind.type}", outcomes)
        return [outcomes[write.external_key] for write in writes]

    async def _write(
        self, kind: Kind, writes: Sequence[Write], key: str, before: Mapping[str, Outcome]
    ) -> dict[str, Outcome]:
        elements = [to_wire(_element(kind, write)) for write in writes]
        try:
            answered = await self._client.write(kind, METHODS[writes[0].action], elements, key)
        except SynclineError as error:
            if not before:
                raise
            # Those before are stored, so this must not say that none was.
            return {write.external_key: Lost.of(error) for write in writes}
        by_number = {str(one.get(kind.number)): one for one in answered}
        return {write.external_key: self._outcome(by_number.get(write.label)) for write in writes}

    def _outcome(self, answer: dict[str, Any] | None) -> Outcome:
        if answer is None:
            return Lost("Xero's answer does not name this document.")
        reasons = messages_of(answer)
        if reasons or answer.get("HasErrors") or answer.get("StatusAttributeString") == "ERROR":
            words = "Xero refused it: " + ("; ".join(reasons) or "no reason given") + "."
            return Refused(words, plain(answer))
        try:
            document = XeroDocument.model_validate(answer)
        except ValidationError:
            return Lost("Xero's answer for this document cannot be read.", plain(answer))
        record = self._record(document)
        return Removed(plain(answer)) if record.gone else Written(record, plain(answer))

    def _record(self, document: XeroDocument) -> Record:
        kind = of_type(document.type)
        identity = document.document_id
        return Record(
            ref=identity if kind is INVOICE else f"{kind.collection}/{identity}",
            external_key="SL-" + document.number.rsplit("-", 1)[-1],
            label=document.number,
            status=document.status,
            locked=document.status != "DRAFT",
            gone=document.status in ("DELETED", "VOIDED"),
            canonical=from_document(document),
            amount=amount_of(document),
            url=kind.link + identity,
            private=document,
        )


def _kind(unit: Unit) -> Kind:
    return of_unit(unit.name, is_offset=bool(unit.offsets))


def _kind_of_ref(ref: str) -> Kind:
    return CREDIT_NOTE if ref.startswith(f"{CREDIT_NOTE.collection}/") else INVOICE


def _id(ref: str) -> str:
    return ref.rpartition("/")[2]


def _path(kind: Kind) -> str:
    return f"/{kind.collection}"


def _request(action: WriteAction, kind: Kind, element: dict[str, Any]) -> dict[str, object]:
    return {
        "method": METHODS[action],
        "path": _path(kind),
        "query": dict(WRITE_PARAMS),
        "body": {kind.collection: [element]},
    }


def _desired(unit: Unit, draft: Draft, there: XeroDocument | None) -> DesiredRecord:
    element = to_element(draft, there)
    request = _request("update" if there else "create", draft.kind, element)
    return DesiredRecord(unit, draft.canonical(), draft.amount, request, draft.notes())


def _element(kind: Kind, write: Write) -> dict[str, Any]:
    body: Any = write.request["body"]
    element: dict[str, Any] = body[kind.collection][0]
    return element
