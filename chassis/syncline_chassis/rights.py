"""NATS rights of each service, generated from the catalogue; whatever is not listed is denied."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncline_contracts import subjects
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, QUERIES, SERVICES
from syncline_contracts.ingest_query import UPLOADS_BUCKET
from syncline_contracts.message import CONNECTORS
from syncline_contracts.presence import SERVICES_BUCKET
from syncline_contracts.replay import OWNERS
from syncline_contracts.stream import CONNECTORS_BUCKET, DURABLES, EVENTS_STREAM, STREAMS

from syncline_chassis.subscriber import Subscriber

ADMINISTRATOR = "provision"
"""The user that creates streams and buckets; no service has its rights."""
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
"""A manifest of tens of thousands of tenants is the largest message; a batch stays at 512 KiB."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user may publish and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool
    """May reply to whoever asked it."""


def rights_of(service: str) -> Rights:
    """Rights of a service, as its messages, queries and durables need them."""
    publish = [f"syncline.dlq.{service}.>", *_said_by(service), *_asked_by(service)]
    for durable in DURABLES:
        if durable.service == service:
            publish += _pulls(f"{durable.stream}.{durable.name}")
    if service in CONNECTORS:
        publish += [
            f"$KV.{CONNECTORS_BUCKET}.{service}",
            f"$JS.API.STREAM.INFO.KV_{CONNECTORS_BUCKET}",
        ]
    if service in ("mapping", "portal"):
        publish += _looks_up(f"KV_{CONNECTORS_BUCKET}")
    publish += [f"$KV.{SERVICES_BUCKET}.{service}.*", *_looks_up(f"KV_{SERVICES_BUCKET}")]
    publish += _uploads(service)
    if service == "pricing":  # replays lines to price them again
        publish += [*_reads("LINES_PUBLISHED"), "$JS.API.CONSUMER.MSG.NEXT.LINES_PUBLISHED.*"]
    if service == "portal":  # live views
        publish += [*_reads("EVENTS"), *_looks_up("DEADLETTERS")]
        # `syncline doctor` compares what stands with what is declared
        publish += [f"$JS.API.STREAM.INFO.{stream.name}" for stream in STREAMS]
        publish += [f"$JS.API.CONSUMER.INFO.{one.stream}.{one.name}" for one in DURABLES]
    if service in OWNERS:
        publish += [*_looks_up("DEADLETTERS"), "$JS.API.STREAM.MSG.DELETE.DEADLETTERS"]
    subscribe = [f"_INBOX_{service}.>"]
    answered = [query for query in QUERIES if service in query.services]
    subscribe += [subjects.query(service, query.name) for query in answered]
    return Rights(tuple(dict.fromkeys(publish)), tuple(subscribe), bool(answered))


def _uploads(service: str) -> list[str]:
    stream = f"OBJ_{UPLOADS_BUCKET}"
    purge = f"$JS.API.STREAM.PURGE.{stream}"
    if service == "portal":
        return [f"$O.{UPLOADS_BUCKET}.>", purge, *_looks_up(stream)]
    if service == "ingest":  # the client looks the store's stream up by subject
        return [purge, *_reads(stream), "$JS.API.STREAM.NAMES"]
    return []


def _said_by(service: str) -> list[str]:
    events = [subjects.event(event.type_name) for event in EVENTS if service in event.producers]
    batches = [subjects.lines(batch.type_name) for batch in LINES if service in batch.producers]
    commands = [
        subjects.command(target, command.type_name)
        for command in COMMANDS
        if service in command.producers
        for target in command.consumers
    ]
    return [*events, *batches, *commands]


def _asked_by(service: str) -> list[str]:
    return [
        subjects.query(target, query.name)
        for query in QUERIES
        if service in query.askers
        for target in query.services
    ]


