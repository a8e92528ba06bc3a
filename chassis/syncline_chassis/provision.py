"""Provisioning: streams, durables, buckets and database users, all from the catalogue.

Idempotent: what is there is brought to what is declared; nothing is ever deleted.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

import nats
import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    KeyValueConfig,
    ObjectStoreConfig,
    RetentionPolicy,
    StorageType,
    StoreCompression,
    StreamConfig,
)
from nats.js.errors import BadRequestError, BucketNotFoundError, NotFoundError
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings
from syncline_contracts.catalog import SERVICES
from syncline_contracts.stream import (
    BUCKETS,
    DURABLES,
    OBJECT_STORES,
    STREAMS,
    UPLOADS_TTL,
    Durable,
    Stream,
)

from syncline_chassis.errors import SynclineError, TransientError
from syncline_chassis.mongo import MongoError, ensure_user
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.settings import CONFIG, read
from syncline_chassis.tls import tls_of

DATABASE_PREFIX = "syncline_"
CONNECT_ATTEMPTS = 10


class ProvisionSettings(BaseSettings):
    """What the provisioning command is told."""

    model_config = CONFIG

    nats_url: str
    nats_ca_file: Path | None = None
    nats_user: str = ADMINISTRATOR
    nats_password: SecretStr
    mongo_admin_url: SecretStr | None = None
    mongo_passwords: dict[str, SecretStr] = Field(default_factory=dict)
    """Password per service, as a JSON object."""
    replicas: int = 1


async def connect(url: str, user: str, password: str, tls: SSLContext | None) -> Client:
    """A connection as this user. Raises `TransientError` where nobody lets it in."""

    async def unheard(error: Exception) -> None:
        """The last one is raised; each attempt's traceback would only hide it."""

    try:
        return await nats.connect(
            url,
            user=user,
            password=password,
            tls=tls,
            connect_timeout=5,
            max_reconnect_attempts=CONNECT_ATTEMPTS,
            reconnect_time_wait=1,
            error_cb=unheard,
        )
    except (nats.errors.Error, OSError) as error:
        where = urlsplit(url)
        raise TransientError(
            f"No broker lets us in at {where.hostname}:{where.port or 4222} as {user!r}: {error}"
        ) from error


@asynccontextmanager
async def administrator(settings: ProvisionSettings) -> AsyncIterator[JetStreamContext]:
    """The broker, as whoever may make streams and consumers. Raises `TransientError`."""
    client = await connect(
        settings.nats_url,
        settings.nats_user,
        settings.nats_password.get_secret_value(),
        tls_of(settings.nats_url, settings.nats_ca_file),
    )
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def provision_bus(
    url: str,
    user: str,
    password: str,
    *,
    replicas: int = 1,
    ack_wait_s: float | None = None,
    tls: SSLContext | None = None,
) -> None:
    """Make streams, durables, buckets and object stores.

    `ack_wait_s` shortens the wait for what a killed process had in hand; tests use it.
    """
    client = await connect(url, user, password, tls)
    try:
        js = client.jetstream()
        for stream in STREAMS:
            await _ensure_stream(js, stream, replicas)
        for durable in DURABLES:
            wait_s = ack_wait_s or durable.ack_wait.total_seconds()
            await js.add_consumer(durable.stream, durable_config(durable, wait_s))
        for bucket, ttl in BUCKETS.items():
            try:
                await js.key_value(bucket)
            except (BucketNotFoundError, NotFoundError):
                seconds = ttl.total_seconds() if ttl else None
                await js.create_key_value(
                    KeyValueConfig(bucket=bucket, ttl=seconds, replicas=replicas)
                )
        for store in OBJECT_STORES:
            try:
                await js.object_store(store)
            except (BucketNotFoundError, NotFoundError):
                await js.create_object_store(
                    store,
                    config=ObjectStoreConfig(
                        bucket=store, ttl=UPLOADS_TTL.total_seconds(), replicas=replicas
                    ),
                )
    finally:
        await client.close()


async def _ensure_stream(js: JetStreamContext, stream: Stream, replicas: int) -> None:
    config = stream_config(stream, replicas)
    try:
        await js.add_stream(config)
    except BadRequestError:  # there, with an older configuration
        await js.update_stream(config)


def stream_config(stream: Stream, replicas: int) -> StreamConfig:
    """A stream as the broker is told of it."""
    return StreamConfig(
        name=stream.name,
        subjects=[stream.subject],
        retention=RetentionPolicy.WORK_QUEUE
        if stream.retention == "workqueue"
        else RetentionPolicy.LIMITS,
        max_age=stream.max_age.total_seconds() if stream.max_age else 0,
        duplicate_window=stream.duplicate_window.total_seconds(),
        storage=StorageType.FILE,
        compression=StoreCompression.S2 if stream.compressed else StoreCompression.NONE,
        num_replicas=replicas,
        allow_direct=True,
    )


def durable_config(durable: Durable, ack_wait_s: float) -> ConsumerConfig:
    """A durable as the broker is told of it."""
    return ConsumerConfig(
        name=durable.name,
        durable_name=durable.name,
        filter_subjects=list(durable.filters),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait_s,
        max_ack_pending=durable.max_ack_pending,
        # Attempts are counted by the chassis, which lays a dead letter down itself.
        max_deliver=-1,
    )


async def provision_database(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make one user per service, who may use its own database only."""
    for service in SERVICES:
        if service in passwords:
            await ensure_user(admin_url, DATABASE_PREFIX + service, service, passwords[service])


async def _run(settings: ProvisionSettings) -> None:
    await provision_bus(
        settings.nats_url,
        settings.nats_user,
        settings.nats_password.get_secret_value(),
        replicas=settings.replicas,
        tls=tls_of(settings.nats_url, settings.nats_ca_file),
    )
    if settings.mongo_admin_url is not None:
        await provision_database(
            settings.mongo_admin_url.get_secret_value(),
            {name: secret.get_secret_value() for name, secret in settings.mongo_passwords.items()},
        )


def main() -> None:
    """Provision what the environment names."""
    settings = read(ProvisionSettings)
    try:
        asyncio.run(_run(settings))
    except (SynclineError, MongoError, OSError) as error:
        sys.stderr.write(f"Cannot provision: {str(error).removesuffix('.')}.\n")
        raise SystemExit(1) from None
    sys.stdout.write(f"provisioned: {len(STREAMS)} streams, {len(DURABLES)} durables\n")


if __name__ == "__main__":
    main()
