"""Once a week and partner: says what waits, whatever number of replicas looks."""

from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.holds import HoldsReportedV1, week_due

from syncline_mapping.domain.report import Waiter, summed
from syncline_mapping.domain.state import WAITING
from syncline_mapping.repository.partners import Partner, Partners
from syncline_mapping.repository.tenants import Row, Tenants

REPORT_WORKER = "report"
REPORTS = "reports"
"""The last week that was told, by partner."""


class Report:
    """The worker."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def work(self) -> None:
        """Tell every partner whose week is due and not told."""
        reading = self._service.reading()
        told = {row["_id"]: row["week"] for row in await reading.collection(REPORTS).find({})}
        now = self._service.clock.now()
        for partner in await Partners(reading).all():
            week = week_due(now, partner.settings.time_zone)
            if told.get(partner.partner_id, "") < week:
                await self._tell(partner, week)

    async def _tell(self, partner: Partner, week: str) -> None:
        """The mark and the event are one transaction: of two replicas one finds it taken."""

        async def work(uow: UnitOfWork) -> None:
            mark: Document = {"_id": partner.partner_id}
            former = await uow.collection(REPORTS).find_one(mark)
            if former is not None and former["week"] >= week:
                return
            await uow.collection(REPORTS).update_one(mark, {"$set": {"week": week}}, upsert=True)
            if former is None:
                return  # a partner's first week is on the pages before them
            rows = await Tenants(uow).in_states(partner.partner_id, WAITING)
            waiting = summed([_waiter(row) for row in rows])
            if waiting:
                uow.publish(
                    HoldsReportedV1(partner_id=partner.partner_id, week=week, waiting=waiting)
                )

        await self._service.in_transaction(work)


def _waiter(row: Row) -> Waiter:
    return Waiter(
        currency=row.currency,
        state=row.state,
        cost=row.facts.document_cost,
        reasons=frozenset(hold.code for hold in row.facts.holds),
    )
