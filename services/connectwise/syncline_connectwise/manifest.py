"""What ConnectWise is called, can do and allows, and what it needs to know to connect."""

from typing import Any

from syncline_chassis.connector.manifest import Capabilities, Limits, Manifest, Vocabulary

from syncline_connectwise import __version__
from syncline_connectwise.settings import Settings

API_URL = "https://api-au.myconnectwise.net/v4_6_release/apis/3.0"
# Encrypted, or on this machine; a name or password in an address would end up in logs.
_ADDRESS = r"^(https://[^/@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)(/[^@\s]*)?$"


def manifest(settings: Settings) -> Manifest:
    """The connector's manifest."""
    return Manifest(
        name="connectwise",
        title="ConnectWise PSA",
        version=__version__,
        vocabulary=Vocabulary(client="Company", agreement="Agreement", product="Product"),
        capabilities=Capabilities(negative_totals=True),
        connection_form=connection_form(),
        picks={"client": "companies", "agreement": "agreements", "product": "products"},
        limits=Limits(
            per_minute=settings.connectwise_per_minute,
            per_day=settings.connectwise_per_minute * 60 * 24,
            concurrent=settings.connectwise_concurrent,
        ),
        settle_s=settings.connectwise_settle_s,
        max_writes_per_call=1,
    )


def connection_form() -> dict[str, Any]:
    """JSON Schema of the form; every value is text."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "ConnectWise API member",
        "additionalProperties": False,
        "required": ["company_id", "public_key", "private_key", "client_id", "api_url"],
        "properties": {
            "company_id": _text("Company id", "The one that people log in with."),
            "public_key": _text("Public key", "Of the API member made for Syncline."),
            "private_key": {
                **_text("Private key", "Of the API member made for Syncline."),
                "writeOnly": True,
            },
            "client_id": {
                **_text("Client id", "Of the integration, at developer.connectwise.com."),
                "writeOnly": True,
            },
            "billing_period": {
                **_text(
                    "Billed in",
                    "open: the period that is invoiced next; usage: the month of the usage.",
                ),
                "enum": ["open", "usage"],
                "default": "open",
            },
            "monthly_cycles": {
                **_text(
                    "Monthly billing cycles",
                    "Your own names of billing cycles that recur every month, with commas between "
                    "them; Monthly needs none.",
                ),
                "minLength": 0,
            },
            "api_url": {
                **_text("Address of the API", "With the code base, such as v4_6_release."),
                "format": "uri",
                "pattern": _ADDRESS,
                "default": API_URL,
            },
        },
    }


def _text(title: str, description: str) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "description": description,
        "minLength": 1,
        "maxLength": 400,
    }
