"""A session to one database: what the kit asks, in Autotask's terms."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from syncline_chassis.clock import Clock
from syncline_chassis.connector.charge_unit import unit_name, with_left_out
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
    Target,
    Unit,
    Within,
    Write,
    Written,
)
from syncline_chassis.errors import RejectedError, SynclineError, UnknownOutcomeError
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.query import PickItem

from syncline_autotask import convert, picks
from syncline_autotask.client import AutotaskClient, among
from syncline_autotask.database import Databases
from syncline_autotask.ground import Ground, survey
from syncline_autotask.schemas import AtCharge

OPEN_CONTRACT = "Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenContract&ContractID="
"""Where a person sees the contract: a charge has no page of its own."""
METHODS = {"create": "POST", "update": "PATCH", "delete": "DELETE"}


class AutotaskSession:
    """See `syncline_chassis.connector.protocol.Session`."""

    def __init__(
        self, connection: Connection, client: AutotaskClient, databases: Databases, clock: Clock
    ) -> None:
        self._connection = connection
        self._client = client
        self._databases = databases
        self._clock = clock
        self._rules = convert.Rules.of(connection.form)
        self._ground: Ground | None = None

    async def check(self) -> str:
        """Say what the credentials open, and how much of the hour is used."""
        told = await self._client.threshold()
        words = await self._databases.get(self._connection, self._client)
        return (
            f"Autotask, {words.own_currency or 'no currency named'}; "
            f"{told.current_timeframe_request_count} of {told.external_request_threshold} "
            "requests of this hour are used"
        )

    async def search(self, name: str, text: str, within: Within = ANYWHERE) -> Sequence[PickItem]:
        """Search a list at Autotask."""
        wanted = text.strip()
        if name == "companies":
            return await picks.companies(self._client, wanted)
        words = await self._databases.get(self._connection, self._client)
        if name == "contracts":
            today = self._clock.now().date()
            return await picks.contracts(self._client, wanted, words, today, within.client_id)
        return await picks.services(self._client, wanted, words)

    def units(self, charges: ChargeSet, key: Callable[[str], str]) -> Sequence[Unit]:
        """One contract charge per charge that comes to something."""
        units = []
        for charge in charges.billed():
            name = unit_name(charge)
            external_key = key(name)
            label = f"{convert.name_of(charges, charge)} {external_key}"
            units.append(Unit(name, external_key, label))
        return units

    async def find(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Record]]:
        """Charges that bear our keys, on whatever contract; one search for many."""
        keys = {unit.external_key.casefold(): unit.external_key for unit in units}
        found: dict[str, list[Record]] = {unit.external_key: [] for unit in units}
        pages = await self._client.pages()
        for one in await self._client.charges(convert.KEY_FIELD, list(found)):
            key = keys.get(one.internal_purchase_order_number.casefold())
            if key is not None:
                found[key].append(_record(one, pages))
        return found

    async def read(self, refs: Sequence[str]) -> Mapping[str, Record | None]:
        """Charges by `contract/id`; one search for many."""
        ids = [int(ref.rpartition("/")[2]) for ref in refs]
        pages = await self._client.pages()
        records = [_record(one, pages) for one in await self._client.charges("id", ids)]
        there = {record.ref: record for record in records}
        return {ref: there.get(ref) for ref in refs}

    async def prepare(self, bills: Sequence[Bill]) -> None:
        """Read what these bills need to know, each list once."""
        words = await self._databases.get(self._connection, self._client)
        self._ground = await survey(
            self._client,
            words,
            self._rules,
            clients=[bill.charges.client_id for bill in bills],
            charges=[charge for bill in bills for charge in bill.charges.billed()],
        )

    def desired(self, bill: Bill) -> Sequence[DesiredRecord]:
        """The contract charges of a bill."""
        if self._ground is None:
            raise AssertionError("prepare comes first")
        charges = {unit_name(charge): charge for charge in bill.charges.billed()}
        return [
            with_left_out(
                bill.charges,
                self._desired(self._ground, bill.charges, charges[target.unit.name], target),
            )
            for target in bill.targets
        ]

    def _desired(
        self, ground: Ground, charges: ChargeSet, charge: Charge, target: Target
    ) -> DesiredRecord:
        unit, current = target.unit, target.current
        sold = ground.catalogue.find(charge.product_id)
        place = ground.place(charges, charge, sold)
        draft = convert.to_draft(
            charges,
            charge,
            unit.external_key,
            sold,
            place,
            ground.words,
            self._rules,
            before=current.canonical if current else target.written,
        )
        form = draft.canonical()
        # What stands as it should needs no open contract and no known currency any more.
        if place.contract is not None and (current is None or current.canonical != form):
            convert.check_open(place.contract, ground.words, self._clock.now().date())
            convert.check_currency_known(charges, place, ground.words)
        path = _path(draft)
        if current is None:
            request = _request("create", path, convert.to_body(draft))
        else:
            identity = int(current.ref.rpartition("/")[2])
            changes = convert.to_changes(draft, identity, current.canonical)
            request = _request("update", path, changes)
        notes: dict[str, object] = {
            "name": draft.name,
            "description": draft.text,
            "material_code": sold.code.name,
            "service_name": sold.service.name if sold.service else "",
        }
        return DesiredRecord(unit, form, draft.price, request, notes)

    def removal(self, record: Record) -> dict[str, object]:
        """A charge that was not billed can be deleted."""
        contract_id, _, identity = record.ref.partition("/")
        return _request("delete", f"Contracts/{contract_id}/Charges/{identity}", None)

    async def offset(self, unit: Unit, record: Record) -> DesiredRecord:
        """A charge on the same contract that takes a billed one back."""
        contract_id = int(record.ref.partition("/")[0])
        words = await self._databases.get(self._connection, self._client)
        found = await self._client.contracts(among("id", [contract_id]))
        contract = next((one for one in found if one.id == contract_id), None)
        draft = convert.to_offset(
            record.label,
            record.canonical,
            record.amount,
            unit.external_key,
            contract,
            words,
            self._rules,
        )
        if contract is not None:
            convert.check_open(contract, words, self._clock.now().date())
        request = _request("create", _path(draft), convert.to_body(draft))
        notes: dict[str, object] = {"name": draft.name, "description": draft.text}
        return DesiredRecord(unit, draft.canonical(), draft.price, request, notes)

    async def write(self, writes: Sequence[Write], attempt_key: str) -> Sequence[Outcome]:
        """Send charges one after the other, then read them back: an answer is a bare id."""
        sent: list[int | Outcome] = []
        for write in writes:
            try:
                sent.append(await self._send(write))
            except RejectedError as error:
                sent.append(await self._refused(write, error))
            except UnknownOutcomeError as error:
                sent.append(Lost.of(error))
                break
            except SynclineError as error:
                if all(isinstance(one, Refused) for one in sent):
                    raise
                sent.append(Lost(f"It was not sent: {error}", error.answer or {}))
                break
        sent += [Lost("It was not sent: one before it had no answer.")] * (len(writes) - len(sent))
        return await self._read_back(sent)

    async def _send(self, write: Write) -> int | Outcome:
        """One write: the id of what was stored, or what became of it."""
        body: Any = write.request.get("body")
        wire = None if body is None else convert.to_wire(body)
        path = str(write.request["path"])
        answer = await self._client.write(METHODS[write.action], path, wire)
        identity = answer.get("itemId")
        if isinstance(identity, bool) or not str(identity).isdecimal():
            return Lost("Autotask's answer does not name the charge.", plain(answer))
        if write.action == "delete":
            return Removed({"itemId": str(identity)})
        return int(str(identity))

    async def _refused(self, write: Write, error: RejectedError) -> Outcome:
        """A delete of what is gone is refused as well, in words that are not published: look."""
        if write.action == "delete" and write.ref is not None:
            try:
                if (await self.read([write.ref]))[write.ref] is None:
                    return Removed({})
            except SynclineError as problem:
                return Lost.of(problem)
        return Refused.of(error)

    async def _read_back(self, sent: Sequence[int | Outcome]) -> Sequence[Outcome]:
        ids = [one for one in sent if isinstance(one, int)]
        there: dict[int, Written] = {}
        why = "Autotask stored it under an id that it does not find."
        try:
            pages = await self._client.pages()
            charges = await self._client.charges("id", ids)
            there = {one.id: _written(one, pages) for one in charges}
        except SynclineError as error:
            why = f"Autotask stored it, but it could not be read back: {error}"
        return [there.get(one, Lost(why)) if isinstance(one, int) else one for one in sent]


def _path(draft: convert.Draft) -> str:
    return f"Contracts/{draft.contract_id}/Charges"


def _request(action: str, path: str, body: Any) -> dict[str, object]:
    found: dict[str, object] = {"method": METHODS[action], "path": path}
    return found if body is None else {**found, "body": body}


def _written(charge: AtCharge, pages: str) -> Written:
    return Written(_record(charge, pages), plain(charge.model_dump(by_alias=True, mode="json")))


def _record(charge: AtCharge, pages: str) -> Record:
    return Record(
        ref=f"{charge.contract_id}/{charge.id}",
        external_key=charge.internal_purchase_order_number,
        label=f"{charge.name} {charge.internal_purchase_order_number}".strip(),
        status="billed" if charge.is_billed else "not billed",
        locked=charge.is_billed,
        gone=False,
        canonical=convert.from_charge(charge),
        amount=convert.amount_of(charge),
        url=f"{pages}/{OPEN_CONTRACT}{charge.contract_id}" if pages else "",
    )
