"""The vendor's search language: `company/id=12 and name contains "azure" and endDate > [..]`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\()|(?P<close>\))|(?P<comma>,)
      | (?P<op>!=|<=|>=|=|<|>)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<date>\[[^\]]+\])
      | (?P<number>-?\d+(?:\.\d+)?(?![\w/]))
      | (?P<word>[A-Za-z_][\w/]*)
    )""",
    re.VERBOSE,
)


class ConditionsError(ValueError):
    """The text is no condition."""


def compile_conditions(text: str) -> Test:
    """A test for rows as the API writes them. Raises `ConditionsError`."""
    tokens = _tokens(text)
    if not tokens:
        return lambda row: True
    parser = _Parser(tokens)
    test = parser.either()
    if parser.left:
        raise ConditionsError(f"{parser.left[0][1]!r} was not expected")
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionsError(f"{text[at : at + 20]!r} cannot be read")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.left = tokens

    def either(self) -> Test:
        test = self._both()
        while self._word("or"):
            test = _or(test, self._both())
        return test

    def _both(self) -> Test:
        test = self._one()
        while self._word("and"):
            test = _and(test, self._one())
        return test

    def _one(self) -> Test:
        if self._word("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._is("open"):
            self.left.pop(0)
            test = self.either()
            self._expect("close")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        field = self._expect("word")
        if self._word("in"):
            self._expect("open")
            wanted = [self._value()]
            while self._is("comma"):
                self.left.pop(0)
                wanted.append(self._value())
            self._expect("close")
            return lambda row: _at(row, field) in wanted
        if self._word("contains"):
            text = str(self._value()).casefold()
            return lambda row: text in str(_at(row, field) or "").casefold()
        if self._word("like"):
            pattern = re.compile(
                ".*".join(map(re.escape, str(self._value()).split("*"))), re.IGNORECASE
            )
            return lambda row: pattern.fullmatch(str(_at(row, field) or "")) is not None
        return _compared(field, self._expect("op"), self._value())

    def _value(self) -> Any:
        kind, text = self.left.pop(0) if self.left else ("", "")
        match kind:
            case "text":
                return _unescaped(text[1:-1])
            case "date":
                return text[1:-1]
            case "number":
                return int(text) if text.lstrip("-").isdecimal() else float(text)
            case "word" if text.casefold() in ("true", "false", "null"):
                return {"true": True, "false": False, "null": None}[text.casefold()]
            case _:
                raise ConditionsError(f"a value was expected instead of {text!r}")

    def _is(self, kind: str) -> bool:
        return bool(self.left) and self.left[0][0] == kind

    def _word(self, word: str) -> bool:
        if self._is("word") and self.left[0][1].casefold() == word:
            self.left.pop(0)
            return True
        return False

    def _expect(self, kind: str) -> str:
        if not self._is(kind):
            found = self.left[0][1] if self.left else "the end"
            raise ConditionsError(f"{kind} was expected instead of {found!r}")
        return self.left.pop(0)[1]


def _unescaped(text: str) -> str:
    """A bracket has a meaning of its own: as a letter it is written `[[]`."""
    if "[" in text.replace("[[]", ""):
        raise ConditionsError("a bracket in a text is written [[]")
    return text.replace("[[]", "[")


def _and(one: Test, two: Test) -> Test:
    return lambda row: one(row) and two(row)


def _or(one: Test, two: Test) -> Test:
    return lambda row: one(row) or two(row)


def _compared(field: str, operator: str, wanted: Any) -> Test:
    def test(row: Row) -> bool:
        found = _at(row, field)
        if operator in ("=", "!="):
            return bool(found == wanted) == (operator == "=")
        if found is None or found == "":
            return False
        below, above = found < wanted, found > wanted
        return bool({"<": below, "<=": not above, ">": above, ">=": not below}[operator])

    return test


def _at(row: Row, field: str) -> Any:
    """A slash leads into a reference. Raises `ConditionsError` for what the API does not return."""
    value: Any = row
    for name in field.split("/"):
        if value is None:  # a reference that is not set
            return None
        if not isinstance(value, Mapping) or name not in value:
            raise ConditionsError(f"there is no field {field!r}")
        value = value[name]
    return value
