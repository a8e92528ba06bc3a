"""Decides tenants anew whenever something about them changed.

Level-triggered (design, section 4): marks are read first, then all that counts, outside of a
transaction; the decision is stored only if no other one was since. Two batches that arrive at once
so never overlook each other, and a decision is taken once however many replicas look.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.partner import PartnerSettings

from syncline_mapping.domain.evaluation import Arrived, Evaluated, Inputs, evaluate
from syncline_mapping.domain.manifest import ConnectorManifest
from syncline_mapping.repository import batches
from syncline_mapping.repository.connectors import Connectors
from syncline_mapping.repository.mappings import Mapping, Mappings
from syncline_mapping.repository.marks import MOST, TENANT_MARKS, Marks
from syncline_mapping.repository.partners import Partners
from syncline_mapping.repository.tenants import TENANTS, Change, Row, Tenants, to_row
from syncline_mapping.settings import Settings

DEFECTS = (ArithmeticError, LookupError, TypeError, ValueError)
ASKS = "reprice_wanted"
PUT_ASIDE = {"put_aside": {"$exists": True}}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a partner's tenants have in common."""

    partner: PartnerSettings | None
    prices: int
    rrp_policies: tuple[int, ...]
    connectors: dict[str, ConnectorManifest]


class Evaluation:
    """The worker."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._tenants = service.mongo.collection(TENANTS)
        self._batches = service.mongo.collection(batches.BATCHES)

    async def work(self) -> None:
        """Look at every marked tenant."""
        await asyncio.sleep(self._settings.mapping_gather_s)
        marks = Marks(self._service.reading())
        while True:
            found = await marks.waiting(TENANT_MARKS)
            by_partner: dict[str, list[Document]] = defaultdict(list)
            for mark in found:
                by_partner[mark["partner_id"]].append(mark)
            for partner_id, seen in by_partner.items():
                await self._look_at(partner_id, seen)
            if len(found) < MOST:
                return

    async def _look_at(self, partner_id: str, marks: list[Document]) -> None:
        """Look at a partner's tenants in portions, so that memory is bounded by one portion."""
        by_row: dict[str, list[Document]] = defaultdict(list)
        for mark in marks:
            by_row[mark["row_id"]].append(mark)
        setting = await self._setting(partner_id)
        row_ids, size = list(by_row), self._settings.mapping_evaluate_portion
        for start in range(0, len(row_ids), size):
            portion = row_ids[start : start + size]
            done = await self._look_at_portion(partner_id, portion, setting)
            await Marks(self._service.reading()).take_away(
                TENANT_MARKS,
                partner_id,
                [mark for row_id in portion if row_id in done for mark in by_row[row_id]],
            )

    async def _look_at_portion(
        self, partner_id: str, row_ids: list[str], setting: Setting
    ) -> set[str]:
        """Rows that are decided or have nothing to decide; the others keep their marks."""
        try:
            return await self._look_at_rows(partner_id, row_ids, setting)
        except DEFECTS as error:
            if len(row_ids) == 1:
                await self._put_aside(partner_id, row_ids[0], error)
                return set(row_ids)
        # The others must not wait for the one that cannot be decided.
        done = [await self._look_at_portion(partner_id, [one], setting) for one in row_ids]
        return set().union(*done)

    async def _look_at_rows(
        self, partner_id: str, row_ids: list[str], setting: Setting
    ) -> set[str]:
        found = await self._tenants.find({"partner_id": partner_id, "_id": {"$in": row_ids}})
        rows = await self._without_waiting(partner_id, [to_row(document) for document in found])
        mappings = await Mappings(self._service.reading()).of(
            partner_id, [row.tenant_id for row in rows]
        )
        arrived = await batches.arrived(
            self._batches, partner_id, {row.lines for row in rows if _has_lines(row)}
        )
        decidable: list[tuple[Row, Inputs]] = []
        passed_over: set[str] = set()
        for row in rows:
            inputs = _inputs(row, setting, mappings, arrived.get(row.lines))
            if _is_news(row, evaluate(row.facts, inputs)):
                decidable.append((row, inputs))
            elif not await self._note_look(row):
                passed_over.add(row.row_id)
        return set(row_ids) - passed_over - await self._decide(partner_id, decidable)

    async def _setting(self, partner_id: str) -> Setting:
        reading = self._service.reading()
        partners = Partners(reading)
        partner = await partners.get(partner_id)
        return Setting(
            partner.settings if partner else None,
            await partners.prices(partner_id),
            await partners.rrp_policies(partner_id),
            await Connectors(reading).all(),
        )

    async def _note_look(self, row: Row) -> bool:
        """Nothing new: only older views are shut out. False where another was quicker."""
        outcome = await self._tenants.update_one(_as_seen(row), {"$inc": {"evaluated_seq": 1}})
        return outcome.matched == 1

    async def _without_waiting(self, partner_id: str, rows: list[Row]) -> list[Row]:
        """Leaves out the most frequent case, told by a count: lines are still on their way."""
        asked = {row.lines for row in rows if _has_lines(row) and not row.facts.complete}
        here = await batches.how_many(self._batches, partner_id, asked)
        return [
            row
            for row in rows
            if row.lines not in asked
            or row.manifest is None
            or here.get(row.lines, 0) >= row.manifest.batches
        ]

    async def _decide(self, partner_id: str, decidable: list[tuple[Row, Inputs]]) -> set[str]:
        """Decide a portion at once. Gives the rows that somebody else decided meanwhile."""
        if not decidable:
            return set()
        inputs_of = {row.row_id: inputs for row, inputs in decidable}
        wanted = {"partner_id": partner_id, "$or": [_as_seen(row) for row, _ in decidable]}

        async def decide(uow: UnitOfWork) -> set[str]:
            # Read anew: what people and the PSA said meanwhile is kept.
            found = await uow.collection(TENANTS).find(wanted)
            rows = [to_row(document) for document in found]
            changes = [_change(row, evaluate(row.facts, inputs_of[row.row_id])) for row in rows]
            await Tenants(uow).save_all(changes, self._service.clock.now())
            asking = {change.row.invoice_key for change in changes if ASKS in change.extra}
            for invoice_key in sorted(asking):
                await Marks(uow).invoice(partner_id, invoice_key)
            return {*inputs_of} - {row.row_id for row in rows}

        return await self._service.in_transaction(decide)

    async def _put_aside(self, partner_id: str, row_id: str, error: Exception) -> None:
        """A defect of ours stops this tenant until the next mark or start, never the others."""
        self._service.log.error("a tenant cannot be decided", row=row_id, exc_info=error)
        await self._tenants.update_one(
            {"_id": row_id, "partner_id": partner_id}, {"$set": {"put_aside": repr(error)}}
        )

    async def take_up_again(self) -> None:
        """At the start: what could not be decided may be now."""
        marks = Marks(self._service.reading())
        for row in await self._tenants.find(
            PUT_ASIDE, projection={"partner_id": 1, "invoice_key": 1}
        ):
            await marks.tenants(row["partner_id"], [row])
            await self._tenants.update_one(
                {"_id": row["_id"], "partner_id": row["partner_id"]}, {"$unset": {"put_aside": ""}}
            )


