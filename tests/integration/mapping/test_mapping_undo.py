"""Undo: what is taken out of the PSA again, and what stays there with its offset."""

from decimal import Decimal
from typing import Any

from syncline_contracts.mapping_query import AuditLog
from syncline_contracts.tenant import Drift, TenantDriftedV1, TenantVerifiedV1

from tests.integration.mapping.stack import Stack
from tests.integration.mapping.test_mapping_sync import synced
from tests.unit.mapping.samples import key_of


async def taken_back(stack: Stack) -> str:
    """A partner whose PSA had billed contoso when that was undone."""
    partner_id = await synced(stack)
    stack.xero.has_billed = True
    await stack.reverse(partner_id, "contoso")
    await stack.until_states(partner_id, contoso="reversed", fabrikam="verified", unmapped="held")
    return partner_id


async def test_a_reversed_tenant_is_synced_again_only_when_it_is_named(stack: Stack) -> None:
    partner_id = await synced(stack)
    asked = await stack.reverse(partner_id, "contoso", "unmapped")
    assert (asked.requested, [one.tenant_id for one in asked.skipped]) == (
        ("contoso",),
        ["unmapped"],
    )
    await stack.until_states(partner_id, contoso="reversed", fabrikam="verified", unmapped="held")
    assert set(stack.xero.records) & {(partner_id, "contoso")} == set()
    details = await stack.until_status(partner_id, "partly_synced")
    assert details.invoice.tie_out.ties

    everybody, _ = await stack.plan(partner_id)
    assert everybody.requested == ("fabrikam",)
    _, made = await stack.plan(partner_id, "contoso")
    await stack.approve(partner_id, made)
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")
    entries = (await stack.portal.ask(AuditLog(partner_id=partner_id))).entries
    assert any(one.what.startswith("A reversal was asked for") for one in entries)


async def test_a_reversal_that_the_psa_refuses_says_why_and_can_be_asked_again(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    stack.xero.fails = True
    await stack.reverse(partner_id, "contoso")
    await stack.until_states(partner_id, contoso="failed", fabrikam="verified", unmapped="held")
    assert "paid" in ((await stack.tenant(partner_id)).row.failure or "")
    stack.xero.fails = False
    await stack.reverse(partner_id, "contoso")
    await stack.until_states(partner_id, contoso="reversed", fabrikam="verified", unmapped="held")


async def test_what_an_undo_took_back_can_be_undone_again_should_an_offset_be_missing(
    stack: Stack,
) -> None:
    partner_id = await taken_back(stack)
    assert len((await stack.tenant(partner_id)).row.offsets) == 1
    everybody = await stack.reverse(partner_id)
    assert everybody.requested == ("fabrikam",)
    asked = await stack.reverse(partner_id, "contoso", "unmapped")
    assert asked.requested == ("contoso",)
    await stack.until_states(partner_id, contoso="reversed", fabrikam="reversed", unmapped="held")
    assert len((await stack.tenant(partner_id)).row.offsets) == 1


async def test_what_is_ready_again_after_an_undo_is_not_undone_with_the_others(
    stack: Stack,
) -> None:
    partner_id = await taken_back(stack)
    await stack.map(partner_id, "contoso", "C-9")
    await stack.until_states(partner_id, contoso="ready", fabrikam="verified", unmapped="held")
    assert (await stack.reverse(partner_id)).requested == ("fabrikam",)
    await stack.until_states(partner_id, contoso="ready", fabrikam="reversed", unmapped="held")


async def test_an_undone_tenant_that_is_held_is_not_planned_however_its_offset_drifts(
    stack: Stack,
) -> None:
    partner_id = await taken_back(stack)
    await stack.map(partner_id, "contoso", None)
    await stack.until_states(partner_id, contoso="held", fabrikam="verified", unmapped="held")
    about: dict[str, Any] = {
        "partner_id": partner_id,
        "connector": "xero",
        "connection_id": "main",
        "invoice_key": key_of(partner_id),
        "invoice_no": "DD-1",
        "tenant_id": "contoso",
        "request_id": "look",
    }
    gone = Drift(external_key="k", ref="r", label="INV-1", what="gone", off_by=Decimal(-1))
    await stack.psa.bus.publish(TenantDriftedV1(**about, drifts=(gone,)))
    await stack.until_states(partner_id, contoso="drifted", fabrikam="verified", unmapped="held")
    asked, _ = await stack.plan(partner_id, "contoso")
    assert [one.why for one in asked.skipped] == ["It is held. See its holds for what to do."]
    await stack.map(partner_id, "contoso", "C-1")
    found = TenantVerifiedV1(**about, charge_set_version=1, records=(), total=Decimal(0))
    await stack.psa.bus.publish(found)
    await stack.until_states(partner_id, contoso="reversed", fabrikam="verified", unmapped="held")


async def test_other_charges_make_a_reversed_tenant_ready_again(stack: Stack) -> None:
    partner_id = await synced(stack)
    await stack.reverse(partner_id, "contoso")
    await stack.until_states(partner_id, contoso="reversed", fabrikam="verified", unmapped="held")
    await stack.map(partner_id, "contoso", "C-9")
    await stack.until_states(partner_id, contoso="ready", fabrikam="verified", unmapped="held")
