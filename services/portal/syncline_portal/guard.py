"""A route that lets nobody in before it knows who they are, and what a route learns of its call."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive
from syncline_chassis.errors import ProblemError, UnprocessableError
from syncline_contracts.query import Edit, Problem, Query

from syncline_portal.actor import Actor, Role
from syncline_portal.auth import authenticate, authorise
from syncline_portal.idempotency import PARAMETER, Kind, once
from syncline_portal.ports import Portal
from syncline_portal.problems import MEDIA_TYPE

A = TypeVar("A", bound=BaseModel)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
UPLOAD = "x-upload"
TOLD_ONCE = "x-told-once"
"""The answer holds a secret, so it is not kept: the same command again is refused."""
_WORDS = {
    400: "It cannot be read",
    401: "The token is missing or not valid",
    403: "The token's role does not suffice",
    404: "Not there, or not for this token",
    409: "Somebody else changed it, or it is not possible now",
    413: "More than is taken at once",
    422: "Not valid",
    429: "Too many wrong tokens came from this address",
    503: "The service that knows does not answer",
}
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": _PROBLEM, "model": Problem}
    for status, words in _WORDS.items()
}


def may(role: Role, **extra: Any) -> dict[str, Any]:
    """Say who may call a route; it stands in the OpenAPI document, too."""
    return {"x-role": role, **extra}


def command(role: Role, **extra: Any) -> dict[str, Any]:
    """Like `may`, for what is carried out once however often it is sent with its key."""
    return may(role, parameters=[PARAMETER], **extra)


class GuardedRoute(APIRoute):
    """Checks token, partner and role before anything of the body is read.

    A route that does not say who `may` call it stops the start.
    """

    def get_route_handler(self) -> Handler:
        """See `APIRoute.get_route_handler`."""
        inner = super().get_route_handler()
        extra = self.openapi_extra or {}
        role: Role = extra["x-role"]
        is_upload = UPLOAD in extra
        is_command = PARAMETER in extra.get("parameters", ())

        async def guarded(request: Request) -> Response:
            portal: Portal = request.app.state.portal
            actor = await authenticate(portal, request)
            authorise(actor, role, request.path_params.get("partner_id"))
            request.state.actor = actor
            settings = portal.settings
            most = settings.portal_upload_limit_bytes if is_upload else None
            limited = _limited(request, most or settings.portal_body_limit_bytes)
            if is_command:
                answer = partial(inner, limited)
                kind = Kind(is_upload=is_upload, is_told_once=TOLD_ONCE in extra)
                return await once(limited, actor, answer, kind)
            return await inner(limited)

        return guarded


def router(noun: str) -> APIRouter:
    """A router of guarded routes under /v1."""
    return APIRouter(prefix="/v1", tags=[noun], route_class=GuardedRoute, responses=RESPONSES)


def _limited(request: Request, most: int) -> Request:
    """The request, broken off once its body is longer than `most` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    receive: Receive = request.receive
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        return message

    return Request(request.scope, counted)


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The body is longer than {most} bytes, which is the limit here.")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in."""

    portal: Portal
    actor: Actor

    async def ask(
        self, query: Query[A], *, service: str | None = None, timeout_s: float = 10.0
    ) -> A:
        """Ask the owner. Raises `ProblemError`; 412 where `If-Match` named another version."""
        try:
            return await self.portal.bus.ask(query, service=service, timeout_s=timeout_s)
        except ProblemError as error:
            if error.status == 409 and isinstance(query, Edit) and query.expected_version:
                raise ProblemError(412, error.code, error.title, error.detail) from error
            raise
        except (PydanticSerializationError, UnicodeError) as error:
            raise UnprocessableError("A text in the body is not valid Unicode.") from error


def _call(request: Request) -> Call:
    return Call(request.app.state.portal, request.state.actor)


TheCall = Annotated[Call, Depends(_call)]
