"""After a partner's edit or new prices: marks every tenant of the partner that is not settled."""

from collections import defaultdict

from syncline_chassis.mongo import Document
from syncline_chassis.service import Service

from syncline_mapping.domain.state import SETTLED
from syncline_mapping.repository.marks import EVALUATE_WORKER, PARTNER_MARKS, Marks
from syncline_mapping.repository.tenants import TENANTS


class Sweep:
    """The worker. A partner may have years of tenants, so no transaction holds them all."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tenants = service.mongo.collection(TENANTS)

    async def work(self) -> None:
        """Carry every mark of a partner over to its tenants."""
        marks = Marks(self._service.reading())
        by_partner: dict[str, list[Document]] = defaultdict(list)
        for mark in await marks.waiting(PARTNER_MARKS):
            by_partner[mark["partner_id"]].append(mark)
        for partner_id, seen in by_partner.items():
            rows = await self._tenants.find(
                {"partner_id": partner_id, "state": {"$nin": sorted(SETTLED)}},
                projection={"invoice_key": 1},
            )
            await marks.tenants(partner_id, rows)
            await marks.take_away(PARTNER_MARKS, partner_id, seen)
        if by_partner:
            self._service.wake(EVALUATE_WORKER)
