"""What waits for a person shows in the metrics, with its money."""

from syncline_chassis.service import Service
from syncline_mapping import figures

from tests.integration.mapping.stack import Stack
from tests.integration.mapping.test_mapping_sync import ready


def value(service: Service, name: str, **labels: str) -> float:
    return service.metrics.registry.get_sample_value(name, {"service": "mapping", **labels}) or 0.0


async def test_held_money_is_told_by_reason_and_tenants_by_state(stack: Stack) -> None:
    mapping = stack.mapping
    await figures.look(mapping)
    held = {"reason": "client_not_mapped", "currency": "AUD"}
    before = value(mapping, "syncline_held_cost", **held)
    waiting = value(mapping, "syncline_tenants", state="held")
    partner_id = await ready(stack)
    await figures.look(mapping)
    cost = next(
        float(row.cost) for row in (await stack.invoice(partner_id)).tenants if row.state == "held"
    )
    assert cost > 0
    assert value(mapping, "syncline_held_cost", **held) == before + cost
    assert value(mapping, "syncline_tenants", state="held") == waiting + 1
