"""An addition lies inside one billing period and inside its agreement's own dates."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_chassis.errors import NotBillableError
from syncline_connectwise.period import Period, period_for
from syncline_connectwise.schemas import CwAgreement

from tests.unit.connectwise.samples import agreement

YEAR = {"invoicingCycle": "ContractYear"}


def span(month: str = "2026-10", *, usage: bool = False, **fields: Any) -> str:
    found = period_for(month, agreement(**fields), in_open_period=not usage)
    return f"{found.first} {found.last}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "2026-11-01 2026-11-30"),
        ({"nextInvoiceDate": "2026-11-20T00:00:00Z"}, "2026-11-01 2026-11-30"),
        ({"nextInvoiceDate": "2027-02-01T00:00:00Z"}, "2027-02-01 2027-02-28"),
        ({**YEAR, "nextInvoiceDate": "2026-11-15T00:00:00Z"}, "2026-11-15 2026-12-14"),
        ({**YEAR, "nextInvoiceDate": "2026-12-15T00:00:00Z"}, "2026-12-15 2027-01-14"),
        (
            {
                **YEAR,
                "billStartDate": "2026-08-31T00:00:00Z",
                "nextInvoiceDate": "2027-02-28T00:00:00Z",
            },
            "2027-02-28 2027-03-30",
        ),
        (
            {
                **YEAR,
                "billStartDate": "2026-08-31T00:00:00Z",
                "nextInvoiceDate": "2027-03-31T00:00:00Z",
            },
            "2027-03-31 2027-04-29",
        ),
        ({"invoicingCycle": None, "nextInvoiceDate": "2026-11-15"}, "2026-11-15 2026-12-14"),
    ],
)
def test_the_open_period_is_that_of_the_next_invoice(fields: Any, expected: str) -> None:
    assert span(**fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"nextInvoiceDate": "2026-10-01"}, "2026-10-01 2026-10-31"),
        ({"nextInvoiceDate": "2026-08-01"}, "2026-10-01 2026-10-31"),
        ({**YEAR, "nextInvoiceDate": "2026-10-15"}, "2026-10-15 2026-11-14"),
        ({"nextInvoiceDate": "2026-11-01", "prorateFlag": True}, "2026-10-01 2026-10-31"),
    ],
)
def test_the_period_of_the_usage_begins_in_its_month(fields: Any, expected: str) -> None:
    assert span(usage=True, **fields) == expected


@pytest.mark.parametrize(
    ("is_apart", "words"), [(True, "on an invoice of its own"), (False, "with the next invoice")]
)
def test_what_comes_after_its_invoice_says_how_it_is_billed(*, is_apart: bool, words: str) -> None:
    late = agreement(prorateFlag=True, invoiceProratedAdditionsFlag=is_apart)
    assert words in period_for("2026-10", late, in_open_period=False).remark
    assert period_for("2026-10", late, in_open_period=True).remark == ""


ENDS = {"endDate": "2026-11-15T00:00:00Z", "noEndingDateFlag": False}
STARTS = {"startDate": "2026-11-10T00:00:00Z", "billStartDate": None}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (ENDS, "2026-11-01 2026-11-15"),
        ({**ENDS, "endDate": "2026-11-01"}, "2026-11-01 2026-11-01"),
        ({**ENDS, "endDate": "2026-11-30", "prorateFlag": True}, "2026-11-01 2026-11-30"),
        (STARTS, "2026-11-10 2026-11-30"),
        ({**STARTS, "billStartDate": "2026-11-12"}, "2026-11-12 2026-11-30"),
        ({**ENDS, "noEndingDateFlag": True}, "2026-11-01 2026-11-30"),
    ],
)
def test_an_addition_stays_within_the_agreement(fields: Any, expected: str) -> None:
    assert span(**fields) == expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"nextInvoiceDate": ""}, "no next invoice date"),
        ({"nextInvoiceDate": "soon"}, "no next invoice date"),
        ({"startDate": "2026-12-01"}, "is billed from 2026-12-01 on"),
        ({"endDate": "2026-10-31", "noEndingDateFlag": False}, "ends on 2026-10-31"),
        ({**ENDS, "prorateFlag": True}, "part of the amount"),
        ({**STARTS, "prorateFlag": True}, "part of the amount"),
    ],
)
def test_what_would_not_be_billed_whole_is_refused(fields: Any, words: str) -> None:
    with pytest.raises(NotBillableError, match=words):
        span(**fields)


def test_a_month_that_is_invoiced_bills_nothing_without_proration() -> None:
    with pytest.raises(NotBillableError, match=r"2026-10 .* never be billed"):
        span(usage=True)


days = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@given(days, days, st.sampled_from(["ContractYear", "CalendarYear", ""]))
def test_periods_follow_each_other_without_gaps(began: date, upcoming: date, cycle: str) -> None:
    def opened(on: date) -> Period:
        made = CwAgreement(
            id=1, next_invoice_date=on, invoicing_cycle=cycle, bill_start_date=began.replace(year=4)
        )
        return period_for("2026-10", made, in_open_period=True)

    one = opened(upcoming)
    assert one.first <= upcoming <= one.last
    assert timedelta(27) <= one.last - one.first <= timedelta(30)
    following = opened(one.last + timedelta(1))
    assert following.first == one.last + timedelta(1)
