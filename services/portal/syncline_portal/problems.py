"""Errors as the API tells them: problem+json (RFC 9457), with a sentence that a person can use."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from syncline_chassis.answer import problem_of
from syncline_chassis.errors import ProblemError, SynclineError
from syncline_chassis.mongo import MongoError
from syncline_contracts.query import Problem

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: ("bad_request", "Bad request"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "Method not allowed"),
    413: ("too_large", "Too large"),
}
_SENTENCES = {
    404: "There is nothing at this address. The routes are listed at /docs.",
    405: "This address does not take that method. The routes are listed at /docs.",
}


class HttpProblemError(ProblemError):
    """A problem that also sets headers of the answer."""

    def __init__(
        self, status: int, code: str, title: str, detail: str, headers: Mapping[str, str]
    ) -> None:
        super().__init__(status, code, title, detail)
        self.headers = headers


def problem_response(
    request: Request,
    problem: Problem,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """The answer that a problem becomes."""
    body: dict[str, Any] = {
        "type": f"urn:syncline:problem:{problem.code}",
        **problem.model_dump(exclude_none=True),
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
    }
    if errors:
        body["errors"] = errors
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Have every error leave as a problem."""
    app.add_exception_handler(SynclineError, _on_syncline)
    app.add_exception_handler(MongoError, _on_database)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_syncline(request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, HttpProblemError) else None
    return problem_response(request, problem_of(error), headers=headers)


async def _on_database(request: Request, error: Exception) -> Response:
    structlog.get_logger().warning("the database did not answer", error=repr(error))
    detail = "The portal's database does not answer now. Try again in a moment."
    return problem_response(
        request,
        Problem(status=503, code="unavailable", title="Not available", detail=detail),
        headers={"Retry-After": "2"},
    )


async def _on_invalid(request: Request, error: Exception) -> Response:
    """What was wrong and where; what was sent is not repeated, it may hold a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    errors = [
        {"field": ".".join(str(part) for part in one["loc"]), "message": one["msg"]}
        for one in error.errors()
    ]
    first = errors[0]
    problem = Problem(
        status=422,
        code="unprocessable",
        title="Not valid",
        detail=f"{first['field']}: {first['message']}",
        field=first["field"],
    )
    return problem_response(request, problem, errors=errors)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    code, title = _TITLES.get(error.status_code, ("refused", "Refused"))
    detail = _SENTENCES.get(error.status_code, str(error.detail))
    problem = Problem(status=error.status_code, code=code, title=title, detail=detail)
    return problem_response(request, problem, headers=error.headers)
