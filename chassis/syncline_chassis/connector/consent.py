"""Opening a connection by a person's consent: the code is exchanged once, what it gives is sealed.

A process that dies between the exchange and the storing has lost the consent, nothing else: the
connection is as it was, and the person consents again.
"""

from typing import Any

from syncline_contracts.consent_query import BeginConsent, ConsentPage, FinishConsent
from syncline_contracts.query import CheckConnection, ConnectionView, Query

from syncline_chassis.connector.connections import Connections
from syncline_chassis.connector.handlers import QueryHandlers
from syncline_chassis.connector.protocol import Connection, Connector, Consented, Consenting
from syncline_chassis.errors import NotFoundError, UnprocessableError
from syncline_chassis.service import QueryHandler, Service
from syncline_chassis.unit_of_work import UnitOfWork


class ConsentHandlers:
    """Both halves of a consent."""

    def __init__(
        self,
        service: Service,
        connector: Connector,
        connections: Connections,
        checks: QueryHandlers,
    ) -> None:
        self._service = service
        self._connector = connector
        self._connections = connections
        self._checks = checks

    async def begin(self, query: BeginConsent, uow: UnitOfWork) -> ConsentPage:
        """Name the address."""
        connection, connector = await self._opened_so(query.partner_id, query.connection_id)
        url = connector.consent_page(connection, query.redirect_uri, query.state, query.challenge)
        return ConsentPage(url=url)

    async def finish(self, query: FinishConsent, uow: UnitOfWork) -> ConnectionView:
        """Exchange, store, and try it."""
        connection, connector = await self._opened_so(query.partner_id, query.connection_id)
        consented = Consented(query.code, query.redirect_uri, query.verifier)
        given = await connector.exchange(connection, consented)
        # Secrets that the consent does not bring are left out, so they stay.
        stays = self._connector.manifest.open_fields() & set(connection.form)
        form = {**{name: connection.form[name] for name in stays}, **given}

        async def save(unit: UnitOfWork) -> None:
            await self._connections.save(
                unit,
                query.partner_id,
                query.connection_id,
                form,
                expected_version=connection.version,
                actor=query.actor,
            )

        await self._service.in_transaction(save)
        check = CheckConnection(partner_id=query.partner_id, connection_id=query.connection_id)
        return await self._checks.check_connection(check, uow)

    async def _opened_so(
        self, partner_id: str, connection_id: str
    ) -> tuple[Connection, Consenting]:
        connector, manifest = self._connector, self._connector.manifest
        if not isinstance(connector, Consenting) or manifest.consent is None:
            raise UnprocessableError(f"{manifest.title} knows no connections by consent.")
        connection = await self._connections.find(partner_id, connection_id)
        if connection is None:
            raise NotFoundError(f"There is no connection {connection_id!r}.")
        if not manifest.consent.opens(connection.form):
            wanted = ", ".join(f"{name} {value}" for name, value in manifest.consent.when.items())
            raise UnprocessableError(
                f"The connection {connection_id!r} is not one by consent, which is {wanted}."
            )
        return connection, connector


def queries(handlers: ConsentHandlers) -> dict[type[Query[Any]], QueryHandler]:
    """Query -> handler."""
    return {BeginConsent: handlers.begin, FinishConsent: handlers.finish}
