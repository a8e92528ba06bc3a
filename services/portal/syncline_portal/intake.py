"""A file on its way to ingest, from a route or a page."""

from collections.abc import AsyncIterator
from uuid import uuid4

from syncline_chassis.errors import ProblemError
from syncline_contracts.ingest_query import UPLOADS_BUCKET, Submitted, SubmitUpload

from syncline_portal.guard import Call


async def take_in(
    call: Call, partner_id: str, file_name: str, chunks: AsyncIterator[bytes]
) -> Submitted:
    """Hand a file over and wait for what ingest says. Raises `ProblemError` where it is empty."""
    object_name = str(uuid4())
    place = f"{partner_id}/{object_name}"
    bus = call.portal.bus
    if await bus.object_put(UPLOADS_BUCKET, place, chunks) == 0:
        await bus.object_delete(UPLOADS_BUCKET, place)
        raise ProblemError(422, "empty", "Not valid", "The file is empty. Send its content.")
    return await call.ask(
        SubmitUpload(
            partner_id=partner_id,
            actor=call.actor.label,
            object_name=object_name,
            file_name=plain_name(file_name),
        ),
        timeout_s=call.portal.settings.portal_upload_timeout_s,
    )


def plain_name(name: str) -> str:
    """A file's name as text to show: no folders, nothing that a terminal or page would obey."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-255:] or "upload"
