"""What is asked for is found, whatever letters it has; an address stays short."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_connectwise.conditions import among, either, every, holds
from syncline_sandbox.connectwise.conditions import compile_conditions


def test_conditions_read_as_the_vendors_guide_has_them() -> None:
    assert among("id", [1, 2, 1]) == ["id in (1,2)"]
    assert among("id", []) == []
    assert among("identifier", ["AZ", '3" disk']) == [
        'identifier in ("AZ")',
        'identifier like "3* disk"',
    ]
    assert holds("name", "Acme & Co") == 'name contains "Acme & Co"'
    assert holds("name", "O'Brien [x]") == 'name like "*O*Brien *x**"'
    named = either(holds("name", "a"), holds("identifier", "a"))
    assert every("deletedFlag=False", "", named) == (
        'deletedFlag=False and (name contains "a" or identifier contains "a")'
    )


@given(st.lists(st.integers(1, 10**7), max_size=600, unique=True))
def test_many_values_are_asked_for_in_pieces(ids: list[int]) -> None:
    asked = among("id", ids)
    found = [int(one) for text in asked for one in text[len("id in (") : -1].split(",")]
    assert found == ids
    assert all(len(quote(text, safe="")) < 1500 for text in asked)


@given(st.text(min_size=1, max_size=60))
def test_whatever_the_name_its_row_is_found(name: str) -> None:
    (condition,) = among("identifier", [name])
    row = {"identifier": name}
    assert compile_conditions(condition)(row)
    assert compile_conditions(holds("identifier", name))(row)


@pytest.mark.parametrize("other", ["3 disk", "4* disk"])
def test_a_wildcard_finds_more_than_is_meant_and_not_everything(other: str) -> None:
    (condition,) = among("identifier", ['3"disk'])
    assert not compile_conditions(condition)({"identifier": other.replace("3", "4")})
