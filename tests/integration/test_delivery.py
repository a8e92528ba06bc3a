"""Errors become ack, delayed nak or dead letter; a repeated message does nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js.api import ConsumerConfig, DeliverPolicy
from syncline_chassis.dead_letters import DeadLetters
from syncline_chassis.errors import (
    InvalidMessageError,
    ProblemError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.service import Received, Service
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.service import idle_service
from syncline_chassis.testing.wait import until
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts import subjects
from syncline_contracts.identity import new_id
from syncline_contracts.message import Headers
from syncline_contracts.partner import PartnerChangedV1, PartnerSettings
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.replay import ReplayDeadLetter

from tests.conftest import Servers


def partner() -> str:
    return f"p-{new_id()[-12:]}"


def changed(partner_id: str, version: int = 1) -> PartnerChangedV1:
    return PartnerChangedV1(
        partner_id=partner_id,
        version=version,
        actor="test",
        settings=PartnerSettings(name="Test", currency="AUD"),
    )


@asynccontextmanager
async def running(*services: Service) -> AsyncIterator[None]:
    for service in services:
        await service.start()
    try:
        yield
    finally:
        for service in services:
            await service.stop()


@asynccontextmanager
async def administrator(servers: Servers) -> AsyncIterator[Any]:
    client = await nats.connect(
        servers.nats.url, user=ADMINISTRATOR, password=servers.nats.passwords[ADMINISTRATOR]
    )
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def dead_letters(js: Any, about: str) -> list[Any]:
    info = await js.add_consumer(
        "DEADLETTERS", ConsumerConfig(deliver_policy=DeliverPolicy.ALL, inactive_threshold=5)
    )
    found = []
    if info.num_pending:
        subscription = await js.pull_subscribe_bind(consumer=info.name, stream="DEADLETTERS")
        found = await subscription.fetch(info.num_pending, timeout=2)
        await subscription.unsubscribe()
    await js.delete_consumer("DEADLETTERS", info.name)
    return [letter for letter in found if about.encode() in letter.data]


class Scripted:
    """A handler that fails as told, then counts."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.attempts: list[int] = []

    async def __call__(self, received: Received[Any], uow: UnitOfWork) -> None:
        self.attempts.append(received.attempt)
        if self.failures:
            raise self.failures.pop(0)
        await uow.collection("seen").update_one(
            {"_id": received.body.partner_id}, {"$inc": {"times": 1}}, upsert=True
        )


def pricing_with(servers: Servers, handler: Any, **settings: Any) -> Service:
    service = idle_service("pricing", servers.settings(ServiceSettings, "pricing", **settings))
    service.events[PartnerChangedV1] = handler
    return service


async def times(service: Service, partner_id: str) -> int:
    row = await service.mongo.collection("seen").find_one({"_id": partner_id})
    return int(row["times"]) if row else 0


@pytest.mark.parametrize(
    "failure",
    [TransientError("away"), RateLimitedError("slow down", 0.1), ValueError("a bug that passes")],
    ids=lambda failure: type(failure).__name__,
)
async def test_what_may_pass_is_delivered_again_and_takes_effect_once(
    servers: Servers, failure: Exception
) -> None:
    partner_id, handler = partner(), Scripted(failure)
    service = pricing_with(servers, handler)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(service, mapping):
        await mapping.bus.publish(changed(partner_id))
        await until(lambda: times(service, partner_id))
        assert handler.attempts == [1, 2]
        assert await times(service, partner_id) == 1


@pytest.mark.parametrize(
    ("failures", "kind"),
    [
        ([RejectedError("no", "the rule says no")], "RejectedError"),
        ([ValueError("a bug that stays")] * 3, "ValueError"),
    ],
    ids=["rejected", "bug"],
)
async def test_what_cannot_pass_becomes_one_dead_letter_with_its_reason(
    servers: Servers, failures: list[Exception], kind: str
) -> None:
    partner_id, handler = partner(), Scripted(*failures)
    service = pricing_with(servers, handler, max_attempts=3)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(service, mapping), administrator(servers) as js:
        await mapping.bus.publish(changed(partner_id))
        letters = await until(lambda: dead_letters(js, partner_id))
        assert len(letters) == 1
        assert letters[0].headers["syncline-error-kind"] == kind
        assert letters[0].headers["syncline-attempts"] == str(len(failures))
        assert letters[0].headers["syncline-original-ce-type"] == "partner.changed.v1"
        assert letters[0].subject == "syncline.dlq.pricing.partner.changed.v1"
        after = partner()
        await mapping.bus.publish(changed(after))
        await until(lambda: times(service, after))


