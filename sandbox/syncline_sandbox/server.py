"""The real HTTP server, and the one thing ASGI has no word for: dropping the connection."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_TRANSPORT = "sandbox.transport"


class ConnectionCutError(Exception):
    """Stands for the broken connection where the application runs without a socket."""


class SandboxProtocol(H11Protocol):
    """Shows each request the transport that it came in on."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`; `app_state` is what uvicorn copies into every scope."""
        self.app_state = {**self.app_state, _TRANSPORT: transport}
        super().connection_made(transport)


async def cut_connection(scope: MutableMapping[str, Any], receive: Any) -> None:
    """Close the client's connection now, with nothing sent.

    Raises:
        ConnectionCutError: there is no socket (the application is called in-process).
    """
    transport: asyncio.Transport | None = scope["state"].get(_TRANSPORT)
    if transport is None:
        raise ConnectionCutError("the sandbox cut the connection")
    transport.abort()
    # uvicorn answers 500 for a silent application unless it has seen the disconnect first.
    while (await receive())["type"] != "http.disconnect":
        pass


def build_server(app: Any, port: int) -> uvicorn.Server:
    """Prepare a loopback server that finishes running requests on SIGTERM; port 0 picks one."""
    config = uvicorn.Config(
        app,
        host=HOST,
        port=port,
        http=SandboxProtocol,
        ws="none",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than any client keeps an idle connection
        timeout_graceful_shutdown=20,
    )
    return uvicorn.Server(config)
