"""The one user that may say anything: plants what no service would ever say."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import nats
from nats.js import JetStreamContext
from syncline_chassis.rights import ADMINISTRATOR
from syncline_contracts.message import Headers
from syncline_stack.stack import Stack

T = TypeVar("T")


def publish_raw(
    stack: Stack, *, subject: str, type_name: str, body: bytes, source: str = "test"
) -> None:
    """Publish bytes as a message of this type, and wait until they are stored."""
    headers = Headers(type=type_name, source=source, subject=subject)

    async def publish(js: JetStreamContext) -> None:
        await js.publish(subject, body, headers=headers.to_wire())

    on_the_bus(stack, publish)


def on_the_bus(stack: Stack, work: Callable[[JetStreamContext], Awaitable[T]]) -> T:
    """Do something with the broker as its administrator."""

    async def run() -> T:
        client: Any = await nats.connect(
            stack.nats.url, user=ADMINISTRATOR, password=stack.keepsake.passwords[ADMINISTRATOR]
        )
        try:
            return await work(client.jetstream())
        finally:
            await client.close()

    # In a thread of its own: where a browser is open, this one has a loop that runs already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()
