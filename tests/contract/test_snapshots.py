"""Schemas are what the models say; every example is valid and comes back as it was."""

import json
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator
from syncline_contracts.catalog import BY_TYPE, MESSAGES
from syncline_contracts.schema import FOLDER, schema_files

EXAMPLES = FOLDER.parent / "examples"
CASES = sorted(EXAMPLES.glob("*/*.json"))


def test_schemas_are_fresh() -> None:
    stored = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert stored == schema_files(), "run `make contracts` and commit what it wrote"


def test_every_message_has_an_example() -> None:
    assert {path.parent.name for path in CASES} == {message.type_name for message in MESSAGES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_example_validates_and_round_trips(path: Path) -> None:
    text = path.read_text()
    schema = json.loads((FOLDER / f"{path.parent.name}.json").read_text())
    Draft202012Validator(schema).validate(json.loads(text))
    message = BY_TYPE[path.parent.name].model_validate_json(text)
    again = json.loads(message.model_dump_json(exclude_none=True))
    assert again == json.loads(text)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_amount_of_an_example_is_a_json_number(path: Path) -> None:
    def numbers(value: object) -> list[float]:
        if isinstance(value, dict):
            return [number for inner in value.values() for number in numbers(inner)]
        if isinstance(value, list):
            return [number for inner in value for number in numbers(inner)]
        return [value] if isinstance(value, float) else []

    assert numbers(json.loads(path.read_text())) == []
