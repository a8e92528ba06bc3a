"""Holds: all that apply, each with its place to fix; what has nothing to bill asks for nothing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from syncline_mapping.domain.charges import charges_of
from syncline_mapping.domain.holds import Case, holds_and_warnings, is_unusual
from syncline_mapping.domain.summary import summarise, valued
from syncline_mapping.domain.tie_out import Difference

from tests.unit.mapping.samples import Line, connector, line, partner


def case(rows: Sequence[Any] = (line(),), **more: Any) -> Case:
    summary = summarise(valued(rows))
    agreements = more.get("agreements", {})
    return Case(
        **{
            "tenant_name": "Contoso",
            "currency": "AUD",
            "summary": summary,
            "charges": charges_of(summary, "AUD", agreements),
            "partner": partner(),
            "connector": connector(),
            "client_id": "C-1",
            **more,
        }
    )


OFF = (Difference("consumption", 1, Decimal("0.01")), Difference("credit", 0, Decimal("-2")))

CASES: list[tuple[str, Case, list[tuple[str, str, str | None]]]] = [
    ("nothing", case(), []),
    ("no client", case(client_id=None), [("client_not_mapped", "mapping", "85.00")]),
    (
        "no agreement",
        case([line(), line(item="B")], connector=connector("Agreement"), agreements={"B": "A-1"}),
        [("agreement_not_mapped", "mapping", "85.00")],
    ),
    (
        "no entry",
        case([line("5", "6", entry=False), line()]),
        [("no_profile_entry", "profile", "90.00")],
    ),
    ("no RRP", case([line("5", None)]), [("rrp_unknown", "partner", "5")]),
    (
        "no RRP and no entry",
        case([line("5", None, entry=False)]),
        [("no_profile_entry", "profile", "5"), ("rrp_unknown", "partner", "5")],
    ),
    (
        "unknown kind",
        case([line(kind="unknown", item="X")]),
        [("unknown_line_kind", "document", "85.00")],
    ),
    ("tie-out", case(differences=OFF), [("tie_out_failed", "document", "-1.99")]),
    (
        "currency",
        case(partner=partner(currency="NZD")),
        [("currency_mismatch", "partner", "85.00")],
    ),
    (
        "negative",
        case([line("-5", "-6", "-6")], connector=connector(negative=False)),
        [("negative_total", "document", "-5")],
    ),
    ("negative is fine here", case([line("-5", "-6", "-6")]), []),
    ("no register entry", case(partner=None), [("no_connection", "partner", None)]),
    (
        "no connection chosen",
        case(partner=partner(connection_id=None)),
        [("no_connection", "connection", None)],
    ),
    ("connector unknown", case(connector=None), [("no_connection", "connection", None)]),
    (
        "everything at once",
        case([line("5", None)], client_id=None, connector=None, differences=OFF),
        [
            ("no_connection", "connection", None),
            ("client_not_mapped", "mapping", "5"),
            ("tie_out_failed", "document", "-1.99"),
            ("rrp_unknown", "partner", "5"),
        ],
    ),
    ("free asks for nothing", case([line("0", "0", "0")], client_id=None, partner=None), []),
    ("free without an entry", case([line("0", "0", entry=False)], client_id=None), []),
    ("tax asks for nothing", case([line(kind="tax")], client_id=None), []),
    (
        "free, of unknown worth",
        case([line("0", None)], client_id=None),
        [("client_not_mapped", "mapping", "0"), ("rrp_unknown", "partner", "0")],
    ),
]


@pytest.mark.parametrize(
    ("given", "expected"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_every_reason_that_applies_is_told_with_its_place(
    given: Case, expected: list[tuple[str, str, str | None]]
) -> None:
    found = [
        (one.code, one.fix, None if one.amount is None else str(one.amount))
        for one in holds_and_warnings(given)[0]
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([line("100", "100", "99.99")], "sell_below_cost"),
        ([line("-100", "-110", "-110")], "sell_below_cost"),
        ([line("100", "301", "301")], "unusual_rrp"),
        ([line("-100", "-301", "-100")], "unusual_rrp"),
    ],
)
def test_what_asks_for_a_look_holds_only_where_the_partner_says_so(
    rows: list[Line], code: str
) -> None:
    holds, warnings = holds_and_warnings(case(rows))
    assert (holds, [one.code for one in warnings]) == ((), [code])
    holds, warnings = holds_and_warnings(case(rows, partner=partner(**{code: "hold"})))
    assert ([one.code for one in holds], warnings) == ([code], ())


@pytest.mark.parametrize(
    ("rrp", "cost", "unusual"),
    [
        ("50", "100", False),
        ("49.99", "100", True),
        ("300", "100", False),
        ("300.01", "100", True),
        ("-100", "100", True),
        ("-50", "-100", False),
        ("-301", "-100", True),
        ("0", "-1", True),
        ("7", "0", False),
    ],
)
def test_rrp_outside_half_to_three_times_a_cost_is_unusual(
    rrp: str, cost: str, unusual: bool
) -> None:
    assert is_unusual(Decimal(rrp), Decimal(cost)) is unusual


def test_messages_use_the_words_of_the_psa() -> None:
    given = case(client_id=None, connector=connector("Contract"))
    texts = [one.message for one in holds_and_warnings(given)[0]]
    assert any("a Contact" in text for text in texts)
    assert any("Contract" in text for text in texts)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([line("5", None)], "1 line of AZ-CONS has no RRP"),
        ([line("5", None), line("6", None)], "2 lines of AZ-CONS have no RRP"),
        ([line(kind="unknown", item="X")], "1 line of X is of a kind that is not known"),
    ],
)
def test_one_line_and_several_are_told_apart(rows: list[Line], told: str) -> None:
    (hold,) = holds_and_warnings(case(rows))[0]
    assert hold.message.startswith(told)
