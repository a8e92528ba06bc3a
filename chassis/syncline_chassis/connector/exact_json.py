"""JSON whose numbers stay exact decimals, both ways; a float never comes near an amount."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from syncline_contracts.money import to_text


def loads(text: str | bytes) -> Any:
    """Read JSON; numbers with a point become `Decimal`. Raises `ValueError`."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def dumps(value: Any) -> str:
    """Write JSON; a `Decimal` becomes a number with all of its digits."""
    match value:
        case Decimal():
            return to_text(value)
        case float():
            raise TypeError("an amount never passes a float")
        case Mapping():
            return (
                "{" + ",".join(f"{json.dumps(str(k))}:{dumps(v)}" for k, v in value.items()) + "}"
            )
        case list() | tuple():
            return "[" + ",".join(dumps(inner) for inner in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> Any:
    """The same with every number that has a point as text: for events and for the database."""
    match value:
        case Decimal():
            return to_text(value)
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
