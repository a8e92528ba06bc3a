"""What Autotask is called, can do and allows, and what it needs to know to connect."""

from typing import Any

from syncline_chassis.connector.manifest import Capabilities, Limits, Manifest, Vocabulary

from syncline_autotask import __version__
from syncline_autotask.settings import Settings

ZONE_URL = "https://webservices2.autotask.net/ATServicesRest"
MOST_WRITES = 20
"""Sent one after the other, then read back in one call: a write's answer is a bare id."""
# Encrypted, or on this machine; a name or password in an address would end up in logs.
_ADDRESS = r"^(https://[^/@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)(/[^@\s]*)?$"


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
            "user_name": _text("User name", "E-mail address of the API-only user.", 1),
            "secret": {**_text("Secret", "Of the API-only user.", 1), "writeOnly": True},
            "integration_code": {
                **_text("Tracking identifier", "API tracking identifier of that user.", 1),
                "writeOnly": True,
            },
            "material_code": _text(
                "Material code", "Name or number of the one that bills services.", 0
            ),
            "charge_type": {
                **_text("Charge type", "As it is called in Autotask.", 1),
                "default": "Operational",
            },
            "charge_status": _text("Charge status", "Only if charges need one to be billed.", 0),
            "zone_url": {
                **_text("Address for the zone look-up", "The same for everybody.", 1),
                "format": "uri",
                "pattern": _ADDRESS,
                "default": ZONE_URL,
            },
        },
    }


def _text(title: str, description: str, least: int) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "description": description,
        "minLength": least,
        "maxLength": 400,
    }
