"""What ConnectWise would refuse or never bill says why, and what to do."""

from dataclasses import replace
from typing import Any

import pytest
from syncline_chassis.errors import NotBillableError
from syncline_chassis.testing.desk import charge_set
from syncline_connectwise.preflight import Rules, check_write, find_agreement

from tests.unit.connectwise.samples import charge, place

SEVERAL: dict[str, Any] = {"agreement": {"currency": None}, "company": {"currency": None}}


def check(rules: Rules | None = None, **fields: Any) -> None:
    changes = fields.pop("charges", {})
    one = charge("5.00")
    check_write(charge_set(one, **changes), one, place(**fields), rules or Rules())


def test_what_is_in_order_is_written() -> None:
    check()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"agreement": {"cancelledFlag": True}}, "'Azure' is Cancelled .* Renew"),
        ({"agreement": {"agreementStatus": "Expired"}}, "is Expired .* choose another"),
        (
            {"agreement": {"agreementStatus": "Inactive", "startDate": "2027-01-01"}},
            r"is Inactive in ConnectWise \(it starts on 2027-01-01\)",
        ),
        ({"agreement": {"billOneTimeFlag": True}}, "one time only"),
        ({"agreement": {"billingCycle": None}}, "no billing cycle"),
        ({"agreement": {"company": {"id": 9, "name": "Other"}}}, "belongs to 'Other'"),
        ({"company": {"deletedFlag": True}}, "company 'Acme' is not in ConnectWise any more"),
        ({"company": {"status": {"id": 2, "name": "Inactive"}}}, "'Acme' is Inactive .* Activate"),
        ({"product": {"inactiveFlag": True}}, "'AZ' is inactive .* billing profile"),
        ({"product": {"productClass": "Bundle"}}, "'AZ' is a bundle"),
    ],
)
def test_what_cannot_be_billed_says_why(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(NotBillableError, match=words) as refused:
        check(**fields)
    assert refused.value.code == "rejected"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("company", "company 'Acme' is not in"),
        ("agreement", "agreement 30 of Acme is not in"),
        ("product", "product 'AZ' is missing"),
    ],
)
def test_what_is_gone_says_so(part: str, words: str) -> None:
    one = charge("5.00")
    without: Any = {part: None}
    with pytest.raises(NotBillableError, match=words):
        check_write(charge_set(one), one, replace(place(), **without), Rules())


@pytest.mark.parametrize(
    "cycle",
    ["Bi-Monthly", "Quarterly", "Semi-Annual", "Yearly", "Weekly", "Not Recurring", "Six months"],
)
def test_a_cycle_that_is_no_month_is_refused(cycle: str) -> None:
    with pytest.raises(NotBillableError, match=f"billed {cycle}, .* Monthly billing cycles"):
        check(agreement={"billingCycle": {"id": 3, "name": cycle}})


@pytest.mark.parametrize("cycle", ["Monthly", " monthly", "Azure  month", "MRR"])
def test_a_cycle_is_known_by_its_name_or_by_the_connection(cycle: str) -> None:
    rules = Rules.of({"monthly_cycles": "Azure Month, mrr,"})
    check(rules, agreement={"billingCycle": {"id": 3, "name": cycle}})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"agreement": {"currency": {"currencyIdentifier": "aud"}}},
        {"agreement": {"currency": None}},
        {**SEVERAL, "own_currency": "AUD"},
    ],
)
def test_the_currency_is_the_agreements_or_the_companys_or_the_systems(
    fields: dict[str, Any],
) -> None:
    check(**fields)
    with pytest.raises(NotBillableError, match="is in AUD and the charges are in NZD") as refused:
        check(**fields, charges={"currency": "NZD"})
    assert refused.value.code == "currency_mismatch"


def test_a_currency_that_nobody_names_is_no_currency_of_ours() -> None:
    with pytest.raises(NotBillableError, match=r"Neither .* names a currency") as refused:
        check(**SEVERAL)
    assert refused.value.code == "currency_mismatch"
    one = charge("5.00")
    assert find_agreement(charge_set(one), one, place(**SEVERAL)).id == 30  # it may stay


def test_the_connection_says_which_period() -> None:
    assert Rules.of({}).in_open_period
    assert not Rules.of({"billing_period": "usage"}).in_open_period
