"""The vendor's search language. Pure.

How a quote inside a text is escaped is not published, and clients disagree; `*` is a wildcard. So a
letter that has a meaning is replaced by one, and the caller keeps the rows that are really meant.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

MOST_TEXT = 1400
"""Of a list of values as it stands in an address, which has to stay below 2,000 letters."""
_SPECIAL = re.compile(r"""["'\[\]*%\\]+""")


def is_literal(text: str) -> bool:
    """Whether a text can stand in a condition as it is."""
    return _SPECIAL.search(text) is None


def among(field: str, values: Sequence[int | str]) -> list[str]:
    """Conditions that together find every row whose field has one of these values, and others."""
    distinct = list(dict.fromkeys(values))
    odd = [one for one in distinct if isinstance(one, str) and not is_literal(one)]
    lists = _lists([_quoted(one) for one in distinct if one not in odd])
    return [
        *(f"{field} in ({one})" for one in lists),
        *(f'{field} like "{_pattern(one)}"' for one in odd),
    ]


def holds(field: str, text: str) -> str:
    """A field holds a text; where that is not literal, or something like it."""
    if is_literal(text):
        return f'{field} contains "{text}"'
    return f'{field} like "*{_pattern(text)}*"'


def either(*conditions: str) -> str:
    """At least one of them."""
    return f"({' or '.join(conditions)})"


def every(*conditions: str) -> str:
    """All of them that say something."""
    return " and ".join(filter(None, conditions))


def _lists(values: Iterable[str]) -> list[str]:
    found: list[str] = []
    length = 0
    for value in values:
        length += len(quote(f",{value}", safe=""))
        if found and length <= MOST_TEXT:
            found[-1] += f",{value}"
        else:
            found.append(value)
            length = len(quote(value, safe=""))
    return found


def _quoted(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def _pattern(text: str) -> str:
    return _SPECIAL.sub("*", text)
