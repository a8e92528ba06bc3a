"""What mapping's database says of tenants and of the money that waits, for the metrics."""

from syncline_chassis.service import Service

from syncline_mapping.repository.tenants import TENANTS

EVERY_S = 60.0


async def look(service: Service) -> None:
    """Set the gauges of tenants and held cost."""
    tenants = service.mongo.collection(TENANTS)
    states = await tenants.aggregate(
        [{"$sort": {"state": 1}}, {"$group": {"_id": "$state", "rows": {"$sum": 1}}}]
    )
    held = await tenants.aggregate(
        [
            {"$match": {"state": "held"}},
            {"$unwind": "$facts.holds"},
            {
                "$group": {
                    "_id": {"reason": "$facts.holds.code", "currency": "$currency"},
                    "cost": {"$sum": {"$toDecimal": "$facts.document_cost"}},
                }
            },
        ]
    )
    metrics = service.metrics
    metrics.tenants.clear()  # a state that nobody is in any more
    for one in states:
        metrics.tenants.labels(service.name, one["_id"]).set(one["rows"])
    metrics.held_cost.clear()
    for one in held:
        reason, currency = one["_id"]["reason"], one["_id"]["currency"]
        cost = float(one["cost"].to_decimal())
        metrics.held_cost.labels(service.name, reason, currency).set(cost)
