"""What the vendor said is kept as it came, long enough, and without secrets."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from syncline_chassis.connector.answers import MOST_KEPT, Answers, Rule, as_it_came
from syncline_chassis.connector.ledger import HISTORY, INDEXES, LEDGER
from syncline_chassis.connector.protocol import Lost, Refused
from syncline_chassis.errors import RejectedError, SynclineError, UnknownOutcomeError

ANSWERS = Answers(
    "The vendor",
    (
        Rule(400, 499, RejectedError, RejectedError, "It says no"),
        Rule(500, 599, UnknownOutcomeError, UnknownOutcomeError, "It has trouble"),
    ),
    lambda body: [],
)


def test_history_is_kept_for_400_days_and_the_rows_for_good() -> None:
    lives = {index.collection: index.expire_after_s for index in INDEXES if index.expire_after_s}
    assert lives[HISTORY] >= timedelta(days=400).total_seconds()
    assert LEDGER not in lives


@pytest.mark.parametrize(("status", "kind"), [(400, Refused), (502, Lost)])
def test_an_error_brings_the_answer_that_it_stands_for(status: int, kind: Any) -> None:
    response = httpx.Response(status, content=b'{"amount": 1.10}')
    outcome = kind.of(ANSWERS.of(response, writing=True))
    assert outcome.answer == {"status": status, "body": {"amount": "1.10"}}


def test_what_is_no_json_or_too_long_is_kept_as_text_and_cut_off() -> None:
    assert as_it_came(httpx.Response(200, text="<html>"))["body"] == "<html>"
    long = as_it_came(httpx.Response(200, json=["x" * MOST_KEPT] * 2))["body"]
    assert isinstance(long, str)
    assert len(long) == MOST_KEPT


def test_without_an_answer_there_is_none() -> None:
    assert Lost.of(SynclineError("Nobody answered.")) == Lost("Nobody answered.")
