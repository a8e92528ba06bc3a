"""Each service may say and hear what the catalogue gives it, and nothing else."""

import contextlib
from typing import Any

import nats
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from syncline_chassis.rights import rights_of
from syncline_chassis.testing.wait import until
from syncline_contracts import subjects
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, QUERIES, SERVICES
from syncline_contracts.stream import BUCKETS, DURABLES, OBJECT_STORES, STREAMS, Durable

from tests.conftest import Servers


async def denied(servers: Servers, service: str, wanted: list[str]) -> set[str]:
    """Subjects of `wanted` that the server refuses to let the service publish on."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    client = await nats.connect(
        servers.nats.url,
        user=service,
        password=servers.nats.passwords[service],
        error_cb=note,
        inbox_prefix=f"_INBOX_{service}",
    )
    for subject in wanted:
        await client.publish(subject, b"", reply=f"_INBOX_{service}.none")
    await client.flush()

    def found() -> set[str]:
        return {subject for subject in wanted if any(f'"{subject.lower()}"' in r for r in refused)}

    async def all_refused() -> bool:  # the client reports each refusal on a task of its own
        return found() == set(wanted)

    with contextlib.suppress(TimeoutError):
        await until(all_refused, timeout_s=5)
    await client.close()
    return found()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_says_only_what_it_produces(servers: Servers, service: str) -> None:
    said: dict[str, bool] = {}
    for event in EVENTS:
        said[subjects.event(event.type_name, "acme", "key")] = service in event.producers
    for batch in LINES:
        subject = subjects.lines(batch.type_name, "small", "acme", "key")
        said[subject] = service in batch.producers
    for command in COMMANDS:
        for target in command.consumers:
            said[subjects.command(target, command.type_name, "acme")] = service in command.producers
    for query in QUERIES:
        for target in query.services:
            said[subjects.query(target, query.name, "acme")] = service in query.askers
    for other in SERVICES:
        said[subjects.dead_letter(other, "x")] = service == other
    forbidden = [subject for subject, allowed in said.items() if not allowed]
    assert await denied(servers, service, forbidden) == set(forbidden)
    allowed = {subject for subject, ok in said.items() if ok}
    patterns = rights_of(service).publish
    assert all(any(subjects.matches(one, subject) for one in patterns) for subject in allowed)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_touch_streams_or_the_work_of_others(
    servers: Servers, service: str
) -> None:
    others = [one for one in SERVICES if one != service]
    forbidden = [
        "$JS.API.STREAM.CREATE.MINE",
        "$JS.API.STREAM.DELETE.EVENTS",
        "$JS.API.STREAM.PURGE.COMMANDS",
        "$JS.API.CONSUMER.DELETE.COMMANDS.xero-commands",
        *(f"$JS.API.CONSUMER.MSG.NEXT.COMMANDS.{one}-commands" for one in others),
        *(f"$JS.ACK.COMMANDS.{one}-commands.1.1.1.1.0" for one in others),
        "$SYS.REQ.SERVER.PING",
    ]
    assert await denied(servers, service, forbidden) == set(forbidden)


def handed_on(service: str) -> set[str]:
    """Streams whose messages the broker publishes under whatever subject the service names.

    Of its own durables it does so, too; these hear only what others say.
    """
    ways = ("CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "CONSUMER.MSG.NEXT", "DIRECT.GET")
    own = {f"$JS.API.CONSUMER.MSG.NEXT.{one.stream}.{one.name}" for one in of(service)}
    return {
        right.removeprefix(f"$JS.API.{way}.").split(".")[0]
        for right in set(rights_of(service).publish) - own
        for way in ways
        if right.startswith(f"$JS.API.{way}.")
    }


def of(service: str) -> list[Durable]:
    return [one for one in DURABLES if one.service == service]


WRITTEN = {
    **{stream.name: stream.subject.split(".*")[0].removesuffix(">") for stream in STREAMS},
    **{f"KV_{bucket}": f"$KV.{bucket}." for bucket in BUCKETS},
    **{f"OBJ_{store}": f"$O.{store}." for store in OBJECT_STORES},
}


@pytest.mark.parametrize("service", SERVICES)
async def test_the_broker_hands_nothing_on_that_a_service_wrote_itself(
    servers: Servers, service: str
) -> None:
    """It would bear headers of its choice into streams that it must not write to."""
    said = rights_of(service).publish
    heard = [name for one in of(service) for name in one.filters]
    assert [one for one in said if any(subjects.matches(name, one) for name in heard)] == []
    written = {s for s, prefix in WRITTEN.items() if any(one.startswith(prefix) for one in said)}
    assert written & handed_on(service) == set()
    forbidden = [
        "$JS.API.CONSUMER.CREATE.KV_services",
        "$JS.API.CONSUMER.CREATE.KV_services.mine",
        "$JS.API.CONSUMER.CREATE.KV_services.mine.$KV.services.>",
        "$JS.API.CONSUMER.DURABLE.CREATE.KV_services.mine",
        "$JS.API.DIRECT.GET.KV_services",
        f"$JS.API.DIRECT.GET.KV_services.$KV.services.{service}.a",
        *(f"$KV.services.{other}.a" for other in SERVICES if other != service),
    ]
    assert await denied(servers, service, forbidden) == set(forbidden)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_listen_to_others(servers: Servers, service: str) -> None:
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    client = await nats.connect(
        servers.nats.url, user=service, password=servers.nats.passwords[service], error_cb=note
    )
    wanted = ["syncline.>", "_INBOX.>", *(f"_INBOX_{one}.>" for one in SERVICES if one != service)]
    for subject in wanted:
        await client.subscribe(subject)
    await client.flush()

    async def all_refused() -> bool:
        return all(any(f'"{subject.lower()}"' in one for one in refused) for subject in wanted)

    await until(all_refused, timeout_s=5, what=f"refusal of {wanted}; refused: {refused}")
    await client.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_database_only(servers: Servers, service: str) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(servers.mongo.url(service))
    client[f"syncline_{service}"]["probe"].insert_one({"x": 1})
    for other in SERVICES:
        if other != service:
            with pytest.raises(OperationFailure):
                client[f"syncline_{other}"]["probe"].find_one()
            with pytest.raises(OperationFailure):
                client[f"syncline_{other}"]["probe"].insert_one({"x": 1})
    client[f"syncline_{service}"]["probe"].drop()
    client.close()