async def test_a_dead_letter_is_handled_once_more_where_it_failed_and_then_is_gone(
    servers: Servers,
) -> None:
    partner_id, handler = partner(), Scripted(RejectedError("closed", "not now"), ValueError("no"))
    service = pricing_with(servers, handler)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with (
        running(service, mapping),
        administrator(servers) as js,
        servers.bus("portal") as portal,
    ):
        await mapping.bus.publish(changed(partner_id))
        (letter,) = await until(lambda: dead_letters(js, partner_id))
        number = letter.metadata.sequence.stream
        query = ReplayDeadLetter(partner_id="_", letter_id=number, actor="ann")
        with pytest.raises(ProblemError):  # it fails again, and stays
            await portal.ask(query, service="pricing")
        assert await DeadLetters(portal).get(number)
        await portal.ask(query, service="pricing")
        assert await times(service, partner_id) == 1
        assert await DeadLetters(portal).get(number) is None
        with pytest.raises(ProblemError, match="no dead letter"):
            await portal.ask(query, service="pricing")


async def test_a_message_that_breaks_its_contract_is_laid_down_at_once_and_the_next_flows(
    servers: Servers,
) -> None:
    broken, good = partner(), partner()
    handler = Scripted()
    service = pricing_with(servers, handler)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(service, mapping), administrator(servers) as js:
        subject = changed(broken).subject()
        headers = Headers(type="partner.changed.v1", source="mapping", subject=subject)
        body = f'{{"partner_id": "{broken}", "version": 1}}'.encode()
        await mapping.bus.publish_raw(subject, body, headers)
        await mapping.bus.publish(changed(good))
        await until(lambda: times(service, good))
        letters = await until(lambda: dead_letters(js, broken))
        assert "at settings: Field required" in letters[0].headers["syncline-error"]
        assert await times(service, broken) == 0


async def test_a_type_of_a_newer_release_waits_for_a_replica_that_knows_it(
    servers: Servers,
) -> None:
    unheard, known = partner(), partner()
    handler = Scripted()
    service = pricing_with(servers, handler, max_attempts=3)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(service, mapping), administrator(servers) as js:
        subject = changed(unheard).subject()
        headers = Headers(type="partner.changed.v2", source="mapping", subject=subject)
        await mapping.bus.publish_raw(subject, f'{{"partner_id": "{unheard}"}}'.encode(), headers)
        await mapping.bus.publish(changed(known))
        await until(lambda: times(service, known))
        (letter,) = await until(lambda: dead_letters(js, unheard))
        assert letter.headers["syncline-error-kind"] == "UnknownTypeError"
        assert letter.headers["syncline-attempts"] == "3"


async def test_a_body_of_another_partner_than_its_subject_is_refused(servers: Servers) -> None:
    mine, other = partner(), partner()
    service = pricing_with(servers, Scripted())
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(service, mapping), administrator(servers) as js:
        headers = Headers(type="partner.changed.v1", source="mapping", subject="")
        await mapping.bus.publish_raw(
            changed(other).subject(), changed(mine).model_dump_json().encode(), headers
        )
        await until(lambda: dead_letters(js, mine))
        assert await times(service, mine) == await times(service, other) == 0


@pytest.mark.parametrize(
    "wrong", ["syncline.evt.tenant.ready.v1.{}.k", "syncline.evt.partner.changed.v2.{}._"]
)
async def test_a_type_on_the_subject_of_another_type_is_refused(
    servers: Servers, wrong: str
) -> None:
    """Rights are given by subject: who may say one thing must not say another there."""
    message, handler = changed(partner()), Scripted()
    service = pricing_with(servers, handler)
    headers = Headers.about(message, source="mapping")
    with pytest.raises(InvalidMessageError, match="does not travel on"):
        await service.handle(
            wrong.format(message.partner_id), headers, message.model_dump_json().encode()
        )
    assert handler.attempts == []
    await service.mongo.close()


async def test_the_same_message_id_takes_effect_once(servers: Servers) -> None:
    partner_id, handler = partner(), Scripted()
    service = pricing_with(servers, handler)
    async with running(service), administrator(servers) as js:
        message = changed(partner_id)
        headers = Headers.about(message, source="mapping")
        for number in range(3):  # as a replay does: another Nats-Msg-Id, the same ce-id
            await js.publish(
                message.subject(),
                message.model_dump_json().encode(),
                headers={**headers.to_wire(), "Nats-Msg-Id": f"{headers.id}-{number}"},
            )
        last = partner()
        await js.publish(
            changed(last).subject(),
            changed(last).model_dump_json().encode(),
            headers=Headers.about(changed(last), source="mapping").to_wire(),
        )
        await until(lambda: times(service, last))
        assert await times(service, partner_id) == 1


