"""What mapping's database says of tenants and of the money that waits, for the metrics."""

from collections import Counter
from typing import get_args

from syncline_chassis.service import Service

from syncline_mapping.domain.hops import Hop, differs_at
from syncline_mapping.repository.tenants import TENANTS, UNTIED, to_row

EVERY_S = 60.0


async def look(service: Service) -> None:
    """Set the gauges of tenants, of what is held, and of what does not tie."""
    await _states(service)
    await _held(service)
    await _differences(service)


async def _states(service: Service) -> None:
    states = await service.mongo.collection(TENANTS).aggregate(
        [{"$sort": {"state": 1}}, {"$group": {"_id": "$state", "rows": {"$sum": 1}}}]
    )
    gauge = service.metrics.tenants
    gauge.clear()  # a state that nobody is in any more
    for one in states:
        gauge.labels(service.name, one["_id"]).set(one["rows"])


async def _held(service: Service) -> None:
    held = await service.mongo.collection(TENANTS).aggregate(
        [
            {"$match": {"state": "held"}},
            {"$unwind": "$facts.holds"},
            {
                "$group": {
                    "_id": {"reason": "$facts.holds.code", "currency": "$currency"},
                    "cost": {"$sum": {"$toDecimal": "$facts.document_cost"}},
                    "since": {"$min": {"$ifNull": ["$held_since", "$since"]}},
                }
            },
        ]
    )
    metrics, now = service.metrics, service.clock.now()
    ages: dict[str, float] = {}
    metrics.held_cost.clear()
    for one in held:
        reason, currency = one["_id"]["reason"], one["_id"]["currency"]
        cost = float(one["cost"].to_decimal())
        metrics.held_cost.labels(service.name, reason, currency).set(cost)
        ages[reason] = max(ages.get(reason, 0.0), (now - one["since"]).total_seconds())
    metrics.oldest_hold.clear()
    for reason, age in ages.items():
        metrics.oldest_hold.labels(service.name, reason).set(age)


async def _differences(service: Service) -> None:
    rows = await service.mongo.collection(TENANTS).find(UNTIED)
    found = Counter(differs_at(to_row(row).facts) for row in rows)
    for hop in get_args(Hop):
        service.metrics.tie_out_differences.labels(service.name, hop).set(found[hop])
