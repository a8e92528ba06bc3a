"""The road of every document: fetched into a spool, taken in, its original put away."""

from syncline_ingest.intake import Intake, Origin, Taken
from syncline_ingest.sources.offer import Offer
from syncline_ingest.spool import spooled


class Taker:
    """Takes offers of any source."""

    def __init__(self, intake: Intake, max_bytes: int) -> None:
        self._intake = intake
        self._max_bytes = max_bytes

    async def take(self, partner_id: str, source_id: str, offer: Offer) -> Taken:
        """Fetch and take in. Killed before the original is put away, it is recognised next time."""
        async with spooled(offer.chunks(), self._max_bytes) as spool:
            taken = await self._intake.take(Origin(partner_id, source_id, offer.name), spool)
        await offer.settle(taken)
        return taken
