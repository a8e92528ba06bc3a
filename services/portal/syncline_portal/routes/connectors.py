"""Connectors as they announce themselves."""

from collections.abc import Mapping

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.stream import CONNECTORS_BUCKET

from syncline_portal.guard import TheCall, may, router

routes = router("connectors")


class Connectors(BaseModel):
    """Connectors that there are, by name."""

    model_config = ConfigDict(frozen=True)

    connectors: tuple[Manifest, ...]


@routes.get("/connectors", openapi_extra=may("viewer"))
async def list_connectors(call: TheCall) -> Connectors:
    """Each connector's words, abilities, connection form and pick lists."""
    announced = await call.portal.bus.kv_all(CONNECTORS_BUCKET)
    return Connectors(connectors=tuple(_readable(announced)))


def _readable(announced: Mapping[str, bytes]) -> list[Manifest]:
    """One that this portal is too old to read must not hide the others."""
    found = []
    for name, raw in sorted(announced.items()):
        try:
            found.append(Manifest.model_validate_json(raw))
        except ValidationError as error:
            structlog.get_logger().warning("unreadable manifest", connector=name, error=str(error))
    return found
