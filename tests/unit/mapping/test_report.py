"""What waits, summed: by currency and reason, to the last digit, and no currency with another."""

from decimal import Decimal

from syncline_contracts.tenant import HoldCode, TenantState
from syncline_mapping.domain.report import Waiter, summed


def waiter(
    cost: str, *reasons: HoldCode, currency: str = "AUD", state: TenantState = "held"
) -> Waiter:
    return Waiter(currency, state, Decimal(cost), frozenset(reasons))


def test_a_tenant_with_two_reasons_is_in_both_and_counted_once() -> None:
    (aud,) = summed(
        [
            waiter("10.001", "client_not_mapped", "no_profile_entry"),
            waiter("20.0000000000000000001", "no_profile_entry"),
            waiter("5", state="failed"),
        ]
    )
    assert (aud.tenants, aud.cost) == (3, Decimal("35.0010000000000000001"))
    assert (aud.unmapped.tenants, aud.unmapped.cost) == (1, Decimal("10.001"))
    assert [(one.reason, one.tenants, one.cost) for one in aud.reasons] == [
        ("no_profile_entry", 2, Decimal("30.0010000000000000001")),
        ("client_not_mapped", 1, Decimal("10.001")),
    ]


def test_what_is_ignored_is_told_apart_and_gives_no_reason() -> None:
    (aud,) = summed([waiter("7.50", "client_not_mapped", state="ignored"), waiter("1")])
    assert (aud.ignored.tenants, aud.ignored.cost) == (1, Decimal("7.50"))
    assert (aud.unmapped.tenants, aud.reasons) == (0, ())


def test_currencies_are_never_added_up() -> None:
    aud, nzd = summed([waiter("1", currency="NZD"), waiter("2"), waiter("4", currency="NZD")])
    assert [(one.currency, one.cost) for one in (aud, nzd)] == [
        ("AUD", Decimal(2)),
        ("NZD", Decimal(5)),
    ]


def test_where_nothing_waits_there_is_nothing_to_say() -> None:
    assert summed([]) == ()
