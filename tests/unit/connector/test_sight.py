"""What follows from what stands in the PSA."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from syncline_chassis.connector.look import Sight
from syncline_chassis.connector.plans import Plan, Step
from syncline_chassis.connector.protocol import Record
from syncline_chassis.connector.sight import (
    RefusalError,
    drift_of,
    is_removed,
    judge,
    plan_step,
    removal_step,
)
from syncline_contracts.charge import ChargeSet

from tests.unit.connector.samples import FORM, UNIT, record, row, wish

OTHER = {**FORM, "lines": [{"item": "A", "amount": "15.00"}]}


def create() -> Step:
    return plan_step(wish(), Sight(), None)


def update() -> Step:
    return plan_step(wish("16.00", canonical=OTHER), Sight(record()), row())


def unchanged() -> Step:
    return plan_step(wish(), Sight(record()), row())


def test_nothing_there_is_a_create() -> None:
    assert (create().action, create().before) == ("create", None)


def test_other_content_is_an_update_with_before_and_after() -> None:
    step = update()
    assert (step.action, step.ref) == ("update", "r-1")
    assert (step.before, step.canonical) == (FORM, OTHER)
    assert (step.amount_before, step.amount) == (Decimal("15.00"), Decimal("16.00"))


def test_the_same_content_is_no_write_at_all() -> None:
    assert (unchanged().action, unchanged().request) == ("unchanged", {})


def test_the_same_lines_with_another_total_are_an_update() -> None:
    assert plan_step(wish(), Sight(record("15.01")), row()).action == "update"


def test_a_record_that_is_no_draft_may_stay_but_not_change() -> None:
    final = record(status="PAID", locked=True)
    assert plan_step(wish(), Sight(final), row()).action == "unchanged"
    with pytest.raises(RefusalError, match="PAID") as refused:
        plan_step(wish("16.00"), Sight(final), row())
    assert refused.value.code == "locked"


@pytest.mark.parametrize(
    "sight", [Sight(vanished=True), Sight(record(gone=True, status="VOIDED"))], ids=str
)
def test_what_is_gone_is_never_written_again_by_itself(sight: Sight) -> None:
    with pytest.raises(RefusalError) as refused:
        plan_step(wish(), sight, row())
    assert refused.value.code == "drifted"
    assert refused.value.drift is not None
    assert refused.value.drift.off_by == Decimal("-15.00")


def test_a_copy_that_arrived_stops_the_removal() -> None:
    session: Any = SimpleNamespace(removal=lambda there: {})
    removal = removal_step(session, wish().unit, Sight(record()))
    with pytest.raises(RefusalError) as refused:
        is_removed(removal, Sight(several=(record(), record(ref="r-2"))))
    assert refused.value.code == "duplicated"
    with pytest.raises(RefusalError, match="another record carries its key"):
        is_removed(removal, Sight(record(ref="r-2")))


def test_several_with_one_key_stop_the_tenant() -> None:
    with pytest.raises(RefusalError) as refused:
        plan_step(wish(), Sight(several=(record(), record(ref="r-2"))), None)
    assert refused.value.code == "duplicated"


@pytest.mark.parametrize(
    ("step", "there"),
    [
        (create(), None),
        (update(), record()),
    ],
    ids=["create", "update"],
)
def test_a_psa_as_planned_is_written(step: Step, there: Record | None) -> None:
    assert judge(step, Sight(there), row()) is None


@pytest.mark.parametrize(
    ("step", "there"),
    [
        (create(), record()),
        (update(), record("16.00", canonical=OTHER)),
        (unchanged(), record()),
    ],
    ids=["create", "update", "unchanged"],
)
def test_what_is_already_as_planned_is_taken_as_written(step: Step, there: Record) -> None:
    assert judge(step, Sight(there), row()) is there


@pytest.mark.parametrize(
    ("step", "there"),
    [
        (create(), record("1.00", canonical=OTHER)),
        (update(), record("15.01")),
        (update(), None),
        (unchanged(), record("15.01")),
    ],
    ids=["number taken", "moved", "vanished from search", "moved from unchanged"],
)
def test_a_psa_that_has_moved_refuses_the_plan(step: Step, there: Record | None) -> None:
    with pytest.raises(RefusalError, match="Plan again") as refused:
        judge(step, Sight(there), row())
    assert refused.value.code == "stale_plan"


def test_an_update_stops_when_somebody_approved_the_record_meanwhile() -> None:
    with pytest.raises(RefusalError) as refused:
        judge(update(), Sight(record(status="AUTHORISED", locked=True)), row())
    assert refused.value.code == "locked"


def test_drift_says_what_and_by_how_much() -> None:
    assert drift_of(row(), Sight(record())) is None
    changed = drift_of(row(), Sight(record("14.50", canonical=OTHER)))
    assert changed is not None
    assert changed.off_by == Decimal("-0.50")
    assert "lines without A 10.00, B 5.00 and with A 15.00" in changed.what
    gone = drift_of(row(), Sight(vanished=True))
    assert gone is not None
    assert gone.off_by == Decimal("-15.00")


def charges(version: int = 1) -> ChargeSet:
    zero = Decimal(0)
    return ChargeSet(
        invoice_key="0" * 16,
        invoice_no="1",
        revision=1,
        billing_month="2026-10",
        tenant_id="t",
        tenant_name="T",
        client_id="c",
        currency="AUD",
        version=version,
        charges=(),
        cost=zero,
        rrp=zero,
        sell=zero,
        residual=zero,
    )


def test_a_hash_names_the_writes_and_what_they_replace() -> None:
    same = Plan(charges(), (update(),))
    assert same.hash == Plan(charges(), (update(),)).hash
    elsewhere = plan_step(wish("16.00", canonical=OTHER), Sight(record("15.01")), row())
    others = [
        Plan(charges(), (create(),)),
        Plan(charges(2), (update(),)),
        Plan(charges(), (elsewhere,)),
    ]
    assert len({plan.hash for plan in (same, *others)}) == 4


def test_the_order_of_fields_does_not_matter() -> None:
    turned = dict(reversed(list(FORM.items())))
    assert plan_step(wish(canonical=turned), Sight(record()), row()).action == "unchanged"
    assert UNIT.label == FORM["number"]
