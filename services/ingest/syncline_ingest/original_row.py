"""A row of a document, read again from its stored original."""

import asyncio

from syncline_chassis.errors import NotFoundError, ProblemError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.ingest_query import Cell, GetOriginalRow, OriginalRow

from syncline_ingest.partner_places import PartnerPlaces
from syncline_ingest.readers.raw_rows import Cells, raw_row
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.readers.unpack import unpack
from syncline_ingest.repository import Documents, document_key, to_view
from syncline_ingest.spool import spooled

AT_ONCE = 2
"""The last row of a large document takes seconds to reach."""
MOST_OF_A_PARTNER = 4
"""Under way or waiting."""
CHARACTERS = 100_000
"""Of all cells of an answer together, so that it fits into one message."""


class OriginalRows:
    """Answers with rows as they came."""

    def __init__(self, service: Service) -> None:
        self._mongo = service.mongo
        self._places = PartnerPlaces(AT_ONCE, MOST_OF_A_PARTNER, too_many)

    async def get(self, query: GetOriginalRow, uow: UnitOfWork) -> OriginalRow:
        """One row. Raises `NotFoundError`."""
        stored = await Documents(uow).get(query.partner_id, query.document_sha256)
        if stored is None:
            raise NotFoundError("There is no document with this content.")
        name, key = stored["name"], document_key(query.partner_id, query.document_sha256)
        gone = NotFoundError(f"The original of {name} is not stored any more.")
        async with (
            self._places.place(query.partner_id),
            spooled(self._mongo.get_blob(key), stored["bytes"]) as spool,
        ):
            if spool.sha256 != query.document_sha256:
                raise gone
            try:
                cells = await asyncio.to_thread(lambda: raw_row(unpack(name, spool), query.row))
            except RefusedDocumentError as refusal:  # a rejected one, or readers became stricter
                raise NotFoundError(f"{name} cannot be read: {refusal.message}") from refusal
        if cells is None:
            raise NotFoundError(f"{name} has no row {query.row:,}.")
        return OriginalRow(document=to_view(stored), row=query.row, cells=_fitting(cells))


def too_many(partner_id: str, asked: int) -> ProblemError:
    """Said to whoever asks while as many of the partner's rows as may are under way."""
    return ProblemError(
        429,
        "too_many",
        "Too many at once",
        f"{asked} original rows are being looked up for {partner_id}. Ask again once they are "
        "there.",
    )


def _fitting(cells: Cells) -> tuple[Cell, ...]:
    most = CHARACTERS // max(1, 2 * len(cells))
    return tuple(
        Cell(
            column=column[:most],
            value=value[:most],
            is_cut=len(value) > most or len(column) > most,
        )
        for column, value in cells
    )
