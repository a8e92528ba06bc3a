"""Revisions line by line: a line is what it says, and every line is counted once."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.money import add
from syncline_contracts.revision import RevisedLine
from syncline_ingest.comparison import Comparison, Edition, compare
from syncline_ingest.line_identity import content_digest, content_of, fields_of
from syncline_ingest.readers.document import Owner, SourceLine

from tests.unit.ingest.samples import OTHER, TENANT, read, recon

Row = dict[str, str]


def line(cost: str = "10.00", tenant: str = TENANT, **fields: Any) -> SourceLine:
    owner = Owner(tenant, f"Name of {tenant}", "", "AUD", fields.pop("fx_rate", "1"), True)
    words: Any = {
        "row": 0,
        "kind": "consumption",
        "vendor_item": "AZ-CONS",
        "charge_type": "Usage",
        "cost": cost,
        **fields,
    }
    return SourceLine(owner, words, Decimal(cost))


def numbered(lines: Sequence[SourceLine]) -> list[SourceLine]:
    found = []
    for row, one in enumerate(lines, start=1):
        words: Any = {**one.line, "row": row}
        found.append(one._replace(line=words))
    return found


def compared(before: Sequence[SourceLine], after: Sequence[SourceLine], **more: Any) -> Comparison:
    editions = [Edition("AUD", lambda one=one: numbered(one)) for one in (before, after)]  # type: ignore[misc]
    return compare(*editions, **more)


def of_rows(before: Sequence[Row], after: Sequence[Row]) -> Comparison:
    return compared(read(recon(*before))[0], read(recon(*after))[0])


def counts(found: Comparison) -> tuple[int, int, int, int]:
    return found.added, found.removed, found.changed, found.unchanged


def only(found: Comparison) -> RevisedLine:
    (one,) = found.differing()
    return one


def test_the_same_lines_in_another_order_are_no_difference() -> None:
    rows = [{"Subtotal": f"{number}.00", "SkuId": f"{number:04}"} for number in range(30)]
    found = of_rows(rows, random.Random(1).sample(rows, len(rows)))
    assert counts(found) == (0, 0, 0, 30)
    assert (found.tenants, found.tenants_unchanged) == ((), 1)
    assert list(found.differing()) == []


def test_a_changed_price_pairs_up_and_names_the_fields_and_both_rows() -> None:
    found = of_rows([{"SkuId": "0001"}, {}], [{}, {"SkuId": "0001", "Subtotal": "22.39"}])
    assert counts(found) == (0, 0, 1, 1)
    one = only(found)
    assert (one.what, one.row_before, one.row_after) == ("changed", 1, 2)
    assert (one.cost_before, one.cost_after) == (Decimal("21.39"), Decimal("22.39"))
    assert one.difference == Decimal("1.00")
    assert [(was.field, was.before, was.after) for was in one.fields] == [
        ("cost", "21.39", "22.39")
    ]


def test_equal_lines_are_counted_one_by_one() -> None:
    found = compared([line()] * 5, [line()] * 3)
    assert counts(found) == (0, 2, 0, 3)
    assert {one.row_after for one in found.differing()} == {None}
    assert counts(compared([line()] * 3, [line()] * 5)) == (2, 0, 0, 3)


def test_of_equal_ids_the_closest_in_cost_belong_together() -> None:
    telco = {"sku": "E5", "charge_start": "2026-10-01"}
    before = [line("100.00", **telco), line("10.00", **telco)]
    one = only(compared(before, [line("100.00", **telco), line("11.00", **telco)]))
    assert (one.cost_before, one.cost_after) == (Decimal("10.00"), Decimal("11.00"))
    found = compared(before, [line("11.00", **telco)])
    assert counts(found) == (0, 1, 1, 0)
    assert [(one.what, one.difference) for one in found.differing()] == [
        ("removed", Decimal("-100.00")),
        ("changed", Decimal("1.00")),
    ]


def test_a_line_that_moved_to_another_tenant_goes_there_and_is_never_a_change() -> None:
    found = compared([line(), line("5")], [line(tenant=OTHER), line("5")])
    assert counts(found) == (1, 1, 0, 1)
    told = {one.tenant_id: (one.added, one.removed, one.changed) for one in found.tenants}
    assert told == {TENANT: (0, 1, 0), OTHER: (1, 0, 0)}
    sums = {one.tenant_id: (one.cost_before, one.cost_after) for one in found.tenants}
    assert sums == {TENANT: (Decimal("15.00"), Decimal(5)), OTHER: (0, Decimal("10.00"))}
    assert found.tenants_unchanged == 0


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("charge_end_inclusive", "2026-10-30", "2026-10-31"),
        ("usage_date", "2026-10-01", "2026-10-02"),
        ("charge_type", "New", "Renew"),
        ("vendor_item", "AZ-CONS", "AZ-RI"),
        ("quantity", "1", "2"),
        ("order_id", "o-1", "o-2"),
        ("description", "D4s", "D4s v5"),
        ("fx_rate", "1.5", "1.6"),
        ("prorated", True, False),
    ],
)
def test_whatever_was_corrected_on_a_line_it_stays_the_same_line(
    field: str, before: Any, after: Any
) -> None:
    same = {"sku": "DZH:0051", "subscription_id": "s-1"}
    one = only(compared([line(**same, **{field: before})], [line(**same, **{field: after})]))
    assert one.what == "changed"
    assert [was.field for was in one.fields] == [field]


def test_another_resource_is_another_line() -> None:
    found = compared([line(sku="a", resource_id="vm-1")], [line(sku="a", resource_id="vm-2")])
    assert counts(found) == (1, 1, 0, 0)


def test_padding_zeros_and_the_case_of_a_resource_are_no_change() -> None:
    before = [line("5.10", quantity="2.000", tax="-0.00", resource_id="/VM/Web")]
    after = [line("5.1", quantity="2", tax="0", resource_id="/vm/web")]
    assert counts(compared(before, after)) == (0, 0, 0, 1)


def test_another_name_of_a_customer_is_no_change_of_its_lines() -> None:
    one = line()
    renamed = one._replace(owner=one.owner._replace(tenant_name="New name"))
    assert counts(compared([one], [renamed])) == (0, 0, 0, 1)


def test_another_currency_changes_every_line() -> None:
    rows = numbered([line(), line("5", sku="x")])
    found = compare(Edition("AUD", lambda: rows), Edition("NZD", lambda: rows))
    assert counts(found) == (0, 0, 2, 0)
    assert {one.fields[0].after for one in found.differing()} == {"NZD"}


def test_more_differences_than_are_told_are_counted_and_summed_all_the_same() -> None:
    before = [line(f"{number}.005", sku=str(number)) for number in range(1, 51)]
    after = [line(f"{2 * number}.005", sku=str(number)) for number in range(1, 51)]
    found = compared(before, after, most=7)
    assert counts(found) == (0, 0, 50, 0)
    assert [one.difference for one in found.differing()] == list(range(50, 43, -1))
    assert found.left_out == 43
    (tenant,) = found.tenants
    assert (tenant.cost_before, tenant.cost_after) == (Decimal("1275.25"), Decimal("2550.25"))
    exactly = compared(before, after, most=50)
    assert list(exactly.differing())[:7] == list(found.differing())


def test_a_thousand_lines_of_one_identity_are_paired_by_rank() -> None:
    before = [line(str(number)) for number in range(1000)]
    after = [line(f"{number}.5") for number in range(1, 999)]
    assert counts(compared(before, after)) == (0, 2, 998, 0)


def test_costs_are_exact_to_the_last_digit() -> None:
    tiny = "0.0000000000000000000000000001"
    found = compared([line("99999999999.99")], [line("99999999999.99"), line(tiny, sku="a")])
    assert found.cost == Decimal("99999999999.9900000000000000000000000001")
    assert only(found).difference == Decimal(tiny)


COSTS = st.decimals(-50, 50, places=2).map(lambda cost: f"{cost:f}")
LINES = st.lists(
    st.builds(
        line,
        COSTS,
        st.sampled_from([TENANT, OTHER, "third"]),
        sku=st.sampled_from(["a", "b"]),
        usage_date=st.sampled_from(["2026-10-01", "2026-10-02"]),
        quantity=st.sampled_from(["1", "2"]),
    ),
    max_size=30,
)


@given(LINES, st.randoms(use_true_random=False))
def test_shuffled_lines_differ_in_nothing(lines: list[SourceLine], dice: random.Random) -> None:
    found = compared(lines, dice.sample(lines, len(lines)))
    assert counts(found) == (0, 0, 0, len(lines))
    assert found.cost == found.previous_cost


@given(LINES, LINES, st.integers(1, 70), st.randoms(use_true_random=False))
def test_every_line_is_counted_once_and_every_cent_is_told(
    before: list[SourceLine], after: list[SourceLine], most: int, dice: random.Random
) -> None:
    found = compared(before, after, most=most)
    assert found.unchanged + found.changed + found.added == len(after) == found.lines
    assert found.unchanged + found.changed + found.removed == len(before) == found.previous_lines
    told = list(found.differing())
    assert len(told) + found.left_out == found.added + found.removed + found.changed
    assert [abs(one.difference) for one in told] == sorted(
        (abs(one.difference) for one in told), reverse=True
    )
    differences = [one.cost_after - one.cost_before for one in found.tenants]
    assert add(differences) == found.cost - found.previous_cost
    if not found.left_out:
        assert add(one.difference for one in told) == found.cost - found.previous_cost
        assert all(one.fields for one in told if one.what == "changed")
    for name in ("added", "removed", "changed"):
        assert sum(getattr(one, name) for one in found.tenants) == getattr(found, name)
    mixed = compared(dice.sample(before, len(before)), dice.sample(after, len(after)))
    assert counts(mixed) == counts(found)
    assert mixed.tenants == found.tenants


@given(LINES, LINES)
def test_back_is_the_mirror_of_there(before: list[SourceLine], after: list[SourceLine]) -> None:
    there, back = compared(before, after), compared(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert there.changed == back.changed


def test_content_needs_no_order_of_fields() -> None:
    one, other = line(sku="a", unit="h"), line(unit="h", sku="a")
    digests = {content_digest(content_of(fields_of(each, "AUD"))) for each in (one, other)}
    assert len(digests) == 1
