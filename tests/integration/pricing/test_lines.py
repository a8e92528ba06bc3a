"""The bulk path: published batches come out priced; a broken one stops nobody else."""

from syncline_chassis.bus import Bus
from syncline_chassis.service import Service

from tests.integration.pricing.stack import Seen, published, save
from tests.unit.pricing.samples import line


async def test_a_published_batch_comes_out_priced(
    pricing: Service, ingest: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "flow", "-5")
    batch = published("flow", line(stated_rrp="100.00"), line(cost="8.5", pec_percent="15"))
    await ingest.publish(batch)
    (found,) = await seen.priced("flow", 1)
    assert found.pricing_version == 1
    assert [(row["rrp_basis"], row["sell"]) for row in found.lines] == [
        ("stated", "95.0000"),
        ("pec", "9.500"),
    ]
    assert found.cost == batch.cost
    assert found.subject() == batch.subject().replace("published", "priced")


async def test_a_batch_that_does_not_add_up_is_laid_down_and_the_rest_flows(
    pricing: Service, ingest: Bus, seen: Seen
) -> None:
    for number in (1, 2, 3):
        planted = {"cost": "85.01"} if number == 2 else {}
        await ingest.publish(published("poison", line(stated_rrp="1"), batch_no=number, **planted))
    found = await seen.priced("poison", 2)
    assert sorted(batch.batch_no for batch in found) == [1, 3]
    (letter,) = await seen.dead_letters("poison", 1)
    assert letter["batch_no"] == 2


async def test_the_next_batch_is_priced_with_the_changed_profile(
    pricing: Service, ingest: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "fresh", "0")
    await ingest.publish(published("fresh", line(stated_rrp="100")))
    await seen.priced("fresh", 1)
    await save(portal, "fresh", "10", expected=1)
    await ingest.publish(published("fresh", line(stated_rrp="100"), batch_no=2))
    found = await seen.priced("fresh", 2)
    assert [(one.pricing_version, str(one.sell)) for one in found] == [(1, "100"), (2, "110.0")]
