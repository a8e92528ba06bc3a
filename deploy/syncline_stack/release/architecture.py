"""docs/architecture.md, drawn from the catalogue: who says what to whom, and through what."""

from collections import defaultdict
from pathlib import Path

from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, QUERIES, SERVICES
from syncline_contracts.message import CONNECTORS, Message
from syncline_contracts.stream import BUCKETS, DURABLES, OBJECT_STORES, STREAMS, Stream

FILE = Path("docs/architecture.md")
HEAD = """\
# Architecture

Written by `make docs` from the catalogue in `contracts/syncline_contracts/catalog.py`; a test
fails when it is stale. Why it is so: [adr](adr). Where a process may die:
[guides/exactly-once.md](guides/exactly-once.md). How large it gets: [scale.md](scale.md).

Data goes one way: ingest, pricing, mapping, connector. The way back is events. A service knows the
contracts and the chassis, and of the others only what they say. Each has its own user at the broker
and its own database; what a user may publish and subscribe to is generated from the same catalogue
(`chassis/syncline_chassis/rights.py`).
"""


def page() -> str:
    """Text of the page."""
    return "\n".join(
        (
            HEAD,
            *_section("The road of a line", _road()),
            *_section("Facts", _facts()),
            *_section("Commands and bulk", _table(_others())),
            *_section("Questions", _questions()),
            *_section("Streams and durables", _streams()),
        )
    )


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""]


def _road() -> list[str]:
    """One arrow per pair of services and kind of message."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message in (*LINES, *COMMANDS):
        for producer in message.producers:
            for consumer in message.consumers:
                arrows[_box(producer), _box(consumer)].append(_short(message))
    lines = ["```mermaid", "flowchart LR"]
    for (producer, consumer), said in sorted(arrows.items()):
        words = ", ".join(dict.fromkeys(said))
        lines.append(f'  {producer} -- "{words}" --> {consumer}')
    return [*lines, "```"]


def _facts() -> list[str]:
    lines = ["```mermaid", "flowchart LR"]
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in EVENTS:
        for producer in event.producers:
            for consumer in event.consumers:
                if consumer != "portal":  # it follows all of them
                    arrows[_box(producer), _box(consumer)].append(_short(event))
    for (producer, consumer), said in sorted(arrows.items()):
        lines.append(f'  {producer} -- "{", ".join(dict.fromkeys(said))}" --> {consumer}')
    return [*lines, "```", "", "The portal follows every fact for its live pages.", *_table(EVENTS)]


def _others() -> tuple[type[Message], ...]:
    return (*COMMANDS, *LINES)


def _table(messages: tuple[type[Message], ...]) -> list[str]:
    rows = [
        f"| `{one.type_name}` | {_names(one.producers)} | {_names(one.consumers)} |"
        for one in messages
    ]
    return ["", "| message | from | to |", "|---|---|---|", *rows]


def _questions() -> list[str]:
    rows = [
        f"| `{one.name}` | {_names(one.askers)} | {_names(one.services)} "
        f"| {'yes' if one.changes else ''} |"
        for one in QUERIES
    ]
    return ["| query | asked by | answered by | changes |", "|---|---|---|---|", *rows]


def _streams() -> list[str]:
    rows = []
    for one in STREAMS:
        kept = f"{one.max_age.days} days" if one.max_age else "until handled"
        readers = ", ".join(f"`{d.name}`" for d in DURABLES if d.stream == one.name) or "-"
        rows.append(f"| `{one.name}` | `{one.subject}` | {kept}{_packed(one)} | {readers} |")
    buckets = ", ".join(f"`{name}`" for name in BUCKETS)
    stores = ", ".join(f"`{name}`" for name in OBJECT_STORES)
    return [
        "| stream | subjects | kept | durables |",
        "|---|---|---|---|",
        *rows,
        "",
        f"Key-value buckets: {buckets}. Object stores: {stores}.",
    ]


def _packed(stream: Stream) -> str:
    return ", compressed" if stream.compressed else ""


def _box(service: str) -> str:
    return "connectors" if service in CONNECTORS else service


def _short(message: type[Message]) -> str:
    noun, verb, _ = message.type_name.split(".")
    return f"{noun} {verb}"


def _names(services: tuple[str, ...]) -> str:
    if set(CONNECTORS) <= set(services):
        services = (*(one for one in services if one not in CONNECTORS), "connectors")
    return ", ".join(one for one in (*SERVICES, "connectors") if one in services)


if __name__ == "__main__":
    FILE.write_text(page())
