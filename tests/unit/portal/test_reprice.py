"""Re-price by REST: what is asked of the owners, and with which prices."""

from fastapi import FastAPI
from syncline_contracts.pricing_query import ListProfiles
from syncline_contracts.reprice_query import PreviewPrices, RepriceTenants

from tests.unit.portal.answers import KEY, PROFILE, TENANT
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal

PROFILES = "/v1/partners/acme/profiles"
ENTRY = {"vendor_item": "AZ-CONS", "product_id": "AZ", "percent_off_rrp": "12.5"}


async def previewed(
    app: FastAPI, fakes: FakePortal, profile_id: str, **body: object
) -> PreviewPrices:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.post(
            f"{PROFILES}/{profile_id}/preview", json={"name": "P", "entries": [ENTRY], **body}
        )
    assert answer.status_code == 200
    assert answer.json()["invoices"][0]["synced"]["sell_after"] == "1700.00"
    listed, query = [one for one, _ in fakes.bus.asked]
    assert isinstance(listed, ListProfiles)
    assert isinstance(query, PreviewPrices)
    return query


async def test_a_profile_is_previewed_as_it_would_be_saved(app: FastAPI, fakes: FakePortal) -> None:
    prices = (await previewed(app, fakes, "standard")).prices
    (profile,) = prices.profiles
    assert profile.is_default  # the default stays the default
    assert [str(one.percent_off_rrp) for one in profile.settings.entries] == ["12.5"]
    assert PROFILE.settings.entries[0].percent_off_rrp == 10


async def test_a_new_profile_is_previewed_beside_the_others(
    app: FastAPI, fakes: FakePortal
) -> None:
    prices = (await previewed(app, fakes, "other", is_default=True)).prices
    assert [(one.profile_id, one.is_default) for one in prices.profiles] == [
        ("standard", False),
        ("other", True),
    ]


async def test_where_the_psa_has_older_prices_is_asked_with_those_of_now(
    app: FastAPI, fakes: FakePortal
) -> None:
    url = "/v1/partners/acme/price-preview"
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get(url, params={"invoice_key": KEY, "limit": "3", "cursor": "c"})
        too_many = await client.get(url, params={"limit": "101"})
    query = fakes.bus.asked[1][0]
    assert isinstance(query, PreviewPrices)
    assert query.prices.profiles == (PROFILE,)
    assert (query.invoice_key, query.page.limit, query.page.cursor) == (KEY, 3, "c")
    assert answer.json()["next_cursor"] == "more"
    assert too_many.status_code == 422


async def test_reprice_names_its_author_its_reason_and_the_prices_of_this_moment(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        url = f"/v1/partners/acme/invoices/{KEY}/reprice"
        body = {"tenant_ids": [TENANT], "reason": "The contract was renewed."}
        answers = [
            await client.post(url, json=body, headers={"If-Match": '"7"', "Idempotency-Key": "k"})
            for _ in range(2)
        ]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json() == answers[1].json() == {"requested": [TENANT], "skipped": []}
    (query,) = [one for one, _ in fakes.bus.asked if isinstance(one, RepriceTenants)]
    assert (query.actor, query.expected_version, query.tenant_ids) == ("Ann [t0]", 7, (TENANT,))
    assert (query.reason, query.pricing_version) == ("The contract was renewed.", 8)
