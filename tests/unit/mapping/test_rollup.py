"""The status of an invoice, for every mixture of tenants that matters."""

import pytest
from syncline_mapping.domain.rollup import roll_up

CASES = [
    ("detected", ""),
    ("detected", "received"),
    ("detected", "received ready"),
    ("detected", "received held failed"),
    ("partly_synced", "received synced"),
    ("ready_to_sync", "ready"),
    ("ready_to_sync", "planned"),
    ("ready_to_sync", "ready held"),
    ("ready_to_sync", "ready synced"),
    ("ready_to_sync", "planned failed"),
    ("ready_to_sync", "ready drifted"),
    ("ready_to_sync", "ready ignored nothing_to_bill"),
    ("syncing", "approved"),
    ("syncing", "syncing ready held failed synced"),
    ("syncing", "syncing received"),
    ("synced", "synced"),
    ("synced", "verified synced"),
    ("synced", "verified ignored nothing_to_bill superseded"),
    ("synced", "ignored"),
    ("synced", "nothing_to_bill superseded"),
    ("partly_synced", "verified held"),
    ("partly_synced", "synced failed"),
    ("needs_attention", "held"),
    ("needs_attention", "held ignored"),
    ("needs_attention", "drifted"),
    ("needs_attention", "drifted verified"),
    ("failed", "failed"),
    ("failed", "failed held"),
    ("superseded", "superseded"),
]


@pytest.mark.parametrize(("status", "states"), CASES, ids=[case[1] or "none" for case in CASES])
def test_the_status_follows_from_the_states(status: str, states: str) -> None:
    assert roll_up(dict.fromkeys(states.split(), 2)) == status


def test_a_state_that_no_tenant_has_counts_nothing() -> None:
    assert roll_up({"verified": 3, "held": 0, "syncing": 0}) == "synced"
