"""The calls: pick lists, agreements, and the additions on them."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from syncline_sandbox.asgi import Reply
from syncline_sandbox.clock import Clock
from syncline_sandbox.connectwise.conditions import ConditionsError
from syncline_sandbox.connectwise.draft import Drafts
from syncline_sandbox.connectwise.errors import RefusedError, invalid, not_found
from syncline_sandbox.connectwise.gate import ConnectWiseGate
from syncline_sandbox.connectwise.lists import count, one, page
from syncline_sandbox.connectwise.records import Addition, Agreement, Company, Product
from syncline_sandbox.connectwise.render import (
    Row,
    addition_row,
    agreement_row,
    company_row,
    currency_row,
    product_row,
)
from syncline_sandbox.connectwise.system import System, Systems
from syncline_sandbox.decimals import CENT, dump_json, load_json
from syncline_sandbox.fault import handler_fault, is_kept

PREFIX = "/v4_6_release/apis/3.0"
ADDITIONS = "/finance/agreements/{agreement_id}/additions"
JSON = "application/json; charset=utf-8"
Act = Callable[[System], Response]
Rows = Callable[[Request, System], list[Row]]


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

    def lists(self) -> dict[str, Rows]:
        """Path -> the rows that can be listed, counted and read there."""
        return {
            "/company/companies": self._companies,
            "/procurement/catalog": self._products,
            "/finance/agreements": self._agreements,
            "/finance/currencies": self._currencies,
            ADDITIONS: self._additions,
        }

    def _companies(self, request: Request, system: System) -> list[Row]:
        return [company_row(one) for one in self._systems.list(Company, system.company_id)]

    def _products(self, request: Request, system: System) -> list[Row]:
        return [product_row(one) for one in self._systems.list(Product, system.company_id)]

    def _agreements(self, request: Request, system: System) -> list[Row]:
        every = self._systems.list(Agreement, system.company_id)
        return [self._agreement_row(system, one) for one in every]

    def _currencies(self, request: Request, system: System) -> list[Row]:
        return [currency_row(number, code) for number, code in enumerate(system.currencies, 1)]

    def _additions(self, request: Request, system: System) -> list[Row]:
        agreement = self._agreement(system, int(request.path_params["agreement_id"]))
        every = self._systems.list(Addition, system.company_id)
        mine = [one for one in every if one.agreement_id == agreement.id]
        return [self._addition_row(system, agreement, one) for one in mine]

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
        operations = _ignoring(request, _parsed(body))
        changed = _skewed(request, self._drafts(system).patch(known, operations))
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


def _ignoring(request: Request, operations: Any) -> Any:
    """Without the field that a fault has left out, behind an answer that all is well."""
    fault = handler_fault(request.state)
    if fault is None or fault.kind != "ignored_field" or not isinstance(operations, list):
        return operations
    return [one for one in operations if one.get("path") != fault.field]


def connectwise_router(calls: Calls) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix=PREFIX)
    for path, rows in calls.lists().items():
        _add_list(router, path, calls, rows)

    @router.get("/system/info")
    async def info(request: Request) -> Response:
        row = {"version": "v2026.1", "isCloud": True, "serverTimeZone": "AUS Eastern Standard Time"}
        return calls.answer(request, lambda system: _json(row))

    @router.post(ADDITIONS)
    async def create(request: Request, agreement_id: int) -> Response:
        body = await request.body()
        return calls.answer(
            request, lambda system: calls.create(request, system, agreement_id, body)
        )

    @router.patch(ADDITIONS + "/{identity}")
    async def change(request: Request, agreement_id: int, identity: int) -> Response:
        body = await request.body()
        return calls.answer(
            request, lambda system: calls.change(request, system, agreement_id, identity, body)
        )

    @router.delete(ADDITIONS + "/{identity}")
    async def remove(request: Request, agreement_id: int, identity: int) -> Response:
        return calls.answer(
            request, lambda system: calls.remove(request, system, agreement_id, identity)
        )

    return router


def _add_list(router: APIRouter, path: str, calls: Calls, rows: Rows) -> None:
    @router.get(path)
    async def listed(request: Request) -> Response:
        def act(system: System) -> Response:
            shown, headers = page(request, rows(request, system))
            return _json(shown, headers=headers)

        return calls.answer(request, act)

    @router.get(path + "/count")
    async def counted(request: Request) -> Response:
        return calls.answer(request, lambda system: _json(count(request, rows(request, system))))

    @router.get(path + "/{identity:int}")
    async def read(request: Request, identity: int) -> Response:
        return calls.answer(
            request, lambda system: _json(one(request, rows(request, system), identity))
        )


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
