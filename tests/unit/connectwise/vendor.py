"""A ConnectWise that answers as told, behind a client or a session."""

from collections.abc import Callable
from typing import Any

import httpx
from syncline_connectwise.client import ConnectWiseClient
from syncline_connectwise.session import ConnectWiseSession

from tests.unit.connectwise.samples import OpenGate, connection

Answer = Callable[[httpx.Request], httpx.Response]


class ConnectWise:
    """Remembers what it was asked."""

    def __init__(self, answer: Answer, **form: str) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer
        self.gate = OpenGate()
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        self.client = ConnectWiseClient(http, connection(**form), self.gate)
        self.session = ConnectWiseSession(connection(**form), self.client)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    async def write(self) -> dict[str, Any]:
        return await self.client.write("POST", "finance/agreements/1/additions", {"quantity": 1})

    async def read(self) -> list[Any]:
        return list(await self.client.additions(1, "id", [1]))

    @property
    def conditions(self) -> list[str]:
        return [request.url.params.get("conditions", "") for request in self.requests]


def always(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(status, json=body, headers=named)


def lists(**found: list[dict[str, Any]]) -> Answer:
    """Each list by the last part of its path; those that are not named are empty."""
    return lambda request: httpx.Response(
        200, json=found.get(request.url.path.rsplit("/", 1)[-1], [])
    )
