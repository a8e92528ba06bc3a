"""Connectors as they announce themselves."""

from pydantic import BaseModel, ConfigDict
from syncline_chassis.connector.manifest import Manifest

from syncline_portal.connectors import manifests
from syncline_portal.guard import TheCall, may, router

routes = router("connectors")


class Connectors(BaseModel):
    """Connectors that there are, by name."""

    model_config = ConfigDict(frozen=True)

    connectors: tuple[Manifest, ...]


@routes.get("/connectors", openapi_extra=may("viewer"))
async def list_connectors(call: TheCall) -> Connectors:
    """Each connector's words, abilities, connection form and pick lists."""
    return Connectors(connectors=tuple(await manifests(call.portal)))
