"""The guide's subscriber, as it stands there, on a real broker; and what its user must not do."""

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from syncline_chassis.provision import provision_bus
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.subscriber import Subscriber
from syncline_chassis.testing.servers import NatsServer
from syncline_chassis.testing.wait import until
from syncline_contracts import subjects
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, QUERIES, SERVICES
from syncline_contracts.message import Event, Headers
from syncline_contracts.stream import STREAMS
from syncline_contracts.tenant import TenantReversedV1, TenantSyncedV1, TenantVerifiedV1

from tests.contract.authority import Authority
from tests.contract.test_snapshots import EXAMPLES

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "subscribe.md"
OTHER = Subscriber(name="other", events=("tenant.verified.v1",), partners=("acme-it",))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's own declaration."""
    file = tmp_path_factory.mktemp("declared") / "subscribers.json"
    (text,) = blocks("json")
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def erp(declared: Path) -> Subscriber:
    (one,) = Subscriber.read_all(declared)
    return one


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, declared: Path, erp: Subscriber
) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"), subscribers=(erp, OTHER))
    server.start()
    asyncio.run(server.provision())
    made = subscribers(server, declared)
    assert "syncline.evt.tenant.synced.v1.acme-it.*" in made
    yield server
    server.stop()


def subscribers(broker: NatsServer, declared: Path, *more: str, **variables: str) -> str:
    """The guide's command."""
    command = [sys.executable, "-m", "syncline_chassis.subscribers", str(declared), *more]
    environment = {
        **os.environ,
        "SYNCLINE_NATS_URL": broker.url,
        "SYNCLINE_NATS_PASSWORD": broker.passwords[ADMINISTRATOR],
        **variables,
    }
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


@asynccontextmanager
async def connected(broker: NatsServer, user: str, **more: Any) -> AsyncIterator[Client]:
    client = await nats.connect(
        broker.url,
        user=user,
        password=broker.passwords[user],
        inbox_prefix=f"_INBOX_{user}",
        **more,
    )
    try:
        yield client
    finally:
        await client.close()


def example(kind: type[Event], case: str, **changed: Any) -> Event:
    text = (EXAMPLES / kind.type_name / f"{case}.json").read_text()
    return kind.model_validate_json(text).model_copy(update=changed)


async def say(broker: NatsServer, *facts: Event) -> list[Headers]:
    said = []
    async with connected(broker, ADMINISTRATOR) as client:
        for fact in facts:
            headers = Headers.about(fact, source=fact.producers[0])
            body = fact.model_dump_json().encode()
            js = client.jetstream()
            await js.publish(fact.subject(), body, headers=headers.to_wire())
            said.append(headers)
    return said


class Program:
    """The guide's program, running."""

    def __init__(self, broker: NatsServer, user: str, folder: Path, **more: str) -> None:
        (self._text,) = blocks("python")
        self.book = folder / "book.db"
        self._file = folder / "subscriber.py"
        self._environment = {
            **os.environ,
            "NATS_URL": broker.url,
            "NATS_USER": user,
            "NATS_PASSWORD": broker.passwords[user],
            "BOOK": str(self.book),
            **more,
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self._file.write_text(self._text)
        with (self._file.with_suffix(".log")).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(self._file)], env=self._environment, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            process.kill()  # at any moment: nothing is lost and nothing is doubled by it
            process.wait()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if not self.book.exists():
            return []
        with contextlib.closing(sqlite3.connect(self.book)) as book:
            try:
                return book.execute(sql).fetchall()
            except sqlite3.OperationalError:  # its tables are being made
                return []

    def handled(self) -> set[str]:
        return {row[0] for row in self.rows("SELECT ce_id FROM handled")}


async def test_the_guides_subscriber_notes_each_event_once_also_killed_and_from_a_date_on(
    broker: NatsServer, erp: Subscriber, declared: Path, tmp_path: Path
) -> None:
    program = Program(broker, erp.user, tmp_path)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    synced = example(TenantSyncedV1, "one_draft_invoice")
    reversed_ = example(TenantReversedV1, "a_draft_deleted")
    others = [
        example(TenantSyncedV1, "one_draft_invoice", partner_id="globex"),
        example(TenantVerifiedV1, "to_the_cent"),
    ]
    (first, *_) = await say(broker, synced, *others)

    async def knows(*wanted: Headers) -> bool:
        return {one.id for one in wanted} <= program.handled()

    with program.running():
        await until(lambda: knows(first))
        assert program.rows("SELECT partner, invoice, state, total FROM billed") == [
            ("acme-it", "DD-900123", "synced", "1552.35")
        ]
    (second,) = await say(broker, reversed_)  # while it is away
    with program.running():
        await until(lambda: knows(second))
        assert program.rows("SELECT state FROM billed") == [("reversed",)]

        # Told anew from a date on: the same events, which it knows.
        subscribers(broker, declared, "--replay", "erp", "--since", today)
        (third,) = await say(broker, example(TenantSyncedV1, "one_draft_invoice", tenant_id="t-3"))
        await until(lambda: knows(third), timeout_s=30)
        assert program.handled() == {first.id, second.id, third.id}
        assert program.rows("SELECT count(*) FROM billed") == [(2,)]

    # One that has lost its book gets all of it once more.
    program.book.unlink()
    subscribers(broker, declared, "--replay", "erp", "--since", today)
    with program.running():
        await until(lambda: knows(first, second, third))
    assert {row[0] for row in program.rows("SELECT partner FROM billed")} == {"acme-it"}


