"""One AsyncAPI 3 document of all that is said: fresh, whole, true of every example, packaged."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta
from syncline_contracts import asyncapi
from syncline_contracts.catalog import BY_TYPE, MESSAGES, QUERIES
from syncline_contracts.message import Headers, Message
from syncline_contracts.schema import FOLDER

DOCUMENT: dict[str, Any] = json.loads(asyncapi.FILE.read_text())
IDS = [message.type_name for message in MESSAGES]


def at(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def check(schema: dict[str, Any], value: object) -> None:
    """Against a schema of the document, whose references begin at the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole).validate(value)


def test_the_document_is_fresh() -> None:
    assert asyncapi.FILE.read_text() == asyncapi.text(), "run `make contracts` and commit it"


def test_it_says_only_what_asyncapi_3_knows() -> None:
    """Where a field stands that the specification does not have, a tool ignores or refuses it."""
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert set(DOCUMENT) == {
        *("asyncapi", "info", "defaultContentType", "channels", "operations", "components")
    }
    for channel in DOCUMENT["channels"].values():
        assert set(channel) <= {"address", "description", "messages", "parameters"}
        named = {token[1:-1] for token in (channel["address"] or "").split(".") if "{" in token}
        assert named == set(channel.get("parameters", {}))
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert set(operation) <= {"action", "channel", "messages", "reply", "tags"}
        channel = operation["channel"]["$ref"]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])
    known = {"name", "title", "summary", "tags", "headers", "payload", "correlationId", "examples"}
    for message in DOCUMENT["components"]["messages"].values():
        assert set(message) <= known
    for schema in DOCUMENT["components"]["schemas"].values():
        meta.validate({**schema, "$schema": DRAFT_7})  # what AsyncAPI's own schemas are made of
        assert not {"prefixItems", "unevaluatedProperties", "discriminator"} & set(words(schema))


def words(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield name
            yield from words(value)
    elif isinstance(part, list):
        for value in part:
            yield from words(value)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > len(MESSAGES) + len(QUERIES)
    for reference in found:
        assert reference.startswith("#/")
        assert at(reference) is not None


def test_each_service_has_an_operation_for_all_that_it_says_and_hears() -> None:
    wanted = {
        f"{service}.{verb}.{message.type_name}"
        for message in MESSAGES
        for verb, services in (("sends", message.producers), ("receives", message.consumers))
        for service in services
    }
    told = set(DOCUMENT["operations"])
    assert wanted <= told
    questions = {name for name in told if ".asks." in name or ".answers." in name}
    assert told == wanted | questions
    assert {name.split(".")[-2] for name in questions} == {query.name for query in QUERIES}
    assert all("reply" in DOCUMENT["operations"][name] for name in questions)


@pytest.mark.parametrize("message", MESSAGES, ids=IDS)
def test_what_is_published_travels_where_the_document_says(message: type[Message]) -> None:
    told = DOCUMENT["components"]["messages"][message.type_name]
    address = DOCUMENT["channels"][message.type_name]["address"].split(".")
    cases = {path.stem for path in (asyncapi.EXAMPLES / message.type_name).glob("*.json")}
    assert {one["name"] for one in told["examples"]} == cases
    for example in told["examples"]:
        check(told["payload"], example["payload"])
        check(told["headers"], example["headers"])
        body = BY_TYPE[message.type_name].model_validate(example["payload"])
        sent = Headers.about(body, source=message.producers[0])
        check(told["headers"], sent.to_wire())
        subject = sent.subject.split(".")
        assert len(subject) == len(address)
        assert all(
            wanted.startswith("{") or wanted == given
            for wanted, given in zip(address, subject, strict=True)
        )


def test_a_message_that_breaks_its_contract_breaks_the_document_too() -> None:
    told = DOCUMENT["components"]["messages"]["tenant.held.v1"]
    example = told["examples"][0]
    for payload in ({**example["payload"], "cost": 1347.84}, {"partner_id": "acme-it"}):
        with pytest.raises(Exception, match=r"is not of type|is a required property"):
            check(told["payload"], payload)
    with pytest.raises(Exception, match=r"tenant\.held\.v1"):
        check(told["headers"], {**example["headers"], "ce-type": "tenant.ready.v1"})


def test_the_package_brings_the_document_and_every_schema(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=FOLDER.parent, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        inside = "syncline_contracts/published"
        assert opened.read(f"{inside}/asyncapi.json").decode() == asyncapi.FILE.read_text()
        schemas = {
            name.rsplit("/", 1)[-1]: opened.read(name).decode()
            for name in opened.namelist()
            if name.startswith(f"{inside}/schemas/")
        }
    assert schemas == {path.name: path.read_text() for path in FOLDER.glob("*.json")}
