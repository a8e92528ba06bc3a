"""What a session asks Autotask, and what it makes of the answers."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from syncline_chassis.connector.charge_unit import unit_name
from syncline_chassis.connector.protocol import Bill, Lost, Outcome, Refused, Removed, Target, Write
from syncline_chassis.errors import ReauthRequiredError, RejectedError
from syncline_chassis.testing.desk import charge_set
from syncline_contracts.tenant import WriteAction

from tests.unit.autotask.samples import KEY, charge
from tests.unit.autotask.vendor import Autotask
from tests.unit.connector.answers import Answer, always

FIELDS = {
    "ContractCharges": {"chargeType": {31: "Operational"}, "internalPurchaseOrderNumber": {}},
    "Contracts": {"contractType": {7: "Recurring Service"}, "status": {11: "Active"}},
    "BillingCodes": {"useType": {21: "Material Cost Code"}},
}
COMPANY = {"id": 8, "companyName": "Acme", "currencyID": 1, "isActive": True}
CONTRACT = {"id": 30, "companyID": 8, "contractName": "Azure", "contractType": 7, "status": 11}
CODE = {"id": 60, "name": "Azure", "useType": 21, "isActive": True}
FOUND: Mapping[str, list[dict[str, Any]]] = {
    "Currencies": [{"id": 1, "name": "AUD", "isInternalCurrency": True}],
    "Companies": [COMPANY],
    "Contracts": [CONTRACT],
    "BillingCodes": [CODE],
}


def database(found: Mapping[str, list[dict[str, Any]]]) -> Answer:
    """A database with these records; what is not named has none."""

    def answer(request: httpx.Request) -> httpx.Response:
        entity, *rest = request.url.path.partition("/V1.0/")[2].split("/")
        if rest[-1] == "query":
            return httpx.Response(200, json={"items": found.get(entity, [])})
        fields = [
            {
                "name": name,
                "isQueryable": True,
                "picklistValues": [
                    {"value": str(number), "label": label, "isActive": True}
                    for number, label in values.items()
                ],
            }
            for name, values in FIELDS[entity].items()
        ]
        return httpx.Response(200, json={"fields": fields})

    return answer


async def test_a_plan_names_what_comes_to_nothing_beside_its_first_record() -> None:
    session = Autotask(database(FOUND)).session
    charges = charge_set(
        charge("0.00", description="Free \n grant"),
        charge("5.00"),
        charge("6.00", vendor_item="another"),
    )
    units = session.units(charges, lambda name: f"{KEY} {name}")
    assert [unit.name for unit in units] == [unit_name(one) for one in charges.billed()]
    bill = Bill(charges, tuple(Target(unit) for unit in units))
    await session.prepare([bill])
    named = [one.notes.get("left_out_at_0.00") for one in session.desired(bill)]
    assert named == [["Azure: Free grant"], None]


def write(action: WriteAction = "create") -> Write:
    body: dict[str, object] = {} if action == "delete" else {"body": {"name": "x"}}
    return Write(action, KEY, KEY, "30/7", {"path": "Contracts/30/Charges", **body})


async def outcome(
    answer: httpx.Response, items: list[dict[str, Any]], action: WriteAction = "create"
) -> Outcome:
    """What becomes of a write that is answered so, in a database with these charges."""
    search = database({"ContractCharges": items})
    vendor = Autotask(lambda one: search(one) if one.url.path.endswith("/query") else answer)
    (found,) = await vendor.session.write([write(action)], "attempt")
    return found


@pytest.mark.parametrize("action", ["create", "update", "delete"])
@pytest.mark.parametrize(
    "body", [{}, {"itemId": None}, {"itemId": True}, {"itemId": "seven"}, {"errors": ["Oh"]}]
)
async def test_an_answer_that_names_no_charge_says_nothing_of_it(
    action: WriteAction, body: dict[str, Any]
) -> None:
    found = await outcome(httpx.Response(200, json=body), [{"id": 7, "contractID": 30}], action)
    assert isinstance(found, Lost)
    assert (found.message, set(found.answer)) == (
        "Autotask's answer does not name the charge.",
        set(body),
    )


async def test_a_charge_that_is_not_found_under_its_id_may_be_there_all_the_same() -> None:
    found = await outcome(httpx.Response(200, json={"itemId": 7}), [{"id": 8, "contractID": 30}])
    assert isinstance(found, Lost)
    assert "an id that it does not find" in found.message


REFUSED = httpx.Response(404, json={"errors": ["It does not exist"]})


async def test_a_delete_is_done_where_a_search_finds_nothing_any_more() -> None:
    assert await outcome(REFUSED, [], "delete") == Removed({})
    found = await outcome(REFUSED, [{"id": 7, "contractID": 30}], "delete")
    assert isinstance(found, Refused)


@pytest.mark.parametrize(("status", "error"), [(401, ReauthRequiredError), (404, RejectedError)])
async def test_who_is_not_let_in_takes_nothing_for_gone(
    status: int, error: type[Exception]
) -> None:
    session = Autotask(always(status)).session
    with pytest.raises(error):
        await session.read(["30/7"])
    if status == 404:
        (found,) = await session.write([write("delete")], "attempt")
        assert isinstance(found, Lost)
