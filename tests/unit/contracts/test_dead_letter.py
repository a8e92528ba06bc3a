"""A dead letter is shown whatever its headers hold; whose it is says the broker's subject."""

from datetime import UTC, datetime

import pytest
from syncline_contracts import subjects
from syncline_contracts.dead_letter import DeadLetter

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LAID_DOWN = "syncline.dlq.xero.tenant.apply.v1"


def told(headers: dict[str, str]) -> DeadLetter:
    return DeadLetter.of(1, NOW, LAID_DOWN, headers, b"\xff", whole=True)


@pytest.mark.parametrize("headers", [{}, {"ce-source": "mapping"}, {"ce-source": "syncline/x"}])
def test_whose_it_is_says_the_subject_that_it_is_stored_under(headers: dict[str, str]) -> None:
    assert told(headers).service == "xero"


@pytest.mark.parametrize(
    ("text", "attempts"),
    [("5", 5), ("", 0), ("many", 0), ("-1", 0), ("1.5", 0), ("²", 0), ("9" * 5000, 0)],
)
def test_attempts_that_are_no_number_are_none(text: str, attempts: int) -> None:
    assert told({"syncline-attempts": text}).attempts == attempts


@pytest.mark.parametrize(
    ("pattern", "subject", "is_one"),
    [
        ("syncline.evt.*.*.*.*.*", "syncline.evt.a.b.v1.acme.k", True),
        ("syncline.evt.*.*.*.*.*", "syncline.evt.a.b.v1.acme", False),
        ("syncline.evt.*.*.*.*.*", "syncline.evt.a.b.v1.acme.k.more", False),
        ("syncline.dlq.>", "syncline.dlq.x", True),
        ("syncline.dlq.>", "syncline.dlq", False),
        ("syncline.cmd.xero.*.*.*", "syncline.cmd.mapping.a.v1.acme", False),
    ],
)
def test_a_subject_is_one_of_a_pattern(pattern: str, subject: str, is_one: bool) -> None:
    assert subjects.matches(pattern, subject) is is_one
