"""What a session asks Autotask, and what it makes of the answers."""

from collections.abc import Mapping
from typing import Any

import httpx
from syncline_chassis.connector.charge_unit import unit_name
from syncline_chassis.connector.protocol import Bill, Target
from syncline_chassis.testing.desk import charge_set

from tests.unit.autotask.samples import KEY, charge
from tests.unit.autotask.vendor import Autotask
from tests.unit.connector.answers import Answer

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
