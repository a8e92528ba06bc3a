"""The front door: counts every request to an imitated server and lets a fault have its way."""

from collections.abc import Callable
from urllib.parse import unquote_plus

from syncline_sandbox.asgi import (
    App,
    BodyTooLargeError,
    Receive,
    Reply,
    Scope,
    Send,
    again,
    json_reply,
    read_body,
    record,
)
from syncline_sandbox.autotask import errors as autotask
from syncline_sandbox.connectwise.errors import throttled, unauthorised
from syncline_sandbox.decimals import dump_json
from syncline_sandbox.dicker.envelope import wrap_error
from syncline_sandbox.fault import Fault, Faults, Target
from syncline_sandbox.server import cut_connection
from syncline_sandbox.stats import Stats
from syncline_sandbox.xero.errors import token_expired

Owner = Callable[[Scope, bytes], str]
_AFTER = ("cut_after_commit", "malformed_json", "slow_after_commit", "500_after_commit")


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(
        self,
        app: App,
        faults: Faults,
        stats: Stats,
        owners: dict[Target, Owner],
        close: Callable[[], None],
    ) -> None:
        self._app = app
        self._faults = faults
        self._stats = stats
        self._owners = owners
        self.close = close
        """Lets go of the data directory; a server does it by itself when it ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        target = _target(scope)
        if target is None:
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(receive)
        except BodyTooLargeError:
            await Reply(413).send(send)
            return
        if body is None:
            return
        owner = self._owners[target](scope, body)
        method, path = scope["method"], scope["path"]
        self._stats.request(target, owner, method, path)
        text = body.decode("utf-8", "replace") + "\n" + unquote_plus(scope["query_string"].decode())
        fault = self._faults.take(target, method, path, text, owner)
        state = scope.setdefault("state", {})
        state["fault"] = fault
        if fault is None:
            await self._app(scope, again(body, receive), send)
            return
        if fault.kind == "429":
            self._stats.refused(target, owner, fault.problem)
        await self._with_fault(fault, scope, body, receive, send)

    async def _with_fault(
        self, fault: Fault, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        # Some slow calls sleep further inside, where they hold one of the concurrent places.
        slow_inside = fault.kind == "slow" and scope["path"].startswith(("/api.xro/", "/zone6/"))
        if fault.delay_s and fault.kind not in _AFTER and not slow_inside:
            await fault.hold()
        if fault.kind == "cut_before":
            await cut_connection(scope, receive)
            return
        instead = _instead(fault)
        if instead is not None:
            await instead.send(send)
            return
        reply = await record(self._app, scope, body, receive)
        if fault.kind in _AFTER:
            await fault.hold()
        if fault.kind == "cut_after_commit":
            await cut_connection(scope, receive)
            return
        if fault.kind == "malformed_json":
            reply.body = reply.body[: len(reply.body) * 2 // 3] + b"<!--"
        if fault.kind == "500_after_commit":
            reply = _failure(500, fault)
        await reply.send(send)


def _instead(fault: Fault) -> Reply | None:
    # The answer of a request that never reaches the server behind.
    match fault.kind:
        case "429":
            return _limited(fault)
        case "500" | "502" | "503":
            return _failure(int(fault.kind), fault)
        case "errors_in_500":
            return autotask.failure(500, fault.message)
        case "expired_token":
            return _refused(fault)
        case "error_in_200" if fault.target == "dicker":
            return json_reply(200, dump_json(wrap_error(fault.message, "")))
    return None


def _limited(fault: Fault) -> Reply:
    after = {} if fault.retry_after_s is None else {"retry_after": str(fault.retry_after_s)}
    match fault.target:
        case "connectwise":
            return throttled(fault.retry_after_s or 30)
        case "autotask" if fault.problem == "threads":
            return autotask.too_many_threads(3)
        case "autotask":
            return autotask.over_threshold(fault.retry_after_s)
        case "xero":
            after["x_rate_limit_problem"] = fault.problem
        case "dicker":
            pass
    return json_reply(429, b"{}", **after)


def _refused(fault: Fault) -> Reply:
    match fault.target:
        case "xero":
            return token_expired()
        case "connectwise":
            return unauthorised()
        case "autotask":
            return autotask.unauthorised()
        case "dicker":
            return json_reply(200, dump_json(wrap_error("AccessKey has expired", "")))


def _failure(status: int, fault: Fault) -> Reply:
    after = {} if fault.retry_after_s is None else {"retry_after": str(fault.retry_after_s)}
    body = {"Title": "An error occurred", "Status": status, "Detail": fault.message}
    return json_reply(status, dump_json(body), **after)


def _target(scope: Scope) -> Target | None:
    if scope["type"] != "http":
        return None
    path: str = scope["path"]
    if path.startswith("/dicker/"):
        return "dicker"
    if path.startswith(("/ATServicesRest/", "/zone6/")):
        return "autotask"
    if path.startswith("/v4_6_release/apis/"):
        return "connectwise"
    if path.startswith(("/api.xro/", "/identity/", "/connections")):
        return "xero"
    return None
