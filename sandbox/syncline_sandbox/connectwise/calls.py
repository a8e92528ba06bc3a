"""The calls: pick lists, agreements, and the additions on them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from syncline_sandbox.asgi import Reply
from syncline_sandbox.clock import Clock
from syncline_sandbox.connectwise.conditions import ConditionsError, compile_conditions
from syncline_sandbox.connectwise.draft import Drafts
from syncline_sandbox.connectwise.errors import RefusedError, invalid, not_found
from syncline_sandbox.connectwise.gate import ConnectWiseGate
from syncline_sandbox.connectwise.records import Addition, Agreement, Company, Product
from syncline_sandbox.connectwise.render import (
    Row,
    addition_row,
    agreement_row,
    company_row,
    product_row,
)
from syncline_sandbox.connectwise.system import System, Systems
from syncline_sandbox.decimals import CENT, dump_json, load_json
from syncline_sandbox.fault import as_told, handler_fault, is_kept

PREFIX = "/v4_6_release/apis/3.0"
DEFAULT_PAGE, MOST_PAGE = 25, 1000
JSON = "application/json; charset=utf-8"
Act = Callable[[System], Response]


class Calls:
    """What the routes do."""

    def __init__(self, systems: Systems, gate: ConnectWiseGate, clock: Clock) -> None:
        self._systems = systems
        self._gate = gate
        self._clock = clock

    def answer(self, request: Request, act: Act) -> Response:
        """Let somebody in, and turn what is refused into an answer."""
        caller = self._gate.enter(request)
        if isinstance(caller, Reply):
            return _response(caller)
        try:
            return act(caller)
        except RefusedError as refused:
            return _response(refused.reply())
        except ConditionsError as error:
            return _response(RefusedError(400, "ConnectWiseApi", f"conditions: {error}").reply())

    def companies(self, request: Request, system: System) -> Response:
        """Companies that meet the conditions."""
        every = self._systems.list(Company, system.company_id)
        return _listed(request, [company_row(one) for one in every])

    def products(self, request: Request, system: System) -> Response:
        """The catalogue."""
        every = self._systems.list(Product, system.company_id)
        return _listed(request, [product_row(one) for one in every])

    def agreements(self, request: Request, system: System) -> Response:
        """Agreements of all companies."""
        every = self._systems.list(Agreement, system.company_id)
        return _listed(request, [self._agreement_row(system, one) for one in every])

    def additions(self, request: Request, system: System, agreement_id: int) -> Response:
        """Additions of one agreement."""
        agreement = self._agreement(system, agreement_id)
        every = self._systems.list(Addition, system.company_id)
        mine = [one for one in every if one.agreement_id == agreement_id]
        return _listed(request, [self._addition_row(system, agreement, one) for one in mine])

    def create(self, request: Request, system: System, agreement_id: int, body: bytes) -> Response:
        """Make an addition."""
        agreement = self._agreement(system, agreement_id)
        made = _skewed(request, self._drafts(system).create(agreement, _object(body)))
        if is_kept(request.state):
            self._systems.put(system.company_id, [made])
        return _json(self._addition_row(system, agreement, made), 201)

    def change(
        self, request: Request, system: System, agreement_id: int, identity: int, body: bytes
    ) -> Response:
        """Change an addition."""
        agreement = self._agreement(system, agreement_id)
        known = self._addition(system, agreement_id, identity)
        changed = _skewed(request, self._drafts(system).patch(known, _parsed(body)))
        if is_kept(request.state):
            self._systems.put(system.company_id, [changed])
        return _json(self._addition_row(system, agreement, changed))

    def remove(
        self, request: Request, system: System, agreement_id: int, identity: int
    ) -> Response:
        """Take an addition away."""
        known = self._addition(system, agreement_id, identity)
        if known.is_billed:
            raise invalid(
                "addition", ("InvalidOperation", "billedQuantity", "The addition was invoiced.")
            )
        if is_kept(request.state):
            self._systems.remove(system.company_id, known)
        return Response(status_code=204)

    def _drafts(self, system: System) -> Drafts:
        return Drafts(self._systems, system.company_id, self._clock.now().date())

    def _agreement(self, system: System, identity: int) -> Agreement:
        found = self._systems.find(Agreement, system.company_id, identity)
        if found is None:
            raise not_found()
        return found

    def _addition(self, system: System, agreement_id: int, identity: int) -> Addition:
        found = self._systems.find(Addition, system.company_id, identity)
        if found is None or found.agreement_id != agreement_id:
            raise not_found()
        return found

    def _agreement_row(self, system: System, one: Agreement) -> Row:
        company = self._systems.find(Company, system.company_id, one.company_id)
        return agreement_row(one, company, self._clock.now().date())

    def _addition_row(self, system: System, agreement: Agreement, one: Addition) -> Row:
        product = self._systems.find(Product, system.company_id, one.product_id)
        return addition_row(one, product, agreement)


def _skewed(request: Request, addition: Addition) -> Addition:
    """A cent too many, where a fault asks for it."""
    fault = handler_fault(request.state)
    if fault is None or fault.kind != "off_by_cent":
        return addition
    return addition.model_copy(update={"unit_price": addition.unit_price + CENT})


def connectwise_router(calls: Calls) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix=PREFIX)
    one = "/finance/agreements/{agreement_id}/additions"

    @router.get("/system/info")
    async def info(request: Request) -> Response:
        row = {"version": "v2026.1", "isCloud": True, "serverTimeZone": "AUS Eastern Standard Time"}
        return calls.answer(request, lambda system: _json(row))

    @router.get("/company/companies")
    async def companies(request: Request) -> Response:
        return calls.answer(request, lambda system: calls.companies(request, system))

    @router.get("/procurement/catalog")
    async def products(request: Request) -> Response:
        return calls.answer(request, lambda system: calls.products(request, system))

    @router.get("/finance/agreements")
    async def agreements(request: Request) -> Response:
        return calls.answer(request, lambda system: calls.agreements(request, system))

    @router.get(one)
    async def additions(request: Request, agreement_id: int) -> Response:
        return calls.answer(request, lambda system: calls.additions(request, system, agreement_id))

    @router.post(one)
    async def create(request: Request, agreement_id: int) -> Response:
        body = await request.body()
        return calls.answer(
            request, lambda system: calls.create(request, system, agreement_id, body)
        )

    @router.patch(one + "/{identity}")
    async def change(request: Request, agreement_id: int, identity: int) -> Response:
        body = await request.body()
        return calls.answer(
            request, lambda system: calls.change(request, system, agreement_id, identity, body)
        )

    @router.delete(one + "/{identity}")
    async def remove(request: Request, agreement_id: int, identity: int) -> Response:
        return calls.answer(
            request, lambda system: calls.remove(request, system, agreement_id, identity)
        )

    return router


def _listed(request: Request, rows: list[Row]) -> Response:
    params = request.query_params
    test = compile_conditions(params.get("conditions", ""))
    found = sorted((row for row in rows if test(_plain(row))), key=lambda row: int(row["id"]))
    page, size = _number(params, "page", 1), _number(params, "pageSize", DEFAULT_PAGE)
    size = min(size, MOST_PAGE)
    start = (page - 1) * size
    links = {}
    if start + size < len(found):
        following = request.url.include_query_params(page=page + 1, pageSize=size)
        links["Link"] = f'<{following}>; rel="next"'
    fields = [name for name in params.get("fields", "").split(",") if name]
    shown = [
        {name: row[name] for name in fields if name in row} if fields else row
        for row in as_told(request.state, found[start : start + size], _dearer)
    ]
    return _json(shown, headers=links)


def _dearer(row: Row) -> Row:
    """By a cent, where it has a price."""
    return {name: one + CENT if name.endswith("Price") else one for name, one in row.items()}


def _plain(row: Row) -> Row:
    return {name: float(one) if isinstance(one, Decimal) else one for name, one in row.items()}


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isdecimal() or not int(text):
        raise RefusedError(400, "ConnectWiseApi", f"{name} is no number above zero")
    return int(text)


def _parsed(body: bytes) -> Any:
    try:
        return load_json(body)
    except ValueError:
        raise RefusedError(400, "InvalidObject", "The body is no JSON") from None


def _object(body: bytes) -> Mapping[str, Any]:
    found = _parsed(body)
    if not isinstance(found, dict):
        raise RefusedError(400, "InvalidObject", "An object is expected")
    return found


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dump_json(value), status, dict(headers or {}), media_type=JSON)


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, reply.headers)
