"""What pricing listens to, and which function answers."""

from syncline_chassis.bus import RawBatch
from syncline_chassis.service import Service
from syncline_contracts.line import LinesPricedV1, LinesPublishedV1
from syncline_contracts.partner import PartnerChangedV1
from syncline_contracts.pricing_query import (
    AssignProfile,
    ListProfiles,
    ProfileHistory,
    SaveProfile,
)
from syncline_contracts.profile import RepriceInvoiceV1

from syncline_pricing import lines, reprice
from syncline_pricing.book_shelf import BookShelf
from syncline_pricing.edits import Edits
from syncline_pricing.settings import Settings


class LinePricing:
    """Prices batches as they come, with the price book as it is now."""

    def __init__(self, service: Service, shelf: BookShelf) -> None:
        self._service = service
        self._shelf = shelf

    async def price_lines(self, raw: RawBatch) -> None:
        """Price a batch and wait until the bus has stored it; repeated, it is the same message."""
        batch = lines.read(raw)
        book = await self._shelf.current(batch.partner_id)
        priced = lines.price(raw, batch, book, cause=raw.headers)
        await self._service.bus.publish_raw(priced.subject, priced.data, priced.headers)
        self._service.metrics.lines.labels(lines.SOURCE, LinesPricedV1.type_name).inc(priced.lines)


def register(service: Service, settings: Settings) -> None:
    """Fill the service's tables and start its worker."""
    shelf = BookShelf(service, settings.pricing_cached_books)
    edits = Edits(service.clock)
    again = reprice.Reprice(service, settings, shelf)

    service.lines.update({LinesPublishedV1: LinePricing(service, shelf).price_lines})
    service.events.update({PartnerChangedV1: edits.copy_partner})
    service.commands.update({RepriceInvoiceV1: again.accept})
    service.queries.update(
        {
            SaveProfile: edits.save_profile,
            AssignProfile: edits.assign_profile,
            ListProfiles: edits.list_profiles,
            ProfileHistory: edits.history,
        }
    )
    service.worker(
        reprice.WORKER,
        again.work,
        every_s=settings.pricing_reprice_every_s,
        concurrency=settings.pricing_reprice_concurrency,
    )
