import asyncio
from typing import Any

import httpx
import pytest
from syncline_chassis.testing.wait import until
from syncline_sandbox.server import ConnectionCutError

from tests.unit.sandbox.conftest import CLIENT, Xero, first, messages


async def limit(xero: Xero, **limits: int) -> None:
    change = {"limits": limits}
    await xero.http.patch(f"/_sandbox/organisations/{xero.org}", json=change)


async def advance(xero: Xero, seconds: int) -> None:
    await xero.http.post("/_sandbox/clock", json={"advance_s": seconds})


async def test_token_ends_after_thirty_minutes(xero: Xero) -> None:
    assert (await xero.call("GET", "/Organisation")).status_code == 200
    await advance(xero, 1800)
    late = await xero.call("GET", "/Organisation")
    assert late.status_code == 401
    assert late.json()["Detail"].startswith("TokenExpired")
    xero.token = "never issued"
    assert (await xero.call("GET", "/Organisation")).status_code == 401


async def test_wrong_secret_and_wrong_scope(xero: Xero) -> None:
    url = "/identity/connect/token"
    form = {"grant_type": "client_credentials"}
    wrong = await xero.http.post(url, data=form, auth=(CLIENT["client_id"], "no"))
    assert wrong.json() == {"error": "invalid_client"}
    narrow = await xero.http.post(
        url,
        data={**form, "scope": "accounting.contacts.read"},
        auth=(CLIENT["client_id"], CLIENT["client_secret"]),
    )
    xero.token = narrow.json()["access_token"]
    assert (await xero.call("GET", "/Contacts")).status_code == 200
    assert (await xero.put(xero.bill("SL-1", "1"))).status_code == 403


