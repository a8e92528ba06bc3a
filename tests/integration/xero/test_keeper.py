"""Secrets that a vendor replaces: one replica at a time, stored before use, never over a person."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from syncline_chassis.connector.protocol import Keeper
from syncline_chassis.errors import ReauthRequiredError, TransientError
from syncline_chassis.service import Service
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import DeskMaker, XeroDesk
from tests.integration.xero.keeping import connection_of


@pytest.fixture
async def second(servers: Servers) -> AsyncIterator[Service]:
    running = create_service(xero_settings(servers))
    await running.start()
    yield running
    await running.stop()


async def keeper_of(servers: Servers, service: Service, desk: XeroDesk) -> Keeper:
    keeper = (await connection_of(servers, service, desk)).keeper
    assert keeper is not None
    return keeper


async def test_one_replica_renews_at_a_time_and_the_next_is_given_what_it_stored(
    servers: Servers, service: Service, second: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    keepers = [await keeper_of(servers, one, desk) for one in (service, second) for _ in range(3)]
    inside = most = 0

    async def count(secrets: Mapping[str, str]) -> Mapping[str, str]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.02)  # time for another one to come in
        inside -= 1
        return {"ticket": str(int(secrets.get("ticket", 0)) + 1)}

    given = await asyncio.gather(*(keeper.renew(count) for keeper in keepers))
    assert most == 1
    assert sorted(one["ticket"] for one in given) == ["1", "2", "3", "4", "5", "6"]
    assert (await connection_of(servers, service, desk)).form["ticket"] == "6"
    (row,) = await service.mongo.collection("connections").find({"partner_id": desk.partner_id})
    assert "ticket" not in repr(row)


async def test_what_is_still_good_stays_as_it_is(
    servers: Servers, service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()

    async def content(secrets: Mapping[str, str]) -> None:
        return None

    kept = await (await keeper_of(servers, service, desk)).renew(content)
    assert kept == {"client_secret": desk.xero.client_secret}


async def test_what_a_person_enters_during_a_renewal_is_not_overwritten(
    servers: Servers, service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    keeper = await keeper_of(servers, service, desk)

    async def renew(secrets: Mapping[str, str]) -> Mapping[str, str]:
        await desk.connect(1, client_secret="entered by a person")
        return {"client_secret": "of the vendor"}

    with pytest.raises(TransientError, match="changed the connection"):
        await keeper.renew(renew)
    kept = await connection_of(servers, service, desk)
    assert (kept.version, kept.form["client_secret"]) == (2, "entered by a person")
    with pytest.raises(TransientError, match="changed the connection"):
        await keeper.renew(renew)  # of a version that is no more


async def test_a_renewed_secret_stays_until_a_person_enters_another_and_the_rest_goes(
    servers: Servers, service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()

    async def renew(secrets: Mapping[str, str]) -> Mapping[str, str]:
        return {"client_secret": "renewed", "ticket": "short-lived"}

    await (await keeper_of(servers, service, desk)).renew(renew)
    await desk.connect(1, client_secret="", due_days="30")
    edited = await connection_of(servers, service, desk)
    assert (edited.form["client_secret"], edited.form.get("ticket")) == ("renewed", None)
    await desk.connect(2, client_secret="entered")
    assert (await connection_of(servers, service, desk)).form["client_secret"] == "entered"


async def test_a_renewal_that_fails_lets_the_next_one_try_at_once(
    servers: Servers, service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    keeper = await keeper_of(servers, service, desk)

    async def refuse(secrets: Mapping[str, str]) -> Mapping[str, str]:
        raise ReauthRequiredError("no")

    async def renew(secrets: Mapping[str, str]) -> Mapping[str, str]:
        return {"ticket": "1"}

    with pytest.raises(ReauthRequiredError):
        await keeper.renew(refuse)
    async with asyncio.timeout(2):  # a lease that was not let go would last for five
        assert (await keeper.renew(renew))["ticket"] == "1"
