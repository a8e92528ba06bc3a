"""Re-price: what is in the PSA takes newer prices when a person says so, and as a plan only."""

import os
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal

import pytest
from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until
from syncline_contracts.mapping_query import AuditLog
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.reprice_query import (
    InvoicePreview,
    PreviewPrices,
    PricePreview,
    RepriceTenants,
    Repricing,
)

from tests.conftest import Servers
from tests.integration.mapping.stack import ANN, Stack, mapping_service, new_partner
from tests.integration.process import patiently
from tests.unit.mapping.samples import Line, key_of, line
from tests.unit.mapping.test_preview import prices, profile

TENANTS = {
    "contoso": [[line("85.00", "100", "100")]],
    "fabrikam": [[line("10", "12.345", "12.345", item="AZ-RI")]],
    "unmapped": [[line("1", "2", "2")]],
}
SYNCED = {"contoso": "verified", "fabrikam": "verified", "unmapped": "held"}
OLD = prices(profile("std", default=True, **{"AZ-CONS": "0", "AZ-RI": "0"}))
DEARER = prices(profile("std", default=True, **{"AZ-CONS": "10", "AZ-RI": "0"}))


def at_ten_percent(lines: Sequence[Sequence[Line]]) -> list[list[Line]]:
    return [[{**one, "percent": "10", "sell": "110.0"} for one in batch] for batch in lines]


async def synced(stack: Stack) -> str:
    """Two tenants in the PSA, one that is not; then prices change."""
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.map(partner_id, "fabrikam", "C-2")
    await stack.bring(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="ready", fabrikam="ready", unmapped="held")
    await stack.sync(partner_id)
    await stack.until_states(partner_id, **SYNCED)
    return partner_id


async def change_prices(stack: Stack, partner_id: str, **states: str) -> None:
    """Prices change; the tenant that is not synced takes them, as it always does."""
    await stack.pricing.bus.publish(
        ProfileChangedV1(partner_id=partner_id, pricing_version=2, what="x", actor=ANN)
    )
    await until_asked(stack, partner_id, [("unmapped",)])
    waiting = {"unmapped": [[line("1", "2", "2.2", percent="10")]]}
    await stack.publish_lines(partner_id, waiting, version=2)
    await stack.until_states(partner_id, **{**SYNCED, **states})


async def until_asked(stack: Stack, partner_id: str, tenants: list[tuple[str, ...]]) -> None:
    def asked() -> list[tuple[str, ...]]:
        return [one.tenant_ids for one in stack.reprices if one.partner_id == partner_id]

    async def look() -> bool:
        return asked() == tenants

    try:
        await until(look, what="the wish for prices")
    except TimeoutError as error:
        raise AssertionError(f"asked for {asked()}, not {tenants}") from error


async def reprice(stack: Stack, partner_id: str, *tenants: str, **more: int) -> Repricing:
    return await stack.portal.ask(
        RepriceTenants(
            partner_id=partner_id,
            actor=ANN,
            invoice_key=key_of(partner_id),
            tenant_ids=tenants or None,
            reason="The contract was renewed.",
            **more,
        )
    )


def why(answer: Repricing) -> dict[str, str]:
    return {one.tenant_id: one.why for one in answer.skipped}


