"""By what replicas of a connector are added: partners that have work now."""

from datetime import timedelta

from syncline_chassis.connector import figures
from syncline_chassis.connector.jobs import JOBS
from syncline_chassis.testing.desk import new_partner
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings


async def test_a_partner_waits_once_however_many_jobs_it_has_and_not_for_a_later_look(
    servers: Servers,
) -> None:
    service = create_service(xero_settings(servers))  # not started: nobody takes a job away

    async def waiting() -> float | None:
        await figures.look_at_due(service)
        read = service.metrics.registry.get_sample_value
        return read("syncline_waiting_partners", {"service": "xero"})

    jobs, now = service.mongo.collection(JOBS), service.clock.now()
    before, names = await waiting() or 0, [new_partner() for _ in range(3)]
    due = [(names[0], "main", 0), (names[0], "twin", 0), (names[1], "main", 0)]
    later = (names[2], "main", 1)
    await jobs.insert_many(
        [
            {
                "_id": f"{partner}/{connection}",
                "partner_id": partner,
                "connection_id": connection,
                "due_at": now + timedelta(days=days),
            }
            for partner, connection, days in (*due, later)
        ]
    )
    assert await waiting() == before + 2
    await jobs.delete_many({"partner_id": {"$in": names}})
    assert await waiting() == before
    await service.mongo.close()
