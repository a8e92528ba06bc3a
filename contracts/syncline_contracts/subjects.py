"""Subjects: fixed token counts, so that streams never overlap and rights are exact."""

from typing import Literal

Lane = Literal["small", "bulk"]
BULK_LANE_FROM_LINES = 10_000
"""An invoice above this takes the bulk lane, so that a small one never waits behind it."""

EVENTS = "syncline.evt.*.*.*.*.*"
LINES_PUBLISHED = "syncline.lines.published.*.*.*.*"
LINES_PRICED = "syncline.lines.priced.*.*.*.*"
COMMANDS = "syncline.cmd.*.*.*.*"
DEADLETTERS = "syncline.dlq.>"


def lane_for(lines: int) -> Lane:
    """Lane of an invoice with so many lines."""
    return "bulk" if lines > BULK_LANE_FROM_LINES else "small"


def event(type_name: str, partner: str = "*", key: str = "*") -> str:
    """Subject of a fact; `type_name` is `<noun>.<past participle>.v<N>`."""
    return f"syncline.evt.{type_name}.{partner}.{key}"


def lines(type_name: str, lane: str = "*", partner: str = "*", invoice_key: str = "*") -> str:
    """Subject of a line batch; `type_name` is `lines.<published|priced>.v<N>`."""
    return f"syncline.{type_name}.{lane}.{partner}.{invoice_key}"


def command(service: str, type_name: str, partner: str = "*") -> str:
    """Subject of a command; `type_name` is `<noun>.<verb>.v<N>`, of which the verb travels."""
    _, verb, version = type_name.split(".")
    return f"syncline.cmd.{service}.{verb}.{version}.{partner}"


def query(service: str, name: str, partner: str = "*") -> str:
    """Subject of a query (request-reply); it is in no stream."""
    return f"syncline.query.{service}.{name}.v1.{partner}"


def dead_letter(service: str, type_name: str) -> str:
    """Subject under which a service lays down what it could not handle."""
    return f"syncline.dlq.{service}.{type_name}"


def author_of(dead_letter: str) -> str:
    """Who laid a dead letter down: the broker lets nobody else publish on its subject."""
    return dead_letter.split(".")[2]


def matches(pattern: str, subject: str) -> bool:
    """Whether a subject is one of a pattern's, with `*` for a token and `>` for all that follow."""
    wanted, given = pattern.split("."), subject.split(".")
    for number, part in enumerate(wanted):
        if part == ">":
            return len(given) > number
        if number >= len(given) or part not in ("*", given[number]):
            return False
    return len(wanted) == len(given)


def partner_of(subject: str) -> str:
    """Partner token of an event, lines, command or query subject."""
    tokens = subject.split(".")
    match tokens[1:2]:
        case ["evt" | "lines"] if len(tokens) == 7:
            return tokens[5]
        case ["cmd" | "query"] if len(tokens) == 6:
            return tokens[5]
    raise ValueError(f"{subject!r} names no partner")
