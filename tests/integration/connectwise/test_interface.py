"""Every request that the connector sends is valid against the vendor's interface."""

import json
from decimal import Decimal

import pytest
from syncline_chassis.connector.service import connector_service
from syncline_chassis.testing.desk import CONNECTION, charge
from syncline_connectwise.connector import ConnectWiseConnector
from syncline_contracts.query import CheckConnection, SearchPicks

from tests.conftest import Servers
from tests.integration.connectwise.conftest import connectwise_settings
from tests.integration.connectwise.desk import DeskMaker
from tests.integration.interface import INTERFACES, Recorder, validate

INTERFACE = INTERFACES / "connectwise.json"


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(servers: Servers, desks: DeskMaker) -> None:
    settings = connectwise_settings(servers)
    recorder = Recorder("/apis/3.0/")
    service = connector_service(ConnectWiseConnector(settings, recorder), settings)
    await service.start()
    try:
        desk = desks()
        await desk.connect()
        await desk.ask(CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION))
        for name in ("companies", "agreements", "products"):
            await desk.ask(
                SearchPicks(
                    partner_id=desk.partner_id, connection_id=CONNECTION, list=name, text='a"&b'
                )
            )
        await desk.sync(desk.charges(0))
        await desk.sync(desk.charges(0, charge("1289.37"), charge("-0.10", "AZ-RI"), version=2))
        await desk.reverse("tenant-0")
    finally:
        await service.stop()
    validate(INTERFACE, recorder.requests, host="https://api-na.myconnectwise.net")
    methods = [one.method for one in recorder.requests]
    assert [methods.count(name) for name in ("POST", "PATCH", "DELETE")] == [2, 2, 2]
    patch = next(one for one in recorder.requests if one.method == "PATCH")
    operations = json.loads(patch.content, parse_float=Decimal)
    assert {one["path"]: one["value"] for one in operations} | {"invoiceDescription": ""} == {
        "unitPrice": Decimal("1289.37"),
        "unitCost": Decimal("1289.37"),
        "invoiceDescription": "",
    }
