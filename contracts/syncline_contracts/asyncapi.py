"""Write the AsyncAPI 3 document of all that is said on the bus; `python -m ...asyncapi`.

Everything in it comes from the catalogue, the models and the examples: it has nothing of its own.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue, models_json_schema

from syncline_contracts import subjects
from syncline_contracts.catalog import BY_TYPE, MESSAGES, QUERIES, SERVICES
from syncline_contracts.identity import PARTNER_PATTERN, deterministic_id
from syncline_contracts.message import Headers, Message
from syncline_contracts.query import Problem, Query
from syncline_contracts.schema import FOLDER, query_name

FILE = FOLDER.parent / "asyncapi.json"
EXAMPLES = FOLDER.parent / "examples"
PUBLISHED = Path(__file__).parent / "published"
"""The same as part of the package: the document, and the schemas one by one."""
SCHEMAS = "#/components/schemas/"
HEADERS = "CloudEventHeaders"
_INTRODUCTION = """Azure invoices: detected, priced, held, mapped, synced once, to the cent.

Each message is a CloudEvent in binary mode on NATS JetStream: the attributes are headers, the body
is JSON. Amounts are exact decimals as strings, times are UTC. A message that is told again keeps
its `ce-id`: whoever remembers the ids handles each once. Facts (`evt`) are for everybody; commands
(`cmd`) have one consumer; queries are request and reply, and in no stream."""
_MOMENT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
"""Of every example: the document is the same whenever it is written."""
_SPAN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
Json = dict[str, Any]


def document() -> Json:
    """The whole document."""
    channels: Json = {}
    operations: Json = {}
    messages: Json = {}
    for message in MESSAGES:
        name = message.type_name
        channels[name] = _channel(_address(message), message.consumers, name, _first(message))
        messages[name] = _message(message)
        for service in message.producers:
            operations[f"{service}.sends.{name}"] = _operation("send", service, name)
        for service in message.consumers:
            operations[f"{service}.receives.{name}"] = _operation("receive", service, name)
    for query in QUERIES:
        name = query_name(query)
        answer = name.removesuffix(".v1") + ".answer.v1"
        address = f"syncline.query.{{service}}.{query.name}.v1.{{partner}}"
        channels[name] = _channel(address, query.services, name, _first(query))
        channels[answer] = {"address": None, "messages": _messages(answer)}
        messages[name] = _question(query, name)
        messages[answer] = _answer(query, answer)
        for service in query.askers:
            operations[f"{service}.asks.{name}"] = _operation("send", service, name, answer)
        for service in query.services:
            operations[f"{service}.answers.{name}"] = _operation("receive", service, name, answer)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Syncline",
            "version": "1",  # each message has its own, in its name
            "description": _INTRODUCTION,
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "parameters": _PARAMETERS,
            "schemas": {HEADERS: _headers_schema(), **_schemas()},
        },
    }


def text() -> str:
    """The document as it lies in the file."""
    return json.dumps(document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


_PARAMETERS: Json = {
    "partner": {"description": f"A partner's slug, `{PARTNER_PATTERN}`; nothing is shared."},
    "key": {"description": "Hash of what the fact tells about, 16 characters."},
    "invoice": {"description": "The invoice's key, 16 characters."},
    "lane": {
        "description": f"`bulk` above {subjects.BULK_LANE_FROM_LINES:,} lines of an invoice.",
        "enum": ["small", "bulk"],
    },
}


def _address(message: type[Message]) -> str:
    match message.kind:
        case "event":
            return subjects.event(message.type_name, "{partner}", "{key}")
        case "command":
            return subjects.command("{service}", message.type_name, "{partner}")
        case "lines":
            return subjects.lines(message.type_name, "{lane}", "{partner}", "{invoice}")


def _channel(address: str, services: Iterable[str], name: str, words: str) -> Json:
    names = [token[1:-1] for token in address.split(".") if token.startswith("{")]
    parameters: Json = {
        one: {"$ref": f"#/components/parameters/{one}"} for one in names if one != "service"
    }
    if "service" in names:
        parameters["service"] = {"description": "Whoever it is for.", "enum": list(services)}
    return {
        "address": address,
        "description": words,
        "messages": _messages(name),
        "parameters": parameters,
    }


def _messages(name: str) -> Json:
    return {name: {"$ref": f"#/components/messages/{name}"}}


def _operation(action: str, service: str, name: str, answer: str | None = None) -> Json:
    operation: Json = {"action": action, "tags": [{"name": service}], **_place(name)}
    if answer is not None:
        operation["reply"] = _place(answer)
    return operation


def _place(name: str) -> Json:
    return {
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def _message(message: type[Message]) -> Json:
    name = message.type_name
    return {
        **_titled(message, name),
        "tags": [{"name": message.kind}],
        "headers": _headers(name),
        "correlationId": {"location": "$message.header#/syncline-correlation-id"},
        "examples": list(_examples(name)),
    }


def _question(query: type[Query[Any]], name: str) -> Json:
    return {**_titled(query, name), "tags": [{"name": "query"}], "headers": _headers(query.name)}


def _answer(query: type[Query[Any]], name: str) -> Json:
    """An answer stands in an envelope: `data`, or the `problem` that there is instead."""
    answer = query.answer_type()
    envelope = {
        "oneOf": [
            {"type": "object", "required": [part], "properties": {part: _model(model)}}
            for part, model in (("data", answer), ("problem", Problem))
        ]
    }
    return {**_titled(answer, name), "tags": [{"name": "answer"}], "payload": envelope}


def _titled(model: type[BaseModel], name: str) -> Json:
    return {"name": name, "title": model.__name__, "summary": _first(model)} | {
        "payload": _model(model)
    }


def _model(model: type[BaseModel]) -> Json:
    return {"$ref": SCHEMAS + model.__name__}


def _first(model: type[BaseModel]) -> str:
    """First paragraph of what the model says of itself."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _examples(name: str) -> Iterator[Json]:
    for path in sorted((EXAMPLES / name).glob("*.json")):
        body = path.read_text()
        message = BY_TYPE[name].model_validate_json(body)
        identity = message.natural_id() or deterministic_id("example", name, path.stem)
        headers = Headers(
            type=name,
            source=message.producers[0],
            subject=message.subject(),
            id=identity,
            time=_MOMENT,
            correlation_id=identity,
            traceparent=_SPAN,
        )
        yield {
            "name": path.stem,
            "summary": path.stem.replace("_", " "),
            "headers": headers.to_wire(),
            "payload": json.loads(body),
        }


