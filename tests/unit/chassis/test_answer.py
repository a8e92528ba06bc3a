"""What a query is answered when something stands in its way."""

import pytest
from pymongo.errors import AutoReconnect, OperationFailure
from syncline_chassis.answer import problem_of


def _worn_out() -> OperationFailure:
    return OperationFailure("WriteConflict", 112, {"errorLabels": ["TransientTransactionError"]})


@pytest.mark.parametrize("error", [_worn_out(), AutoReconnect("primary stepped down")])
def test_a_database_that_is_busy_or_away_is_no_bug_but_asked_again(error: Exception) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.code) == (503, "unavailable")
    assert problem.detail == "The database is away or busy. Ask again in a moment."


def test_a_bug_tells_nothing_of_its_inside() -> None:
    problem = problem_of(OperationFailure("E11000 dup key: { secret: 1 }", 11000))
    assert problem.status == 500
    assert "secret" not in problem.detail