def _reads(stream: str) -> list[str]:
    """Read a stream through an ephemeral consumer or by key.

    For nobody who writes there: the broker hands on what they wrote under any subject they name.
    """
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.>",
        f"$JS.API.CONSUMER.INFO.{stream}.*",
        f"$JS.API.CONSUMER.DELETE.{stream}.*",
        f"$JS.FC.{stream}.>",
    ]


def _looks_up(stream: str) -> list[str]:
    """Read single messages, each wrapped in an answer that nobody takes for a message."""
    return [f"$JS.API.STREAM.INFO.{stream}", f"$JS.API.STREAM.MSG.GET.{stream}"]


def rights_of_subscriber(subscriber: Subscriber) -> Rights:
    """Rights of another system: pull from its own durable, and nothing else."""
    name = f"{EVENTS_STREAM.name}.{subscriber.user}"
    return Rights(_pulls(name), (f"_INBOX_{subscriber.user}.>",), answers=False)


def _pulls(durable: str) -> tuple[str, ...]:
    return (
        f"$JS.API.CONSUMER.INFO.{durable}",
        f"$JS.API.CONSUMER.MSG.NEXT.{durable}",
        f"$JS.ACK.{durable}.>",
    )


ACCOUNT = "SYNCLINE"
"""The broker's account that everything of ours lives in."""


def accounts(
    passwords: Mapping[str, str], subscribers: Sequence[Subscriber] = ()
) -> dict[str, object]:
    """The broker's accounts: ours, with one user per service, and one per subscriber.

    `passwords` has one for each of `users`. The result holds secrets.
    """
    made: list[dict[str, object]] = [
        {
            "user": ADMINISTRATOR,
            "password": passwords[ADMINISTRATOR],
            "permissions": {"publish": [">"], "subscribe": [">"]},
        }
    ]
    made += [_user(one, passwords, rights_of(one)) for one in SERVICES]
    ours: dict[str, object] = {"jetstream": "enabled", "users": made}
    if subscribers:
        ours["exports"] = [
            {"service": subject, "response_type": "stream", "accounts": [one.account]}
            for one in subscribers
            for subject in rights_of_subscriber(one).publish
        ]
    apart: dict[str, object] = {one.account: _apart(one, passwords) for one in subscribers}
    return {ACCOUNT: ours} | apart


def _apart(subscriber: Subscriber, passwords: Mapping[str, str]) -> dict[str, object]:
    """An account of its own, as the broker sends an answer wherever the asker says.

    In ours that could be any subject: another service's commands, another partner's events.
    """
    rights = rights_of_subscriber(subscriber)
    return {
        "users": [_user(subscriber.user, passwords, rights)],
        "imports": [
            {"service": {"account": ACCOUNT, "subject": subject}} for subject in rights.publish
        ],
    }


def _user(name: str, passwords: Mapping[str, str], rights: Rights) -> dict[str, object]:
    permissions: dict[str, object] = {
        "publish": {"allow": list(rights.publish)},
        "subscribe": {"allow": list(rights.subscribe)},
    }
    if rights.answers:
        permissions["allow_responses"] = {"max": 1, "expires": "1m"}
    return {"user": name, "password": passwords[name], "permissions": permissions}


def nats_config(
    *,
    port: int,
    store_dir: str,
    passwords: Mapping[str, str],
    subscribers: Sequence[Subscriber] = (),
) -> str:
    """Configuration of a single nats-server on loopback; see `accounts`."""
    config = {
        "server_name": "syncline",
        "host": "127.0.0.1",
        "port": port,
        "max_payload": MAX_PAYLOAD_BYTES,
        "jetstream": {"store_dir": store_dir, "sync_interval": "1s"},
        "accounts": accounts(passwords, subscribers),
    }
    return json.dumps(config, indent=1)


def users(subscribers: Sequence[Subscriber] = ()) -> tuple[str, ...]:
    """Every user there is."""
    return (ADMINISTRATOR, *SERVICES, *(one.user for one in subscribers))
