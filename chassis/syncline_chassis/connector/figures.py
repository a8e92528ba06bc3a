"""What a connector's database says of itself, for the metrics."""

from syncline_chassis.connector.jobs import JOBS, Jobs
from syncline_chassis.connector.ledger import LEDGER
from syncline_chassis.service import Service

EVERY_S = 60.0
DUE_EVERY_S = 15.0
"""More often: replicas are added by it."""


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


async def look_at_due(service: Service) -> None:
    """Set the gauge of partners that wait for a worker."""
    due = await Jobs(service.reading()).waiting_connections(service.clock.now())
    partners = {partner_id for partner_id, _ in due}
    service.metrics.waiting_partners.labels(service.name).set(len(partners))
