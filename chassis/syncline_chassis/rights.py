"""NATS rights of each service, generated from the catalogue; whatever is not listed is denied."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from syncline_contracts import subjects
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, QUERIES, SERVICES
from syncline_contracts.ingest_query import UPLOADS_BUCKET
from syncline_contracts.message import CONNECTORS
from syncline_contracts.presence import SERVICES_BUCKET
from syncline_contracts.replay import ReplayDeadLetter
from syncline_contracts.stream import CONNECTORS_BUCKET, DURABLES, STREAMS

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
            name = f"{durable.stream}.{durable.name}"
            publish += [
                f"$JS.API.CONSUMER.INFO.{name}",
                f"$JS.API.CONSUMER.MSG.NEXT.{name}",
                f"$JS.ACK.{name}.>",
            ]
    if service in CONNECTORS:
        publish += [
            f"$KV.{CONNECTORS_BUCKET}.{service}",
            f"$JS.API.STREAM.INFO.KV_{CONNECTORS_BUCKET}",
        ]
    if service in ("mapping", "portal"):
        publish += _reads(f"KV_{CONNECTORS_BUCKET}")
    publish += [f"$KV.{SERVICES_BUCKET}.{service}.*", *_reads(f"KV_{SERVICES_BUCKET}")]
    if service in ("ingest", "portal"):
        stream = f"OBJ_{UPLOADS_BUCKET}"
        publish += [f"$O.{UPLOADS_BUCKET}.>", f"$JS.API.STREAM.PURGE.{stream}", *_reads(stream)]
        publish += ["$JS.API.STREAM.NAMES"]  # the client looks the store's stream up by subject
    if service == "pricing":  # replays lines to price them again
        publish += [*_reads("LINES_PUBLISHED"), "$JS.API.CONSUMER.MSG.NEXT.LINES_PUBLISHED.*"]
    if service == "portal":  # live views
        publish += [*_reads("EVENTS"), *_by_number("DEADLETTERS")]
        # `syncline doctor` compares what stands with what is declared
        publish += [f"$JS.API.STREAM.INFO.{stream.name}" for stream in STREAMS]
        publish += [f"$JS.API.CONSUMER.INFO.{one.stream}.{one.name}" for one in DURABLES]
    if service in ReplayDeadLetter.services:
        publish += [*_by_number("DEADLETTERS"), "$JS.API.STREAM.MSG.DELETE.DEADLETTERS"]
    subscribe = [f"_INBOX_{service}.>"]
    answered = [query for query in QUERIES if service in query.services]
    subscribe += [subjects.query(service, query.name) for query in answered]
    return Rights(tuple(dict.fromkeys(publish)), tuple(subscribe), bool(answered))


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
    """Read a stream through an ephemeral consumer or by key."""
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


def _by_number(stream: str) -> list[str]:
    return [f"$JS.API.STREAM.INFO.{stream}", f"$JS.API.STREAM.MSG.GET.{stream}"]


ACCOUNT = "SYNCLINE"
"""The broker's account that everything of ours lives in."""


def accounts(passwords: Mapping[str, str]) -> dict[str, object]:
    """The broker's accounts: ours, with one user per service and its rights.

    `passwords` names a user for each service and `ADMINISTRATOR`. The result holds secrets.
    """
    users: list[dict[str, object]] = [
        {
            "user": ADMINISTRATOR,
            "password": passwords[ADMINISTRATOR],
            "permissions": {"publish": [">"], "subscribe": [">"]},
        }
    ]
    for service in SERVICES:
        rights = rights_of(service)
        permissions: dict[str, object] = {
            "publish": {"allow": list(rights.publish)},
            "subscribe": {"allow": list(rights.subscribe)},
        }
        if rights.answers:
            permissions["allow_responses"] = {"max": 1, "expires": "1m"}
        users.append({"user": service, "password": passwords[service], "permissions": permissions})
    return {ACCOUNT: {"jetstream": "enabled", "users": users}}


def nats_config(*, port: int, store_dir: str, passwords: Mapping[str, str]) -> str:
    """Configuration of a single nats-server on loopback; see `accounts`."""
    config = {
        "server_name": "syncline",
        "host": "127.0.0.1",
        "port": port,
        "max_payload": MAX_PAYLOAD_BYTES,
        "jetstream": {"store_dir": store_dir, "sync_interval": "1s"},
        "accounts": accounts(passwords),
    }
    return json.dumps(config, indent=1)


def users() -> tuple[str, ...]:
    """Every user there is."""
    return (ADMINISTRATOR, *SERVICES)
