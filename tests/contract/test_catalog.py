"""The catalogue is whole: one producer each, well-formed names, streams that never overlap."""

import re
from pathlib import Path

import pytest
from syncline_contracts import subjects
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, MESSAGES, QUERIES, SERVICES
from syncline_contracts.message import CONNECTORS, Message
from syncline_contracts.stream import DURABLES, STREAMS

TOKEN = re.compile(r"^[a-z0-9_]+$")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type_name)
def test_message_names_its_producer_and_consumers(message: type[Message]) -> None:
    noun, verb, version = message.type_name.split(".")
    assert TOKEN.match(noun)
    assert TOKEN.match(verb)
    assert re.match(r"^v[1-9][0-9]*$", version)
    assert message.__name__.endswith(version.upper())
    assert message.producers == CONNECTORS or len(message.producers) == 1
    assert message.consumers
    assert {*message.producers, *message.consumers} <= set(SERVICES)


def test_type_names_are_unique() -> None:
    names = [message.type_name for message in MESSAGES]
    assert len(names) == len(set(names))


def test_query_names_are_unique_per_service() -> None:
    names = [(service, query.name) for query in QUERIES for service in query.services]
    assert len(names) == len(set(names))


def covers(pattern: str, subject: str) -> bool:
    wanted, given = pattern.split("."), subject.split(".")
    for number, token in enumerate(wanted):
        if token == ">":
            return len(given) > number
        if number >= len(given) or (token not in {"*", given[number]}):
            return False
    return len(wanted) == len(given)


def test_each_message_lies_in_exactly_one_stream() -> None:
    for event in EVENTS:
        subject = subjects.event(event.type_name, "acme", "0123456789abcdef")
        assert [s.name for s in STREAMS if covers(s.subject, subject)] == ["EVENTS"]
    for command in COMMANDS:
        subject = subjects.command("xero", command.type_name, "acme")
        assert [s.name for s in STREAMS if covers(s.subject, subject)] == ["COMMANDS"]
    for batch in LINES:
        subject = subjects.lines(batch.type_name, "small", "acme", "0123456789abcdef")
        assert len([s for s in STREAMS if covers(s.subject, subject)]) == 1
    for query in QUERIES:
        subject = subjects.query(query.services[0], query.name, "acme")
        assert [s for s in STREAMS if covers(s.subject, subject)] == []


def test_durables_of_the_work_queue_do_not_overlap() -> None:
    filters = [
        one for durable in DURABLES if durable.stream == "COMMANDS" for one in durable.filters
    ]
    assert len(filters) == len(set(filters))
    services = [one.split(".")[2] for one in filters]
    assert len(services) == len(set(services))


def test_every_consumer_has_a_durable_that_delivers_to_it() -> None:
    for event in EVENTS:
        subject = subjects.event(event.type_name, "acme", "0123456789abcdef")
        reached = {
            durable.service
            for durable in DURABLES
            if durable.stream == "EVENTS" and any(covers(one, subject) for one in durable.filters)
        }
        assert reached == set(event.consumers) - {"portal"}


@pytest.mark.parametrize("service", [one for one in SERVICES if one not in CONNECTORS])
def test_no_service_has_a_connectors_name_in_its_code(service: str) -> None:
    """docs/adr/0015."""
    name = re.compile("|".join(CONNECTORS), re.IGNORECASE)
    files = [*(Path(__file__).parents[2] / "services" / service).rglob("*.py")]
    assert files
    assert [file.name for file in files if name.search(file.read_text())] == []
