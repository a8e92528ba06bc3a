"""A ConnectWise that answers as told, behind a client or a session."""

from typing import Any

import httpx
from syncline_chassis.testing.gate import OpenGate
from syncline_connectwise.client import ConnectWiseClient
from syncline_connectwise.session import ConnectWiseSession

from tests.unit.connector.answers import Answer
from tests.unit.connectwise.samples import connection


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


def lists(**found: list[dict[str, Any]]) -> Answer:
    """Each list by the last part of its path; those that are not named are empty."""
    return lambda request: httpx.Response(
        200, json=found.get(request.url.path.rsplit("/", 1)[-1], [])
    )
