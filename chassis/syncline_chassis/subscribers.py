"""Make the durables of the declared subscribers: `python -m syncline_chassis.subscribers FILE`.

The broker and its administrator come from the environment, as for provisioning. Idempotent.
`--replay NAME --since DAY` has one hear everything from a day on once more, under the same ids.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from syncline_contracts.stream import EVENTS_STREAM

from syncline_chassis.provision import ProvisionSettings, administrator
from syncline_chassis.settings import read
from syncline_chassis.subscriber import Subscriber

ACK_WAIT_S = 30.0


async def ensure(js: JetStreamContext, subscriber: Subscriber) -> None:
    """Make its durable, or bring it to what is declared; its place stays."""
    config = _config(subscriber)
    with contextlib.suppress(NotFoundError):
        there = (await js.consumer_info(EVENTS_STREAM.name, subscriber.user)).config
        # Where it begins cannot be changed, only made anew.
        config.deliver_policy, config.opt_start_time = there.deliver_policy, there.opt_start_time
    await js.add_consumer(EVENTS_STREAM.name, config)


async def replay(js: JetStreamContext, subscriber: Subscriber, since: datetime) -> None:
    """Have it hear everything from then on once more."""
    with contextlib.suppress(NotFoundError):
        await js.delete_consumer(EVENTS_STREAM.name, subscriber.user)
    config = _config(subscriber)
    config.deliver_policy = DeliverPolicy.BY_START_TIME
    config.opt_start_time = since.isoformat()  # type: ignore[assignment]
    await js.add_consumer(EVENTS_STREAM.name, config)


def _config(subscriber: Subscriber) -> ConsumerConfig:
    return ConsumerConfig(
        name=subscriber.user,
        durable_name=subscriber.user,
        filter_subjects=list(subscriber.filters),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_S,
        max_deliver=-1,
    )


async def _run(
    settings: ProvisionSettings, wanted: Sequence[Subscriber], since: datetime | None
) -> None:
    async with administrator(settings) as js:
        for one in wanted:
            await (ensure(js, one) if since is None else replay(js, one, since))


def _day(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main() -> int:
    """Make what the file declares, or one of it anew."""
    parser = argparse.ArgumentParser(prog="python -m syncline_chassis.subscribers")
    parser.add_argument("file", type=Path, help="JSON: [{name, events, partners}]")
    parser.add_argument("--replay", metavar="NAME", help="this one hears everything once more")
    parser.add_argument("--since", type=_day, help="with --replay: such as 2026-11-01, in UTC")
    asked = parser.parse_args()
    if (asked.replay is None) != (asked.since is None):
        parser.error("--replay and --since go together")
    try:
        declared = Subscriber.read_all(asked.file)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    wanted = [one for one in declared if asked.replay in (None, one.name)]
    if asked.replay and not wanted:
        parser.error(f"{asked.file} declares no {asked.replay!r}")
    asyncio.run(_run(read(ProvisionSettings), wanted, asked.since))
    for one in wanted:
        sys.stdout.write(f"{one.user}: {', '.join(one.filters)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
