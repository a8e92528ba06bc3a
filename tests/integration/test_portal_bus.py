"""The portal on a real bus and database, under its own users: what it asks, stores and tells."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.mongo import Database
from syncline_chassis.service import Service
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.service import idle_service
from syncline_chassis.testing.wait import until
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.ingest_query import UPLOADS_BUCKET, Submitted, SubmitUpload
from syncline_contracts.mapping_query import ListHolds
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.stream import CONNECTORS_BUCKET
from syncline_portal.access_log import AccessLog
from syncline_portal.app import PortalService, create_service
from syncline_portal.settings import Settings
from syncline_portal.token import new_token
from syncline_portal.token_store import TokenStore

from tests.conftest import Servers
from tests.unit.portal.answers import DOCUMENT, MANIFEST

OPERATOR = new_token()


@pytest.fixture
async def portal(servers: Servers, tmp_path: Path) -> AsyncIterator[PortalService]:
    file = tmp_path / "token"
    file.write_text(OPERATOR)
    service = create_service(
        servers.settings(
            Settings,
            "portal",
            portal_bootstrap_token_file=file,
            portal_upload_timeout_s=2.0,
            log_level="ERROR",
        )
    )
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def client(portal: PortalService) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(portal, OPERATOR) as client:
        yield client


@pytest.fixture
async def pricing_bus(servers: Servers) -> AsyncIterator[Bus]:
    async with servers.bus("pricing") as bus:
        yield bus


def _client(portal: PortalService, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{portal.http_port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )


def _owner(servers: Servers, name: str) -> Service:
    return idle_service(name, servers.settings(ServiceSettings, name, log_level="CRITICAL"))


async def test_an_owner_that_is_not_there_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/partners/p-nobody/holds")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert "mapping" in answer.json()["detail"]


async def test_an_owner_that_falls_silent_is_not_waited_for_for_ever(
    servers: Servers, client: httpx.AsyncClient
) -> None:
    ingest, never = _owner(servers, "ingest"), asyncio.Event()

    async def hang(query: SubmitUpload, uow: UnitOfWork) -> Submitted:
        await never.wait()
        raise AssertionError

    ingest.queries[SubmitUpload] = hang
    await ingest.start()
    answer = await client.post("/v1/partners/p-silent/documents", content=b"x")
    assert answer.status_code == 503
    assert "ingest" in answer.json()["detail"]
    never.set()
    await ingest.stop()


async def test_an_owners_refusal_reaches_the_caller(
    servers: Servers, client: httpx.AsyncClient
) -> None:
    mapping = _owner(servers, "mapping")
    await mapping.start()
    answer = await client.get("/v1/partners/p-refused/holds")
    await mapping.stop()
    assert ListHolds in mapping.queries
    assert answer.status_code == 404
    assert answer.json()["detail"] == "This service is a stand-in of a test."


async def test_an_upload_reaches_ingest_whole_through_the_object_store(
    servers: Servers, client: httpx.AsyncClient
) -> None:
    content = b"".join(b"%d,some cells\n" % row for row in range(100_000))
    ingest, seen = _owner(servers, "ingest"), dict[str, Any]()

    async def take(query: SubmitUpload, uow: UnitOfWork) -> Submitted:
        place = f"{query.partner_id}/{query.object_name}"
        parts = ingest.bus.object_get(UPLOADS_BUCKET, place)
        seen["data"] = b"".join([part async for part in parts])
        seen["query"] = query
        return Submitted(outcome="accepted", document=DOCUMENT)

    ingest.queries[SubmitUpload] = take
    await ingest.start()
    answer = await client.post(
        "/v1/partners/p-upload/documents", files={"file": ("recon.csv", content)}
    )
    await ingest.stop()
    assert answer.status_code == 201, answer.text
    assert seen["data"] == content
    assert (seen["query"].partner_id, seen["query"].file_name) == ("p-upload", "recon.csv")
    assert seen["query"].actor == "operator [bootstrap]"


async def test_connectors_are_those_that_announced_themselves(
    servers: Servers, client: httpx.AsyncClient
) -> None:
    async with servers.bus("xero") as bus:
        await bus.kv_put(CONNECTORS_BUCKET, "xero", json.dumps(MANIFEST).encode())
    connectors = (await client.get("/v1/connectors")).json()["connectors"]
    assert [one["vocabulary"]["client"] for one in connectors if one["name"] == "xero"] == [
        "Contact"
    ]


async def test_an_event_is_told_live_and_only_to_its_partner(
    client: httpx.AsyncClient, pricing_bus: Bus
) -> None:
    told: dict[str, list[dict[str, Any]]] = {"p-mine": [], "p-theirs": []}
    ready = {name: asyncio.Event() for name in told}

    async def listen(partner_id: str) -> None:
        async with client.stream("GET", f"/v1/partners/{partner_id}/events") as answer:
            async for line in answer.aiter_lines():
                ready[partner_id].set()
                if line.startswith("data: "):
                    told[partner_id].append(json.loads(line.removeprefix("data: ")))

    listeners = [asyncio.create_task(listen(name)) for name in told]
    await asyncio.gather(*(event.wait() for event in ready.values()))
    sent = [
        await pricing_bus.publish(_changed(partner_id, version))
        for version in (1, 2)
        for partner_id in ("p-mine", "p-theirs")
    ]

    async def all_told() -> bool:
        return all(len(events) >= 2 for events in told.values())

    await until(all_told, what="two events for each partner")
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    for partner_id, events in told.items():
        assert {event["data"]["partner_id"] for event in events} == {partner_id}
    assert [event["id"] for event in told["p-mine"]] == [sent[0].id, sent[2].id]


async def test_what_was_missed_is_told_again_with_the_same_id(
    client: httpx.AsyncClient, pricing_bus: Bus
) -> None:
    sent = await pricing_bus.publish(_changed("p-later", 1))
    params = {"since": "2026-01-01T00:00:00Z", "type": "profile.changed.v1"}
    async with client.stream("GET", "/v1/partners/p-later/events", params=params) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                assert line == f"id: {sent.id}"
                break


async def test_a_stop_does_not_wait_for_listeners(servers: Servers, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(OPERATOR)
    service = create_service(
        servers.settings(Settings, "portal", portal_bootstrap_token_file=file, log_level="ERROR")
    )
    await service.start()
    async with (
        _client(service, OPERATOR) as client,
        client.stream("GET", "/v1/partners/p-stop/events") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": following"
        await asyncio.wait_for(service.stop(), 4)
        assert [line async for line in lines if line.startswith("event: ")] == []


async def test_a_token_works_after_a_restart_until_it_is_revoked_and_is_kept_as_a_hash(
    servers: Servers, client: httpx.AsyncClient, portal: PortalService
) -> None:
    made, again_asked = [
        await client.post(
            "/v1/partners/p-token/tokens",
            json={"name": "ann", "role": "viewer"},
            headers={"Idempotency-Key": "ann"},
        )
        for _ in range(2)
    ]
    assert (again_asked.status_code, again_asked.json()["code"]) == (409, "told_once")
    made = made.json()
    again = create_service(servers.settings(Settings, "portal", log_level="ERROR"))
    await again.start()
    async with _client(again, made["token"]) as clerk:
        assert (await clerk.get("/v1/me")).json()["roles"] == {"p-token": "viewer"}
        token_id = made["view"]["token_id"]
        assert (await client.delete(f"/v1/partners/p-token/tokens/{token_id}")).status_code == 200
        assert (await clerk.get("/v1/me")).status_code == 401
    await again.stop()
    assert made["token"] not in await _everything(portal.mongo)


async def test_who_gave_and_took_access_is_in_the_audit(
    servers: Servers, client: httpx.AsyncClient, portal: PortalService
) -> None:
    body = {"name": "both", "roles": {"p-aud": "viewer", "p-other": "admin"}}
    token_id = (await client.post("/v1/tokens", json=body)).json()["view"]["token_id"]
    view = (await client.delete(f"/v1/partners/p-aud/tokens/{token_id}")).json()
    left = [one.roles for one in await _tokens(portal, "p-other")]
    audit = (await client.get("/v1/partners/p-aud/audit")).json()
    entries = audit["entries"]
    assert (view["roles"], view["revoked_at"]) == ({}, None)
    assert left == [{"p-other": "admin"}]
    assert [entry["what"] for entry in entries] == [
        "Access by token 'both' was taken back.",
        "Token 'both' was given.",
    ]
    assert {entry["actor"] for entry in entries} == {"operator [bootstrap]"}
    assert "p-other" not in json.dumps(entries)
    # Nobody else runs here: that something may be missing is said, and what.
    assert audit["without"][:3] == ["ingest", "pricing", "mapping"]


def _changed(partner_id: str, version: int) -> ProfileChangedV1:
    return ProfileChangedV1(
        partner_id=partner_id, pricing_version=version, what="New.", actor="ann"
    )


async def _tokens(portal: PortalService, partner_id: str) -> list[Any]:
    return list(await TokenStore(portal, AccessLog(portal)).reaching(partner_id))


async def _everything(mongo: Database) -> str:
    rows = [await mongo.collection(name).find({}) for name in ("tokens", "audit")]
    return str(rows)
