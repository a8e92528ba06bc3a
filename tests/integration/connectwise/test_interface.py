"""Every request that the connector can send is valid against the vendor's interface."""

import json
from decimal import Decimal

import pytest
from syncline_chassis.connector.service import connector_service
from syncline_connectwise import client
from syncline_connectwise.connector import ConnectWiseConnector

from tests.conftest import Servers
from tests.integration.connectwise.conftest import connectwise_settings
from tests.integration.connectwise.desk import DeskMaker
from tests.integration.interface import INTERFACES, Recorder, Watch, kinds, live, validate

INTERFACE = INTERFACES / "connectwise.json"
ROOT = "/apis/3.0"


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(
    servers: Servers, desks: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 1)
    watch = Watch(client.ConnectWiseClient, monkeypatch)
    settings = connectwise_settings(servers)
    recorder = Recorder(ROOT)
    service = connector_service(ConnectWiseConnector(settings, recorder), settings)
    await service.start()
    try:
        await live(desks(), ("companies", "agreements", "products"))
    finally:
        await service.stop()
    requests = recorder.requests
    validate(INTERFACE, requests, host="https://api-na.myconnectwise.net")
    assert watch.left == set()
    lists = ("/company/companies", "/finance/agreements", "/procurement/catalog")
    additions = "/finance/agreements/*/additions"
    assert kinds(requests, ROOT) == {
        "GET /system/info",
        *(f"GET {path} conditions page pageSize" for path in (*lists, additions)),
        "GET /procurement/catalog page pageSize",
        f"POST {additions}",
        f"PATCH {additions}/*",
        f"DELETE {additions}/*",
    }
    assert {one.url.params.get("page") for one in requests} > {"1", "2"}
    patch = next(one for one in requests if one.method == "PATCH")
    operations = json.loads(patch.content, parse_float=Decimal)
    assert {one["path"]: one["value"] for one in operations} | {"invoiceDescription": ""} == {
        "unitPrice": Decimal("1289.37"),
        "unitCost": Decimal("1289.37"),
        "invoiceDescription": "",
    }
