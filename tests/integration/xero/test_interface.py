"""Every request that the connector sends is valid against the vendor's interface."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from syncline_chassis.connector.service import connector_service
from syncline_contracts.query import CheckConnection, SearchPicks
from syncline_xero.connector import XeroConnector
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import CONNECTION, DeskMaker, charge

INTERFACE = Path(__file__).parents[4] / "shared" / "reference" / "openapi" / "xero.json"


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps them."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if "/api.xro/" in request.url.path:
            self.requests.append(request)
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


class Sent:
    """A sent request, as the validator wants to see it."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.url.params.multi_items()),
            # Marked as required, yet a custom connection has no need of it.
            header=Headers({"xero-tenant-id": "stands-in", **request.headers}),
        )

    @property
    def host_url(self) -> str:
        return "https://api.xero.com"

    @property
    def path(self) -> str:
        return self._request.url.path

    @property
    def method(self) -> str:
        return self._request.method.lower()

    @property
    def body(self) -> bytes | None:
        return self._request.content or None

    @property
    def content_type(self) -> str:
        return str(self._request.headers.get("content-type", ""))


def interface() -> OpenAPI:
    document: dict[str, Any] = json.loads(INTERFACE.read_text())
    # It lists another OAuth2 flow than custom connections use.
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    document.pop("security", None)
    return OpenAPI.from_dict(document)


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(servers: Servers, desks: DeskMaker) -> None:
    settings = xero_settings(servers)
    recorder = Recorder()
    service = connector_service(XeroConnector(settings, recorder), settings)
    await service.start()
    try:
        desk = desks()
        await desk.connect()
        await desk.ask(CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION))
        for name in ("contacts", "items", "accounts", "tax_rates"):
            await desk.ask(
                SearchPicks(
                    partner_id=desk.partner_id, connection_id=CONNECTION, list=name, text="a&b"
                )
            )
        await desk.sync(desk.charges(0))
        await desk.sync(desk.charges(0, charge("1289.37"), charge("-0.10", "AZ-RI"), version=2))
    finally:
        await service.stop()
    checked = interface()
    seen = set()
    for request in recorder.requests:
        checked.validate_request(Sent(request))
        seen.add((request.method, request.url.path.rsplit("/", 1)[-1]))
    assert {("PUT", "Invoices"), ("POST", "Invoices"), ("GET", "Invoices")} < seen
    assert {name for _, name in seen} >= {
        *("Organisation", "Contacts", "Items", "Accounts", "TaxRates", "Currencies")
    }
    (update,) = [request for request in recorder.requests if request.method == "POST"]
    lines = json.loads(update.content, parse_float=Decimal)["Invoices"][0]["LineItems"]
    assert [line["UnitAmount"] for line in lines] == [Decimal("1289.37"), Decimal("-0.10")]
    assert 1 <= len(update.headers["idempotency-key"]) <= 128
