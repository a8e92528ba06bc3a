"""The calls: zone and threshold, field information, searches, and the charges of a contract."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from syncline_sandbox.asgi import Reply
from syncline_sandbox.autotask.draft import CHARGES, Drafts, recounted, refuse_billed
from syncline_sandbox.autotask.errors import RefusedError, failure, wrong_verb
from syncline_sandbox.autotask.fields import ENTITIES, information
from syncline_sandbox.autotask.gate import AutotaskGate
from syncline_sandbox.autotask.query import parse
from syncline_sandbox.autotask.system import Row, System, Systems
from syncline_sandbox.clock import Clock
from syncline_sandbox.decimals import CENT, dump_json, load_json
from syncline_sandbox.fault import as_told, handler_fault, is_kept
from syncline_sandbox.store import Store

LOOK_UP = "/ATServicesRest/V1.0"
ZONE = "/zone6"
PREFIX = f"{ZONE}{LOOK_UP}"
TIMEFRAME_MINUTES = 60
JSON = "application/json; charset=utf-8"
Act = Callable[[System], Any]


class Calls:
    """What the routes do."""

    def __init__(self, store: Store, systems: Systems, gate: AutotaskGate, clock: Clock) -> None:
        self._store = store
        self._systems = systems
        self._gate = gate
        self._clock = clock

    def zone(self, request: Request) -> Response:
        """Where a user's database is; needs no secret and no thread."""
        if self._systems.get(request.query_params.get("user", "")) is None:
            return _response(failure(500, "Zone information could not be determined"))
        site = f"{request.url.scheme}://{request.url.netloc}{ZONE}"
        return _json(
            {
                "zoneName": "Sandbox 6",
                "url": f"{site}/ATServicesRest/",
                "webUrl": f"{site}/",
                "ci": 6,
            }
        )

    async def answer(self, request: Request, endpoint: str, act: Act) -> Response:
        """Let somebody in, and turn what is refused into an answer."""
        caller = self._gate.caller(request)
        if isinstance(caller, Reply):
            return _response(caller)
        with self._gate.thread(caller, endpoint) as refusal:
            if refusal is not None:
                return _response(refusal)
            await self._gate.hold_up(caller, getattr(request.state, "fault", None))
            fault = handler_fault(request.state)
            if fault is not None and fault.kind == "error_in_200":
                return _json({"errors": [fault.message]})
            try:
                with self._store.transaction():
                    return _json(act(caller))
            except RefusedError as refused:
                return _response(refused.reply())

    def threshold(self, system: System) -> Row:
        """What is used of the hour."""
        return {
            "externalRequestThreshold": system.per_hour,
            "requestThresholdTimeframe": TIMEFRAME_MINUTES,
            "currentTimeframeRequestCount": self._gate.used(system),
        }

    def fields(self, system: System, entity: str) -> Row:
        """What an entity consists of."""
        return information(system.user_name, _known(entity), system.not_queryable)

    def search(self, request: Request, system: System, entity: str, raw: bytes | str) -> Row:
        """One page of what meets a search."""
        found = parse(_known(entity), raw, system.not_queryable)
        every = self._systems.list(system.user_name, entity)
        rows = as_told(request.state, [row for row in every if found.test(row)], _dearer)
        address = str(request.url.replace(query="")).rstrip("?").removesuffix("/next")
        return found.page(rows, request.query_params.get("paging"), address)

    def count(self, system: System, entity: str, raw: bytes | str) -> Row:
        """How many meet a search."""
        found = parse(_known(entity), raw, system.not_queryable)
        rows = self._systems.list(system.user_name, entity)
        return {"queryCount": sum(found.test(row) for row in rows)}

    def item(self, system: System, entity: str, identity: int) -> Row:
        """One record; null where there is none."""
        return {"item": self._systems.find(system.user_name, _known(entity), identity)}

    def charges(self, system: System, contract_id: int) -> Row:
        """Charges of one contract."""
        rows = self._systems.list(system.user_name, CHARGES)
        return {"items": [row for row in rows if row["contractID"] == contract_id]}

    def create(self, request: Request, system: System, contract_id: int, raw: bytes) -> Row:
        """Make a charge."""
        row = _skewed(request, self._drafts(system).create(contract_id, _parsed(raw)))
        if is_kept(request.state):
            self._systems.put(system.user_name, CHARGES, [row])
        return {"itemId": row["id"]}

    def change(
        self, request: Request, system: System, contract_id: int, raw: bytes, *, whole: bool
    ) -> Row:
        """Change a charge; its id is in the body."""
        row = _skewed(request, self._drafts(system).change(contract_id, _parsed(raw), whole=whole))
        if is_kept(request.state):
            self._systems.put(system.user_name, CHARGES, [row])
        return {"itemId": row["id"]}

    def remove(self, request: Request, system: System, contract_id: int, identity: int) -> Row:
        """Take a charge away."""
        row = self._systems.find(system.user_name, CHARGES, identity)
        if row is None or row["contractID"] != contract_id:
            raise RefusedError("No matching records found.", status=404)
        refuse_billed(row)
        if is_kept(request.state):
            self._systems.remove(system.user_name, CHARGES, identity)
        return {"itemId": identity}

    def _drafts(self, system: System) -> Drafts:
        return Drafts(self._systems, system.user_name, self._clock.now())


