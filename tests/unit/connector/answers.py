"""A vendor's answers in memory, and what a call without one means for every connector."""

from collections.abc import Callable
from typing import Any

import httpx
from syncline_chassis.errors import SynclineError, TransientError, UnknownOutcomeError

Answer = Callable[[httpx.Request], httpx.Response]
BROKEN_CALLS: tuple[tuple[type[httpx.TransportError], type[SynclineError]], ...] = (
    (httpx.ConnectError, TransientError),
    (httpx.ConnectTimeout, TransientError),
    (httpx.ReadTimeout, UnknownOutcomeError),
    (httpx.ReadError, UnknownOutcomeError),
    (httpx.WriteError, UnknownOutcomeError),
    (httpx.RemoteProtocolError, UnknownOutcomeError),
)
"""How a write breaks, and what that means: only what was never sent may be sent again."""


def always(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(status, json=body, headers=named)
