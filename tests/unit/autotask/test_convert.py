"""Charges to contract charges and back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_autotask.convert import (
    Draft,
    Place,
    Rules,
    Words,
    amount_of,
    check_open,
    from_charge,
    name_of,
    to_body,
    to_changes,
    to_draft,
    to_wire,
)
from syncline_autotask.schemas import AtCharge
from syncline_chassis.errors import NotBillableError
from syncline_chassis.testing.desk import charge_set
from syncline_contracts.charge import Charge

from tests.unit.autotask.samples import COMPANY, CONTRACT, KEY, PLACE, SOLD, WORDS, charge


def draft(
    one: Charge | None = None,
    place: Place = PLACE,
    words: Words = WORDS,
    rules: Rules | None = None,
    before: dict[str, object] | None = None,
    **fields: Any,
) -> Draft:
    chosen = one or charge("1289.37")
    charges = charge_set(chosen, **fields)
    return to_draft(charges, chosen, KEY, SOLD, place, words, rules or Rules(), before=before)


def answered(made: Draft, **fields: Any) -> AtCharge:
    """As Autotask gives it back."""
    body = to_wire(to_body(made))
    billed = body["unitQuantity"] * body["unitPrice"]
    return AtCharge.model_validate({**body, "id": 5, "billableAmount": billed, **fields})


def test_the_request_says_all_that_counts_and_nothing_of_the_clock() -> None:
    assert to_body(draft(place=Place(COMPANY, CONTRACT, 9))) == {
        "contractID": 30,
        "billingCodeID": 60,
        "contractServiceID": 9,
        "datePurchased": "2026-10-31T00:00:00Z",
        "unitQuantity": "1",
        "unitPrice": "1289.37",
        "unitCost": "1289.37",
        "isBillableToCompany": True,
        "name": "Azure consumption 2026-10",
        "description": "Azure consumption",
        "chargeType": 31,
        "internalPurchaseOrderNumber": KEY,
    }


def test_a_status_is_sent_only_where_the_connection_names_one() -> None:
    assert to_body(draft(rules=Rules(charge_status="delivered")))["status"] == 5


@given(st.decimals("-1e12", "1e12", places=2), st.decimals("0", "1e12", places=4))
def test_what_is_written_reads_back_the_same(sell: Decimal, cost: Decimal) -> None:
    made = draft(charge(str(sell), cost=cost))
    back = answered(made)
    assert (from_charge(back), amount_of(back)) == (made.canonical(), sell)


def test_a_change_names_the_record_and_always_repeats_the_price() -> None:
    made = draft()
    before = {**made.canonical(), "billable": "no"}
    assert to_changes(made, 5, before) == {
        "id": 5,
        "billingCodeID": 60,
        "unitQuantity": "1",
        "unitPrice": "1289.37",
        "unitCost": "1289.37",
        "isBillableToCompany": True,
        "name": "Azure consumption 2026-10",
        "description": "Azure consumption",
    }


def test_what_is_not_billed_to_the_company_comes_to_nothing() -> None:
    assert amount_of(answered(draft(), isBillableToCompany=False)) == 0
    assert amount_of(answered(draft(), billableAmount=None)) == Decimal("1289.37")


def test_date_and_link_stay_as_they_were() -> None:
    before = {**draft().canonical(), "date": "2026-11-05", "service": "9"}
    again = draft(place=Place(COMPANY, CONTRACT, 0), before=before)
    assert again.canonical() == before
    other_code = draft(before={**before, "code": "61"}).canonical()
    assert (other_code["service"], other_code["date"]) == ("", "2026-11-05")


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (None, None, "2026-10-31"),
        (date(2026, 11, 2), None, "2026-11-02"),
        (None, date(2026, 10, 15), "2026-10-15"),
    ],
)
def test_a_charge_lies_within_its_contract(
    starts: date | None, ends: date | None, expected: str
) -> None:
    contract = CONTRACT.model_copy(update={"start_date": starts, "end_date": ends})
    assert draft(place=Place(COMPANY, contract)).bought_on.isoformat() == expected


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"place": Place(None, CONTRACT)}, "rejected", "company 'Acme' is not in Autotask"),
        ({"place": Place(COMPANY, None)}, "rejected", "contract 30 of Acme is not in Autotask"),
        ({"client_id": "9"}, "rejected", "belongs to another company"),
        ({"currency": "NZD"}, "currency_mismatch", "billed in AUD"),
        ({"one": charge("1.005")}, "tie_out_failed", "smallest unit"),
        ({"rules": Rules(charge_type="Free")}, "rejected", "no charge type 'Free'"),
        ({"words": replace(WORDS, is_key_queryable=False)}, "rejected", "cannot be searched"),
    ],
)
def test_what_autotask_would_refuse_says_why(change: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(NotBillableError, match=words) as refused:
        draft(**change)
    assert refused.value.code == code


def test_a_company_without_a_currency_has_the_providers_own() -> None:
    company = COMPANY.model_copy(update={"currency_id": 0})
    assert draft(place=Place(company, CONTRACT)).contract_id == CONTRACT.id
    with pytest.raises(NotBillableError, match="billed in AUD"):
        draft(place=Place(company, CONTRACT), currency="NZD")


@pytest.mark.parametrize(
    ("change", "today", "words"),
    [
        ({"contract_type": 4}, date(2026, 11, 1), "Block Hours"),
        ({"status": 10}, date(2026, 11, 1), "is In Active"),
        ({"end_date": date(2026, 10, 31)}, date(2026, 11, 1), "ended on 2026-10-31"),
    ],
)
def test_a_contract_that_is_closed_says_why(
    change: dict[str, Any], today: date, words: str
) -> None:
    with pytest.raises(NotBillableError, match=words):
        check_open(CONTRACT.model_copy(update=change), WORDS, today)


def test_a_contract_takes_charges_up_to_its_last_day() -> None:
    contract = CONTRACT.model_copy(update={"end_date": date(2026, 11, 1), "contract_type": 1})
    check_open(contract, WORDS, date(2026, 11, 1))


@given(st.text(min_size=1, max_size=12_000))
def test_any_text_fits(text: str) -> None:
    one = charge("1.00", description=text)
    made = draft(one)
    assert len(made.name) <= 100
    assert made.name.endswith(" 2026-10")
    assert len(made.text) <= 2000
    assert "\n" not in made.name + made.text
    assert name_of(charge_set(one), one) == made.name
