"""The sandbox's ConnectWise is as strict as the vendor's documents."""

import base64
from typing import Any

import httpx
import pytest
from syncline_sandbox.connectwise.conditions import ConditionsError, compile_conditions

API = "/v4_6_release/apis/3.0"
KEYS = {"company_id": "acme", "public_key": "pub", "private_key": "priv", "client_id": "guid"}
ADDITION = {
    "product": {"identifier": "AZ"},
    "billCustomer": "Billable",
    "quantity": 1,
    "unitPrice": 12.5,
    "unitCost": 10,
    "effectiveDate": "2026-10-01T00:00:00Z",
    "cancelledDate": "2026-10-31T00:00:00Z",
    "serialNumber": "SL-1",
}


@pytest.fixture
async def made(http: httpx.AsyncClient) -> dict[str, Any]:
    order = {**KEYS, "companies": ["One", "Two"], "products": [{"identifier": "AZ"}]}
    answer = await http.post("/_sandbox/connectwise/systems", json=order)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def headers(private: str = "priv", client_id: str = "guid") -> dict[str, str]:
    keys = base64.b64encode(f"acme+pub:{private}".encode()).decode()
    return {"Authorization": f"Basic {keys}", "clientId": client_id}


def additions(made: dict[str, Any]) -> str:
    return f"{API}/finance/agreements/{made['agreements'][0]}/additions"


@pytest.mark.parametrize("wrong", [{}, headers("other"), headers(client_id="other")])
async def test_nobody_gets_in_without_all_keys(
    http: httpx.AsyncClient, made: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert (await http.get(f"{API}/system/info", headers=wrong)).status_code == 401
    assert (await http.get(f"{API}/system/info", headers=headers())).status_code == 200


async def test_a_cloud_may_hide_that_keys_are_refused(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    change = {"private_key": "new", "hides_refusals": True}
    path = "/_sandbox/connectwise/systems"
    assert (await http.patch(f"{path}/acme", json=change)).status_code == 200
    for private, status in (("priv", 404), ("new", 200)):
        for asked in ("/system/info", "/company/companies"):
            answer = await http.get(f"{API}{asked}", headers=headers(private))
            assert answer.status_code == status
    assert (await http.patch(f"{path}/nobody", json=change)).status_code == 404


async def test_an_addition_is_made_changed_and_deleted(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    created = await http.post(additions(made), json=ADDITION, headers=headers())
    assert created.status_code == 201
    one = f"{additions(made)}/{created.json()['id']}"
    operations = [
        {"op": "replace", "path": "unitPrice", "value": 13},
        {"op": "replace", "path": "product/identifier", "value": "changes nothing"},
    ]
    changed = (await http.patch(one, json=operations, headers=headers())).json()
    assert (changed["unitPrice"], changed["extPrice"]) == (13, 13)
    assert (await http.delete(one, headers=headers())).status_code == 204
    assert (await http.get(additions(made), headers=headers())).json() == []
    assert (await http.delete(one, headers=headers())).status_code == 404


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"product": None}, "MissingRequiredField", "product"),
        ({"billCustomer": ""}, "MissingRequiredField", "billCustomer"),
        ({"product": {"identifier": "none"}}, "InvalidReference", "product"),
        ({"effectiveDate": "2026-10-01"}, "InvalidField", "effectiveDate"),
        ({"unitPrice": "12.50"}, "InvalidField", "unitPrice"),
        ({"serialNumber": "x" * 51}, "InvalidField", "serialNumber"),
    ],
)
async def test_a_body_that_breaks_a_rule_says_which(
    http: httpx.AsyncClient, made: dict[str, Any], change: dict[str, Any], code: str, field: str
) -> None:
    answer = await http.post(additions(made), json={**ADDITION, **change}, headers=headers())
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["code"], error["field"]) == (code, field)


