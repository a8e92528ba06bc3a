"""Names: supplier text never becomes a token, said twice it is the same."""

import re

from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts import identity, subjects


@given(st.text(), st.text())
def test_a_key_is_a_safe_token(left: str, right: str) -> None:
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{16}", identity.key(left, right))


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert identity.key("ab", "c") != identity.key("a", "bc")


def test_external_keys_are_short_and_stable() -> None:
    key = identity.external_key("acme", "main", "invoice", "tenant", "document", "1")
    assert re.fullmatch(r"SL-[0-9A-HJKMNP-TV-Z]{10}", key)
    assert key == identity.external_key("acme", "main", "invoice", "tenant", "document", "1")


def test_new_ids_are_in_order_of_time() -> None:
    ids = [identity.new_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)
    assert all(one[14] == "7" and one[19] in "89ab" for one in ids)


def test_a_subject_tells_its_partner() -> None:
    assert subjects.partner_of(subjects.event("tenant.synced.v1", "acme", "k1")) == "acme"
    assert subjects.partner_of(subjects.lines("lines.priced.v1", "small", "acme", "k1")) == "acme"
    assert subjects.partner_of(subjects.command("xero", "tenant.plan.v1", "acme")) == "acme"
    assert subjects.partner_of(subjects.query("mapping", "invoices", "acme")) == "acme"


def test_the_lane_follows_the_size() -> None:
    assert subjects.lane_for(10_000) == "small"
    assert subjects.lane_for(10_001) == "bulk"
