"""Daily usage beside its invoice: tied per class within the tolerance, the rest largest first."""

from decimal import Decimal

import pytest
from syncline_contracts.invoice import ControlTotal, TenantManifest
from syncline_contracts.line import LineKind
from syncline_contracts.usage import MAX_GAPS
from syncline_ingest.usage_tie import compare

ONE = Decimal("1.00")


def tenant(name: str, **costs: str) -> TenantManifest:
    kinds: dict[str, LineKind] = {
        "plan": "consumption",
        "market": "marketplace",
        "reserved": "reservation",
    }
    totals = tuple(
        ControlTotal(kind=kinds[kind], lines=1, cost=Decimal(cost)) for kind, cost in costs.items()
    )
    cost = sum((total.cost for total in totals), Decimal(0))
    return TenantManifest(
        tenant_id=name, tenant_name=name.title(), batches=1, lines=1, cost=cost, by_kind=totals
    )


@pytest.mark.parametrize(
    ("used", "is_tied"),
    [("100", True), ("101", True), ("99", True), ("101.0000001", False), ("98.99", False)],
)
def test_a_class_ties_up_to_and_with_the_tolerance(used: str, is_tied: bool) -> None:
    found = compare([tenant("a", plan="100")], [tenant("a", plan=used)], ONE)
    assert found.is_tied is is_tied
    assert found.classes[0].difference == Decimal(used) - 100


def test_commitments_have_no_cost_in_daily_usage_and_are_not_compared() -> None:
    billing = [tenant("a", plan="10", reserved="5000", market="30")]
    found = compare(billing, [tenant("a", plan="10")], ONE)
    assert (found.is_tied, [one.kind for one in found.classes]) == (True, ["consumption"])


def test_marketplace_is_compared_where_daily_usage_has_any() -> None:
    found = compare([tenant("a", market="30")], [tenant("a", market="20")], ONE)
    assert [(one.kind, one.is_tied) for one in found.classes] == [
        ("consumption", True),
        ("marketplace", False),
    ]


def test_what_does_not_match_is_told_per_tenant_the_largest_first() -> None:
    billing = [tenant("a", plan="10"), tenant("b", plan="700"), tenant("c", plan="1")]
    detail = [tenant("a", plan="12.5"), tenant("c", plan="1"), tenant("d", plan="-40")]
    found = compare(billing, detail, ONE)
    assert [(gap.tenant_name, gap.difference) for gap in found.gaps] == [
        ("B", Decimal(-700)),
        ("D", Decimal(-40)),
        ("A", Decimal("2.5")),
    ]


def test_two_differences_that_cancel_each_other_are_still_told() -> None:
    billing = [tenant("a", plan="10"), tenant("b", plan="10")]
    detail = [tenant("a", plan="15"), tenant("b", plan="5")]
    found = compare(billing, detail, ONE)
    assert (found.is_tied, found.gap_count) == (True, 2)


def test_a_report_has_an_end_and_says_how_much_it_leaves_out() -> None:
    billing = [tenant(f"t{number}", plan="10") for number in range(MAX_GAPS + 50)]
    found = compare(billing, [], ONE)
    assert (len(found.gaps), found.gap_count) == (MAX_GAPS, MAX_GAPS + 50)
