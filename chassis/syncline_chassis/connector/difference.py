"""A canonical form that is wanted, what was found, and how they differ, in words.

What was found may say more: a field that was not wanted is nobody's business.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from syncline_contracts.money import subtract, to_text

Form = Mapping[str, object]
MOST_TEXT = 300


def same(wanted: Form, amount: Decimal, found: Form, found_amount: Decimal) -> bool:
    """Tell whether a record is as wanted in content and, to the cent, in amount."""
    return amount == found_amount and stable(wanted) == stable(part_of(found, wanted))


def part_of(found: Form, wanted: Form) -> dict[str, object]:
    """The fields of what was found that were wanted."""
    return {name: found[name] for name in wanted if name in found}


def stable(value: object) -> str:
    """One text for one content, whatever the order of its fields."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def in_words(wanted: Form, amount: Decimal, found: Form, found_amount: Decimal) -> str:
    """How what was found differs from what was wanted; empty when it does not."""
    parts = [
        _entry(name.replace("_", " "), wanted.get(name), found.get(name))
        for name in wanted
        if stable(wanted.get(name)) != stable(found.get(name))
    ]
    if amount != found_amount:
        off_by = to_text(subtract(found_amount, amount))
        parts.append(
            f"the amount is {to_text(found_amount)} instead of {to_text(amount)}, off by {off_by}"
        )
    return "; ".join(parts)


def _entry(name: str, wanted: object, found: object) -> str:
    if isinstance(wanted, list | tuple) and isinstance(found, list | tuple):
        gone, new = _without(wanted, found), _without(found, wanted)
        pieces = [
            f"{word} {', '.join(_short(one) for one in some)}"
            for word, some in (("without", gone), ("with", new))
            if some
        ]
        return f"{name} {' and '.join(pieces) or 'stand in another order'}"
    return f"{name} is {_short(found)} instead of {_short(wanted)}"


def _without(many: Sequence[object], taken: Sequence[object]) -> list[object]:
    left = [stable(one) for one in taken]
    rest = []
    for one in many:
        if stable(one) in left:
            left.remove(stable(one))
        else:
            rest.append(one)
    return rest


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        value = " ".join(str(inner) for inner in value.values() if inner not in (None, ""))
    text = str(value if value not in (None, "") else "nothing")
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + " ..."