def _skewed(request: Request, row: Row) -> Row:
    """A cent too many, where a fault asks for it."""
    fault = handler_fault(request.state)
    if fault is None or fault.kind != "off_by_cent":
        return row
    return _dearer(row)


def _dearer(row: Row) -> Row:
    """By a cent, where it has a price."""
    if "unitPrice" not in row:
        return row
    return recounted({**row, "unitPrice": row["unitPrice"] + CENT})


def autotask_router(calls: Calls) -> APIRouter:
    """Build the routes."""
    router = APIRouter()

    @router.get(f"{LOOK_UP}/ZoneInformation")
    @router.get(f"{LOOK_UP}/zoneInformation")
    async def zone(request: Request) -> Response:
        return calls.zone(request)

    @router.api_route(LOOK_UP + "/{rest:path}", methods=["GET", "POST", "PATCH", "DELETE"])
    async def elsewhere(rest: str) -> Response:
        return _response(failure(500, "The user name is invalid."))

    for part in (_charges_router(calls), _records_router(calls)):
        router.include_router(part, prefix=PREFIX)
    return router


def _charges_router(calls: Calls) -> APIRouter:
    router = APIRouter()
    many, one, endpoint = "/Contracts/{parent}/Charges", "/{identity}", "ContractCharges"

    @router.get(many)
    async def charges(request: Request, parent: int) -> Response:
        return await calls.answer(request, endpoint, lambda system: calls.charges(system, parent))

    @router.post(many)
    async def create(request: Request, parent: int) -> Response:
        raw = await request.body()
        return await calls.answer(
            request, endpoint, lambda system: calls.create(request, system, parent, raw)
        )

    @router.patch(many)
    @router.put(many)
    async def change(request: Request, parent: int) -> Response:
        raw, whole = await request.body(), request.method == "PUT"
        return await calls.answer(
            request,
            endpoint,
            lambda system: calls.change(request, system, parent, raw, whole=whole),
        )

    @router.delete(many + one)
    async def remove(request: Request, parent: int, identity: int) -> Response:
        return await calls.answer(
            request, endpoint, lambda system: calls.remove(request, system, parent, identity)
        )

    @router.api_route(many + one, methods=["PATCH", "PUT", "POST"])
    async def wrong_address(request: Request, parent: int, identity: int) -> Response:
        return _response(wrong_verb(request.method))

    @router.post("/ContractCharges")
    async def root(request: Request) -> Response:
        return _response(failure(404, "A charge is written through its contract."))

    return router


def _records_router(calls: Calls) -> APIRouter:
    router = APIRouter()

    @router.get("/ThresholdInformation")
    async def threshold(request: Request) -> Response:
        return await calls.answer(request, "ThresholdInformation", calls.threshold)

    @router.get("/{entity}/entityInformation/fields")
    async def fields(request: Request, entity: str) -> Response:
        return await calls.answer(request, entity, lambda system: calls.fields(system, entity))

    @router.api_route("/{entity}/query", methods=["GET", "POST"])
    @router.api_route("/{entity}/query/next", methods=["GET", "POST"])
    async def search(request: Request, entity: str) -> Response:
        raw = await _searched(request)
        return await calls.answer(
            request, entity, lambda system: calls.search(request, system, entity, raw)
        )

    @router.api_route("/{entity}/query/count", methods=["GET", "POST"])
    async def count(request: Request, entity: str) -> Response:
        raw = await _searched(request)
        return await calls.answer(request, entity, lambda system: calls.count(system, entity, raw))

    @router.get("/{entity}/{identity}")
    async def item(request: Request, entity: str, identity: int) -> Response:
        return await calls.answer(
            request, entity, lambda system: calls.item(system, entity, identity)
        )

    return router


async def _searched(request: Request) -> bytes | str:
    if request.method == "POST":
        return await request.body()
    return request.query_params.get("search", "")


def _known(entity: str) -> str:
    if entity not in ENTITIES:
        raise RefusedError(f"The entity {entity} is not known.", status=404)
    return entity


def _parsed(raw: bytes) -> Any:
    try:
        return load_json(raw)
    except ValueError:
        raise RefusedError("The body is no JSON.") from None


def _json(value: Any) -> Response:
    return Response(dump_json(value), media_type=JSON)


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, reply.headers)
