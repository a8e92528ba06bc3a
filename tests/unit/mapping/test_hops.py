"""What does not tie is told at its hop for as long as it is so."""

from typing import Any

import pytest
from syncline_mapping.domain.hops import differs_at, ties
from syncline_mapping.repository.tenants import sums

from tests.unit.mapping.samples import charged
from tests.unit.mapping.test_state import facts, failure, synced


def off(stage: str, version: int = 2) -> Any:
    return failure(version, stage).model_copy(update={"code": "tie_out_failed"})


@pytest.mark.parametrize(
    ("stage", "hop"), [("plan", "plan"), ("apply", "psa"), ("verify", "psa"), ("reverse", "psa")]
)
def test_a_failure_counts_until_there_are_other_charges(stage: str, hop: str) -> None:
    failed = facts(failure=off(stage))
    assert (differs_at(failed), sums(failed)["ties"]) == (hop, False)
    recharged = failed.but(charge_set=charged(3))
    assert (differs_at(recharged), sums(recharged)["ties"]) == (None, True)


def test_a_failure_for_another_reason_is_no_difference() -> None:
    assert ties(facts(failure=failure()))


def test_what_the_psa_holds_a_cent_off_stays_off_whatever_is_charged_since() -> None:
    done = synced().model_copy(update={"total": synced().sell + 1})
    failed = facts(synced=done, failure=off("apply"))
    assert differs_at(failed) == differs_at(failed.but(charge_set=charged(3))) == "psa"
