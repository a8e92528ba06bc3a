"""The road of every document: fetched into a spool, taken in, its original put away."""

from syncline_chassis.service import Service

from syncline_ingest.intake import Intake, Origin, Taken
from syncline_ingest.rules import DEFAULTS
from syncline_ingest.source_store import Sources
from syncline_ingest.sources.offer import Offer
from syncline_ingest.spool import spooled


class Taker:
    """Takes offers of any source."""

    def __init__(self, service: Service, intake: Intake, max_bytes: int) -> None:
        self._service = service
        self._intake = intake
        self._max_bytes = max_bytes

    async def take(self, partner_id: str, source_id: str, offer: Offer) -> Taken:
        """Fetch and take in. Killed before the original is put away, it is recognised next time."""
        async with spooled(offer.chunks(), self._max_bytes) as spool:
            source = await Sources(self._service.reading()).get(partner_id, source_id)
            rules = source.rules if source else DEFAULTS
            origin = Origin(partner_id, source_id, offer.name, rules)
            taken = await self._intake.take(origin, spool)
        await offer.settle(taken)
        return taken
