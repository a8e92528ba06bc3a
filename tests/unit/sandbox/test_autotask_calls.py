"""The sandbox's Autotask is as strict as the vendor's documents: callers, searches, limits."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.unit.sandbox.autotask import API, Autotask, autotask, errors

__all__ = ["autotask"]


async def test_the_zone_is_told_without_a_secret(
    http: httpx.AsyncClient, autotask: Autotask
) -> None:
    look_up = "/ATServicesRest/V1.0/ZoneInformation"
    answer = await http.get(look_up, params={"user": autotask.headers["UserName"]})
    assert answer.json()["url"] == "http://sandbox/zone6/ATServicesRest/"
    unknown = await http.get(look_up, params={"user": "nobody"})
    assert (unknown.status_code, errors(unknown)) == (
        500,
        ["Zone information could not be determined"],
    )
    elsewhere = await http.get(
        "/ATServicesRest/V1.0/ThresholdInformation", headers=autotask.headers
    )
    assert elsewhere.status_code == 500


@pytest.mark.parametrize(
    ("header", "status"), [("UserName", 500), ("ApiIntegrationCode", 500), ("Secret", 401)]
)
async def test_nobody_gets_in_without_all_headers(
    autotask: Autotask, header: str, status: int
) -> None:
    autotask.headers[header] = "other"
    assert (await autotask.call("GET", "/ThresholdInformation")).status_code == status


async def test_fields_tell_what_is_required_and_their_pick_lists(autotask: Autotask) -> None:
    found = {
        field["name"]: field
        for field in (
            await autotask.call("GET", "/ContractCharges/entityInformation/fields")
        ).json()["fields"]
    }
    assert {name for name, field in found.items() if field["isRequired"]} == {
        *("id", "contractID", "name", "chargeType", "datePurchased", "unitQuantity"),
    }
    assert found["isBilled"]["isReadOnly"]
    assert found["internalPurchaseOrderNumber"]["length"] == 50
    labels = [value["label"] for value in found["chargeType"]["picklistValues"]]
    assert labels == ["Operational", "Capitalized"]


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ([{"op": "eq", "field": "isActive", "value": True}], ["One", "Two", "Three"]),
        ([{"op": "beginsWith", "field": "companyName", "value": "t"}], ["Two", "Three"]),
        ([{"op": "contains", "field": "CompanyName", "value": "WO"}], ["Two"]),
        ([{"op": "notExist", "field": "parentCompanyID"}], ["One", "Two", "Three"]),
        (
            [
                {"op": "exist", "field": "id"},
                {
                    "op": "or",
                    "items": [
                        {"op": "eq", "field": "companyName", "value": "One"},
                        {
                            "op": "and",
                            "items": [
                                {"op": "endsWith", "field": "companyName", "value": "e"},
                                {"op": "noteq", "field": "companyName", "value": "one"},
                            ],
                        },
                    ],
                },
            ],
            ["One", "Three"],
        ),
        ([{"op": "in", "field": "companyName", "value": ["one", "two"]}], ["One", "Two"]),
        # A text never equals a number.
        ([{"op": "in", "field": "id", "value": ["29680001"]}], []),
    ],
)
async def test_the_search_language(
    autotask: Autotask, conditions: list[dict[str, Any]], names: list[str]
) -> None:
    found = await autotask.search("Companies", *conditions)
    assert [row["companyName"] for row in found.json()["items"]] == names


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "filter"),
        ({"filter": []}, "filter"),
        ({"filter": [{"op": "eq", "field": "colour", "value": 1}]}, "Unable to find colour"),
        ({"filter": [{"op": "is", "field": "id", "value": 1}]}, "operator is"),
        ({"filter": [{"op": "eq", "field": "companyType", "value": "Customer"}]}, "Conversion"),
        ({"filter": [{"op": "contains", "field": "id", "value": 1}]}, "needs a text"),
        ({"filter": [{"op": "in", "field": "id", "value": []}]}, "does not fit"),
        ({"filter": [{"op": "exist", "field": "id"}], "maxRecords": 501}, "MaxRecords"),
        ({"filter": [{"op": "exist", "field": "id"}], "page": 2}, "page"),
        ({"filter": [{"op": "in", "field": "id", "value": list(range(501))}]}, "500 OR"),
    ],
)
async def test_a_search_that_breaks_a_rule_says_which(
    autotask: Autotask, body: dict[str, Any], words: str
) -> None:
    answer = await autotask.call("POST", "/Companies/query", json=body)
    assert answer.status_code == 500
    assert words in errors(answer)[0]


async def test_pages_follow_one_another_with_the_same_search(autotask: Autotask) -> None:
    body: dict[str, Any] = {"filter": [{"op": "exist", "field": "id"}], "maxRecords": 2}
    first = (await autotask.call("POST", "/Companies/query", json=body)).json()
    assert first["pageDetails"]["count"] == 2
    following = first["pageDetails"]["nextPageUrl"].removeprefix(f"http://sandbox{API}")
    second = (await autotask.call("POST", following, json=body)).json()
    names = [row["companyName"] for row in (*first["items"], *second["items"])]
    assert (names, second["pageDetails"]["nextPageUrl"]) == (["One", "Two", "Three"], None)
    other = {**body, "filter": [{"op": "gt", "field": "id", "value": 0}]}
    assert (await autotask.call("POST", following, json=other)).status_code == 500
    by_address = await autotask.call(
        "GET", "/Companies/query", params={"search": '{"filter":[{"op":"exist","field":"id"}]}'}
    )
    assert len(by_address.json()["items"]) == 3
    counted = await autotask.call("POST", "/Companies/query/count", json=body)
    assert counted.json() == {"queryCount": 3}


async def test_three_threads_for_each_endpoint(autotask: Autotask) -> None:
    await autotask.set(latency_s=0.2)
    four = [autotask.call("GET", "/ThresholdInformation") for _ in range(4)]
    other = autotask.call("GET", f"/Companies/{autotask.companies[0]}")
    *answers, elsewhere = await asyncio.gather(*four, other)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert "thread threshold of 3" in errors(refused)[0]
    assert elsewhere.status_code == 200
    assert (await autotask.stats())["refused_429"] == {"threads": 1}


async def test_requests_of_an_hour_are_counted_with_those_of_others(autotask: Autotask) -> None:
    await autotask.set(per_hour=100, used_by_others=97)  # the fixture made one of ours
    told = (await autotask.call("GET", "/ThresholdInformation")).json()
    assert told == {
        "externalRequestThreshold": 100,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 99,
    }
    assert (await autotask.call("GET", "/ThresholdInformation")).status_code == 200
    assert (await autotask.call("GET", "/ThresholdInformation")).status_code == 429
    await autotask.http.post("/_sandbox/clock", json={"advance_s": 3601})
    assert (await autotask.call("GET", "/ThresholdInformation")).status_code == 200


async def test_faults_on_demand(autotask: Autotask) -> None:
    async def fault(**spec: Any) -> None:
        answer = await autotask.http.post("/_sandbox/faults", json={"target": "autotask", **spec})
        assert answer.status_code == 201

    await fault(kind="off_by_cent")
    await fault(kind="errors_in_500", route="/Charges", message="No.")
    await fault(kind="error_in_200", route="/Charges", message="No.")
    await fault(kind="429", problem="threads", route="/Charges")
    await fault(kind="expired_token", route="/Charges")
    await autotask.search("Companies", {"op": "exist", "field": "id"})  # is no write
    await autotask.post()
    (stored,) = await autotask.stored()
    assert stored["billableAmount"] == "12.51"
    seen = [await autotask.post() for _ in range(4)]
    assert [answer.status_code for answer in seen] == [500, 200, 429, 401]
    assert errors(seen[0]) == errors(seen[1]) == ["No."]
    assert len(await autotask.stored()) == 1


async def test_an_answer_may_be_200_and_wrong(autotask: Autotask) -> None:
    async def fault(kind: str, method: str) -> None:
        order = {"target": "autotask", "kind": kind, "method": method}
        assert (await autotask.http.post("/_sandbox/faults", json=order)).status_code == 201

    async def shown() -> list[float]:
        found = await autotask.search("ContractCharges", {"op": "exist", "field": "id"})
        return [row["billableAmount"] for row in found.json()["items"]]

    identity = (await autotask.post()).json()["itemId"]
    for kind, wrong in (("off_by_cent", [12.51]), ("left_out", [])):
        await fault(kind, "POST")
        assert [await shown(), await shown()] == [wrong, [12.5]]
    await fault("not_done", "DELETE")
    gone = await autotask.call("DELETE", f"{autotask.charges}/{identity}")
    assert (gone.status_code, gone.json()) == (200, {"itemId": identity})
    assert await shown() == [12.5]
