"""What stands before every Xero call: token, scope, organisation, limits, cached replies."""

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

from syncline_sandbox.asgi import App, Receive, Reply, Scope, Send, header, json_reply, record
from syncline_sandbox.asgi import read_body as read
from syncline_sandbox.decimals import dump_json
from syncline_sandbox.fault import Fault
from syncline_sandbox.stats import Stats
from syncline_sandbox.xero.errors import exception, problem, token_expired
from syncline_sandbox.xero.idempotency import MAX_KEY, KeyReusedError, Replies, fingerprint
from syncline_sandbox.xero.limit import Limiter
from syncline_sandbox.xero.organisation import Organisation, Organisations
from syncline_sandbox.xero.token import Client, Tokens

_API = "/api.xro/2.0"
_INVOICES = frozenset({"accounting.invoices", "accounting.transactions"})
_INVOICES_READ = frozenset({f"{scope}.read" for scope in _INVOICES})
_CONTACTS = frozenset({"accounting.contacts", "accounting.contacts.read"})
_SETTINGS = frozenset({"accounting.settings", "accounting.settings.read"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for which organisation."""

    client: Client
    organisation: Organisation


class XeroGate:
    """ASGI middleware; other paths pass untouched."""

    def __init__(
        self,
        app: App,
        tokens: Tokens,
        organisations: Organisations,
        limiter: Limiter,
        replies: Replies,
        stats: Stats,
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._organisations = organisations
        self._limiter = limiter
        self._replies = replies
        self._stats = stats
        self._keys: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith((_API, "/connections")):
            await self._app(scope, receive, send)
            return
        caller = self._caller(scope)
        if isinstance(caller, Reply):
            await caller.send(send)
            return
        if isinstance(caller, Client):
            scope["state"]["client"] = caller
            await self._app(scope, receive, send)
            return
        scope["state"]["caller"] = caller
        reply = await self._limited(caller, scope, receive)
        reply.headers |= self._limiter.headers(caller.organisation, caller.client.client_id)
        await reply.send(send)

    def organisation_of(self, scope: Scope, body: bytes) -> str:
        """Return the organisation that a request is about, for counters and faults."""
        caller = self._caller(scope) if scope["path"].startswith(_API) else None
        return caller.organisation.organisation_id if isinstance(caller, Caller) else ""

    def _caller(self, scope: Scope) -> Caller | Client | Reply:
        scheme, _, token = (header(scope, "authorization") or "").partition(" ")
        found = self._tokens.bearer(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            return problem(401, "Unauthorized", "AuthenticationUnsuccessful")
        client, scopes, valid = found
        if not valid:
            return token_expired()
        if not scope["path"].startswith(_API):
            return client
        if not scopes & _needed(scope["method"], scope["path"]):
            return problem(403, "Forbidden", "The token's scopes do not allow this call")
        known = [connection.organisation_id for connection in client.connections]
        wanted = header(scope, "xero-tenant-id")
        if wanted is None and client.flow == "client_credentials" and len(known) == 1:
            wanted = known[0]
        organisation = self._organisations.get(wanted) if wanted in known and wanted else None
        if organisation is None:
            return problem(403, "Forbidden", "AuthenticationUnsuccessful")
        return Caller(client, organisation)

    async def _limited(self, caller: Caller, scope: Scope, receive: Receive) -> Reply:
        organisation = caller.organisation
        refusal = self._limiter.enter(organisation, caller.client.client_id)
        if refusal is not None:
            self._stats.refused("xero", organisation.organisation_id, refusal.problem)
            reply = json_reply(429, b"{}", x_rate_limit_problem=refusal.problem)
            if refusal.retry_after_s is not None:
                reply.headers["retry-after"] = str(refusal.retry_after_s)
            return reply
        try:
            fault: Fault | None = scope["state"].get("fault")
            if fault is not None and fault.kind == "slow":
                await fault.hold()
            body = await read(receive) or b""
            return await self._once(caller, scope, body, receive)
        finally:
            self._limiter.leave(organisation)

    async def _once(self, caller: Caller, scope: Scope, body: bytes, receive: Receive) -> Reply:
        method: str = scope["method"]
        key = header(scope, "idempotency-key")
        if key is None or method not in ("PUT", "POST", "PATCH"):
            return await record(self._app, scope, body, receive)
        if not 1 <= len(key) <= MAX_KEY:
            return _bad_key(f"The Idempotency-Key must have 1 to {MAX_KEY} characters")
        org, client = caller.organisation.organisation_id, caller.client.client_id
        request = fingerprint(method, scope["path"], scope["query_string"], body)
        lock = self._keys.setdefault((org, client, key), asyncio.Lock())
        async with lock:
            try:
                cached = self._replies.find(org, client, key, request)
            except KeyReusedError:
                return _bad_key("The Idempotency-Key was used with a different request")
            if cached is not None:
                self._stats.replayed(org)
                return cached
            reply = await record(self._app, scope, body, receive)
            self._replies.keep(org, client, key, request, reply)
            return reply


def _needed(method: str, path: str) -> frozenset[str]:
    reads = _INVOICES_READ if method == "GET" else frozenset[str]()
    resource = path.removeprefix(_API).strip("/").partition("/")[0]
    if resource in ("Invoices", "CreditNotes"):
        return _INVOICES | reads
    if resource == "Items":
        return _SETTINGS | _INVOICES | reads
    return _CONTACTS if resource == "Contacts" else _SETTINGS


def _bad_key(message: str) -> Reply:
    return json_reply(400, dump_json(exception(10, "ValidationException", message)))
