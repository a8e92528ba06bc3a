"""Around every request: an id, security headers, a last resort for our own bugs."""

import re
from collections.abc import Iterable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from syncline_contracts.identity import new_id
from syncline_contracts.query import Problem

from syncline_portal.problems import problem_response

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,80}")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_ONE_YEAR = "max-age=31536000"


class AroundRequests:
    """ASGI middleware; outermost, so that its headers are on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        request_id = _request_id(request.headers)
        request.state.request_id = request_id
        started, left = False, False

        async def receive_until_left() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(message, request_id, request.url.scheme)
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive_until_left, send_with_headers)
            except Exception as error:
                if left:  # nobody waits for this answer any more
                    return
                structlog.get_logger().exception("request failed", exc_info=error)
                if started:  # nothing better can be said any more than to break off
                    raise
                await _sorry(request)(scope, receive, send_with_headers)


def _request_id(headers: Headers) -> str:
    """The caller's id, where it is harmless in a log; else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else new_id()


def _add_headers(message: Message, request_id: str, scheme: str) -> None:
    headers = MutableHeaders(scope=message)
    extra: Iterable[tuple[str, str]] = SECURITY_HEADERS.items()
    for name, value in extra:
        headers.setdefault(name, value)
    if scheme == "https":
        headers.setdefault("Strict-Transport-Security", _ONE_YEAR)
    headers["X-Request-Id"] = request_id


def _sorry(request: Request) -> ASGIApp:
    detail = "Something went wrong on our side. Name the request id when you report it."
    return problem_response(
        request, Problem(status=500, code="internal", title="Internal error", detail=detail)
    )