def _headers(type_name: str) -> Json:
    kind = {"type": "object", "properties": {"ce-type": {"const": type_name}}}
    return {"allOf": [{"$ref": SCHEMAS + HEADERS}, kind]}


def _headers_schema() -> Json:
    """What `Headers.to_wire` writes and `Headers.parse` reads."""
    words = {
        "ce-specversion": "CloudEvents, always `1.0`.",
        "ce-id": "The message's identity: the same however often it is told.",
        "ce-type": "What it is.",
        "ce-source": "The service that says it.",
        "ce-time": "When it was said, with its offset from UTC.",
        "ce-subject": "The subject that it was published on.",
        "content-type": "`application/json`.",
        "syncline-correlation-id": "The same on all that one cause led to.",
        "traceparent": "W3C trace context.",
    }
    properties: Json = {
        name: {"type": "string", "description": told} for name, told in words.items()
    }
    properties["ce-specversion"]["const"] = "1.0"
    properties["ce-time"]["format"] = "date-time"
    properties["ce-source"]["enum"] = list(SERVICES)
    properties["content-type"]["const"] = "application/json"
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in binary mode.",
        "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time"],
        "properties": properties,
    }


def _schemas() -> dict[str, JsonSchemaValue]:
    """Every model once, by its name; the schemas refer to each other inside the document."""
    models: list[type[BaseModel]] = [*MESSAGES, *QUERIES, Problem]
    models += [query.answer_type() for query in QUERIES]
    _, whole = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)],
        ref_template=SCHEMAS + "{model}",
    )
    found: dict[str, JsonSchemaValue] = whole["$defs"]
    return found


def main() -> None:
    """Bring the file to what the catalogue says."""
    FILE.write_text(text())
    sys.stdout.write(f"{FILE.name}: {len(MESSAGES)} messages, {len(QUERIES)} queries\n")


if __name__ == "__main__":
    main()
