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
        desk = desks()
        desk.psa.edit_agreement(1, currency="")  # so that the system's own are read
        await live(desk, ("companies", "agreements", "products"))
    finally:
        await service.stop()
    requests = recorder.requests
    validate(INTERFACE, requests, host="https://api-na.myconnectwise.net")
    assert watch.left == set()
    additions = "/finance/agreements/*/additions"
    lists = ("/company/companies", "/finance/agreements", "/procurement/catalog", additions)
    assert kinds(requests, ROOT) == {
        "GET /system/info",
        *(f"GET {path} conditions pageSize" for path in lists),
        *(f"GET {path} conditions pageId pageSize" for path in lists),
        "GET /procurement/catalog pageSize",
        "GET /finance/currencies pageSize",
        "GET /finance/currencies pageId pageSize",
        f"POST {additions}",
        f"PATCH {additions}/*",
        f"DELETE {additions}/*",
    }
    patch = next(one for one in requests if one.method == "PATCH")
    operations = json.loads(patch.content, parse_float=Decimal)
    assert {one["path"]: one["value"] for one in operations} | {"invoiceDescription": ""} == {
        "unitPrice": Decimal("1289.37"),
        "unitCost": Decimal("1289.37"),
        "invoiceDescription": "",
    }