async def test_what_is_invoiced_can_no_longer_change(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    identity = (await http.post(additions(made), json=ADDITION, headers=headers())).json()["id"]
    await http.post(
        f"/_sandbox/connectwise/acme/additions/{identity}", json={"billed_quantity": "1"}
    )
    one, operations = f"{additions(made)}/{identity}", [{"op": "replace", "path": "unitPrice"}]
    assert (await http.patch(one, json=operations, headers=headers())).status_code == 400
    assert (await http.delete(one, headers=headers())).status_code == 400


async def test_a_cancelled_agreement_takes_nothing(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    path = f"/_sandbox/connectwise/acme/agreements/{made['agreements'][0]}"
    assert (await http.post(path, json={"cancelled": True})).status_code == 200
    assert (await http.post(additions(made), json=ADDITION, headers=headers())).status_code == 400


async def test_pages_have_no_gaps_and_say_where_the_next_one_is(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    await fill(http, made, 7)
    seen, page = [], 1
    while True:
        params: dict[str, str] = {"page": str(page), "pageSize": "3", "fields": "id,serialNumber"}
        answer = await http.get(additions(made), params=params, headers=headers())
        seen += [one["serialNumber"] for one in answer.json()]
        if 'rel="next"' not in answer.headers["Link"]:
            break
        page += 1
    assert seen == [f"SL-{number}" for number in range(7)]
    assert 'rel="prev"' in answer.headers["Link"]


async def test_forward_only_pages_have_no_gaps_while_rows_go(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    ids = await fill(http, made, 7)
    forward, seen = {**headers(), "pagination-type": "forward-only"}, []
    params: dict[str, str] = {"pageSize": "3"}
    while True:
        answer = await http.get(additions(made), params=params, headers=forward)
        rows = [one["id"] for one in answer.json()]
        seen += rows
        assert 'rel="next"' in answer.headers["Link"]  # always: the end is a short page
        if len(rows) < 3:
            break
        await http.delete(f"{additions(made)}/{rows[0]}", headers=headers())
        params["pageId"] = str(rows[-1])
    assert seen == ids
    ordered = await http.get(additions(made), params={"orderBy": "id"}, headers=forward)
    assert ordered.status_code == 400


async def test_lists_are_counted_ordered_and_read_one_by_one(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    ids = await fill(http, made, 3)
    count = await http.get(
        f"{additions(made)}/count", params={"conditions": 'serialNumber="SL-1"'}, headers=headers()
    )
    assert count.json() == {"count": 1}
    one = await http.get(f"{additions(made)}/{ids[1]}", headers=headers())
    assert one.json()["serialNumber"] == "SL-1"
    missing = await http.get(f"{API}/company/companies/1", headers=headers())
    assert missing.status_code == 404
    order = {"orderBy": "name desc", "fields": "name"}
    companies = await http.get(f"{API}/company/companies", params=order, headers=headers())
    assert companies.json() == [{"name": "Two"}, {"name": "One"}]
    (currency,) = (await http.get(f"{API}/finance/currencies", headers=headers())).json()
    assert (currency["currencyIdentifier"], currency["currencyCode"]["name"]) == ("AUD", "AUD")


async def test_a_field_can_be_ignored_behind_a_200(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    (identity,) = await fill(http, made, 1)
    fault = {"target": "connectwise", "kind": "ignored_field", "field": "unitCost"}
    await http.post("/_sandbox/faults", json=fault)
    operations = [
        {"op": "replace", "path": "unitPrice", "value": 13},
        {"op": "replace", "path": "unitCost", "value": 11},
    ]
    one = f"{additions(made)}/{identity}"
    answers = [await http.patch(one, json=operations, headers=headers()) for _ in range(2)]
    assert [(one.status_code, one.json()["unitCost"]) for one in answers] == [(200, 10), (200, 11)]


async def fill(http: httpx.AsyncClient, made: dict[str, Any], count: int) -> list[int]:
    ids = []
    for number in range(count):
        body = {**ADDITION, "serialNumber": f"SL-{number}"}
        ids.append((await http.post(additions(made), json=body, headers=headers())).json()["id"])
    return ids


NOVEMBER = {"effectiveDate": "2026-11-01T00:00:00Z", "cancelledDate": "2026-11-30T00:00:00Z"}
OCTOBER = {"effectiveDate": "2026-10-01T00:00:00Z", "cancelledDate": "2026-10-31T00:00:00Z"}
HALF = {"effectiveDate": "2026-11-01T00:00:00Z", "cancelledDate": "2026-11-15T00:00:00Z"}
ON = {"effectiveDate": "2026-11-01T00:00:00Z", "cancelledDate": None}


@pytest.mark.parametrize(
    ("dates", "prorates", "billed"),
    [
        (NOVEMBER, False, [["12.5"], []]),
        (NOVEMBER, True, [["12.5"], []]),
        (HALF, False, [["12.5"], []]),
        (HALF, True, [["6.25"], []]),
        (OCTOBER, False, [[], []]),
        (OCTOBER, True, [["12.5"], []]),
        (ON, False, [["12.5"], ["12.5"]]),
    ],
)
async def test_the_open_period_bills_what_lies_in_it(
    http: httpx.AsyncClient,
    made: dict[str, Any],
    dates: dict[str, Any],
    *,
    prorates: bool,
    billed: list[list[str]],
) -> None:
    path = f"/_sandbox/connectwise/acme/agreements/{made['agreements'][0]}"
    await http.post(path, json={"next_invoice": "2026-11-01", "prorates": prorates})
    await http.post(additions(made), json={**ADDITION, **dates}, headers=headers())
    runs = [(await http.post(f"{path}/invoice")).json() for _ in range(2)]
    assert [[line["amount"] for line in run["lines"]] for run in runs] == billed
    assert [run["first"] for run in runs] == ["2026-11-01", "2026-12-01"]


@pytest.mark.parametrize(
    ("change", "first", "last"),
    [
        ({"next_invoice": "2026-11-20"}, "2026-11-01", "2026-11-30"),
        ({"next_invoice": "2026-11-01", "billing_cycle": "Bi-Monthly"}, "2026-11-01", "2026-12-31"),
        (
            {
                "next_invoice": "2027-02-28",
                "bill_start": "2026-08-31",
                "invoicing_cycle": "ContractYear",
            },
            "2027-02-28",
            "2027-03-30",
        ),
    ],
)
async def test_periods_follow_the_billing_cycle(
    http: httpx.AsyncClient, made: dict[str, Any], change: dict[str, Any], first: str, last: str
) -> None:
    path = f"/_sandbox/connectwise/acme/agreements/{made['agreements'][0]}"
    await http.post(path, json=change)
    run = (await http.post(f"{path}/invoice")).json()
    assert (run["first"], run["last"]) == (first, last)


async def test_too_many_requests_are_told_to_wait(http: httpx.AsyncClient) -> None:
    order = {**KEYS, "companies": [], "products": [], "per_minute": 2}
    await http.post("/_sandbox/connectwise/systems", json=order)
    answers = [await http.get(f"{API}/system/info", headers=headers()) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1
    assert answers[2].json()["error"] == "ConnectWiseAPI"


async def test_an_answer_may_be_200_and_wrong(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    async def fault(kind: str, method: str) -> None:
        order = {"target": "connectwise", "kind": kind, "method": method}
        assert (await http.post("/_sandbox/faults", json=order)).status_code == 201

    async def shown() -> list[tuple[float, float]]:
        answer = await http.get(additions(made), headers=headers())
        return [(row["unitPrice"], row["extPrice"]) for row in answer.json()]

    created = await http.post(additions(made), json=ADDITION, headers=headers())
    for kind, wrong in (("off_by_cent", [(12.51, 12.51)]), ("left_out", [])):
        await fault(kind, "GET")
        assert [await shown(), await shown()] == [wrong, [(12.5, 12.5)]]
    await fault("not_done", "DELETE")
    one = f"{additions(made)}/{created.json()['id']}"
    assert (await http.delete(one, headers=headers())).status_code == 204
    assert await shown() == [(12.5, 12.5)]


ROW = {
    "id": 12,
    "name": "Azure of One",
    "size": "[3]",
    "flag": False,
    "company": {"id": 7},
    "currency": None,
    "end": "",
}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("id=12", True),
        ("id in (1, 12) and flag=False", True),
        ('name contains "azure" and not company/id=8', True),
        ("(id=1 or company/id=7) and name like 'Azure*'", True),
        ('size = "[[]3]"', True),
        ("currency/id=1", False),
        ("id>12 or id<=11", False),
        ('name != "Azure of One"', False),
        ("end > [2026-01-01T00:00:00Z]", False),
    ],
)
def test_conditions_are_understood(text: str, *, fits: bool) -> None:
    assert compile_conditions(text)(ROW) is fits


@pytest.mark.parametrize(
    "text",
    ["id=", "nothing=1", 'size="[3]"', 'name="3""', "id 12", "(id=1", "name contains", "id=1 id=2"],
)
def test_conditions_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConditionsError):
        compile_conditions(text)(ROW)