async def test_reprice_makes_what_is_synced_ready_and_the_plan_one_of_updates(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    await change_prices(stack, partner_id)
    applied = len(stack.xero.applied)
    answer = await reprice(stack, partner_id, "contoso", "unmapped", "nobody")
    assert answer.requested == ("contoso",)
    assert "takes newer prices by itself" in why(answer)["unmapped"]
    assert "no such tenant" in why(answer)["nobody"]
    await until_asked(stack, partner_id, [("unmapped",), ("contoso",)])
    again = await reprice(stack, partner_id, "contoso")
    assert why(again) == {"contoso": "It is being priced again already."}

    dearer = at_ten_percent(TENANTS["contoso"])
    await stack.publish_lines(partner_id, {"contoso": dearer}, version=2)
    await stack.until_states(partner_id, **{**SYNCED, "contoso": "ready"})
    row = (await stack.tenant(partner_id)).row
    assert (row.changed, row.sell, row.pricing_version) == (True, "110.00", 2)
    assert len(stack.xero.applied) == applied
    assert stack.xero.records[partner_id, "contoso"] == 100
    assert why(await reprice(stack, partner_id, "contoso")) == {
        "contoso": "It has the newest prices already."
    }

    _, made = await stack.plan(partner_id, "contoso")
    assert [[one.action for one in row.plan.writes] for row in made.rows if row.plan] == [
        ["update"]
    ]
    assert stack.xero.records[partner_id, "contoso"] == 100
    await stack.approve(partner_id, made)
    await stack.until_states(partner_id, **SYNCED)
    assert stack.xero.records[partner_id, "contoso"] == Decimal("110.00")
    assert stack.xero.records[partner_id, "fabrikam"] == Decimal("12.35")

    entries = (await stack.portal.ask(AuditLog(partner_id=partner_id))).entries
    (entry,) = [one for one in entries if one.what.startswith("Re-price")]
    assert entry.before == {
        "tenants": [{"tenant_id": "contoso", "pricing_version": 1, "sell": "100.00"}]
    }
    assert entry.after == {
        "invoice_key": key_of(partner_id),
        "reason": "The contract was renewed.",
        "pricing_version": 2,
    }


async def test_a_mapping_edit_of_what_is_synced_brings_no_newer_prices_with_it(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    await change_prices(stack, partner_id)
    await stack.map(partner_id, "contoso", "C-9")
    await stack.until_states(partner_id, **{**SYNCED, "contoso": "ready"})
    row = (await stack.tenant(partner_id)).row
    assert (row.sell, row.pricing_version) == ("100.00", 1)
    await until_asked(stack, partner_id, [("unmapped",)])


async def test_prices_that_mapping_has_not_heard_of_are_waited_for(stack: Stack) -> None:
    partner_id = await synced(stack)
    assert (await reprice(stack, partner_id)).requested == ()
    answer = await reprice(stack, partner_id, pricing_version=2)
    assert answer.requested == ("contoso", "fabrikam")
    await until_asked(stack, partner_id, [("contoso", "fabrikam")])
    assert stack.reprices[-1].pricing_version == 2


async def test_a_reversed_tenant_takes_newer_prices_by_reprice_as_well(stack: Stack) -> None:
    partner_id = await synced(stack)
    await stack.reverse(partner_id, "contoso")
    await stack.until_states(partner_id, **{**SYNCED, "contoso": "reversed"})
    await change_prices(stack, partner_id, contoso="reversed")
    found = await preview(stack, PreviewPrices(partner_id=partner_id, prices=DEARER))
    assert found.synced is not None
    assert found.synced.tenants == 1
    assert (await reprice(stack, partner_id, "contoso")).requested == ("contoso",)
    await until_asked(stack, partner_id, [("unmapped",), ("contoso",)])
    dearer = at_ten_percent(TENANTS["contoso"])
    await stack.publish_lines(partner_id, {"contoso": dearer}, version=2)
    await stack.until_states(partner_id, **{**SYNCED, "contoso": "ready"})
    assert (await stack.tenant(partner_id)).row.sell == "110.00"


async def test_reprice_of_an_invoice_as_somebody_saw_it_before_is_refused(stack: Stack) -> None:
    partner_id = await synced(stack)
    with pytest.raises(ProblemError, match="moved on") as refused:
        await reprice(stack, partner_id, expected_version=999)
    assert refused.value.status == 409


async def test_lines_that_are_no_longer_kept_are_not_waited_for(stack: Stack) -> None:
    partner_id = await synced(stack)
    invoices = stack.mapping.mongo.collection("invoices")
    found = await invoices.find_one({"partner_id": partner_id})
    assert found is not None
    long_ago = found["detected_at"].replace(year=found["detected_at"].year - 2)
    await invoices.update_one(
        {"_id": found["_id"], "partner_id": partner_id}, {"$set": {"detected_at": long_ago}}
    )
    with pytest.raises(ProblemError, match="13 months") as refused:
        await reprice(stack, partner_id, pricing_version=2)
    assert refused.value.status == 422
    await stack.until_states(partner_id, **SYNCED)


async def preview(stack: Stack, query: PreviewPrices) -> InvoicePreview:
    answer: PricePreview = await stack.portal.ask(query)
    (found,) = answer.invoices
    return found


async def test_a_preview_says_what_saving_would_change_and_what_only_reprice_would(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    query = PreviewPrices(partner_id=partner_id, prices=DEARER)
    found = await preview(stack, query)
    assert found.invoice_no == "DD-1"
    assert found.tenants == ()
    assert found.unsynced is not None
    assert (found.unsynced.tenants, found.unsynced.charges) == (1, 1)
    assert (found.unsynced.sell, found.unsynced.sell_after) == ("2.00", "2.20")
    assert found.synced is not None
    assert (found.synced.tenants, found.synced.charges) == (1, 1)
    assert (found.synced.sell, found.synced.sell_after) == ("112.35", "122.35")

    named = query.model_copy(update={"invoice_key": key_of(partner_id)})
    tenants = (await preview(stack, named)).tenants
    assert [(one.tenant_id, one.is_synced, one.effect.sell_after) for one in tenants] == [
        ("contoso", True, "110.00"),
        ("unmapped", False, "2.20"),
    ]
    same = await preview(stack, query.model_copy(update={"prices": OLD}))
    assert (same.unsynced, same.synced) == (None, None)
    await stack.until_states(partner_id, **SYNCED)  # nothing was changed by it


async def test_killed_after_its_answer_reprice_goes_on_when_it_runs_again(
    stack: Stack, servers: Servers
) -> None:
    partner_id = await synced(stack)
    await stack.mapping.stop()
    doomed = subprocess.Popen(  # noqa: ASYNC220 - it only starts
        [sys.executable, "-c", "from syncline_mapping.app import main; main()"],
        env=os.environ
        | {
            "SYNCLINE_NATS_URL": servers.nats.url,
            "SYNCLINE_NATS_USER": "mapping",
            "SYNCLINE_NATS_PASSWORD": servers.nats.passwords["mapping"],
            "SYNCLINE_MONGO_URL": servers.mongo.url("mapping"),
            "SYNCLINE_MONGO_DATABASE": "syncline_mapping",
            "SYNCLINE_MAPPING_GATHER_S": "3600",  # it answers, and gets no further
        },
    )
    try:
        await patiently(lambda: reprice(stack, partner_id, "contoso", pricing_version=2))
    finally:
        doomed.kill()
        doomed.wait()
    assert [one for one in stack.reprices if one.partner_id == partner_id] == []
    stack.mapping = mapping_service(servers)
    await stack.mapping.start()
    try:
        await until_asked(stack, partner_id, [("contoso",)])
        dearer = at_ten_percent(TENANTS["contoso"])
        await stack.publish_lines(partner_id, {"contoso": dearer}, version=2)
        await stack.until_states(partner_id, **{**SYNCED, "contoso": "ready"})
        assert why(await reprice(stack, partner_id, "contoso", pricing_version=2)) == {
            "contoso": "It has the newest prices already."
        }
    finally:
        await stack.mapping.stop()
