"""What a connector's database says of itself, for the metrics."""

from syncline_chassis.connector.jobs import JOBS
from syncline_chassis.connector.ledger import LEDGER
from syncline_chassis.service import Service

EVERY_S = 60.0


async def look(service: Service) -> None:
    """Set the gauges of ledger and jobs."""
    for name, by, gauge in (
        (LEDGER, "state", service.metrics.ledger_rows),
        (JOBS, "kind", service.metrics.waiting_jobs),
    ):
        found = await service.mongo.collection(name).aggregate(
            [{"$sort": {by: 1}}, {"$group": {"_id": f"${by}", "rows": {"$sum": 1}}}]
        )
        gauge.clear()  # a state that nobody is in any more
        for one in found:
            gauge.labels(service.name, one["_id"]).set(one["rows"])
