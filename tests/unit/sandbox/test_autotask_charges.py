"""The sandbox's contract charges follow the vendor's rules."""

from typing import Any

import pytest

from tests.unit.sandbox.autotask import Autotask, autotask, errors

__all__ = ["autotask"]


async def test_a_charge_is_made_changed_and_deleted(autotask: Autotask) -> None:
    made = await autotask.post(unitQuantity=2)
    identity = made.json()["itemId"]
    key = {"op": "eq", "field": "internalPurchaseOrderNumber", "value": "sl-1"}
    (found,) = (await autotask.search("ContractCharges", key)).json()["items"]
    assert (found["id"], found["billableAmount"], found["isBilled"]) == (identity, 25.0, False)
    changed = await autotask.call("PATCH", autotask.charges, json={"id": identity, "unitPrice": 13})
    assert changed.json() == {"itemId": identity}
    (stored,) = await autotask.stored()
    assert (stored["billableAmount"], stored["name"]) == ("26.00", "Azure")
    one = f"{autotask.charges}/{identity}"
    assert (await autotask.call("DELETE", one)).json() == {"itemId": identity}
    assert (await autotask.call("DELETE", one)).status_code == 404
    item = await autotask.call("GET", f"/ContractCharges/{identity}")
    assert item.json() == {"item": None}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": None}, "Missing Required Field: name"),
        ({"chargeType": None}, "Missing Required Field: chargeType"),
        ({"datePurchased": None}, "Missing Required Field: datePurchased"),
        ({"unitQuantity": None}, "Missing Required Field: unitQuantity"),
        ({"chargeType": 1}, "Picklist value"),
        ({"unitPrice": "12.50"}, "Error converting value"),
        ({"datePurchased": "soon"}, "Error converting value"),
        ({"datePurchased": "2019-12-31T00:00:00Z"}, "contract's dates"),
        ({"billingCodeID": None}, "Either billingCodeID or productID"),
        ({"billingCodeID": 7}, "does not reference an existing entity for billingCodeID"),
        ({"contractServiceID": 7}, "does not reference an existing entity for contractServiceID"),
        ({"internalPurchaseOrderNumber": "x" * 51}, "more than 50"),
        ({"isBilled": True}, "read only"),
        ({"colour": "red"}, "Unable to find colour"),
        ({"contractID": 7}, "Parent ID"),
    ],
)
async def test_a_body_that_breaks_a_rule_says_which(
    autotask: Autotask, change: dict[str, Any], words: str
) -> None:
    answer = await autotask.post(**change)
    assert answer.status_code == 500
    assert words in errors(answer)[0]
    assert await autotask.stored() == []


@pytest.mark.parametrize("kind", ["Block Hours", "Retainer", "Per Ticket"])
async def test_some_contracts_carry_no_charges(autotask: Autotask, kind: str) -> None:
    await autotask.edit("Contracts", autotask.contracts[0], contract_type=kind)
    assert kind in errors(await autotask.post())[0]


async def test_a_code_has_to_be_a_material_code(autotask: Autotask) -> None:
    await autotask.edit("BillingCodes", autotask.codes["AZ"], use_type="Internal Time Code")
    assert "material code" in errors(await autotask.post())[0]


async def test_what_is_billed_can_no_longer_change(autotask: Autotask) -> None:
    identity = (await autotask.post()).json()["itemId"]
    await autotask.http.post(
        f"/_sandbox/autotask/{autotask.headers['UserName']}/charges/{identity}",
        json={"billed": True},
    )
    patch = await autotask.call("PATCH", autotask.charges, json={"id": identity, "unitPrice": 1})
    gone = await autotask.call("DELETE", f"{autotask.charges}/{identity}")
    assert (patch.status_code, gone.status_code) == (500, 500)
    assert "billed" in errors(patch)[0]
    assert [row["unitPrice"] for row in await autotask.stored()] == ["12.5000"]


async def test_a_put_loses_what_it_does_not_say(autotask: Autotask) -> None:
    identity = (await autotask.post()).json()["itemId"]
    whole = {**autotask.body(), "id": identity, "description": "x"}
    whole.pop("unitPrice")
    await autotask.call("PUT", autotask.charges, json=whole)
    assert [row["unitPrice"] for row in await autotask.stored()] == ["0.0000"]


async def test_writes_go_through_the_contract(autotask: Autotask) -> None:
    root = await autotask.call("POST", "/ContractCharges", json=autotask.body())
    wrong = await autotask.call("PATCH", f"{autotask.charges}/1", json={"unitPrice": 1})
    assert (root.status_code, wrong.status_code) == (404, 405)
    assert "PATCH" in wrong.json()["Message"]
