"""When an invoice is due."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from syncline_xero.convert import Rules
from syncline_xero.manifest import connection_form
from syncline_xero.schemas import XeroTerms
from syncline_xero.terms import Terms
from syncline_xero.zone import day_in


def in_xero(day: int | None, kind: str) -> XeroTerms:
    return XeroTerms.model_validate({"Sales": {"Day": day, "Type": kind}, "Bills": {"Day": 1}})


@pytest.mark.parametrize(
    ("rule", "number", "issued_on", "due_on"),
    [
        ("days_after_date", 14, "2026-10-31", "2026-11-14"),
        ("days_after_date", 0, "2026-10-31", "2026-10-31"),
        ("days_after_month", 20, "2026-10-05", "2026-11-20"),
        ("days_after_month", 0, "2026-10-31", "2026-10-31"),
        ("days_after_month", 30, "2027-01-31", "2027-03-02"),
        ("day_of_month", 20, "2026-10-05", "2026-10-20"),
        ("day_of_month", 20, "2026-10-20", "2026-10-20"),
        ("day_of_month", 20, "2026-10-31", "2026-11-20"),
        ("day_of_month", 31, "2027-02-03", "2027-02-28"),
        ("day_of_next_month", 20, "2026-10-31", "2026-11-20"),
        ("day_of_next_month", 31, "2027-01-31", "2027-02-28"),
        ("day_of_next_month", 5, "2026-12-31", "2027-01-05"),
    ],
)
def test_the_rule_of_the_connection(rule: str, number: int, issued_on: str, due_on: str) -> None:
    terms = Rules.of({"due_rule": rule, "due_days": str(number)}).terms()
    assert terms.due(date.fromisoformat(issued_on)).isoformat() == due_on


@pytest.mark.parametrize(
    ("of_contact", "of_organisation", "terms"),
    [
        (
            in_xero(20, "OFFOLLOWINGMONTH"),
            in_xero(5, "DAYSAFTERBILLDATE"),
            ("OFFOLLOWINGMONTH", 20),
        ),
        (None, in_xero(5, "DAYSAFTERBILLMONTH"), ("DAYSAFTERBILLMONTH", 5)),
        (in_xero(None, "OFCURRENTMONTH"), None, ("DAYSAFTERBILLDATE", 14)),
        (in_xero(3, "SOMETHING_NEW"), in_xero(5, "OFCURRENTMONTH"), ("OFCURRENTMONTH", 5)),
        (XeroTerms(), XeroTerms(), ("DAYSAFTERBILLDATE", 14)),
    ],
)
def test_the_contacts_own_terms_come_before_the_organisations_and_those_before_days(
    of_contact: XeroTerms | None, of_organisation: XeroTerms | None, terms: tuple[str, int]
) -> None:
    asked = Rules.of({"due_rule": "contact_terms"})
    assert asked.terms(of_contact, of_organisation) == Terms(*terms)
    assert Rules().terms(of_contact, of_organisation) == Terms("DAYSAFTERBILLDATE", 14)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("AUSEASTERNSTANDARDTIME", 6),
        ("NEWZEALANDSTANDARDTIME", 6),
        ("GMTSTANDARDTIME", 5),
        ("NEVERHEARDOF", 5),
        ("", 5),
    ],
)
def test_the_day_is_the_organisations(zone: str, day: int) -> None:
    assert day_in(zone, datetime(2026, 11, 5, 20, 0, tzinfo=UTC)) == date(2026, 11, day)


@pytest.mark.parametrize(
    ("fields", "is_valid"),
    [
        ({}, True),
        ({"due_rule": "days_after_date", "due_days": "365"}, True),
        ({"due_rule": "days_after_date", "due_days": "366"}, False),
        ({"due_rule": "day_of_month", "due_days": "31"}, True),
        ({"due_rule": "day_of_month", "due_days": "32"}, False),
        ({"due_rule": "day_of_next_month", "due_days": "0"}, False),
        ({"due_rule": "whenever"}, False),
        ({"date_rule": "sync_day"}, True),
        ({"date_rule": "yesterday"}, False),
    ],
)
def test_the_form_takes_rules_that_can_be_kept(fields: dict[str, Any], is_valid: bool) -> None:
    form = {
        "client_id": "id",
        "client_secret": "secret",
        "api_url": "https://api.example",
        "identity_url": "https://id.example",
        **fields,
    }
    assert Draft202012Validator(connection_form()).is_valid(form) is is_valid