async def test_state_inbox_and_outbox_are_one_transaction(servers: Servers) -> None:
    partner_id = partner()

    async def half_way(received: Received[Any], uow: UnitOfWork) -> None:
        await uow.collection("seen").insert_one({"_id": received.body.partner_id, "times": 1})
        uow.publish(
            ProfileChangedV1(
                partner_id=received.body.partner_id, pricing_version=1, what="x", actor="test"
            )
        )
        raise RejectedError("no", "after the writes")

    service = pricing_with(servers, half_way)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(service, mapping), administrator(servers) as js:
        await mapping.bus.publish(changed(partner_id))
        await until(lambda: dead_letters(js, partner_id))
        assert await times(service, partner_id) == 0
        assert await service.mongo.collection("outbox").find({}) == []


async def test_what_waits_in_the_outbox_is_said_by_the_next_process_exactly_once(
    servers: Servers,
) -> None:
    """Killed after the commit and before, or during, the publication."""
    partner_id = partner()
    heard = Scripted()
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    service = pricing_with(servers, heard)
    await mapping.mongo.ensure_indexes([])

    async def say(uow: UnitOfWork) -> None:
        uow.publish(changed(partner_id))

    async with running(service):
        await mapping.in_transaction(say)  # committed; the process "dies" before the relay runs
        rows = await mapping.mongo.collection("outbox").find({})
        again = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
        async with running(again):
            await until(lambda: times(service, partner_id))
            # It died after publishing and before removing the row: the row is there once more.
            await again.mongo.collection("outbox").insert_many(rows)
            again.wake("outbox-relay")

            async def empty() -> bool:
                return not await again.mongo.collection("outbox").find({})

            await until(empty)
        last = partner()
        third = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
        async with running(third):
            await third.bus.publish(changed(last))
            await until(lambda: times(service, last))
        assert await times(service, partner_id) == 1
    await mapping.mongo.close()


async def test_two_replicas_share_the_work_and_double_nothing(servers: Servers) -> None:
    partners = [partner() for _ in range(40)]
    replicas = [pricing_with(servers, Scripted()) for _ in range(2)]
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    async with running(*replicas, mapping):
        await asyncio.gather(*(mapping.bus.publish(changed(one)) for one in partners))

        async def all_seen() -> bool:
            return [await times(replicas[0], one) for one in partners] == [1] * len(partners)

        await until(all_seen)


async def test_the_bus_has_started_only_when_the_server_knows_its_subscribers(
    servers: Servers,
) -> None:
    async with servers.bus("mapping") as bus:
        bus.broker.subscriber(subjects.query("mapping", "list_partners"))(lambda body: None)
        server = servers.nats.process
        assert server
        server.send_signal(signal.SIGSTOP)
        try:
            await until(partial(_stands_still, server.pid))
            start = asyncio.create_task(bus.start())
            done, _ = await asyncio.wait({start}, timeout=0.3)
        finally:
            server.send_signal(signal.SIGCONT)
        assert not done
        await start


async def _stands_still(pid: int) -> bool:
    """Its threads stop one by one, each when it next runs."""
    return set(_thread_states(pid)) == {"T"}


def _thread_states(pid: int) -> list[str]:
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return [thread.read_text().rsplit(")", 1)[1].split()[0] for thread in threads]


async def test_too_many_dead_letters_pause_consuming_instead_of_draining_good_data(
    servers: Servers,
) -> None:
    service = pricing_with(servers, Scripted(), deadletter_limit=2)
    mapping = idle_service("mapping", servers.settings(ServiceSettings, "mapping"))
    broken = [partner() for _ in range(4)]
    async with running(service, mapping), administrator(servers) as js:
        for one in broken:
            headers = Headers(type="partner.changed.v1", source="mapping", subject="")
            body = f'{{"partner_id": "{one}"}}'.encode()
            await mapping.bus.publish_raw(changed(one).subject(), body, headers)

        async def paused() -> bool:
            info = await js.consumer_info("EVENTS", "pricing-events")
            letters = await dead_letters(js, "{")
            letters = [one for one in letters if any(p.encode() in one.data for p in broken)]
            return len(letters) == 2 and info.num_ack_pending >= 2

        await until(paused)
    async with administrator(servers) as js:  # leave nothing for the tests after this one
        await js.purge_stream("EVENTS")
