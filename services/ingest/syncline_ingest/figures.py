"""What ingest's database says of documents that do not add up, for the metrics."""

from datetime import timedelta

from syncline_chassis.service import Service

from syncline_ingest.repository import DOCUMENTS

EVERY_S = 60.0
REMEMBERED = timedelta(days=1)
_CODES = ("total_mismatch", "line_count_mismatch")


async def look(service: Service) -> None:
    """Set the gauge of documents whose own figures differ.

    For a day only: a good one that comes instead does not say which one it replaces.
    """
    wanted = {
        "status": "rejected",
        "code": {"$in": list(_CODES)},
        "received_at": {"$gt": service.clock.now() - REMEMBERED},
    }
    refused = await service.mongo.collection(DOCUMENTS).count(wanted)
    service.metrics.tie_out_differences.labels(service.name, "document").set(refused)
