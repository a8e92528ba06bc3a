"""The vendor's search language: a JSON list of conditions, pages of at most 500 records."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from syncline_sandbox.autotask.errors import RefusedError
from syncline_sandbox.autotask.fields import ENTITIES, NUMBERS, Field, fields_of
from syncline_sandbox.autotask.system import Row
from syncline_sandbox.decimals import dump_json, load_json

MOST_RECORDS = MOST_CONDITIONS = 500
Test = Callable[[Row], bool]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: have == want,
    "noteq": lambda have, want: have != want,
    "gt": lambda have, want: have > want,
    "gte": lambda have, want: have >= want,
    "lt": lambda have, want: have < want,
    "lte": lambda have, want: have <= want,
    "beginswith": lambda have, want: str(have).startswith(str(want)),
    "endswith": lambda have, want: str(have).endswith(str(want)),
    "contains": lambda have, want: str(want) in str(have),
    "in": lambda have, want: have in want,
    "notin": lambda have, want: have not in want,
}
_ORDERED = frozenset({"gt", "gte", "lt", "lte"})
_TEXT = frozenset({"beginswith", "endswith", "contains"})
_LISTS = frozenset({"in", "notin"})


@dataclass(frozen=True, slots=True)
class Search:
    """A search as asked for."""

    entity: str
    test: Test
    most: int
    shown: tuple[str, ...]
    mark: str
    """Names the search: a next page has to repeat it."""

    def page(self, rows: Sequence[Row], token: str | None, address: str) -> dict[str, Any]:
        """One page of records, after the id that a token names. Raises `RefusedError`."""
        after = self._after(token)
        found = [row for row in rows if self.test(row)]
        if self.shown and len(found) > MOST_RECORDS and "id" not in self.shown:
            raise RefusedError("IncludeFields must contain id for more than 500 records.")
        left = [row for row in found if row["id"] > after]
        picked = left[: self.most]
        following = None
        if len(left) > len(picked):
            following = f"{address}/next?paging={self._token(picked[-1]['id'])}"
        return {
            "items": [self._cut(row) for row in picked],
            "pageDetails": {
                "count": len(picked),
                "requestCount": self.most,
                "prevPageUrl": None,
                "nextPageUrl": following,
            },
        }

    def _cut(self, row: Row) -> Row:
        every = {field.name: row.get(field.name) for field in ENTITIES[self.entity]}
        return {name: every[name] for name in self.shown} if self.shown else every

    def _token(self, last: int) -> str:
        plain = json.dumps({"after": last, "mark": self.mark}).encode()
        return base64.urlsafe_b64encode(plain).decode()

    def _after(self, token: str | None) -> int:
        if token is None:
            return 0
        try:
            known = json.loads(base64.urlsafe_b64decode(token))
            after, mark = int(known["after"]), known["mark"]
        except (ValueError, KeyError, TypeError):
            raise RefusedError("The paging token is not valid.") from None
        if mark != self.mark:
            raise RefusedError("A next page has to be asked for with the same search.")
        return after


def parse(entity: str, raw: bytes | str, hidden: frozenset[str]) -> Search:
    """Read a search. Raises `RefusedError`."""
    try:
        body = load_json(raw)
    except ValueError:
        raise RefusedError("The search is no JSON.") from None
    if not isinstance(body, dict):
        raise RefusedError("The search has to be an object.")
    given = {str(name).lower(): value for name, value in body.items()}
    unknown = set(given) - {"filter", "maxrecords", "includefields"}
    if unknown:
        raise RefusedError(f"The search does not know {sorted(unknown)[0]}.")
    conditions = given.get("filter")
    if not isinstance(conditions, list) or not conditions:
        raise RefusedError("A search needs a filter.")
    reader = _Reader(entity, hidden)
    test = reader.all(conditions)
    if reader.count > MOST_CONDITIONS:
        raise RefusedError(f"A search has at most {MOST_CONDITIONS} OR conditions.")
    most = given.get("maxrecords", MOST_RECORDS)
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST_RECORDS:
        raise RefusedError(f"MaxRecords has to be between 1 and {MOST_RECORDS}.")
    shown = tuple(reader.field(name).name for name in given.get("includefields") or ())
    mark = hashlib.sha256(dump_json(given)).hexdigest()[:16]
    return Search(entity, test, most, shown, mark)


class _Reader:
    """Turns conditions into tests."""

    def __init__(self, entity: str, hidden: frozenset[str]) -> None:
        self._entity = entity
        self._fields = fields_of(entity)
        self._hidden = hidden
        self.count = 0

    def all(self, conditions: Sequence[Any]) -> Test:
        """All of them have to hold."""
        tests = [self._one(condition) for condition in conditions]
        return lambda row: all(test(row) for test in tests)

    def field(self, name: object) -> Field:
        """A field by name."""
        found = self._fields.get(str(name).lower())
        if found is None or found.name in self._hidden:
            raise RefusedError(f"Unable to find {name} in the {self._entity} Entity.")
        return found

    def _one(self, condition: Any) -> Test:
        if not isinstance(condition, Mapping):
            raise RefusedError("A condition has to be an object.")
        if condition.get("udf"):
            raise RefusedError(f"Unable to find {condition.get('field')} in the user fields.")
        op = str(condition.get("op", "")).lower()
        if op in ("and", "or"):
            return self._group(op, condition.get("items"))
        field = self.field(condition.get("field"))
        if op in ("exist", "notexist"):
            return lambda row: (row.get(field.name) is not None) == (op == "exist")
        if op not in _COMPARE:
            raise RefusedError(f"The operator {condition.get('op')} is not known.")
        return self._compare(field, op, condition.get("value"))

    def _group(self, op: str, items: Any) -> Test:
        if not isinstance(items, list) or not items:
            raise RefusedError(f"The group {op} needs items.")
        tests = [self._one(item) for item in items]
        self.count += len(tests) if op == "or" else 0
        return lambda row: (any if op == "or" else all)(test(row) for test in tests)

    def _compare(self, field: Field, op: str, value: Any) -> Test:
        if op in _TEXT and field.kind != "string":
            raise RefusedError(f"The operator {op} needs a text, and {field.name} is none.")
        values = value if isinstance(value, list) else [value]
        if (op in _LISTS) != isinstance(value, list) or not values:
            raise RefusedError(f"The value of {field.name} does not fit the operator {op}.")
        self.count += len(values) if op in _LISTS else 0
        wanted = [self._typed(field, one) for one in values]
        compare = _COMPARE[op]
        want = wanted if op in _LISTS else wanted[0]

        def test(row: Row) -> bool:
            have = _folded(row.get(field.name))
            if have is None:
                return op in ("noteq", "notin")
            if op in _ORDERED and type(have) is not type(want):
                return False
            return compare(have, want)

        return test

    def _typed(self, field: Field, value: Any) -> Any:
        """Types are strict: a text never equals a number."""
        if field.kind in NUMBERS and isinstance(value, str):
            if field.labels:
                raise RefusedError(f"Conversion failed when converting {value!r} to data type int.")
            return ("no number", value)
        return _folded(value)


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    return value
