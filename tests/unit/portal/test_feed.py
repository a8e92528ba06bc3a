"""The Events page: what fits, the newest first, each once, and never more than is kept."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from syncline_chassis.bus import RawBatch
from syncline_contracts.message import Headers
from syncline_portal.feed import KEPT, LARGEST, Feed

START = datetime(2026, 11, 2, tzinfo=UTC)


def fact(number: int = 0, type: str = "tenant.held.v1", **data: Any) -> RawBatch:
    headers = Headers(
        type=type,
        source="mapping",
        subject="s",
        id=f"e-{number}",
        time=START + timedelta(seconds=number),
    )
    body = json.dumps({"partner_id": "acme", **data}).encode()
    return RawBatch(f"syncline.evt.{type}.acme.key", headers, body)


def test_the_newest_come_first_and_the_oldest_go() -> None:
    feed = Feed()
    for number in range(KEPT + 3):
        assert feed.take(fact(number))
    found = [one.id for one in feed.newest()]
    assert found[0] == f"e-{KEPT + 2}"
    assert (len(found), found[-1]) == (KEPT, "e-3")
    assert feed.find("e-0") is None
    assert feed.find("e-3") is not None


def test_what_is_told_again_is_there_once() -> None:
    feed = Feed()
    assert feed.take(fact(1))
    assert not feed.take(fact(1))
    assert len(feed.newest()) == 1


def test_only_what_fits_type_and_text_is_kept_and_the_place_moves_on_all_the_same() -> None:
    feed = Feed(types=frozenset({"tenant.held.v1"}), text="CONTOSO")
    assert feed.take(fact(1, tenant_name="Contoso Ltd"))
    assert not feed.take(fact(2, tenant_name="Fabrikam"))
    assert not feed.take(fact(3, type="tenant.ready.v1", tenant_name="Contoso Ltd"))
    assert [one.id for one in feed.newest()] == ["e-1"]
    assert feed.last == START + timedelta(seconds=3)


def test_what_it_is_about_stands_in_words_and_the_whole_behind_it() -> None:
    feed = Feed()
    holds = [{"code": "client_not_mapped", "message": "No client."}]
    feed.take(fact(1, invoice_no="G1", cost="1347.845", holds=holds, actor="ann"))
    (one,) = feed.newest()
    assert one.about == "G1, cost 1,347.85, client not mapped, by ann"
    assert '"cost": "1347.845"' in one.text
    assert one.subject == "syncline.evt.tenant.held.v1.acme.key"


def test_of_a_very_large_event_the_beginning_is_shown() -> None:
    feed = Feed()
    feed.take(fact(1, note="x" * 2 * LARGEST))
    assert LARGEST < len(feed.newest()[0].text) < LARGEST + 100
