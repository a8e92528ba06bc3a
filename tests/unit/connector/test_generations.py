"""A write unit over time: present, taken back, and what comes after."""

from dataclasses import replace

from syncline_chassis.connector.generations import Generations, closed, living, unit_of
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.protocol import Unit

from tests.unit.connector.samples import row

BILLED = replace(row(), unit="AZ", generation=1, ref="r-1", state="written")
OFFSET = replace(
    BILLED, generation=2, offsets=1, ref="r-2", external_key="SL-OFFSET0001", label="offset"
)
AFTER = replace(BILLED, generation=3, ref="r-3", external_key="SL-AFTER00001", label="after")


def past(*rows: Row) -> Generations:
    return Generations(BILLED.partner_id, BILLED.connection_id, "i", "t", rows)


def present(*rows: Row) -> Unit:
    found = past(*rows)
    return found.present(Unit("AZ", found.key("AZ"), "new"))


def test_the_first_record_is_generation_one_and_a_removed_one_makes_room_for_the_next() -> None:
    assert present().generation == 1
    removed = replace(BILLED, state="removed")
    assert present(removed).generation == 2
    assert present(removed).external_key != present().external_key


def test_what_was_taken_back_is_past_and_comes_to_nothing_together_with_its_offset() -> None:
    assert closed([BILLED, OFFSET]) == [BILLED, OFFSET]
    assert living([BILLED, OFFSET, AFTER]) == [AFTER]
    assert present(BILLED, OFFSET).generation == 3
    assert present(BILLED, OFFSET, AFTER) == unit_of(AFTER)


def test_an_offset_that_is_not_known_to_stand_takes_nothing_back_yet() -> None:
    waiting = replace(OFFSET, ref=None, state="sending")
    later = replace(AFTER, ref=None, state="intended")
    found = past(BILLED, waiting, later)
    assert found.closed == []
    assert present(BILLED, waiting, later) == unit_of(BILLED)
    assert found.offset(unit_of(BILLED)) == unit_of(waiting)
    assert found.successor(unit_of(BILLED)) == unit_of(later)
    assert list(found.standing()) == [unit_of(BILLED), unit_of(waiting)]


def test_an_offset_and_what_follows_it_have_keys_and_labels_of_their_own() -> None:
    found = past(BILLED)
    unit = replace(unit_of(BILLED), label=f"Azure {BILLED.external_key}")
    offset, successor = found.offset(unit), found.successor(unit)
    assert (offset.generation, offset.offsets, successor.generation) == (2, 1, 3)
    assert len({unit.external_key, offset.external_key, successor.external_key}) == 3
    assert offset.label == f"Azure {offset.external_key}"
    assert successor.label == f"Azure {successor.external_key}"


def test_an_offset_that_was_removed_leaves_the_record_in_force() -> None:
    removed = replace(OFFSET, state="removed")
    assert present(BILLED, removed) == unit_of(BILLED)
    assert past(BILLED, removed).offset(unit_of(BILLED)).generation == 3


def test_two_connections_are_never_one() -> None:
    elsewhere = replace(OFFSET, connection_id="other")
    assert closed([BILLED, elsewhere]) == []
