"""The doctor over a real broker and database, under the portal's own rights."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_chassis.provision import provision_bus
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.service import Service
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.servers import start_both
from syncline_chassis.testing.service import idle_service
from syncline_chassis.testing.wait import until
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.presence import SERVICES_BUCKET, Presence
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.query import Connections, ConnectionView, ListConnections
from syncline_contracts.stream import durable
from syncline_mapping.app import create_service as create_mapping
from syncline_mapping.settings import Settings as MappingSettings
from syncline_portal.app import create_service as create_portal
from syncline_portal.settings import Settings as PortalSettings
from syncline_portal.token import new_token

from tests.conftest import Servers

PARTNER = {
    "name": "Acme IT",
    "currency": "AUD",
    "connector": "xero",
    "connection_id": "main",
}


@dataclass
class System:
    """A portal and a mapping as they are, with stand-ins for the others."""

    servers: Servers
    client: httpx.AsyncClient
    xero: Service

    async def found(self) -> dict[str, str]:
        """Where, by code, of what is not as it should be."""
        answer = await self.client.get("/v1/doctor")
        assert answer.status_code == 200, answer.text
        return {one["code"]: one["where"] for one in answer.json()["findings"]}

    async def until_found(self, **wanted: str) -> None:
        """Wait until exactly this is found."""
        seen: dict[str, str] = {}

        async def is_so() -> bool:
            seen.clear()
            seen.update(await self.found())
            return seen == wanted

        try:
            await until(is_so, what=f"findings {wanted}")
        except TimeoutError as error:
            raise AssertionError(f"{seen} instead of {wanted}") from error

    async def provision(self) -> None:
        """Run the provisioning command."""
        nats = self.servers.nats
        await provision_bus(nats.url, ADMINISTRATOR, nats.passwords[ADMINISTRATOR])


async def _connections(query: ListConnections, uow: UnitOfWork) -> Connections:
    about = {"partner_id": "acme", "connection_id": "main", "connector": "xero"}
    view: dict[str, Any] = {**about, "version": 1, "form": {}}
    return Connections(connections=(ConnectionView.model_validate({**view, "status": "working"}),))


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Nobody else's leavings: what is healthy has no finding at all."""
    nats, mongo = start_both(tmp_path_factory.mktemp("healthy"))
    yield Servers(nats, mongo)
    nats.stop()
    mongo.stop()


@pytest.fixture
async def system(own_servers: Servers, tmp_path: Path) -> AsyncIterator[System]:
    servers = own_servers
    token = new_token()
    file = tmp_path / "token"
    file.write_text(token)
    portal = create_portal(
        servers.settings(
            PortalSettings, "portal", portal_bootstrap_token_file=file, log_level="CRITICAL"
        )
    )
    mapping = create_mapping(servers.settings(MappingSettings, "mapping", log_level="CRITICAL"))
    idle = [
        idle_service(name, servers.settings(ServiceSettings, name, log_level="CRITICAL"))
        for name in ("ingest", "pricing", "xero")
    ]
    idle[2].queries[ListConnections] = _connections
    async with AsyncExitStack() as stack:
        for service in (*idle, mapping, portal):
            await service.start()
            stack.push_async_callback(service.stop)
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{portal.http_port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        await stack.enter_async_context(client)
        await client.put("/v1/partners/acme", json=PARTNER)
        yield System(servers, client, idle[2])


async def test_a_service_takes_its_work_up_once_its_durable_is_there_again(
    system: System,
) -> None:
    work = durable("mapping", "events")
    async with system.servers.bus(ADMINISTRATOR) as bus:
        await bus.js.delete_consumer(work.stream, work.name)
        await system.provision()
        async with system.servers.bus("pricing") as pricing:
            await pricing.publish(
                ProfileChangedV1(partner_id="acme", pricing_version=1, what="New.", actor="ann")
            )

        async def is_done() -> bool:
            return await bus.waiting(work.stream, work.name) == 0

        await until(is_done, what="the fact in mapping's hands")
    assert await system.found() == {}


async def test_what_is_broken_is_named_and_what_is_mended_is_not_named_any_more(
    system: System,
) -> None:
    await system.until_found()

    async with system.servers.bus(ADMINISTRATOR) as bus:
        work = durable("mapping", "events")
        await bus.js.delete_consumer(work.stream, work.name)
        await system.until_found(durable_missing=work.name)
        changed = (await bus.js.consumer_info("EVENTS", "pricing-events")).config
        changed.max_ack_pending = 1
        await bus.js.add_consumer("EVENTS", changed)
        await system.until_found(durable_missing=work.name, durable_differs="pricing-events")
    await system.provision()
    await system.until_found()

    await system.xero.stop()
    await system.until_found(not_running="xero")

    stranger = Presence.model_validate(
        {
            "service": "xero",
            "instance": "stranger",
            "version": "9.0.0",
            "contracts": "9.0.0",
            "started_at": "2026-11-20T09:00:00Z",
            "said_at": system.xero.clock.now(),
        }
    )
    async with system.servers.bus("xero") as bus:
        await bus.kv_put(SERVICES_BUCKET, stranger.key, stranger.model_dump_json().encode())
    await system.until_found(no_answer="xero", contracts_differ="xero.stranger")
