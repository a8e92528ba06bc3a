"""What every connector reacts to: commands become jobs, questions are answered at once."""

from typing import Any

from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.message import Command
from syncline_contracts.query import (
    CheckConnection,
    ConnectionView,
    LedgerQuery,
    LedgerRows,
    ListConnections,
    Page,
    Picks,
    Query,
    SaveConnection,
    SearchPicks,
)
from syncline_contracts.query import (
    Connections as ConnectionList,
)
from syncline_contracts.tenant import (
    ApplyTenantV1,
    ConnectorCommand,
    PlanTenantV1,
    ReverseTenantV1,
    VerifyTenantV1,
)

from syncline_chassis.connector.connections import Connections
from syncline_chassis.connector.jobs import Job, Jobs, Kind
from syncline_chassis.connector.ledger import Ledger
from syncline_chassis.connector.limits import Gate, Limiter
from syncline_chassis.connector.pick_cache import PickCache
from syncline_chassis.connector.protocol import Connection, Connector, Within
from syncline_chassis.connector.turn import WORKER
from syncline_chassis.errors import (
    DisabledError,
    InvalidMessageError,
    NotFoundError,
    ReauthRequiredError,
    SynclineError,
    UnprocessableError,
)
from syncline_chassis.service import MessageHandler, QueryHandler, Received, Service
from syncline_chassis.unit_of_work import UnitOfWork


class CommandHandlers:
    """Store the job; the worker does it."""

    def __init__(self, service: Service, connector: Connector) -> None:
        self._service = service
        self._name = connector.manifest.name

    async def plan_tenant(self, received: Received[PlanTenantV1], uow: UnitOfWork) -> None:
        """Have a tenant planned."""
        charges = received.body.charge_set.model_dump(mode="json")
        await self._add("plan", received, uow, {"charge_set": charges})

    async def apply_tenant(self, received: Received[ApplyTenantV1], uow: UnitOfWork) -> None:
        """Have an approved plan carried out."""
        body = received.body
        payload = {"plan_hash": body.plan_hash, "approved_by": body.approved_by}
        await self._add("apply", received, uow, payload)

    async def verify_tenant(self, received: Received[VerifyTenantV1], uow: UnitOfWork) -> None:
        """Have a tenant read back."""
        await self._add("verify", received, uow, {})

    async def reverse_tenant(self, received: Received[ReverseTenantV1], uow: UnitOfWork) -> None:
        """Have what a tenant has in the PSA taken away."""
        await self._add("reverse", received, uow, {"asked_by": received.body.asked_by})

    async def _add(
        self, kind: Kind, received: Received[Any], uow: UnitOfWork, payload: dict[str, Any]
    ) -> None:
        command: ConnectorCommand = received.body
        if command.connector != self._name:
            raise InvalidMessageError(
                f"A command for {command.connector!r} came to {self._name!r}."
            )
        now = self._service.clock.now()
        await Jobs(uow).add(Job.of(kind, command, payload, received.headers, now))
        uow.wake(WORKER)


class QueryHandlers:
    """Answer people's questions, on the live PSA where they are about it."""

    def __init__(
        self,
        service: Service,
        connector: Connector,
        connections: Connections,
        limiter: Limiter,
        picks: PickCache,
    ) -> None:
        self._service = service
        self._connector = connector
        self._connections = connections
        self._limiter = limiter
        self._picks = picks

    async def save_connection(self, query: SaveConnection, uow: UnitOfWork) -> ConnectionView:
        """Store credentials."""
        return await self._connections.save(
            uow,
            query.partner_id,
            query.connection_id,
            dict(query.form),
            expected_version=query.expected_version,
            actor=query.actor,
        )

    async def list_connections(self, query: ListConnections, uow: UnitOfWork) -> ConnectionList:
        """Name every connection of the partner, or of all partners."""
        if query.partner_id == EVERY_PARTNER:
            return await self._connections.page(query.page or Page())
        return ConnectionList(connections=await self._connections.all(query.partner_id))

    async def check_connection(self, query: CheckConnection, uow: UnitOfWork) -> ConnectionView:
        """Try the credentials now; what comes out is the connection's status."""
        connection = await self._find(query.partner_id, query.connection_id)
        try:
            async with self._connector.open(connection, self._gate(connection)) as session:
                status, detail = "working", await session.check()
        except (ReauthRequiredError, DisabledError) as error:
            status, detail = "reauth_required", str(error)
        except SynclineError as error:
            status, detail = "failing", str(error)
        await self._connections.note(connection, status, detail)
        view = await self._connections.view(query.partner_id, query.connection_id)
        if view is None:
            raise NotFoundError(f"There is no connection {query.connection_id!r}.")
        return view

    async def search_picks(self, query: SearchPicks, uow: UnitOfWork) -> Picks:
        """Search a list of the live PSA, or give what it answered a moment ago."""
        if query.list not in self._connector.manifest.picks.values():
            known = ", ".join(sorted(self._connector.manifest.picks.values()))
            raise UnprocessableError(f"There is no list {query.list!r}; there are {known}.", "list")
        connection = await self._find(query.partner_id, query.connection_id)

        async def ask() -> Picks:
            within = Within(query.client_id, query.currency or "")
            async with self._connector.open(connection, self._gate(connection)) as session:
                return Picks(items=tuple(await session.search(query.list, query.text, within)))

        return await self._picks.get(connection, query, ask)

    async def ledger(self, query: LedgerQuery, uow: UnitOfWork) -> LedgerRows:
        """What was written for an invoice."""
        rows = await Ledger(uow).of_invoice(query.partner_id, query.invoice_key, query.tenant_id)
        return LedgerRows(rows=tuple(rows))

    async def _find(self, partner_id: str, connection_id: str) -> Connection:
        connection = await self._connections.find(partner_id, connection_id)
        if connection is None:
            raise NotFoundError(f"There is no connection {connection_id!r}.")
        return connection

    def _gate(self, connection: Connection) -> Gate:
        return Gate(self._limiter, connection.partner_id, connection.connection_id)


def commands(handlers: CommandHandlers) -> dict[type[Command], MessageHandler]:
    """Command -> handler."""
    return {
        PlanTenantV1: handlers.plan_tenant,
        ApplyTenantV1: handlers.apply_tenant,
        VerifyTenantV1: handlers.verify_tenant,
        ReverseTenantV1: handlers.reverse_tenant,
    }


def queries(handlers: QueryHandlers) -> dict[type[Query[Any]], QueryHandler]:
    """Query -> handler."""
    return {
        SaveConnection: handlers.save_connection,
        ListConnections: handlers.list_connections,
        CheckConnection: handlers.check_connection,
        SearchPicks: handlers.search_picks,
        LedgerQuery: handlers.ledger,
    }
