"""Once a week every partner is told what waits, however many replicas look."""

import asyncio
from datetime import UTC, datetime, timedelta

from syncline_chassis.testing.clock import FixedClock
from syncline_chassis.testing.wait import until
from syncline_contracts import subjects
from syncline_contracts.holds import HoldsReportedV1
from syncline_contracts.stream import EVENTS_STREAM
from syncline_mapping.app import create_service
from syncline_mapping.settings import Settings
from syncline_mapping.workers.report import Report

from tests.conftest import Servers
from tests.integration.mapping.stack import Stack, new_partner
from tests.unit.mapping.samples import line


async def test_what_is_held_and_unmapped_is_told_once_a_week_by_two_replicas(
    stack: Stack, servers: Servers
) -> None:
    waits, settled = new_partner(), new_partner()
    for partner_id in (waits, settled):
        await stack.register(partner_id, time_zone="Australia/Sydney")
    await stack.bring(waits, {"contoso": [[line(cost="12.5")]], "fabrikam": [[line(cost="3")]]})

    async def held() -> bool:
        return set((await stack.states(waits)).values()) == {"held"}

    await until(held)
    clock = FixedClock(datetime.now(UTC))
    replicas = [create_service(servers.settings(Settings, "mapping")) for _ in range(2)]
    for one in replicas:
        one.clock = clock
    reports = [Report(one) for one in replicas]
    for _ in range(15):  # days; the week in which a partner is new is on its pages
        await asyncio.gather(*(report.work() for report in reports for _ in range(2)))
        clock.advance(timedelta(days=1).total_seconds())

    async def told() -> list[HoldsReportedV1]:
        subject = subjects.event("holds.reported.v1", waits)
        found = stack.administrator.replay(EVENTS_STREAM.name, subject)
        return [HoldsReportedV1.model_validate_json(one.data) async for one in found]

    async def both() -> bool:
        return len(await told()) >= 2

    await until(both)
    first, second = await told()
    assert first.week < second.week
    (sum_,) = first.waiting
    assert (sum_.currency, sum_.tenants, str(sum_.cost)) == ("AUD", 2, "15.5")
    assert (sum_.unmapped.tenants, str(sum_.unmapped.cost)) == (2, "15.5")
    assert "client_not_mapped" in {one.reason for one in sum_.reasons}
    nothing = subjects.event("holds.reported.v1", settled)
    assert [one async for one in stack.administrator.replay(EVENTS_STREAM.name, nothing)] == []
    for one in replicas:
        await one.mongo.close()
