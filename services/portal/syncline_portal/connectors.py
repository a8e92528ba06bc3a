"""Connectors as they announce themselves."""

from collections.abc import Mapping

import structlog
from pydantic import ValidationError
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.stream import CONNECTORS_BUCKET

from syncline_portal.ports import Portal


async def manifests(portal: Portal) -> list[Manifest]:
    """Those that this portal can read, by name."""
    return _readable(await portal.bus.kv_all(CONNECTORS_BUCKET))


def _readable(announced: Mapping[str, bytes]) -> list[Manifest]:
    """One that this portal is too old to read must not hide the others."""
    found = []
    for name, raw in sorted(announced.items()):
        try:
            found.append(Manifest.model_validate_json(raw))
        except ValidationError as error:
            structlog.get_logger().warning("unreadable manifest", connector=name, error=str(error))
    return found
