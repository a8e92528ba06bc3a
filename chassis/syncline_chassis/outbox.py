"""Relay: outbox -> JetStream, with `Nats-Msg-Id` = `ce-id`, so that twice is once."""

import structlog
from syncline_contracts.message import Headers

from syncline_chassis.bus import Bus
from syncline_chassis.metrics import Metrics
from syncline_chassis.mongo import Database
from syncline_chassis.unit_of_work import OUTBOX

RELAY_BATCH = 200


async def relay(database: Database, bus: Bus, metrics: Metrics) -> int:
    """Publish what waits and remove it once it is stored; how many were there.

    Killed in between, it says a message again under the same id. Two replicas may say the same.
    """
    outbox = database.collection(OUTBOX)
    rows = await outbox.find({}, sort=[("order", 1)], limit=RELAY_BATCH)
    metrics.outbox_pending.labels(metrics.service).set(len(rows))
    if not rows:
        return 0
    async with bus.window() as window:
        for row in rows:
            await window.publish_raw(
                row["subject"], bytes(row["data"]), Headers.parse(row["headers"])
            )
    await outbox.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
    structlog.get_logger().debug("outbox relayed", messages=len(rows))
    return len(rows)
