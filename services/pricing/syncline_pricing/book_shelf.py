"""Price books in memory: one small read per batch tells whether the one we have still holds."""

from collections import OrderedDict

from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork

from syncline_pricing.domain.book import PriceBook
from syncline_pricing.repository import Books


class BookShelf:
    """The newest price book of each partner, at most `size` of them."""

    def __init__(self, service: Service, size: int) -> None:
        self._service = service
        self._size = size
        self._books: OrderedDict[str, PriceBook] = OrderedDict()

    async def current(self, partner_id: str) -> PriceBook:
        """The partner's book as it is now, all of it at one version."""
        version = await Books(self._service.reading()).version(partner_id)
        book = self._books.get(partner_id)
        if book is None or book.version != version:
            book = await self._load(partner_id)
        self._books[partner_id] = book
        self._books.move_to_end(partner_id)
        if len(self._books) > self._size:
            self._books.popitem(last=False)
        return book

    async def _load(self, partner_id: str) -> PriceBook:
        """In a transaction: rows of two versions never stand in one book."""

        async def read(uow: UnitOfWork) -> PriceBook:
            return await Books(uow).load(partner_id)

        return await self._service.in_transaction(read)
