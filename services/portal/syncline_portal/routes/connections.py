"""A partner's connections to a PSA. Secrets go in and never come back."""

from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict
from syncline_chassis.errors import NotFoundError
from syncline_contracts.identity import Currency
from syncline_contracts.message import CONNECTORS
from syncline_contracts.query import (
    CheckConnection,
    Connections,
    ConnectionView,
    ListConnections,
    Picks,
    SaveConnection,
    SearchPicks,
)

from syncline_portal.guard import Call, TheCall, command, may, router
from syncline_portal.versions import IfMatch, set_etag

routes = router("connections")
OF_CONNECTOR = "/partners/{partner_id}/connectors/{connector}/connections"
ConnectionId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")]


class ConnectionBody(BaseModel):
    """Fields of the connector's connection form; a secret that is left out stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    form: dict[str, str]


def known(connector: str) -> str:
    """A connector's name as a subject may carry it. Raises `NotFoundError`."""
    if connector not in CONNECTORS:
        raise NotFoundError(f"There is no connector of this name. There are: {_named()}.")
    return connector


def _named() -> str:
    return ", ".join(CONNECTORS)


@routes.get(OF_CONNECTOR, openapi_extra=may("viewer"))
async def list_connections(call: TheCall, partner_id: str, connector: str) -> Connections:
    """Connections of a partner in one connector."""
    return await call.ask(ListConnections(partner_id=partner_id), service=known(connector))


@routes.get(OF_CONNECTOR + "/{connection_id}", openapi_extra=may("viewer"))
async def get_connection(
    call: TheCall, partner_id: str, connector: str, connection_id: ConnectionId, response: Response
) -> ConnectionView:
    """One connection, without its secrets."""
    answer = await call.ask(ListConnections(partner_id=partner_id), service=known(connector))
    for one in answer.connections:
        if one.connection_id == connection_id:
            set_etag(response, one.version)
            return one
    raise NotFoundError(f"There is no connection {connection_id!r} in {connector}.")


@routes.put(OF_CONNECTOR + "/{connection_id}", openapi_extra=may("admin"))
async def save_connection(
    call: TheCall,
    partner_id: str,
    connector: str,
    connection_id: ConnectionId,
    body: ConnectionBody,
    if_match: IfMatch,
    response: Response,
) -> ConnectionView:
    """Store credentials; the connector's manifest says which fields there are."""
    saved = await call.ask(
        SaveConnection(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            connection_id=connection_id,
            form=body.form,
        ),
        service=known(connector),
        timeout_s=_vendor_timeout_s(call),
    )
    set_etag(response, saved.version)
    return saved


@routes.post(OF_CONNECTOR + "/{connection_id}/check", openapi_extra=command("billing"))
async def check_connection(
    call: TheCall, partner_id: str, connector: str, connection_id: ConnectionId
) -> ConnectionView:
    """Try the credentials on the live PSA now."""
    return await call.ask(
        CheckConnection(partner_id=partner_id, connection_id=connection_id),
        service=known(connector),
        timeout_s=_vendor_timeout_s(call),
    )


@routes.get(OF_CONNECTOR + "/{connection_id}/picks/{list}", openapi_extra=may("viewer"))
async def search_picks(
    call: TheCall,
    partner_id: str,
    connector: str,
    connection_id: ConnectionId,
    list: str,
    text: Annotated[str, Query(max_length=200)] = "",
    client_id: Annotated[str, Query(max_length=200)] = "",
    currency: Annotated[Currency | None, Query()] = None,
) -> Picks:
    """Search a pick list of the live PSA; the manifest names the lists.

    Agreements can be narrowed to those of one client, and to those billed in one currency.
    """
    return await call.ask(
        SearchPicks(
            partner_id=partner_id,
            connection_id=connection_id,
            list=list,
            text=text,
            client_id=client_id,
            currency=currency,
        ),
        service=known(connector),
        timeout_s=_vendor_timeout_s(call),
    )


def _vendor_timeout_s(call: Call) -> float:
    return call.portal.settings.portal_vendor_timeout_s
