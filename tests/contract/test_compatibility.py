"""The gate: additive passes, anything else fails and says what, for whom, and who goes first."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from syncline_contracts.compatibility import RELEASED, Change, compare, load
from syncline_contracts.schema import FOLDER

FILE = "tenant.held.v1.json"
Edit = Callable[[dict[str, Any]], Any]


def held() -> dict[str, Any]:
    schema: dict[str, Any] = load(FOLDER)[FILE]
    return schema


def changes(edit: Edit, file: str = FILE) -> list[Change]:
    old = load(FOLDER)[file]
    new = copy.deepcopy(old)
    edit(new)
    return compare({file: old}, {file: new})


def test_nothing_broke_since_the_last_release() -> None:
    broken = [one.sentence() for one in compare(load(RELEASED), load(FOLDER)) if one.breaks]
    assert broken == []


def test_the_same_is_no_change() -> None:
    assert compare(load(FOLDER), load(FOLDER)) == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda schema: schema.update(description="Other words."),
        lambda schema: schema["properties"]["cost"].update(title="Other", examples=["1"]),
        lambda schema: schema["$defs"]["Hold"].update(title="Other"),
    ],
)
def test_words_for_people_may_change(edit: Edit) -> None:
    assert changes(edit) == []


def test_an_optional_field_is_additive_and_says_who_goes_first() -> None:
    (change,) = changes(lambda schema: schema["properties"].update(note={"type": "string"}))
    assert not change.breaks
    assert change.sentence() == (
        "tenant.held.v1, note: a new field, optional. Deploy first: portal; then mapping."
    )


@pytest.mark.parametrize(
    ("edit", "where", "what"),
    [
        (lambda s: s["properties"].pop("cost"), "cost", "the field is gone"),
        (
            lambda s: (
                s["properties"].update(note={"type": "string"}),
                s["required"].append("note"),
            ),
            "note",
            "a new field is required",
        ),
        (lambda s: s["required"].remove("cost"), "cost", "the field is no longer required"),
        (lambda s: s["properties"]["version"].update(type="string"), "version", "type was integer"),
        (lambda s: s["properties"]["version"].update(minimum=2), "version", "minimum was 1, is 2"),
        (lambda s: s["properties"]["cost"].update(pattern="^x$"), "cost", "pattern was"),
        (
            lambda s: s["$defs"]["Hold"]["properties"]["code"]["enum"].append("new_reason"),
            "holds[].code",
            "the value 'new_reason' is new",
        ),
        (
            lambda s: s["$defs"]["Hold"]["properties"]["code"]["enum"].remove("rrp_unknown"),
            "holds[].code",
            "the value 'rrp_unknown' is gone",
        ),
        (
            lambda s: s["$defs"]["Hold"]["properties"]["amount"]["anyOf"].pop(),
            "holds[].amount",
            "something that it could be is gone",
        ),
        (
            lambda s: s["$defs"]["Hold"]["properties"]["amount"].update(default="0"),
            "holds[].amount",
            "what it stands for when left out changed",
        ),
    ],
)
def test_whatever_is_not_additive_breaks_and_is_named(edit: Edit, where: str, what: str) -> None:
    found = [change for change in changes(edit) if change.breaks]
    assert [change.where for change in found] == [where]
    assert what in found[0].what
    assert "portal" in found[0].sentence()


def test_a_message_that_is_gone_breaks_whoever_hears_it() -> None:
    (change,) = compare({FILE: held()}, {})
    assert change.breaks
    assert "Breaks portal" in change.sentence()


def test_what_old_messages_lack_cannot_be_deployed_in_any_order() -> None:
    def require(schema: dict[str, Any]) -> None:
        schema["properties"]["note"] = {"type": "string"}
        schema["required"].append("note")

    (change,) = changes(require)
    assert "add the next one beside it" in change.sentence()


def test_a_query_names_who_asks_and_who_answers() -> None:
    file = "query.mapping.holds.answer.v1.json"
    (change,) = changes(lambda schema: schema["properties"].pop("rows"), file)
    assert "Breaks portal" in change.sentence()
