"""Uploads: an object in the bucket `uploads`, taken in like a file and then removed."""

from collections.abc import AsyncIterator

from syncline_chassis.bus import Bus
from syncline_chassis.errors import NotFoundError
from syncline_contracts.ingest_query import UPLOADS_BUCKET

from syncline_ingest.intake import Taken

SOURCE_ID = "upload"
KIND = "upload"


class UploadedFile:
    """An object of one partner."""

    mark = ""

    def __init__(self, bus: Bus, partner_id: str, object_name: str, file_name: str) -> None:
        self._bus = bus
        self._key = f"{partner_id}/{object_name}"
        self.name = "".join(letter if letter.isprintable() else "?" for letter in file_name)

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `Offer.chunks`. Raises `NotFoundError`."""
        try:
            async for chunk in self._bus.object_get(UPLOADS_BUCKET, self._key):
                yield chunk
        except FileNotFoundError:
            raise NotFoundError("The uploaded file is not there: upload it again.") from None

    async def settle(self, taken: Taken) -> None:
        """See `Offer.settle`: whatever became of it, ingest has its own copy."""
        await self._bus.object_delete(UPLOADS_BUCKET, self._key)
