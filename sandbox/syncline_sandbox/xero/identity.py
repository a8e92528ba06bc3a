"""Xero's token endpoint and the list of connections."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from syncline_sandbox.xero.organisation import Organisations
from syncline_sandbox.xero.token import Client, GrantError, Tokens


def identity_router(tokens: Tokens, organisations: Organisations) -> APIRouter:
    """Build the routes."""
    router = APIRouter()

    @router.post("/identity/connect/token")
    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            grant = tokens.grant(request.headers.get("authorization", ""), form)
        except GrantError as error:
            status = 401 if str(error) == "invalid_client" else 400
            return JSONResponse({"error": str(error)}, status)
        return JSONResponse(grant.model_dump(exclude_none=True))

    @router.get("/connections")
    async def connections(request: Request) -> list[dict[str, str]]:
        client: Client = request.state.client
        listed = []
        for connection in client.connections:
            organisation = organisations.get(connection.organisation_id)
            if organisation is not None:
                listed.append(
                    {
                        "id": connection.connection_id,
                        "tenantId": organisation.organisation_id,
                        "tenantType": "ORGANISATION",
                        "tenantName": organisation.name,
                        "createdDateUtc": _iso(organisation.created_at),
                        "updatedDateUtc": _iso(organisation.created_at),
                    }
                )
        return listed

    @router.delete("/connections/{connection_id}")
    async def disconnect(connection_id: str, request: Request) -> Response:
        client: Client = request.state.client
        left = [one for one in client.connections if one.connection_id != connection_id]
        if len(left) == len(client.connections):
            return Response(status_code=404)
        tokens.save(client.model_copy(update={"connections": left}))
        return Response(status_code=204)

    return router


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
