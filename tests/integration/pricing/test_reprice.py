"""Pricing an invoice again: by replay, repeatable, only what was asked for."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_contracts.message import Headers
from syncline_contracts.profile import RepriceInvoiceV1
from syncline_pricing.reprice import JOBS, Jobs

from tests.integration.pricing.stack import (
    Seen,
    Stack,
    eventually,
    published,
    save,
    settings_for,
)
from tests.unit.pricing.samples import line


def again(partner_id: str, version: int, *tenant_ids: str) -> RepriceInvoiceV1:
    return RepriceInvoiceV1(
        partner_id=partner_id,
        invoice_key="0123456789abcdef",
        revision=1,
        lane="small",
        pricing_version=version,
        tenant_ids=tenant_ids,
    )


async def no_jobs_left(pricing: Service) -> None:
    async def look() -> bool | None:
        return True if not await pricing.mongo.collection(JOBS).count({}) else None

    await eventually(look)


async def test_an_invoice_is_priced_again_by_replay(
    pricing: Service, ingest: Bus, mapping: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "again", "0")
    for tenant, revision in (("contoso", 1), ("fabrikam", 1), ("contoso", 2)):
        await ingest.publish(
            published("again", line(stated_rrp="100"), tenant_id=tenant, revision=revision)
        )
    await seen.priced("again", 3)
    await save(portal, "again", "10", expected=1)
    await mapping.publish(again("again", 2))
    found = (await seen.priced("again", 5))[3:]
    assert {(one.tenant_id, one.revision, one.pricing_version, str(one.sell)) for one in found} == {
        ("contoso", 1, 2, "110.0"),
        ("fabrikam", 1, 2, "110.0"),
    }
    await no_jobs_left(pricing)
    assert len(await seen.priced("again", 5)) == 5


async def test_only_the_named_tenants_are_priced_again_and_a_dead_letter_stays_one(
    pricing: Service, ingest: Bus, mapping: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "some", "0")
    for number, tenant in enumerate(("contoso", "fabrikam", "contoso"), start=1):
        planted = {"cost": "85.01"} if number == 1 else {}
        batch = published(
            "some", line(stated_rrp="1"), tenant_id=tenant, batch_no=number, **planted
        )
        await ingest.publish(batch)
    await seen.priced("some", 2)
    await save(portal, "some", "10", expected=1)
    await mapping.publish(again("some", 2, "contoso"))
    found = (await seen.priced("some", 3))[2:]
    assert [(one.tenant_id, one.batch_no) for one in found] == [("contoso", 3)]
    await no_jobs_left(pricing)


async def test_a_command_ahead_of_what_is_known_is_tried_again(
    pricing: Service, ingest: Bus, mapping: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "ahead", "0")
    await ingest.publish(published("ahead", line(stated_rrp="100")))
    await seen.priced("ahead", 1)
    await mapping.publish(again("ahead", 2))
    await save(portal, "ahead", "10", expected=1)
    assert (await seen.priced("ahead", 2))[1].pricing_version == 2


async def test_a_job_whose_worker_died_goes_to_the_next_one(
    pricing: Service, ingest: Bus, portal: Bus, seen: Seen
) -> None:
    await save(portal, "crash", "0")
    await ingest.publish(published("crash", line(stated_rrp="100")))
    await seen.priced("crash", 1)
    await save(portal, "crash", "10", expected=1)
    taken_at = datetime.now(UTC) - timedelta(seconds=60)
    await pricing.mongo.collection(JOBS).insert_one(
        {
            "_id": "left-behind",
            "partner_id": "crash",
            "command": again("crash", 2).model_dump(mode="json"),
            "cause": {
                "ce-id": "left-behind",
                "ce-type": RepriceInvoiceV1.type_name,
                "ce-source": "mapping",
                "ce-time": taken_at.isoformat(),
            },
            "created_at": taken_at,
            "due_at": taken_at + timedelta(seconds=30),
            "attempt": 1,
            "owner": "somebody who was killed",
        }
    )
    assert (await seen.priced("crash", 2))[1].pricing_version == 2
    await no_jobs_left(pricing)


async def test_a_job_has_one_owner_at_a_time(pricing: Service) -> None:
    jobs = Jobs(pricing.reading())
    # Long before now in turn, so that the running worker finds it held.
    far, lease = datetime.now(UTC) + timedelta(days=1), timedelta(seconds=30)
    command = again("leases", 1)
    cause = Headers(type=command.type_name, source="mapping", subject="", id="leases")
    await jobs.add(command, cause, far)
    first = await jobs.take(far, lease)
    assert first is not None
    assert (first.command, first.cause.id, first.attempt) == (command, "leases", 1)
    assert await jobs.take(far, lease) is None
    assert await jobs.renew(first, far + 2 * lease)
    assert await jobs.take(far + lease, lease) is None
    second = await jobs.take(far + 2 * lease, lease)
    assert second is not None
    assert not await jobs.renew(first, far + 9 * lease)
    await jobs.done(first)
    await jobs.postpone(first, far, "too late")
    assert await jobs.renew(second, far + 3 * lease)
    await jobs.done(second)
    await no_jobs_left(pricing)


@contextmanager
def process(servers: Stack) -> Iterator[subprocess.Popen[bytes]]:
    """Pricing as a process of its own."""
    plain = {
        f"SYNCLINE_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in settings_for("pricing", servers).items()
    }
    hasty = {
        "SYNCLINE_PRICING_REPRICE_LEASE_S": "1",
        "SYNCLINE_PRICING_REPRICE_EVERY_S": "0.2",
        "SYNCLINE_PRICING_REPRICE_WINDOW": "1",
    }
    command = [sys.executable, "-c", "from syncline_pricing.app import main; main()"]
    running = subprocess.Popen(command, env={**os.environ, **plain, **hasty})
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def test_killed_half_way_it_ends_as_if_nothing_had_happened(
    servers: Stack, ingest: Bus, mapping: Bus, portal: Bus, seen: Seen
) -> None:
    batches = 300
    with process(servers) as doomed:

        async def answers() -> bool | None:
            try:
                await save(portal, "killed", "0")
            except ProblemError:
                return None
            return True

        await eventually(answers)
        for number in range(1, batches + 1):
            await ingest.publish(published("killed", line(stated_rrp="100"), batch_no=number))
        await seen.priced("killed", batches)
        await save(portal, "killed", "10", expected=1)
        await mapping.publish(again("killed", 2))
        await seen.priced("killed", batches + 1)
        doomed.kill()
    with process(servers):
        found = await seen.priced("killed", 2 * batches)
    later = [one for one in found if one.pricing_version == 2]
    assert sorted(one.batch_no for one in later) == list(range(1, batches + 1))
    assert {str(one.sell) for one in later} == {"110.0"}
