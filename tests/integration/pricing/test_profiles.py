"""Edits of what prices depend on: versions, conflicts, history, events."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.partner import PartnerChangedV1, PartnerSettings, RrpPolicy
from syncline_contracts.pricing_query import (
    History,
    ListProfiles,
    ProfileHistory,
    ProfileSaved,
    SaveProfile,
)
from syncline_contracts.query import Page

from tests.integration.pricing.stack import Seen, assign, published, save
from tests.unit.pricing.samples import line


async def test_every_change_raises_the_version_and_is_told(
    pricing: Service, portal: Bus, seen: Seen
) -> None:
    saved = await save(portal, "told")
    assert (saved.version, saved.pricing_version) == (1, 1)
    await save(portal, "told", "10", expected=1)
    await assign(portal, "told", "std")
    events = await seen.changes("told", 3)
    assert [event.pricing_version for event in events] == [1, 2, 3]
    assert {event.actor for event in events} == {"ann@acme.example"}
    history: History = await portal.ask(ProfileHistory(partner_id="told"))
    assert [one.what for one in reversed(history.entries)] == [event.what for event in events]
    changed = history.entries[1]
    assert changed.before is not None
    assert changed.after is not None
    assert changed.before["entries"][0]["percent_off_rrp"] == "0"
    assert changed.after["entries"][0]["percent_off_rrp"] == "10"


async def test_saving_what_is_there_already_changes_nothing(pricing: Service, portal: Bus) -> None:
    await save(portal, "same", "10")
    assert await save(portal, "same", "10.0", expected=1) == ProfileSaved(
        version=1, pricing_version=1
    )


@pytest.mark.parametrize("expected", [None, 1, 7])
async def test_an_edit_of_what_somebody_else_changed_is_refused_in_words(
    pricing: Service, portal: Bus, expected: int | None
) -> None:
    partner = f"conflict-{expected or 'none'}".lower()
    await save(portal, partner)
    await save(portal, partner, "10", expected=1)
    with pytest.raises(ProblemError, match=r"Billing profile 'std' .* version 2") as refused:
        await save(portal, partner, "20", expected=expected)
    assert refused.value.status == 409


async def test_a_profile_that_is_gone_cannot_be_changed(pricing: Service, portal: Bus) -> None:
    with pytest.raises(ProblemError, match="not there any more") as refused:
        await save(portal, "gone", expected=3)
    assert refused.value.status == 409


async def test_edits_at_once_never_share_a_version(
    pricing: Service, portal: Bus, seen: Seen
) -> None:
    await save(portal, "crowd")
    tenants = [f"tenant-{number}" for number in range(24)]
    await asyncio.gather(*(assign(portal, "crowd", "std", tenant_id=tenant) for tenant in tenants))
    same = await asyncio.gather(
        *(save(portal, "crowd", percent, expected=1) for percent in ("1", "2", "3")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, ProfileSaved) for one in same) == 1
    assert {one.status for one in same if isinstance(one, ProblemError)} == {409}
    events = await seen.changes("crowd", 26)
    assert sorted(event.pricing_version for event in events) == list(range(1, 27))


async def test_edits_of_one_partner_wait_for_each_other_and_for_nobody_else(
    pricing: Service, portal: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: Counter[str] = Counter()
    most: dict[str, int] = {}
    both = asyncio.Event()
    really = pricing.queries[SaveProfile]

    async def watched(query: SaveProfile, uow: UnitOfWork) -> BaseModel:
        partner = query.partner_id
        busy[partner] += 1
        most[partner] = max(most.get(partner, 0), busy[partner])
        try:
            if busy["busy-a"] and busy["busy-b"]:
                both.set()
            await asyncio.wait_for(both.wait(), 20)
            return await really(query, uow)
        finally:
            busy[partner] -= 1

    queries: dict[Any, Any] = pricing.queries
    monkeypatch.setitem(queries, SaveProfile, watched)
    edits = [save(portal, side, profile_id=name) for name in "abc" for side in ("busy-a", "busy-b")]
    await asyncio.gather(*edits)
    assert most == {"busy-a": 1, "busy-b": 1}


async def test_the_first_edits_of_a_partner_at_once_both_count(
    pricing: Service, portal: Bus
) -> None:
    await asyncio.gather(
        save(portal, "newborn", profile_id="a"), save(portal, "newborn", profile_id="b")
    )
    found = await portal.ask(ListProfiles(partner_id="newborn"))
    assert found.pricing_version == 2
    assert [one.is_default for one in found.profiles].count(True) == 1


async def test_the_first_profile_is_the_default_until_another_one_is_named(
    pricing: Service, portal: Bus
) -> None:
    async def default() -> list[str]:
        found = await portal.ask(ListProfiles(partner_id="dflt"))
        return [one.profile_id for one in found.profiles if one.is_default]

    await save(portal, "dflt", profile_id="first")
    await save(portal, "dflt", profile_id="second")
    assert await default() == ["first"]
    await save(portal, "dflt", profile_id="second", expected=1, is_default=True)
    assert await default() == ["second"]
    await save(portal, "dflt", "3", profile_id="second", expected=2, is_default=False)
    assert await default() == ["second"]


async def test_a_tenant_gets_its_own_profile_and_loses_it_again(
    pricing: Service, ingest: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "own", "0")
    await save(portal, "own", "50", profile_id="gold")
    assert await assign(portal, "own", "gold") == 1
    with pytest.raises(ProblemError, match="is there already"):
        await assign(portal, "own", "std")
    assert await assign(portal, "own", None, expected=1) == 2
    assert (await portal.ask(ListProfiles(partner_id="own"))).assignments == ()
    assert await assign(portal, "own", "gold") == 3
    await ingest.publish(published("own", line(stated_rrp="100"), tenant_id="contoso"))
    await ingest.publish(published("own", line(stated_rrp="100"), tenant_id="fabrikam"))
    found = await seen.priced("own", 2)
    assert {one.tenant_id: str(one.sell) for one in found} == {
        "contoso": "150.0",
        "fabrikam": "100",
    }


async def test_an_unknown_profile_cannot_be_assigned(pricing: Service, portal: Bus) -> None:
    with pytest.raises(ProblemError, match="no billing profile 'nowhere'") as refused:
        await assign(portal, "unknown", "nowhere")
    assert (refused.value.status, refused.value.field) == (422, "profile_id")


async def test_partners_never_see_each_others_profiles(
    pricing: Service, ingest: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "left", "10")
    await save(portal, "right", "20")
    for partner in ("left", "right"):
        await ingest.publish(published(partner, line(stated_rrp="100")))
    assert str((await seen.priced("left", 1))[0].sell) == "110.0"
    assert str((await seen.priced("right", 1))[0].sell) == "120.0"
    with pytest.raises(ProblemError):
        await save(portal, "left", profile_id="other", expected=1)


def partner(partner_id: str, version: int, **policy: RrpPolicy) -> PartnerChangedV1:
    return PartnerChangedV1(
        partner_id=partner_id,
        version=version,
        settings=PartnerSettings(name="Acme", currency="AUD", rrp_policy=policy),  # type: ignore[arg-type]
        actor="op@acme.example",
    )


async def test_a_changed_policy_is_a_new_pricing_version_and_the_newest_wins(
    pricing: Service, ingest: Bus, mapping: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "policy")
    await mapping.publish(partner("policy", 3, consumption=RrpPolicy(mode="cost")))
    await seen.changes("policy", 2)
    await mapping.publish(partner("policy", 2))
    await mapping.publish(partner("policy", 4, consumption=RrpPolicy(mode="cost")))
    await mapping.publish(
        partner("policy", 5, consumption=RrpPolicy(mode="cost_plus", percent=Decimal(7)))
    )
    events = await seen.changes("policy", 3)
    assert [event.pricing_version for event in events] == [1, 2, 3]
    assert [event.rrp_policy for event in events] == [False, True, True]
    assert events[1].actor == "op@acme.example"
    await ingest.publish(published("policy", line(cost="100")))
    (found,) = await seen.priced("policy", 1)
    assert (found.lines[0]["rrp_basis"], str(found.sell)) == ("policy", "107.00")


async def test_profiles_come_in_pages_each_with_its_own_assignments(
    pricing: Service, portal: Bus
) -> None:
    for name in ("c", "a", "b"):
        await save(portal, "paged", profile_id=name)
        await assign(portal, "paged", name, tenant_id=f"tenant-{name}")
    first = await portal.ask(ListProfiles(partner_id="paged", page=Page(limit=2)))
    rest = await portal.ask(
        ListProfiles(partner_id="paged", page=Page(limit=2, cursor=first.next_cursor))
    )
    whole = await portal.ask(ListProfiles(partner_id="paged"))
    assert [one.profile_id for one in first.profiles] == ["a", "b"]
    assert {one.tenant_id for one in first.assignments} == {"tenant-a", "tenant-b"}
    assert (rest.next_cursor, whole.next_cursor) == (None, None)
    assert (*first.profiles, *rest.profiles) == whole.profiles
    assert (*first.assignments, *rest.assignments) == whole.assignments