async def test_minute_limit(xero: Xero) -> None:
    await limit(xero, per_minute=2)
    seen = [await xero.call("GET", "/Currencies") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [200, 200, 429]
    assert [answer.headers["x-minlimit-remaining"] for answer in seen] == ["1", "0", "0"]
    assert seen[2].headers["x-rate-limit-problem"] == "minute"
    assert 1 <= int(seen[2].headers["retry-after"]) <= 60
    await advance(xero, int(seen[2].headers["retry-after"]))
    assert (await xero.call("GET", "/Currencies")).status_code == 200
    assert (await xero.stats())["refused_429"] == {"minute": 1}


async def test_day_limit(xero: Xero) -> None:
    await limit(xero, per_day=1)
    await xero.call("GET", "/Currencies")
    refused = await xero.call("GET", "/Currencies")
    assert refused.headers["x-rate-limit-problem"] == "day"
    assert int(refused.headers["retry-after"]) <= 86_400


async def test_concurrent_limit(xero: Xero) -> None:
    await limit(xero, concurrent=1)
    await xero.fault(kind="slow", delay_s=0.2)
    slow = asyncio.create_task(xero.call("GET", "/Currencies"))
    await asyncio.sleep(0.05)
    refused = await xero.call("GET", "/Currencies")
    assert refused.headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in refused.headers
    assert (await slow).status_code == 200
    assert (await xero.call("GET", "/Currencies")).status_code == 200


async def test_idempotency_key_repeats_the_answer_for_six_minutes(xero: Xero) -> None:
    key = {"Idempotency-Key": "k-1"}
    bill = {k: v for k, v in xero.bill("SL-1", "1").items() if k != "InvoiceNumber"}
    once = first(await xero.put(bill, headers=key))
    again = first(await xero.put(bill, headers=key))
    assert again == once
    assert len(await xero.stored()) == 1
    other = await xero.put(xero.bill("SL-2", "1"), headers=key)
    assert other.status_code == 400
    await advance(xero, 360)
    assert first(await xero.put(bill, headers=key))["InvoiceID"] != once["InvoiceID"]
    stats = await xero.stats()
    assert (stats["records_created"], stats["idempotent_replays"]) == (2, 1)


async def test_idempotency_key_repeats_errors(xero: Xero) -> None:
    key = {"Idempotency-Key": "k-1"}
    bad = xero.bill("SL-1", "1", CurrencyCode="NZD")
    await xero.put(bad, headers=key)
    change = {"currencies": ["AUD", "NZD"]}
    await xero.http.patch(f"/_sandbox/organisations/{xero.org}", json=change)
    assert messages(first(await xero.put(bad, headers=key)))
    assert not messages(first(await xero.put(bad)))
    assert (await xero.put(bad, headers={"Idempotency-Key": "k" * 129})).status_code == 400


KINDS: dict[str, tuple[dict[str, Any], int]] = {
    "429": ({"retry_after_s": 7, "problem": "day"}, 429),
    "500": ({}, 500),
    "502": ({}, 502),
    "503": ({}, 503),
    "expired_token": ({}, 401),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_fault_instead_of_an_answer(xero: Xero, kind: str) -> None:
    extra, status = KINDS[kind]
    await xero.fault(kind=kind, method="PUT", route="/Invoices$", match="SL-1", times=1, **extra)
    assert (await xero.put(xero.bill("SL-0", "1"))).status_code == 200
    answer = await xero.put(xero.bill("SL-1", "1"))
    assert answer.status_code == status
    assert len(await xero.stored()) == 1
    if kind == "429":
        assert answer.headers["retry-after"] == "7"
        assert answer.headers["x-rate-limit-problem"] == "day"
        assert (await xero.stats())["refused_429"] == {"day": 1}
    assert (await xero.put(xero.bill("SL-1", "1"))).status_code == 200


@pytest.mark.parametrize("kind", ["slow", "slow_after_commit"])
async def test_who_is_held_up_goes_on_once_the_faults_are_cleared(xero: Xero, kind: str) -> None:
    await xero.fault(kind=kind, method="PUT", delay_s=600)
    running = asyncio.create_task(xero.put(xero.bill("SL-1", "1")))

    async def arrived() -> bool:
        return bool((await xero.http.get("/_sandbox/faults")).json()[0]["fired"])

    await until(arrived)
    stored = await xero.stored()
    await xero.http.delete("/_sandbox/faults")
    assert (await running).status_code == 200
    assert len(stored) == (kind == "slow_after_commit")
    assert len(await xero.stored()) == 1


async def test_fault_after_the_commit(xero: Xero) -> None:
    await xero.fault(kind="500_after_commit", match="SL-1")
    await xero.fault(kind="malformed_json", match="SL-2")
    await xero.fault(kind="cut_after_commit", match="SL-3")
    assert (await xero.put(xero.bill("SL-1", "1"))).status_code == 500
    broken = await xero.put(xero.bill("SL-2", "1"))
    with pytest.raises(ValueError, match=r"line 1 column"):
        broken.json()
    with pytest.raises(ConnectionCutError):
        await xero.put(xero.bill("SL-3", "1"))
    assert [row["number"] for row in await xero.stored()] == ["SL-1", "SL-2", "SL-3"]
    assert (await xero.http.delete("/_sandbox/faults")).json() == {"removed": 3}


async def test_cut_before_stores_nothing(xero: Xero) -> None:
    await xero.fault(kind="cut_before")
    with pytest.raises(ConnectionCutError):
        await xero.put(xero.bill("SL-1", "1"))
    assert await xero.stored() == []


async def test_organisations_never_mix(http: httpx.AsyncClient, xero: Xero) -> None:
    other = {"client_id": "other", "client_secret": "other", "name": "Other"}
    made = (await http.post("/_sandbox/organisations", json=other)).json()
    await xero.put(xero.bill("SL-1", "1"))
    answer = await http.get(f"/_sandbox/xero/{made['organisation_id']}/invoices")
    assert answer.json() == []
    wrong = {"xero-tenant-id": made["organisation_id"]}
    assert (await xero.call("GET", "/Invoices", headers=wrong)).status_code == 403


async def test_refresh_token_rotates_with_a_grace_period(http: httpx.AsyncClient) -> None:
    login = {"client_id": "code", "client_secret": "s"}
    order = {**login, "flow": "authorization_code"}
    made = (await http.post("/_sandbox/organisations", json=order)).json()

    async def refresh(token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return await http.post("/identity/connect/token", data=form, auth=("code", "s"))

    grant = (await refresh(made["refresh_token"])).json()
    assert grant["refresh_token"] != made["refresh_token"]
    assert (await refresh(made["refresh_token"])).status_code == 200
    await http.post("/_sandbox/clock", json={"advance_s": 1800})
    assert (await refresh(made["refresh_token"])).json() == {"error": "invalid_grant"}
    fresh = (await refresh(grant["refresh_token"])).json()["access_token"]
    bearer = {"authorization": f"Bearer {fresh}"}
    listed = (await http.get("/connections", headers=bearer)).json()
    assert [one["tenantId"] for one in listed] == [made["organisation_id"]]
    # Without the header nobody knows which organisation is meant.
    assert (await http.get("/api.xro/2.0/Invoices", headers=bearer)).status_code == 403


async def test_pick_lists(xero: Xero) -> None:
    contacts = (await xero.call("GET", "/Contacts?page=1&pageSize=2&summaryOnly=true")).json()
    assert contacts["pagination"]["itemCount"] == 3
    assert len(contacts["Contacts"]) == 2
    name = contacts["Contacts"][0]["Name"]
    found = (await xero.call("GET", "/Contacts", params={"searchTerm": name.upper()})).json()
    assert [row["Name"] for row in found["Contacts"]] == [name]
    where = 'Status=="ACTIVE" AND Class=="REVENUE"'
    accounts = (await xero.call("GET", "/Accounts", params={"where": where})).json()["Accounts"]
    assert [row["Code"] for row in accounts] == ["200", "205", "260", "270"]
    items = (await xero.call("GET", "/Items")).json()["Items"]
    assert {"AZ-CONS", "AZ-RI", "AZ-SP", "AZ-MKT", "AZ-CREDIT"} <= {row["Code"] for row in items}
    for path, name in (
        ("/Organisation", "Organisations"),
        ("/Organisation/Actions", "Actions"),
        ("/TaxRates", "TaxRates"),
        ("/Currencies", "Currencies"),
        ("/TrackingCategories", "TrackingCategories"),
    ):
        assert (await xero.call("GET", path)).json()[name]


async def test_a_consent_connects_an_app_and_its_tokens_age(
    http: httpx.AsyncClient, xero: Xero
) -> None:
    app = {"client_id": "app", "client_secret": "s"}
    path = f"/_sandbox/organisations/{xero.org}"
    given = [(await http.post(f"{path}/consents", json=app)).json() for _ in range(2)]
    taken = await http.post(f"{path}/consents", json={**app, "client_id": "acme-client"})
    assert taken.status_code == 409

    async def refresh(token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return await http.post("/identity/connect/token", data=form, auth=("app", "s"))

    grant = (await refresh(given[0]["refresh_token"])).json()
    bearer = {"authorization": f"Bearer {grant['access_token']}"}
    listed = (await http.get("/connections", headers=bearer)).json()
    assert [one["tenantId"] for one in listed] == [xero.org]
    await http.post(f"{path}/age-tokens", json={"seconds": 1801})
    assert (await http.get("/connections", headers=bearer)).status_code == 401
    # A consent of its own is no rotation of the other's token.
    assert (await refresh(given[1]["refresh_token"])).status_code == 200
    assert (await refresh(given[0]["refresh_token"])).status_code == 400
    assert (await refresh(grant["refresh_token"])).status_code == 200
    await http.post(f"{path}/age-tokens", json={"seconds": 60 * 24 * 3600})
    assert (await refresh(grant["refresh_token"])).status_code == 400
