"""What a query is answered: data, or the problem that stood in its way."""

from pydantic import BaseModel, ValidationError
from syncline_contracts.query import Problem

from syncline_chassis.errors import ProblemError, SynclineError, TransientError
from syncline_chassis.mongo import is_passing


def reply_with(data: BaseModel) -> bytes:
    """Answer of a query."""
    return b'{"data":' + data.model_dump_json().encode() + b"}"


def reply_problem(problem: Problem) -> bytes:
    """Answer of a query that cannot be answered."""
    return b'{"problem":' + problem.model_dump_json().encode() + b"}"


def problem_of(error: Exception) -> Problem:
    """What the asker is told; a bug tells nothing of its inside."""
    match error:
        case ProblemError():
            return error.to_problem()
        case ValidationError():
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            return Problem(
                status=422,
                code="unprocessable",
                title="Not valid",
                detail=f"{field}: {first['msg']}" if field else first["msg"],
                field=field or None,
            )
        case TransientError():
            return Problem(status=503, code="unavailable", title="Not available", detail=str(error))
        case _ if is_passing(error):
            detail = "The database is away or busy. Ask again in a moment."
            return Problem(status=503, code="unavailable", title="Not available", detail=detail)
        case SynclineError():
            return Problem(status=422, code="refused", title="Refused", detail=str(error))
        case _:
            return Problem(
                status=500,
                code="internal",
                title="Internal error",
                detail="Something went wrong on our side; it is in the service's log.",
            )
