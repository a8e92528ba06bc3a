from datetime import date

import pytest
from syncline_ingest.readers.day import parse_day


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-10-31", date(2026, 10, 31)),
        ("2026-10-31T00:00:00Z", date(2026, 10, 31)),
        ("2026-10-31T00:00:00.0000000Z", date(2026, 10, 31)),
        ("2026-10-31 00:00:00", date(2026, 10, 31)),
        ("2026-10-31T23:59:59", date(2026, 10, 31)),
        ("2026-10-31T00:00:00-08:00", date(2026, 10, 31)),
        ("2026-10-30T16:00:00-08:00", date(2026, 10, 31)),
        ("2026-11-01T00:00:00+1000", date(2026, 11, 1)),
        ("10/31/2026", date(2026, 10, 31)),
        ("3/1/21", date(2021, 3, 1)),
        ("3/1/2021 12:00:00 AM", date(2021, 3, 1)),
        ("19-JAN-2024", date(2024, 1, 19)),
        ("19-jan-2024", date(2024, 1, 19)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_every_form_gives_the_day_that_was_meant(cell: str, expected: date) -> None:
    assert parse_day(cell) == expected


@pytest.mark.parametrize("cell", ["", "NULL", "NA", " ", "0001-01-01T00:00:00Z"])
def test_a_missing_date_is_no_date(cell: str) -> None:
    assert parse_day(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "31/10/2026",
        "2026-13-01",
        "2023-02-29",
        "31-FOO-2026",
        "June 18, 2021",
        "20261031",
        "x" * 99,
    ],
)
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is no date like"):
        parse_day(cell)