def _has_lines(row: Row) -> bool:
    return row.manifest is not None and not row.superseded


def _inputs(
    row: Row, setting: Setting, mappings: dict[str, Mapping], arrived: Arrived | None
) -> Inputs:
    mapping = mappings.get(row.tenant_id, Mapping(row.tenant_id))
    return Inputs(
        tenant_name=row.tenant_name,
        currency=row.currency,
        revision=row.revision,
        superseded=row.superseded,
        manifest=row.manifest,
        arrived=arrived if _has_lines(row) else None,
        prices=setting.prices,
        rrp_policies=setting.rrp_policies,
        mapped=mapping.to_mapped(),
        partner=setting.partner,
        connectors=setting.connectors,
    )


def _change(row: Row, decided: Evaluated) -> Change:
    extra: Document = {"evaluated_seq": row.evaluated_seq + 1}
    if decided.reprice is not None:
        extra[ASKS] = _wanted(row, decided.reprice)
    return Change(row, decided.facts, extra)


def _is_news(row: Row, decided: Evaluated) -> bool:
    asks = decided.reprice is not None
    asks_anew = asks and row.reprice_wanted != _wanted(row, decided.reprice)
    return asks_anew or decided.facts != row.facts


def _wanted(row: Row, prices: int | None) -> str:
    return f"{row.revision}/{prices}"


def _as_seen(row: Row) -> Document:
    return {
        "_id": row.row_id,
        "partner_id": row.partner_id,
        "evaluated_seq": row.evaluated_seq,
    }
