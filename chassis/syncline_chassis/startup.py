"""What must hold before a process takes work: a database with transactions, a broker, one time."""

import asyncio
from urllib.parse import urlsplit

from nats.js.errors import NotFoundError
from syncline_contracts.presence import SERVICES_BUCKET
from syncline_contracts.stream import DURABLES

from syncline_chassis.bus import BUS_ERRORS, Bus
from syncline_chassis.clock import Clock
from syncline_chassis.errors import CannotStartError
from syncline_chassis.mongo import Database, MongoError, refuses_user
from syncline_chassis.settings import ServiceSettings


async def check_database(mongo: Database, settings: ServiceSettings, clock: Clock) -> None:
    """Raises `CannotStartError` in a sentence."""
    where = _host(settings.mongo_url.get_secret_value())
    try:
        seen = await asyncio.wait_for(mongo.hello(), settings.start_timeout_s)
    except (TimeoutError, MongoError) as error:
        if refuses_user(error):
            raise CannotStartError(
                f"The database at {where} refuses the user of SYNCLINE_MONGO_URL: check its name "
                "and password, and that the provisioning command has run."
            ) from error
        raise CannotStartError(
            f"No database answers at {where} within {settings.start_timeout_s:g} s: check "
            "SYNCLINE_MONGO_URL (with its replicaSet) and the network."
        ) from error
    if not seen.replica_set:
        raise CannotStartError(
            f"The database at {where} is no replica set, so it has no transactions: start mongod "
            "with --replSet and initiate it, even for a single node."
        )
    skew = (clock.now() - seen.time).total_seconds()
    if abs(skew) > settings.max_clock_skew_s:
        side = "ahead of" if skew > 0 else "behind"
        raise CannotStartError(
            f"This machine's clock is {abs(skew):.0f} s {side} the database's at {where}: leases "
            "and token lifetimes would be wrong. Set both by NTP."
        )


async def connect_bus(bus: Bus, settings: ServiceSettings) -> None:
    """Connect. Raises `CannotStartError` in a sentence."""
    where = _host(settings.nats_url)
    try:
        await asyncio.wait_for(bus.connect(), settings.start_timeout_s)
    except (TimeoutError, *BUS_ERRORS) as error:
        trouble = bus.trouble or str(error)
        if "certificate verify failed" in trouble.lower():
            raise CannotStartError(
                f"The certificate of the broker at {where} is not trusted ({trouble}): "
                "SYNCLINE_NATS_CA_FILE has to hold the certificate of who signed it."
            ) from error
        if "authorization" in trouble.lower():
            raise CannotStartError(
                f"The broker at {where} refuses the user {settings.nats_user!r}: check "
                "SYNCLINE_NATS_USER and SYNCLINE_NATS_PASSWORD, and the broker's user list."
            ) from error
        last = f" (the last try: {trouble})" if trouble else ""
        raise CannotStartError(
            f"No broker answers at {where} within {settings.start_timeout_s:g} s{last}: check "
            "SYNCLINE_NATS_URL and the network."
        ) from error


async def check_provisioned(bus: Bus) -> None:
    """Raises `CannotStartError` where what the service needs on the broker is not made yet."""
    what = ""
    try:
        for own in DURABLES:
            if own.service == bus.service:
                what = f"the durable {own.name}"
                await bus.js.consumer_info(own.stream, own.name)
        what = f"the bucket {SERVICES_BUCKET}"  # made after streams and durables
        await bus.js.stream_info(f"KV_{SERVICES_BUCKET}")
    except NotFoundError:
        raise CannotStartError(
            f"The broker has not {what}: run `syncline-provision`, or wait for its end where it "
            "is still running."
        ) from None


def _host(url: str) -> str:
    """Host and port of an address, without the credentials in it."""
    return urlsplit(url).netloc.rpartition("@")[2] or "an address that is none"
