"""A session to one system: what the kit asks, in ConnectWise's terms."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
from pydantic import ValidationError
from syncline_chassis.connector.charge_unit import agreement_of, unit_name, with_left_out
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
from syncline_chassis.errors import ReauthRequiredError, RejectedError
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.query import PickItem

from syncline_connectwise import convert, errors, picks
from syncline_connectwise.client import ConnectWiseClient
from syncline_connectwise.preflight import Place, Rules
from syncline_connectwise.schemas import CwAddition, CwAgreement, CwCompany, CwProduct

METHODS = {"create": "POST", "update": "PATCH", "delete": "DELETE"}
OPEN_RECORD = "/v4_6_release/services/system_io/router/openrecord.rails"


class ConnectWiseSession:
    """See `syncline_chassis.connector.protocol.Session`."""

    def __init__(self, connection: Connection, client: ConnectWiseClient) -> None:
        self._client = client
        self._form = connection.form
        self._rules = Rules.of(connection.form)
        self._companies: dict[str, CwCompany] = {}
        self._agreements: dict[int, CwAgreement] = {}
        self._products: dict[str, CwProduct] = {}
        self._own_currency = ""

    async def check(self) -> str:
        """Name the version of the system that the keys open."""
        found = await self._client.info()
        return f"ConnectWise {found.version}".strip()

    async def search(self, name: str, text: str, within: Within = ANYWHERE) -> Sequence[PickItem]:
        """Search a list at ConnectWise."""
        wanted = text.strip()
        if name == "companies":
            return await picks.companies(self._client, wanted)
        if name == "agreements":
            return await picks.agreements(self._client, wanted, within)
        return await picks.products(self._client, wanted)

    def units(self, charges: ChargeSet, key: Callable[[str], str]) -> Sequence[Unit]:
        """One addition per charge that comes to something."""
        units = []
        for charge in charges.billed():
            name = unit_name(charge)
            external_key = key(name)
            units.append(Unit(name, external_key, f"{charge.product_id} {external_key}"))
        return units

    async def find(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Record]]:
        """Additions that bear our serial numbers; one look per agreement."""
        keys = {unit.external_key.casefold(): unit.external_key for unit in units}
        found: dict[str, list[Record]] = {unit.external_key: [] for unit in units}
        by_agreement: dict[int, list[str]] = defaultdict(list)
        for unit in units:
            if agreement_id := agreement_of(unit.name):
                by_agreement[agreement_id].append(unit.external_key)
        for agreement_id, one in await self._additions("serialNumber", by_agreement):
            key = keys.get(one.serial_number.strip().casefold())
            if key is not None:
                found[key].append(self._record(one, agreement_id))
        return found

    async def read(self, refs: Sequence[str]) -> Mapping[str, Record | None]:
        """Additions by `agreement/id`; one look per agreement."""
        found: dict[str, Record | None] = dict.fromkeys(refs)
        by_agreement: dict[int, list[int]] = defaultdict(list)
        for ref in refs:
            agreement_id, identity = (int(part) for part in ref.split("/"))
            by_agreement[agreement_id].append(identity)
        for agreement_id, one in await self._additions("id", by_agreement):
            record = self._record(one, agreement_id)
            if record.ref in found:
                found[record.ref] = record
        return found

    async def _additions(
        self, field: str, wanted: Mapping[int, Sequence[int | str]]
    ) -> list[tuple[int, CwAddition]]:
        """Additions with their agreements; of one that was deleted there are none."""
        found: list[tuple[int, CwAddition]] = []
        unknown: list[int] = []
        for agreement_id, values in wanted.items():
            try:
                rows = await self._client.additions(agreement_id, field, values)
            except RejectedError as error:
                if not errors.is_not_there(error):
                    raise
                unknown.append(agreement_id)
            else:
                found += [(agreement_id, row) for row in rows]
        if unknown:
            await self._check_deleted(unknown)
        return found

    async def _check_deleted(self, agreements: Sequence[int]) -> None:
        """A 404 is believed once the list, which only good keys open, lacks the agreements too."""
        for one in await self._client.agreements_by_id(agreements):
            if one.id in agreements:
                raise RejectedError(
                    "rejected",
                    f"ConnectWise lists the agreement {one.name!r} and says that there is none "
                    "(404) when asked what stands on it. Look at the API member's role there.",
                )

    async def prepare(self, bills: Sequence[Bill]) -> None:
        """Read companies, agreements and products of these bills, each list once."""
        billed = [charge for bill in bills for charge in bill.charges.billed()]
        clients = {bill.charges.client_id for bill in bills}
        companies = await self._client.companies_by_id(
            sorted(int(one) for one in clients if one.isdecimal())
        )
        ids = {agreement_of(unit_name(charge)) for charge in billed} - {0}
        agreements = await self._client.agreements_by_id(sorted(ids))
        names = sorted({charge.product_id for charge in billed})
        products = await self._client.products_by_identifier(names)
        self._companies = {str(one.id): one for one in companies}
        self._agreements = {one.id: one for one in agreements}
        self._products = {one.identifier: one for one in products}
        if any(not one.currency.code for one in agreements):
            self._own_currency = await self._only_currency()

    async def _only_currency(self) -> str:
        """What a system bills in that keeps one currency; empty where nobody says."""
        try:
            kept = {one.code for one in await self._client.currencies()}
        except (RejectedError, ReauthRequiredError):  # the role may not read this list
            return ""
        return kept.pop() if len(kept) == 1 else ""

    def desired(self, bill: Bill) -> Sequence[DesiredRecord]:
        """The additions of a bill."""
        charges = {unit_name(charge): charge for charge in bill.charges.billed()}
        return [
            with_left_out(
                bill.charges, self._desired(bill.charges, charges[target.unit.name], target)
            )
            for target in bill.targets
        ]

    def _desired(self, charges: ChargeSet, charge: Charge, target: Target) -> DesiredRecord:
        unit, current = target.unit, target.current
        draft = convert.to_draft(
            charges,
            charge,
            unit.external_key,
            self._place(charges, charge),
            self._rules,
            before=current.canonical if current else target.written,
        )
        wanted = _create(unit, draft)
        if current is None:
            return wanted
        identity = current.ref.partition("/")[2]
        operations = convert.to_operations(draft, current.canonical)
        request = _request("update", f"{_path(draft)}/{identity}", operations)
        return replace(wanted, request=request)

    def _place(self, charges: ChargeSet, charge: Charge) -> Place:
        return Place(
            self._companies.get(charges.client_id),
            self._agreements.get(agreement_of(unit_name(charge))),
            self._products.get(charge.product_id),
            self._own_currency,
        )

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
        draft = convert.to_offset(
            record.label,
            record.canonical,
            record.amount,
            unit.external_key,
            agreement,
            self._rules,
        )
        return _create(unit, draft)

    async def write(self, writes: Sequence[Write], attempt_key: str) -> Sequence[Outcome]:
        """Send additions, each in a call of its own."""
        return [await self._write(write) for write in writes]

    async def _write(self, write: Write) -> Outcome:
        path, body = str(write.request["path"]), _body(write)
        wire = None if body is None else convert.to_wire(body)
        try:
            answer = await self._client.write(METHODS[write.action], path, wire)
        except RejectedError as error:
            if not errors.is_not_there(error):
                raise
            # Not said of the record before the keys are known to be good.
            await self._client.agreements_by_id([int(path.split("/")[2])])
            if write.action == "delete":
                return Removed({})
            raise
        if write.action == "delete":
            return Removed({"status": "deleted"})
        try:
            addition = CwAddition.model_validate(answer)
        except ValidationError:
            told = as_text(answer)
            return Lost("ConnectWise's answer for this addition cannot be read.", told)
        record = self._record(addition, int(path.split("/")[2]))
        ignored = convert.ignored(body, addition) if write.action == "update" else []
        # An amount that is off is the kit's to tell, by how much.
        if ignored and record.amount == convert.amount_wanted(body):
            words = (
                "ConnectWise answered that all is well, but left as it was: "
                f"{', '.join(ignored)}. Plan again; if it stays so, change it there by hand."
            )
            return Refused(words, as_text(answer))
        return Written(record, as_text(answer))

    def _record(self, addition: CwAddition, agreement_id: int) -> Record:
        return Record(
            ref=f"{agreement_id}/{addition.id}",
            external_key=addition.serial_number,
            label=f"{addition.product.identifier} {addition.serial_number}",
            status="invoiced" if addition.billed_quantity else addition.bill_customer,
            locked=bool(addition.billed_quantity),
            gone=False,
            canonical=convert.from_addition(addition, agreement_id),
            amount=convert.amount_of(addition),
            url=page_of(self._form, agreement_id),
        )


def _body(write: Write) -> Any:
    return write.request.get("body")


def _path(draft: convert.Draft) -> str:
    return f"finance/agreements/{draft.agreement_id}/additions"


def _create(unit: Unit, draft: convert.Draft) -> DesiredRecord:
    request = _request("create", _path(draft), convert.to_body(draft))
    notes: dict[str, object] = {"invoice_description": draft.text}
    notes |= {"billed": draft.days.remark} if draft.days.remark else {}
    return DesiredRecord(unit, draft.canonical(), draft.price, request, notes)


def _request(action: str, path: str, body: Any) -> dict[str, object]:
    found: dict[str, object] = {"method": METHODS[action], "path": path}
    return found if body is None else {**found, "body": body}


def page_of(form: Mapping[str, str], agreement_id: int) -> str:
    """Where a person sees the agreement: an addition has no page of its own."""
    api = httpx.URL(form["api_url"])
    record = {
        "recordType": "AgreementFV",
        "recid": agreement_id,
        "companyName": form["company_id"],
    }
    # The cloud has its API and its pages on sister hosts, a system of one's own has one.
    return str(api.copy_with(host=api.host.removeprefix("api-"), path=OPEN_RECORD, params=record))
