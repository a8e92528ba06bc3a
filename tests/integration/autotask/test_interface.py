"""Every request that the connector sends is valid against the vendor's interface."""

import json
from decimal import Decimal

import httpx
import pytest
from syncline_autotask.connector import AutotaskConnector
from syncline_chassis.connector.service import connector_service
from syncline_chassis.testing.desk import CONNECTION, charge
from syncline_contracts.query import CheckConnection, SearchPicks

from tests.conftest import Servers
from tests.integration.autotask.conftest import autotask_settings
from tests.integration.autotask.desk import DeskMaker
from tests.integration.interface import INTERFACES, Recorder, validate

INTERFACE = INTERFACES / "autotask.json"


def as_addressed(request: httpx.Request) -> httpx.Request:
    """With the path of the vendor's servers: the sandbox's zone stands in front of it."""
    url = str(request.url).replace("/zone6/", "/", 1)
    return httpx.Request(
        request.method, url, headers=request.headers, content=request.content or None
    )


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(servers: Servers, desks: DeskMaker) -> None:
    settings = autotask_settings(servers)
    recorder = Recorder("/ATServicesRest/")
    service = connector_service(AutotaskConnector(settings, recorder), settings)
    await service.start()
    try:
        desk = desks()
        await desk.connect(material_code="AZ-RI")
        await desk.ask(CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION))
        for name in ("companies", "contracts", "services"):
            for text in ("", 'a"&b'):
                await desk.ask(
                    SearchPicks(
                        partner_id=desk.partner_id, connection_id=CONNECTION, list=name, text=text
                    )
                )
        await desk.sync(desk.charges(0, charge("1.00"), charge("2.00", "Azure plan")))
        await desk.sync(
            desk.charges(0, charge("1289.37"), charge("-0.10", "Azure plan"), version=2)
        )
        await desk.reverse("tenant-0")
    finally:
        await service.stop()
    requests = [as_addressed(one) for one in recorder.requests]
    validate(INTERFACE, requests, host="https://webservices2.autotask.net")
    is_zone = {one: one.url.path == "/ATServicesRest/V1.0/ZoneInformation" for one in requests}
    assert is_zone[requests[0]]
    # Where the zone is asked for, the secrets stay at home: the answer says where they may go.
    for one in requests:
        assert is_zone[one] != ({"secret", "apiintegrationcode"} <= set(one.headers))
    seen = {one.url.path.split("/")[3] for one in requests}
    assert seen >= {
        *("ThresholdInformation", "Companies", "Contracts", "Services", "BillingCodes"),
        *("Currencies", "ContractServices", "ContractCharges"),
    }
    methods = [one.method for one in requests if "/Charges" in one.url.path]
    assert [methods.count(name) for name in ("POST", "PATCH", "DELETE")] == [2, 2, 2]
    patch = next(one for one in requests if one.method == "PATCH")
    body = json.loads(patch.content, parse_float=Decimal)
    assert (body["unitPrice"], body["unitCost"]) == (Decimal("1289.37"), Decimal("1289.37"))
