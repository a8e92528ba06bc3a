"""The change to last month."""

from decimal import Decimal

import pytest
from syncline_portal.last_month import month_before
from syncline_portal.look.money import change


@pytest.mark.parametrize(
    ("month", "before"), [("2026-10", "2026-09"), ("2026-01", "2025-12"), ("2024-03", "2024-02")]
)
def test_the_month_before(month: str, before: str) -> None:
    assert month_before(month) == before


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [("12.50", Decimal("10"), "+2.50"), ("1", Decimal("3"), "-2.00"), ("1", None, "new")],
)
def test_a_change_has_its_sign(now: str, before: Decimal | None, words: str) -> None:
    assert change(now, before) == words
