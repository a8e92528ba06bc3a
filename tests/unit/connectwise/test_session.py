"""What a session asks ConnectWise, and what it makes of the answers."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from syncline_chassis.connector.protocol import (
    Bill,
    Refused,
    Removed,
    Target,
    Unit,
    Within,
    Write,
    Written,
)
from syncline_chassis.errors import ReauthRequiredError, RejectedError
from syncline_chassis.testing.desk import charge_set
from syncline_connectwise.convert import to_draft, to_operations
from syncline_connectwise.preflight import Rules
from syncline_connectwise.session import page_of

from tests.unit.connector.answers import always
from tests.unit.connectwise.samples import AGREEMENT, COMPANY, KEY, PRODUCT, charge, place
from tests.unit.connectwise.vendor import ConnectWise, lists

GUID = "3f0b6f5e-2a71-4c55-9a0e-5d3f6f1c2b7a"
UNIT = Unit("30/AZ-CONS", KEY, f"AZ {KEY}")
ADDITION = {
    "id": 7,
    "product": {"id": 60, "identifier": "AZ"},
    "quantity": 1.0,
    "unitPrice": 5.0,
    "unitCost": 5.0,
    "billCustomer": "Billable",
    "effectiveDate": "2026-11-01T00:00:00Z",
    "cancelledDate": "2026-11-30T00:00:00Z",
    "serialNumber": KEY,
    "invoiceDescription": f"Azure consumption, Azure 2026-10 [{KEY}]",
}


async def update(answer: dict[str, Any]) -> Any:
    """The outcome of an update of everything, that is answered so."""
    one = charge("5.00")
    made = to_draft(charge_set(one), one, KEY, place(), Rules(), before=None)
    path = "finance/agreements/30/additions/7"
    request: dict[str, object] = {"method": "PATCH", "path": path, "body": to_operations(made, {})}
    write = Write("update", KEY, UNIT.label, "30/7", request)
    (outcome,) = await ConnectWise(always(200, answer)).session.write([write], "attempt")
    return outcome


async def test_an_update_that_is_answered_as_sent_is_written() -> None:
    outcome = await update(ADDITION)
    assert isinstance(outcome, Written)
    assert (outcome.record.ref, outcome.record.amount) == ("30/7", Decimal(5))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product", {"identifier": "OLD"}),
        ("unitCost", 4.99),
        ("effectiveDate", "2026-10-01T00:00:00Z"),
        ("cancelledDate", ""),
        ("invoiceDescription", "something else"),
    ],
)
async def test_a_field_that_stayed_as_it_was_is_told_by_name(field: str, value: Any) -> None:
    outcome = await update({**ADDITION, field: value})
    assert isinstance(outcome, Refused)
    assert f"left as it was: {field}. Plan again" in outcome.message


async def test_fields_whose_amounts_agree_by_chance_are_told_too() -> None:
    outcome = await update({**ADDITION, "quantity": 2, "unitPrice": 2.5})
    assert isinstance(outcome, Refused)
    assert "quantity, unitPrice" in outcome.message


@pytest.mark.parametrize(
    ("change", "amount"),
    [({"unitPrice": 5.01}, "5.01"), ({"quantity": 2}, "10"), ({"billCustomer": "NoCharge"}, "0")],
)
async def test_an_amount_that_is_off_is_left_to_the_kit(
    change: dict[str, Any], amount: str
) -> None:
    outcome = await update({**ADDITION, **change})
    assert isinstance(outcome, Written)
    assert outcome.record.amount == Decimal(amount)


async def prepared(**found: list[dict[str, Any]]) -> tuple[ConnectWise, Bill]:
    vendor = ConnectWise(
        lists(**{"companies": [COMPANY], "agreements": [AGREEMENT], "catalog": [PRODUCT], **found})
    )
    bill = Bill(charge_set(charge("5.00")), (Target(UNIT),))
    await vendor.session.prepare([bill, bill])
    return vendor, bill


async def test_a_plan_reads_companies_agreements_and_products_once() -> None:
    vendor, bill = await prepared()
    assert vendor.conditions == ["id in (8)", "id in (30)", 'identifier in ("AZ")']
    (wanted,) = vendor.session.desired(bill)
    assert wanted.request["path"] == "finance/agreements/30/additions"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"companies": []}, "company 'Acme' is not in ConnectWise any more"),
        ({"companies": [{**COMPANY, "deletedFlag": True}]}, "company 'Acme' is not in"),
        ({"companies": [{**COMPANY, "status": {"name": "Inactive"}}]}, "'Acme' is Inactive"),
    ],
)
async def test_a_company_that_is_gone_is_told(
    found: dict[str, list[dict[str, Any]]], words: str
) -> None:
    vendor, bill = await prepared(**found)
    with pytest.raises(RejectedError, match=words):
        vendor.session.desired(bill)


WITHOUT = {
    "companies": [{**COMPANY, "currency": None}],
    "agreements": [{**AGREEMENT, "currency": None}],
}


def kept(*codes: str) -> list[dict[str, Any]]:
    return [
        {"id": number, "currencyIdentifier": code, "currencyCode": {"id": number, "name": code}}
        for number, code in enumerate(codes, 1)
    ]


async def test_a_system_with_one_currency_bills_in_it() -> None:
    vendor, bill = await prepared(**WITHOUT, currencies=kept("AUD"))
    assert len(vendor.session.desired(bill)) == 1
    assert len(vendor.requests) == 4
    vendor, bill = await prepared(**WITHOUT, currencies=kept("NZD"))
    with pytest.raises(RejectedError, match="is in NZD and the charges are in AUD"):
        vendor.session.desired(bill)


@pytest.mark.parametrize("codes", [(), ("AUD", "NZD")])
async def test_a_system_with_several_has_to_say_which(codes: tuple[str, ...]) -> None:
    vendor, bill = await prepared(**WITHOUT, currencies=kept(*codes))
    with pytest.raises(RejectedError, match="Set the currency of the agreement"):
        vendor.session.desired(bill)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_role_that_may_not_read_currencies_stops_nobody_else(status: int) -> None:
    whole = lists(**{**WITHOUT, "catalog": [PRODUCT]})

    def answer(request: httpx.Request) -> httpx.Response:
        is_secret = request.url.path.endswith("/currencies")
        return httpx.Response(status, json={}) if is_secret else whole(request)

    vendor = ConnectWise(answer)
    bill = Bill(charge_set(charge("5.00")), (Target(UNIT),))
    await vendor.session.prepare([bill])
    with pytest.raises(RejectedError, match="Set the currency of the agreement"):
        vendor.session.desired(bill)


async def test_how_a_late_addition_is_billed_is_told_with_the_plan() -> None:
    late = {**AGREEMENT, "prorateFlag": True, "invoiceProratedAdditionsFlag": True}
    vendor = ConnectWise(
        lists(companies=[COMPANY], agreements=[late], catalog=[PRODUCT]), billing_period="usage"
    )
    bill = Bill(charge_set(charge("5.00")), (Target(UNIT),))
    await vendor.session.prepare([bill])
    (wanted,) = vendor.session.desired(bill)
    assert "on an invoice of its own" in str(wanted.notes["billed"])
    assert wanted.canonical["effective"] == "2026-10-01"


async def test_agreements_are_those_of_one_company_active_and_in_its_currency() -> None:
    rows = [
        {**AGREEMENT, "id": 1, "name": "ours"},
        {**AGREEMENT, "id": 2, "name": "dollars", "currency": {"currencyCode": "USD"}},
        {**AGREEMENT, "id": 3, "name": "over", "agreementStatus": "Expired"},
        {**AGREEMENT, "id": 4, "name": "no currency", "currency": None},
    ]
    vendor = ConnectWise(lists(agreements=rows))
    found = await vendor.session.search("agreements", "", Within("8", "AUD"))
    assert [one.name for one in found] == ["ours", "no currency"]
    assert vendor.conditions == ["cancelledFlag=False and company/id=8"]
    assert [one.name for one in await vendor.session.search("agreements", "")] == [
        "ours",
        "dollars",
        "no currency",
    ]
    assert await vendor.session.search("agreements", "", Within("nobody")) == []


async def test_companies_that_are_inactive_are_marked() -> None:
    rows = [
        COMPANY,
        {
            **COMPANY,
            "id": 9,
            "status": {"name": "Inactive"},
            "website": "acme.example",
            "accountNumber": GUID,
        },
    ]
    vendor = ConnectWise(lists(companies=rows))
    one, two = await vendor.session.search("companies", " acme ")
    assert (one.inactive, two.inactive) == (False, True)
    assert two.clues == ("Acme", "acme.example", GUID)
    assert vendor.conditions == [
        '(name contains "acme" or identifier contains "acme") and deletedFlag=False'
    ]


async def test_a_name_with_quotes_is_found_and_nothing_but_it() -> None:
    rows = [
        {**PRODUCT, "identifier": '3" disk'},
        {**PRODUCT, "identifier": "3 inch disk"},
        {**PRODUCT, "identifier": "X", "description": 'of 3" DISK', "inactiveFlag": True},
    ]
    vendor = ConnectWise(lists(catalog=rows))
    found = await vendor.session.search("products", '3" disk')
    assert [(one.id, one.inactive) for one in found] == [('3" disk', False), ("X", True)]
    assert vendor.conditions == ['(identifier like "*3* disk*" or description like "*3* disk*")']


async def test_a_product_with_quotes_is_no_missing_product() -> None:
    name = "AZ 'plan' 3\""
    vendor = ConnectWise(
        lists(
            companies=[COMPANY],
            agreements=[AGREEMENT],
            catalog=[{**PRODUCT, "identifier": "AZ xplanx 3x"}, {**PRODUCT, "identifier": name}],
        )
    )
    bill = Bill(charge_set(charge("5.00", product_id=name)), (Target(UNIT),))
    await vendor.session.prepare([bill])
    (wanted,) = vendor.session.desired(bill)
    assert json.loads(json.dumps(wanted.request))["body"]["product"] == {"identifier": name}


@pytest.mark.parametrize(
    ("api_url", "site"),
    [
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net"),
        ("https://cw.acme.example:8443/", "https://cw.acme.example:8443"),
    ],
)
def test_a_record_is_seen_on_the_page_of_its_agreement(api_url: str, site: str) -> None:
    page = page_of({"api_url": api_url, "company_id": "acme msp"}, 30)
    where = "v4_6_release/services/system_io/router/openrecord.rails"
    assert page == f"{site}/{where}?recordType=AgreementFV&recid=30&companyName=acme+msp"


NOT_FOUND = httpx.Response(404, json={"code": "NotFound", "message": "The record was not found"})


def cloud(*, additions: httpx.Response, agreements: httpx.Response) -> ConnectWise:
    """A system that answers so to whoever asks for additions, and for agreements."""
    return ConnectWise(
        lambda request: additions if "/additions" in request.url.path else agreements
    )


async def test_an_agreement_that_the_list_lacks_too_was_deleted_and_what_stood_on_it() -> None:
    vendor = cloud(additions=NOT_FOUND, agreements=httpx.Response(200, json=[]))
    assert await vendor.session.read(["30/7", "30/8", "31/9"]) == dict.fromkeys(
        ("30/7", "30/8", "31/9")
    )
    assert vendor.conditions == ["id in (7,8)", "id in (9)", "id in (30,31)"]
    assert await vendor.session.find([UNIT]) == {KEY: []}


async def test_where_everything_is_missing_it_is_the_keys_and_nothing_is_gone() -> None:
    vendor = cloud(additions=NOT_FOUND, agreements=NOT_FOUND)
    with pytest.raises(ReauthRequiredError, match="keys that are wrong or revoked"):
        await vendor.session.read(["30/7", "31/9"])
    assert len(vendor.requests) == 3
    for ask in (vendor.session.find([UNIT]), vendor.session.check(), vendor.client.currencies()):
        with pytest.raises(ReauthRequiredError):
            await ask
    for action in ("create", "update", "delete"):
        path = "finance/agreements/30/additions" + ("" if action == "create" else "/7")
        write = Write(action, KEY, UNIT.label, "30/7", {"path": path})
        with pytest.raises(ReauthRequiredError):
            await vendor.session.write([write], "attempt")


async def test_an_agreement_that_is_listed_has_lost_nothing_by_a_404() -> None:
    vendor = cloud(additions=NOT_FOUND, agreements=httpx.Response(200, json=[AGREEMENT]))
    with pytest.raises(RejectedError, match="lists the agreement 'Azure'"):
        await vendor.session.read(["30/7"])


async def test_a_record_that_a_good_key_does_not_find_is_removed_already() -> None:
    vendor = cloud(additions=NOT_FOUND, agreements=httpx.Response(200, json=[AGREEMENT]))
    path = "finance/agreements/30/additions/7"
    gone = Write("delete", KEY, UNIT.label, "30/7", {"path": path})
    assert await vendor.session.write([gone], "attempt") == [Removed({})]
    changed = Write("update", KEY, UNIT.label, "30/7", {"path": path})
    with pytest.raises(RejectedError, match="does not know this record"):
        await vendor.session.write([changed], "attempt")


async def test_a_serial_number_is_ours_in_any_letters_and_rows_not_asked_for_are_nobodys() -> None:
    rows = [
        {**ADDITION, "serialNumber": KEY.lower()},
        {**ADDITION, "id": 8, "serialNumber": "1234"},
        {**ADDITION, "id": 9, "serialNumber": None},
    ]
    session = ConnectWise(always(200, rows)).session
    assert [one.ref for one in (await session.find([UNIT]))[KEY]] == ["30/7"]
    assert list(await session.read(["30/7"])) == ["30/7"]


async def test_a_plan_names_what_comes_to_nothing_beside_its_first_record() -> None:
    session = (await prepared())[0].session
    charges = charge_set(
        charge("0.00", description="Free \n grant"),
        charge("5.00"),
        charge("6.00", vendor_item="another"),
    )
    units = session.units(charges, lambda name: f"{KEY} {name}")
    bill = Bill(charges, tuple(Target(unit) for unit in units))
    named = [one.notes.get("left_out_at_0.00") for one in session.desired(bill)]
    assert named == [["AZ: Free grant"], None]
