"""A Xero that answers as told, behind a client."""

from typing import Any

import httpx
from syncline_chassis.testing.gate import OpenGate
from syncline_xero.auth import Tokens
from syncline_xero.client import XeroClient
from syncline_xero.kind import INVOICE
from syncline_xero.tenants import Tenants

from tests.unit.connector.answers import Answer
from tests.unit.xero.samples import connection


class Xero:
    """A client whose server is a function."""

    def __init__(self, answer: Answer, token: Answer | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.tokens_given = 0

        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path.startswith("/identity"):
                self.tokens_given += 1
                body = {"access_token": f"token-{self.tokens_given}", "expires_in": 1800}
                return token(request) if token else httpx.Response(200, json=body)
            self.requests.append(request)
            return answer(request)

        http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
        self.gate = OpenGate()
        self.tokens = Tokens(http)
        self.client = XeroClient(
            http, self.tokens, Tenants(), connection(tenant_id="org"), self.gate
        )

    async def write(self) -> list[dict[str, Any]]:
        return await self.client.write(INVOICE, "PUT", [{"InvoiceNumber": "1"}], "attempt")
