"""Messages of the streams out of and into an archive.

They are published again in their order, with their headers. Every durable then gets all of them
again; inbox marks and identities, restored with the databases, make that change nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import nats.js.errors
from nats.js import JetStreamContext
from syncline_contracts.stream import COMMANDS_STREAM, DURABLES, STREAMS

from syncline_chassis.backup.archive import Archive, BackupError

FOLDER = "streams"
LOOKS, LOOK_S = 120, 0.5
TIMEOUT_S = 30.0


@asynccontextmanager
async def commands_at_rest(js: JetStreamContext, longest: timedelta) -> AsyncIterator[None]:
    """While the block runs, no command is handed out, and none is in anybody's hand.

    A command is in its stream or its effect is in a database: it must not go from one to the other
    between the two being saved. Raises `BackupError` where one stays in hand, or was handed out
    because the block took longer than the pause, which then ends by itself.
    """
    durables = [one for one in DURABLES if one.stream == COMMANDS_STREAM.name]
    until = (datetime.now(UTC) + longest).isoformat()
    try:
        for one in durables:
            await js.pause_consumer(one.stream, one.name, until)
        for one in durables:
            for _ in range(LOOKS):
                if not (await js.consumer_info(one.stream, one.name)).num_ack_pending:
                    break
                await asyncio.sleep(LOOK_S)
            else:
                raise BackupError(f"{one.name} has commands in hand that do not come to an end.")
        yield
        for one in durables:
            if not (await js.consumer_info(one.stream, one.name)).paused:
                raise BackupError(
                    f"{one.name} handed commands out before all was saved: this took longer than "
                    f"{longest.total_seconds():g} s, or another backup ended meanwhile. Raise "
                    "SYNCLINE_BACKUP_PAUSE_S, or let one run at a time."
                )
    finally:
        for one in durables:
            await js.resume_consumer(one.stream, one.name)


async def save(js: JetStreamContext, archive: Archive) -> dict[str, int]:
    """Write every stream as it is now; messages per stream."""
    saved = {}
    for stream in STREAMS:
        part = f"{FOLDER}/{stream.name}"
        saved[part] = await archive.follow(part, _all(js, stream.name))
    return saved


async def _all(js: JetStreamContext, stream: str) -> AsyncIterator[dict[str, Any]]:
    """By number, as a work queue lets nobody else consume it."""
    state = (await js.stream_info(stream)).state
    for number in range(max(state.first_seq, 1), state.last_seq + 1):
        try:
            message = await js.get_msg(stream, number)
        except nats.js.errors.NotFoundError:
            continue  # handled, or taken out
        yield {
            "seq": number,
            "subject": message.subject,
            "headers": dict(message.headers or {}),
            "data": message.data or b"",
        }


async def restore(js: JetStreamContext, archive: Archive) -> dict[str, int]:
    """Publish every message again. Raises `BackupError` where a stream holds something."""
    parts = [name for name in archive.parts() if name.startswith(f"{FOLDER}/")]
    for part in parts:
        stream = part.split("/", 1)[1]
        if (await js.stream_info(stream)).state.messages:
            raise BackupError(f"The stream {stream} is not empty: restore into a new broker.")
    restored = {}
    for part in parts:
        restored[part] = 0
        for one in archive.read(part):
            headers = {**one["headers"], "Nats-Msg-Id": f"restored-{part}-{one['seq']}"}
            await js.publish(one["subject"], one["data"], timeout=TIMEOUT_S, headers=headers)
            restored[part] += 1
    return restored
