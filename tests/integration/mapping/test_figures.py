"""What waits for a person shows in the metrics, with its money."""

from datetime import timedelta
from decimal import Decimal

import pytest
from syncline_chassis.service import Service
from syncline_contracts.mapping_query import ListHolds
from syncline_contracts.stuck_query import ListStuck
from syncline_mapping import figures
from syncline_mapping.repository.tenants import TENANTS, UNTIED

from tests.integration.mapping.stack import Stack, new_partner
from tests.integration.mapping.test_mapping_arrival import changed
from tests.integration.mapping.test_mapping_sync import TENANTS as LINES
from tests.integration.mapping.test_mapping_sync import ready
from tests.unit.mapping.samples import line


def value(service: Service, name: str, **labels: str) -> float:
    return service.metrics.registry.get_sample_value(name, {"service": "mapping", **labels}) or 0.0


async def untied(stack: Stack, partner_id: str) -> list[str]:
    ask = ListStuck(partner_id=partner_id, before=stack.mapping.clock.now())
    return sorted(row.tenant_id for row in (await stack.portal.ask(ask)).untied)


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


async def test_the_age_of_the_oldest_hold_is_told_by_its_reason(stack: Stack) -> None:
    mapping = stack.mapping
    partner_id = await ready(stack)
    long_ago = mapping.clock.now() - timedelta(days=400)  # older than any other test's
    held = {"partner_id": partner_id, "state": "held"}
    rows = mapping.mongo.collection(TENANTS)
    await rows.update_many(held, {"$set": {"since": long_ago, "held_since": long_ago}})
    await figures.look(mapping)
    age = value(mapping, "syncline_oldest_hold_seconds", reason="client_not_mapped")
    assert timedelta(days=400) <= timedelta(seconds=age) < timedelta(days=401)
    await stack.map(partner_id, "unmapped", "C-3")
    await stack.until_states(partner_id, contoso="ready", fabrikam="ready", unmapped="ready")
    await figures.look(mapping)
    age = value(mapping, "syncline_oldest_hold_seconds", reason="client_not_mapped")
    assert timedelta(seconds=age) < timedelta(days=400)


async def test_newer_prices_do_not_make_a_hold_younger(stack: Stack) -> None:
    mapping = stack.mapping
    partner_id = await ready(stack)
    long_ago = mapping.clock.now() - timedelta(days=500)  # older than any other test's
    rows = mapping.mongo.collection(TENANTS)
    await rows.update_many(
        {"partner_id": partner_id, "state": "held"},
        {"$set": {"since": long_ago}, "$unset": {"held_since": ""}},  # as it was stored before
    )
    for version in (2, 3):
        await stack.pricing.bus.publish(changed(partner_id, version))
        await stack.until_states(
            partner_id, contoso="received", fabrikam="received", unmapped="received"
        )
        await stack.publish_lines(partner_id, LINES, version=version)
        await stack.until_states(partner_id, contoso="ready", fabrikam="ready", unmapped="held")
    await figures.look(mapping)
    age = value(mapping, "syncline_oldest_hold_seconds", reason="client_not_mapped")
    assert timedelta(seconds=age) >= timedelta(days=500)
    (row,) = (await stack.portal.ask(ListHolds(partner_id=partner_id))).rows
    assert row.since < mapping.clock.now() - timedelta(days=499)
    await stack.map(partner_id, "unmapped", "C-3")
    await stack.until_states(partner_id, contoso="ready", fabrikam="ready", unmapped="ready")
    assert await rows.count({"partner_id": partner_id, "held_since": {"$ne": None}}) == 0


async def test_lines_that_differ_from_their_document_are_counted_until_somebody_leaves_them_out(
    stack: Stack,
) -> None:
    mapping, partner_id = stack.mapping, new_partner()
    await figures.look(mapping)
    before = value(mapping, "syncline_tie_out_differences", hop="lines")
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.detect(partner_id, {"contoso": [[line("1.00", "2", "2")]]})
    await stack.publish_lines(partner_id, {"contoso": [[line("1.01", "2", "2")]]})
    await stack.until_states(partner_id, contoso="held")
    await figures.look(mapping)
    assert value(mapping, "syncline_tie_out_differences", hop="lines") == before + 1
    ignored = {"$set": {"state": "ignored"}}
    await mapping.mongo.collection(TENANTS).update_many({"partner_id": partner_id}, ignored)
    await figures.look(mapping)
    assert value(mapping, "syncline_tie_out_differences", hop="lines") == before


@pytest.mark.parametrize(("stage", "hop"), [("plan", "plan"), ("apply", "psa")])
async def test_a_connector_that_is_a_cent_off_is_counted_at_its_hop(
    stack: Stack, stage: str, hop: str
) -> None:
    mapping = stack.mapping
    await figures.look(mapping)
    before = value(mapping, "syncline_tie_out_differences", hop=hop)
    stack.xero.off_by[stage] = Decimal("0.01")
    partner_id = await ready(stack)
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="failed", fabrikam="failed", unmapped="held")
    await figures.look(mapping)
    assert value(mapping, "syncline_tie_out_differences", hop=hop) == before + 2


async def test_other_charges_end_what_a_plan_was_off_by(stack: Stack) -> None:
    mapping = stack.mapping
    await figures.look(mapping)
    before = value(mapping, "syncline_tie_out_differences", hop="plan")
    stack.xero.off_by["plan"] = Decimal("0.01")
    partner_id = await ready(stack)
    await stack.plan(partner_id)
    await stack.until_states(partner_id, contoso="failed", fabrikam="failed", unmapped="held")
    assert await untied(stack, partner_id) == ["contoso", "fabrikam"]
    stack.xero.off_by.clear()
    other = {"contoso": [[line("1", "2", "2")]], "fabrikam": [[line("2", "3", "3")]]}
    await stack.bring(partner_id, other, revision=2)
    await stack.until_states(partner_id, contoso="ready", fabrikam="ready", unmapped="superseded")
    await figures.look(mapping)
    assert value(mapping, "syncline_tie_out_differences", hop="plan") == before
    assert await untied(stack, partner_id) == []


async def test_what_is_off_in_the_psa_counts_until_a_revision_leaves_its_tenant_out(
    stack: Stack,
) -> None:
    mapping = stack.mapping
    await figures.look(mapping)
    before = value(mapping, "syncline_tie_out_differences", hop="psa")
    stack.xero.off_by["apply"] = Decimal("0.01")
    partner_id = await ready(stack)
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="failed", fabrikam="failed", unmapped="held")
    assert await untied(stack, partner_id) == ["contoso", "fabrikam"]
    await stack.bring(partner_id, {"fabrikam": [[line("2", "3", "3")]]}, revision=2)
    await stack.until_states(partner_id, contoso="synced", fabrikam="ready", unmapped="superseded")
    await figures.look(mapping)
    assert value(mapping, "syncline_tie_out_differences", hop="psa") == before + 1
    assert await untied(stack, partner_id) == ["fabrikam"]


async def test_what_does_not_tie_is_found_by_an_index_of_its_own(stack: Stack) -> None:
    explained = await stack.mapping.mongo.collection(TENANTS)._inner.database.command(
        "explain", {"find": TENANTS, "filter": UNTIED, "sort": {"since": 1, "_id": 1}, "limit": 5}
    )
    plan = str(explained["queryPlanner"]["winningPlan"])
    assert "sums.ties_1_since_1__id_1" in plan
    assert "SORT" not in plan
