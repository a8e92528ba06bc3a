"""Small ASGI tools: read a request whole, hand it on again, record the answer."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 10 * 1024 * 1024
"""Xero's hard limit for one request."""


class BodyTooLargeError(Exception):
    """The request is larger than any of the imitated servers takes."""


@dataclass
class Reply:
    """A complete HTTP answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """The media type, or nothing."""
        return self.headers.get("content-type", "")

    async def send(self, send: Send) -> None:
        """Write the answer out."""
        headers = {**self.headers, "content-length": str(len(self.body))}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": encoded})
        await send({"type": "http.response.body", "body": self.body})


def json_reply(status: int, body: bytes, **headers: str) -> Reply:
    """Make a JSON answer; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"content-type": "application/json; charset=utf-8", **named}, body)


async def read_body(receive: Receive) -> bytes | None:
    """Read the whole request; None if the client went away.

    Raises:
        BodyTooLargeError: it is longer than `MAX_BODY`.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """Offer a body that was read already, then whatever the connection says next."""
    pending = [body]

    async def replay() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replay


async def record(app: App, scope: Scope, body: bytes, receive: Receive) -> Reply:
    """Run `app` and keep its answer."""
    reply = Reply()
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {
                name.decode().lower(): value.decode() for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, again(body, receive), keep)
    reply.body = b"".join(parts)
    return reply


def header(scope: Scope, name: str) -> str | None:
    """Return a request header."""
    wanted = name.lower().encode()
    for key, value in scope["headers"]:
        if key.lower() == wanted:
            text: str = value.decode("latin-1")
            return text
    return None
