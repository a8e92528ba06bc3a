"""A revision brings the prices of its day into the PSA: never without saying so before Confirm."""

from syncline_contracts.plan_query import NewerPrices, PlansMade
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.reprice_query import RepriceTenants
from syncline_mapping.repository.partners import POLICIES_KEPT, PRICES, Partners

from tests.integration.mapping.stack import ANN, Stack, new_partner
from tests.unit.mapping.samples import Line, key_of, line

FIRST = {"contoso": [[line("85", "100", "100")]]}
SECOND = "At the percentages of then these charges would come to 200.00 AUD, and now to 220.00"
TOLD = f"{SECOND}: 20.00 more. AZ-CONS: Percentage Off RRP 0 %, now 10 %."


def revised(percent: str, sell: str) -> dict[str, list[list[Line]]]:
    return {"contoso": [[line("170", "200", sell, percent=percent)]]}


async def synced(stack: Stack) -> str:
    """A tenant in the PSA; then prices change, which reach nobody."""
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.bring(partner_id, FIRST)
    await stack.until_states(partner_id, contoso="ready")
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="verified")
    return partner_id


async def change_prices(stack: Stack, partner_id: str, version: int, *, policy: bool) -> None:
    await stack.pricing.bus.publish(
        ProfileChangedV1(
            partner_id=partner_id,
            pricing_version=version,
            what="x",
            actor=ANN,
            rrp_policy=policy,
        )
    )


async def revise(stack: Stack, partner_id: str, version: int, percent: str, sell: str) -> None:
    lines = revised(percent, sell)
    await stack.detect(partner_id, lines, revision=2)
    await stack.publish_lines(partner_id, lines, version=version, revision=2)
    await stack.until_states(partner_id, contoso="ready")


def planned(made: PlansMade) -> NewerPrices | None:
    (row,) = made.rows
    assert row.plan is not None
    return row.plan.newer_prices


async def test_a_revision_with_newer_prices_says_so_until_they_are_in_the_psa(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    await change_prices(stack, partner_id, 2, policy=False)
    await revise(stack, partner_id, 2, "10", "220")

    news = (await stack.tenant(partner_id)).row.newer_prices
    assert news is not None
    assert (news.synced_version, news.version) == (1, 2)
    assert (news.sell_before, news.sell) == ("200.00", "220.00")
    assert news.message.endswith(TOLD)
    (row,) = (await stack.invoice(partner_id)).tenants
    assert row.newer_prices == news
    _, made = await stack.plan(partner_id)
    assert planned(made) == news
    assert stack.xero.records[partner_id, "contoso"] == 100

    await stack.approve(partner_id, made)
    await stack.until_states(partner_id, contoso="verified")
    assert stack.xero.records[partner_id, "contoso"] == 220
    assert (await stack.tenant(partner_id)).row.newer_prices is None


async def test_a_revision_at_the_prices_of_the_sync_has_nothing_to_say(stack: Stack) -> None:
    partner_id = await synced(stack)
    await change_prices(stack, partner_id, 2, policy=False)
    await revise(stack, partner_id, 2, "0", "200")
    assert (await stack.tenant(partner_id)).row.newer_prices is None
    _, made = await stack.plan(partner_id)
    assert planned(made) is None


async def test_another_policy_for_rrp_is_told_too(stack: Stack) -> None:
    partner_id = await synced(stack)
    await change_prices(stack, partner_id, 2, policy=True)
    await change_prices(stack, partner_id, 3, policy=False)
    await revise(stack, partner_id, 3, "0", "200")
    news = (await stack.tenant(partner_id)).row.newer_prices
    assert news is not None
    assert "The RRP policy changed as well" in news.message


async def test_a_policy_for_rrp_is_told_though_a_later_one_does_not_reach_these_lines(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    for version, policy in ((3, True), (5, True), (6, False)):
        await change_prices(stack, partner_id, version, policy=policy)
    await revise(stack, partner_id, 4, "0", "200")
    news = (await stack.tenant(partner_id)).row.newer_prices
    assert news is not None
    assert "The RRP policy changed as well" in news.message


async def test_of_policies_for_rrp_the_newest_are_kept_and_what_was_noted_before(
    stack: Stack,
) -> None:
    partner_id, prices = new_partner(), stack.mapping.mongo.collection(PRICES)
    here = {"_id": partner_id, "partner_id": partner_id}
    await prices.insert_one({**here, "version": 2, "rrp_policy": 2})
    partners = Partners(stack.mapping.reading())
    assert await partners.rrp_policies(partner_id) == (2,)
    for version in (4, 3, *range(5, POLICIES_KEPT + 4)):
        await partners.raise_prices(partner_id, version, rrp_policy=True)
    assert await partners.rrp_policies(partner_id) == (2, *range(4, POLICIES_KEPT + 4))
    assert await partners.prices(partner_id) == POLICIES_KEPT + 3


async def test_prices_that_a_person_asked_for_are_no_news(stack: Stack) -> None:
    partner_id = await synced(stack)
    await change_prices(stack, partner_id, 2, policy=False)
    await stack.portal.ask(
        RepriceTenants(
            partner_id=partner_id,
            actor=ANN,
            invoice_key=key_of(partner_id),
            reason="The contract was renewed.",
            pricing_version=2,
        )
    )
    await revise(stack, partner_id, 2, "10", "220")
    assert (await stack.tenant(partner_id)).row.newer_prices is None
