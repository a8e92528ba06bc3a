"""What Autotask is called, can do and allows, and what it needs to know to connect."""

from typing import Any

from syncline_chassis.connector.manifest import (
    ADDRESS,
    Capabilities,
    Limits,
    Manifest,
    Vocabulary,
    text_field,
)

from syncline_autotask import __version__
from syncline_autotask.settings import Settings

ZONE_URL = "https://webservices2.autotask.net/ATServicesRest"
MOST_WRITES = 20
"""Sent one after the other, then read back in one call: a write's answer is a bare id."""


def manifest(settings: Settings) -> Manifest:
    """The connector's manifest."""
    return Manifest(
        name="autotask",
        title="Autotask PSA",
        version=__version__,
        vocabulary=Vocabulary(client="Company", agreement="Contract", product="Service"),
        capabilities=Capabilities(negative_totals=True),
        connection_form=connection_form(),
        picks={"client": "companies", "agreement": "contracts", "product": "services"},
        limits=Limits(
            per_minute=settings.autotask_per_minute,
            per_day=settings.autotask_per_hour * 24,
            concurrent=settings.autotask_concurrent,
        ),
        settle_s=settings.autotask_settle_s,
        max_writes_per_call=MOST_WRITES,
    )


def connection_form() -> dict[str, Any]:
    """JSON Schema of the form; every value is text."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "Autotask API user",
        "additionalProperties": False,
        "required": ["user_name", "secret", "integration_code", "zone_url"],
        "properties": {
            "user_name": text_field("User name", "E-mail address of the API-only user."),
            "secret": {**text_field("Secret", "Of the API-only user."), "writeOnly": True},
            "integration_code": {
                **text_field("Tracking identifier", "API tracking identifier of that user."),
                "writeOnly": True,
            },
            "material_code": text_field(
                "Material code", "Name or number of the one that bills services.", least=0
            ),
            "charge_type": {
                **text_field("Charge type", "As it is called in Autotask."),
                "default": "Operational",
            },
            "charge_status": text_field(
                "Charge status", "Only if charges need one to be billed.", least=0
            ),
            "zone_url": {
                **text_field("Address for the zone look-up", "The same for everybody."),
                "format": "uri",
                "pattern": ADDRESS,
                "default": ZONE_URL,
            },
        },
    }