async def test_a_subscriber_publishes_nothing_and_reads_nothing_but_its_own_durable(
    broker: NatsServer, erp: Subscriber
) -> None:
    forbidden = [
        *(subjects.event(one.type_name, "acme-it", "key") for one in EVENTS),
        *(subjects.lines(one.type_name, "small", "acme-it", "key") for one in LINES),
        *(
            subjects.command(to, one.type_name, "acme-it")
            for one in COMMANDS
            for to in one.consumers
        ),
        *(subjects.query(to, one.name, "acme-it") for one in QUERIES for to in one.services),
        *(subjects.dead_letter(service, "x") for service in SERVICES),
    ]
    for stream in (*(one.name for one in STREAMS), "KV_connectors", "OBJ_uploads"):
        forbidden += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}",
            f"$JS.API.STREAM.PURGE.{stream}",
            f"$JS.API.CONSUMER.CREATE.{stream}",
            f"$JS.API.CONSUMER.CREATE.{stream}.{erp.user}",
            f"$JS.API.CONSUMER.CREATE.{stream}.mine.syncline.evt.tenant.synced.v1.acme-it.*",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{erp.user}",
            f"$JS.API.CONSUMER.DELETE.{stream}.{erp.user}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{OTHER.user}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.mapping-events",
            f"$JS.ACK.{stream}.mapping-events.1.1.1.1.0",
        ]
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    def found() -> set[str]:
        return {one for one in forbidden if any(f'"{one.lower()}"' in told for told in refused)}

    async with connected(broker, erp.user, error_cb=note) as client:
        for subject in forbidden:
            await client.publish(subject, b"")
        for subject in ("syncline.>", "_INBOX.>", f"_INBOX_{OTHER.user}.>", "$JS.>"):
            forbidden.append(subject)
            await client.subscribe(subject)
        await client.flush()

        async def all_refused() -> bool:
            return found() == set(forbidden)

        await until(all_refused, timeout_s=10, what=f"{set(forbidden) - found()} refused")


async def test_its_durable_brings_what_is_declared_for_it_and_of_its_partner_only(
    broker: NatsServer, erp: Subscriber, declared: Path
) -> None:
    facts = [
        example(TenantSyncedV1, "one_draft_invoice", partner_id=partner, tenant_id="t-9")
        for partner in ("acme-it", "globex", "acme-it-2")
    ]
    subscribers(broker, declared, "--replay", "erp", "--since", datetime.now(UTC).isoformat())
    (mine, *_) = await say(broker, *facts, example(TenantVerifiedV1, "to_the_cent"))
    async with connected(broker, erp.user) as client:
        events = await client.jetstream().pull_subscribe_bind(consumer=erp.user, stream="EVENTS")
        got = await events.fetch(10, timeout=2)
        assert [(one.headers or {})["ce-id"] for one in got] == [mine.id]
        with pytest.raises(nats.errors.TimeoutError):
            await events.fetch(1, timeout=0.5)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[{"name": "erp", "events": ["tenant.sold.v1"], "partners": ["a"]}]', "no such event"),
        ('[{"name": "erp", "events": ["lines.priced.v1"], "partners": ["a"]}]', "no such event"),
        ('[{"name": "erp", "events": ["tenant.synced.v1"], "partners": ["*"]}]', "partners"),
        ('[{"name": "erp", "events": ["tenant.synced.v1"], "partners": []}]', "partners"),
        ('[{"name": "e>p", "events": ["tenant.synced.v1"], "partners": ["a"]}]', "name"),
    ],
)
def test_a_declaration_that_would_give_more_is_refused(
    text: str, wrong: str, tmp_path: Path
) -> None:
    file = tmp_path / "subscribers.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=wrong):
        Subscriber.read_all(file)


class Encrypted(NatsServer):
    """With a certificate by an authority that no system knows."""

    def __init__(self, directory: Path, authority: Authority, **more: Any) -> None:
        super().__init__(directory, **more)
        self._file = str(authority.issue("localhost"))

    def command(self) -> list[str]:
        command = super().command()
        config = Path(command[-1])
        tls = {"tls": {"cert_file": self._file, "key_file": self._file}}
        config.write_text(json.dumps(json.loads(config.read_text()) | tls))
        return command

    @property
    def url(self) -> str:
        return f"tls://localhost:{self.port}"


async def test_program_and_durable_check_the_brokers_certificate(
    declared: Path, erp: Subscriber, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    broker = Encrypted(tmp_path / "nats", authority, subscribers=(erp,))
    broker.start()
    try:
        checked = ssl.create_default_context(cafile=authority.file)
        password = broker.passwords[ADMINISTRATOR]
        await provision_bus(broker.url, ADMINISTRATOR, password, tls=checked)
        variables = {"SYNCLINE_NATS_CA_FILE": str(authority.file)}
        await asyncio.to_thread(subscribers, broker, declared, **variables)
        synced = example(TenantSyncedV1, "one_draft_invoice")
        headers = Headers.about(synced, source=synced.producers[0])
        async with connected(broker, ADMINISTRATOR, tls=checked) as client:
            body = synced.model_dump_json().encode()
            await client.jetstream().publish(synced.subject(), body, headers=headers.to_wire())
        program = Program(broker, erp.user, tmp_path, NATS_CA=str(authority.file))

        async def knows() -> bool:
            return headers.id in program.handled()

        with program.running():
            await until(knows)
    finally:
        broker.stop()
