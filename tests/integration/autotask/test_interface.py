"""Every request that the connector can send is valid against the vendor's interface."""

import json
from decimal import Decimal

import httpx
import pytest
from syncline_autotask import client
from syncline_autotask.connector import AutotaskConnector
from syncline_chassis.connector.service import connector_service
from syncline_chassis.testing.desk import charge

from tests.conftest import Servers
from tests.integration.autotask.conftest import autotask_settings
from tests.integration.autotask.desk import DeskMaker
from tests.integration.interface import INTERFACES, Recorder, Watch, kinds, live, validate

INTERFACE = INTERFACES / "autotask.json"
ROOT = "/V1.0"


def as_described(request: httpx.Request) -> httpx.Request:
    """With the path of the vendor's servers: the sandbox's zone stands in front of it.

    A later page is at an address that an answer gives and the vendor's file leaves out; what is
    sent there is the search itself.
    """
    url = httpx.URL(str(request.url).replace("/zone6/", "/", 1))
    if url.path.endswith("/query/next"):
        url = url.copy_with(path=url.path.removesuffix("/next"), query=None)
    return httpx.Request(
        request.method, url, headers=request.headers, content=request.content or None
    )


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(
    servers: Servers, desks: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 1)
    monkeypatch.setattr(client.AutotaskClient._search, "__defaults__", (1,))
    watch = Watch(client.AutotaskClient, monkeypatch)
    settings = autotask_settings(servers)
    recorder = Recorder("/ATServicesRest/")
    service = connector_service(AutotaskConnector(settings, recorder), settings)
    await service.start()
    try:
        desk = desks()
        await live(desk, ("companies", "contracts", "services"), material_code="AZ-RI")
        await desk.sync(desk.charges(2, charge("1.00"), charge("2.00", "Azure plan")))
    finally:
        await service.stop()
    sent = recorder.requests
    validate(INTERFACE, map(as_described, sent), host="https://webservices2.autotask.net")
    is_zone = {one: one.url.path == "/ATServicesRest/V1.0/ZoneInformation" for one in sent}
    assert is_zone[sent[0]]
    # Where the zone is asked for, the secrets stay at home: the answer says where they may go.
    for one in sent:
        assert is_zone[one] != ({"secret", "apiintegrationcode"} <= set(one.headers))
    assert watch.left == set()
    searched = (
        *("Companies", "Contracts", "Services", "BillingCodes"),
        *("Currencies", "ContractServices", "ContractCharges"),
    )
    described = ("BillingCodes", "Contracts", "ContractCharges")
    paged = {one for one in kinds(sent, ROOT) if one.endswith("/query/next paging")}
    assert kinds(sent, ROOT) - paged == {
        "GET /ZoneInformation user",
        "GET /ThresholdInformation",
        *(f"POST /{entity}/query" for entity in searched),
        *(f"GET /{entity}/entityInformation/fields" for entity in described),
        "POST /Contracts/*/Charges",
        "PATCH /Contracts/*/Charges",
        "DELETE /Contracts/*/Charges/*",
    }
    assert "POST /ContractCharges/query/next paging" in paged
    patch = next(one for one in sent if one.method == "PATCH")
    body = json.loads(patch.content, parse_float=Decimal)
    assert (body["unitPrice"], body["unitCost"]) == (Decimal("1289.37"), Decimal("1289.37"))
