"""An Autotask that answers as told, behind a client or a session."""

from typing import Any

import httpx
from syncline_autotask.client import AutotaskClient
from syncline_autotask.database import Databases
from syncline_autotask.pace import Paces
from syncline_autotask.session import AutotaskSession
from syncline_autotask.zone import Zones
from syncline_chassis.clock import SystemClock
from syncline_chassis.testing.gate import OpenGate

from tests.unit.autotask.samples import connection
from tests.unit.connector.answers import Answer

ZONE = "https://webservices6.autotask.net/ATServicesRest/"


class Autotask:
    """Remembers what it was asked."""

    def __init__(self, answer: Answer, zone: str = ZONE, used: int = 0, **form: str) -> None:
        self.requests: list[httpx.Request] = []
        self.pages: str | None = None
        self.used, self.zone, self._answer = used, zone, answer
        self.gate = OpenGate()
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        self.client = AutotaskClient(http, connection(**form), self.gate, Zones(http), Paces(60))
        self.session = AutotaskSession(
            connection(**form), self.client, Databases(60), SystemClock()
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("/ZoneInformation"):
            return httpx.Response(200, json={"url": self.zone, "webUrl": self.pages})
        if request.url.path.endswith("/ThresholdInformation"):
            told = {"externalRequestThreshold": 1000, "currentTimeframeRequestCount": self.used}
            return httpx.Response(200, json=told)
        return self._answer(request)

    async def write(self) -> dict[str, Any]:
        return await self.client.write("POST", "Contracts/1/Charges", {"name": "x"})

    async def read(self) -> list[Any]:
        return list(await self.client.charges("id", [1]))

    @property
    def called(self) -> list[str]:
        return [request.url.path.rsplit("/", 1)[-1] for request in self.requests]
