"""What ConnectWise is called, can do and allows, and what it needs to know to connect."""

from typing import Any

from syncline_chassis.connector.manifest import (
    ADDRESS,
    Capabilities,
    Limits,
    Manifest,
    Vocabulary,
    text_field,
)

from syncline_connectwise import __version__
from syncline_connectwise.settings import Settings

API_URL = "https://api-au.myconnectwise.net/v4_6_release/apis/3.0"


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
            "company_id": text_field("Company id", "The one that people log in with."),
            "public_key": text_field("Public key", "Of the API member made for Syncline."),
            "private_key": {
                **text_field("Private key", "Of the API member made for Syncline."),
                "writeOnly": True,
            },
            "client_id": {
                **text_field("Client id", "Of the integration, at developer.connectwise.com."),
                "writeOnly": True,
            },
            "billing_period": {
                **text_field(
                    "Billed in",
                    "open: the period that is invoiced next; usage: the month of the usage.",
                ),
                "enum": ["open", "usage"],
                "default": "open",
            },
            "monthly_cycles": text_field(
                "Monthly billing cycles",
                "Your own names of billing cycles that recur every month, with commas between "
                "them; Monthly needs none.",
                least=0,
            ),
            "api_url": {
                **text_field("Address of the API", "With the code base, such as v4_6_release."),
                "format": "uri",
                "pattern": ADDRESS,
                "default": API_URL,
            },
        },
    }
