"""A session to one system: what the kit asks, in ConnectWise's terms."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from syncline_chassis.connector.exact_json import plain as as_text
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
    Target,
    Unit,
    Within,
    Write,
    Written,
)
from syncline_chassis.errors import RejectedError
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.query import PickItem

from syncline_connectwise import convert
from syncline_connectwise.client import ConnectWiseClient, plain
from syncline_connectwise.schemas import CwAddition, CwAgreement, CwProduct

MOST_PICKS = 100
METHODS = {"create": "POST", "update": "PATCH", "delete": "DELETE"}
NOT_THERE = "(404)"


class ConnectWiseSession:
    """See `syncline_chassis.connector.protocol.Session`."""

    def __init__(self, connection: Connection, client: ConnectWiseClient) -> None:
        self._client = client
        self._in_open_period = connection.form.get("billing_period", "open") == "open"
        self._agreements: dict[int, CwAgreement] = {}
        self._products: dict[str, CwProduct] = {}

    async def check(self) -> str:
        """Name the version of the system that the keys open."""
        found = await self._client.info()
        return f"ConnectWise {found.version}".strip()

    async def search(self, name: str, text: str, within: Within = ANYWHERE) -> Sequence[PickItem]:
        """Search a list at ConnectWise."""
        wanted = plain(text)
        match name:
            case "companies":
                named = f'name contains "{wanted}" and ' if wanted else ""
                companies = await self._client.companies(f"{named}deletedFlag=False", MOST_PICKS)
                return [
                    PickItem(
                        id=str(one.id),
                        name=one.name,
                        detail=one.identifier,
                        clues=(one.identifier, one.website or ""),
                    )
                    for one in companies
                ]
            case "agreements":
                named = f' and (name contains "{wanted}" or company/name contains "{wanted}")'
                agreements = await self._client.agreements(
                    "cancelledFlag=False" + (named if wanted else ""), MOST_PICKS
                )
                return [
                    PickItem(
                        id=str(one.id),
                        name=one.name,
                        detail=one.company.name,
                        inactive=one.agreement_status not in ("Active", ""),
                    )
                    for one in agreements
                ]
            case _:
                named = f'identifier contains "{wanted}" or description contains "{wanted}"'
                products = await self._client.products(named if wanted else "", MOST_PICKS)
                return [
                    PickItem(
                        id=one.identifier,
                        name=one.identifier,
                        detail=one.description,
                        inactive=one.inactive_flag or one.product_class == "Bundle",
                    )
                    for one in products
                ]

    def units(self, charges: ChargeSet, key: Callable[[str], str]) -> Sequence[Unit]:
        """One addition per charge that comes to something."""
        units = []
        for charge in _billed(charges):
            name = convert.unit_name(charge)
            external_key = key(name)
            units.append(Unit(name, external_key, f"{charge.product_id} {external_key}"))
        return units

    async def find(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Record]]:
        """Additions that bear our serial numbers; one look per agreement."""
        found: dict[str, list[Record]] = {unit.external_key: [] for unit in units}
        by_agreement: dict[int, list[str]] = defaultdict(list)
        for unit in units:
            by_agreement[convert.agreement_of(unit.name)].append(unit.external_key)
        for agreement_id, keys in by_agreement.items():
            if agreement_id:
                for one in await self._additions(agreement_id, "serialNumber", keys):
                    found[one.serial_number].append(_record(one, agreement_id))
        return found

    async def read(self, refs: Sequence[str]) -> Mapping[str, Record | None]:
        """Additions by `agreement/id`; one look per agreement."""
        found: dict[str, Record | None] = dict.fromkeys(refs)
        by_agreement: dict[int, list[int]] = defaultdict(list)
        for ref in refs:
            agreement_id, identity = (int(part) for part in ref.split("/"))
            by_agreement[agreement_id].append(identity)
        for agreement_id, ids in by_agreement.items():
            for one in await self._additions(agreement_id, "id", ids):
                record = _record(one, agreement_id)
                found[record.ref] = record
        return found

    async def _additions(
        self, agreement_id: int, field: str, values: Sequence[int | str]
    ) -> Sequence[CwAddition]:
        try:
            return await self._client.additions(agreement_id, field, values)
        except RejectedError as error:
            if NOT_THERE in error.detail:  # the agreement was deleted, and what stood on it
                return ()
            raise

    async def prepare(self, bills: Sequence[Bill]) -> None:
        """Read the agreements and products of these bills, each once."""
        billed = [charge for bill in bills for charge in _billed(bill.charges)]
        ids = {convert.agreement_of(convert.unit_name(charge)) for charge in billed} - {0}
        agreements = await self._client.agreements_by_id(sorted(ids)) if ids else []
        names = sorted({charge.product_id for charge in billed})
        products = await self._client.products_by_identifier(names) if names else []
        self._agreements = {one.id: one for one in agreements}
        self._products = {one.identifier: one for one in products}

    def desired(self, bill: Bill) -> Sequence[DesiredRecord]:
        """The additions of a bill."""
        charges = {convert.unit_name(charge): charge for charge in _billed(bill.charges)}
        try:
            return [
                self._desired(bill.charges, charges[target.unit.name], target)
                for target in bill.targets
            ]
        except convert.NotBillableError as error:
            raise RejectedError(error.code, error.detail) from None

    def _desired(self, charges: ChargeSet, charge: Charge, target: Target) -> DesiredRecord:
        unit, current = target.unit, target.current
        draft = convert.to_draft(
            charges,
            charge,
            unit.external_key,
            self._agreements.get(convert.agreement_of(unit.name)),
            self._products.get(charge.product_id),
            in_open_period=self._in_open_period,
            before=current.canonical if current else target.written,
        )
        wanted = _create(unit, draft)
        if current is None:
            return wanted
        identity = current.ref.partition("/")[2]
        operations = convert.to_operations(draft, current.canonical)
        request = _request("update", f"{_path(draft)}/{identity}", operations)
        return replace(wanted, request=request)

    def removal(self, record: Record) -> dict[str, object]:
        """An addition that was not invoiced can be deleted."""
        agreement_id, _, identity = record.ref.partition("/")
        path = f"finance/agreements/{agreement_id}/additions/{identity}"
        return _request("delete", path, None)

    async def offset(self, unit: Unit, record: Record) -> DesiredRecord:
        """An addition in the open period that takes an invoiced one back."""
        agreement_id = int(record.ref.partition("/")[0])
        found = await self._client.agreements_by_id([agreement_id])
        agreement = next((one for one in found if one.id == agreement_id), None)
        try:
            draft = convert.to_offset(
                record.label, record.canonical, record.amount, unit.external_key, agreement
            )
        except convert.NotBillableError as error:
            raise RejectedError(error.code, error.detail) from None
        return _create(unit, draft)

    async def write(self, writes: Sequence[Write], attempt_key: str) -> Sequence[Outcome]:
        """Send additions, each in a call of its own."""
        return [await self._write(write) for write in writes]

    async def _write(self, write: Write) -> Outcome:
        path, body = str(write.request["path"]), write.request.get("body")
        wire = None if body is None else convert.to_wire(body)
        try:
            answer = await self._client.write(METHODS[write.action], path, wire)
        except RejectedError as error:
            if write.action == "delete" and NOT_THERE in error.detail:
                return Removed({})
            raise
        if write.action == "delete":
            return Removed({"status": "deleted"})
        try:
            addition = CwAddition.model_validate(answer)
        except ValidationError:
            told = as_text(answer)
            return Lost("ConnectWise's answer for this addition cannot be read.", told)
        record = _record(addition, int(path.split("/")[2]))
        ignored = _ignored(body, record) if write.action == "update" else ()
        if ignored:
            words = f"ConnectWise answered that all is well, but left {ignored} as it was."
            return Refused(words, as_text(answer))
        return Written(record, as_text(answer))


def _billed(charges: ChargeSet) -> list[Charge]:
    """What comes to 0.00 needs no addition."""
    return [charge for charge in charges.charges if charge.sell]


def _path(draft: convert.Draft) -> str:
    return f"finance/agreements/{draft.agreement_id}/additions"


def _create(unit: Unit, draft: convert.Draft) -> DesiredRecord:
    request = _request("create", _path(draft), convert.to_body(draft))
    notes: dict[str, object] = {"invoice_description": draft.text}
    return DesiredRecord(unit, draft.canonical(), draft.price, request, notes)


def _request(action: str, path: str, body: Any) -> dict[str, object]:
    found: dict[str, object] = {"method": METHODS[action], "path": path}
    return found if body is None else {**found, "body": body}


def _ignored(operations: Any, record: Record) -> str:
    """Fields of an update that the answer does not show, by name; the kit compares the price."""
    shown = {"unitCost": str(record.canonical["unit_cost"])}
    return ", ".join(
        one["path"]
        for one in operations
        if one["path"] in shown and Decimal(one["value"]) != Decimal(shown[one["path"]])
    )


def _record(addition: CwAddition, agreement_id: int) -> Record:
    return Record(
        ref=f"{agreement_id}/{addition.id}",
        external_key=addition.serial_number,
        label=f"{addition.product.identifier} {addition.serial_number}",
        status="invoiced" if addition.billed_quantity else addition.bill_customer,
        locked=bool(addition.billed_quantity),
        gone=False,
        canonical=convert.from_addition(addition, agreement_id),
        amount=convert.amount_of(addition),
    )
