"""What Xero is called, can do and allows, and what it needs to know to connect."""

from typing import Any

from syncline_chassis.connector.manifest import (
    Capabilities,
    Choice,
    Consent,
    Limits,
    Manifest,
    Vocabulary,
)

from syncline_xero import __version__
from syncline_xero.auth import AUTHORISATION_CODE, CUSTOM_CONNECTION
from syncline_xero.consent import AUTHORISE_URL
from syncline_xero.convert import MONTH_END, SYNC_DAY
from syncline_xero.settings import Settings
from syncline_xero.terms import AFTER_DATE, DAYS_OF_MONTH, OF_CONTACT, RULES

MOST_INVOICES = 50
API_URL = "https://api.xero.com/api.xro/2.0"
IDENTITY_URL = "https://identity.xero.com/connect/token"
# Encrypted, or on this machine; a name or password in an address would end up in logs.
_ADDRESS = r"^(https://[^/@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)(/[^@\s]*)?$"


def manifest(settings: Settings) -> Manifest:
    """The connector's manifest."""
    return Manifest(
        name="xero",
        title="Xero",
        version=__version__,
        vocabulary=Vocabulary(client="Contact", agreement=None, product="Item"),
        capabilities=Capabilities(negative_totals=True),
        connection_form=connection_form(),
        picks={
            "client": "contacts",
            "product": "items",
            "account": "accounts",
            "tax_rate": "tax_rates",
            "tracking": "tracking",
            "organisation": "organisations",
        },
        limits=Limits(
            per_minute=settings.xero_per_minute,
            per_day=settings.xero_per_day,
            concurrent=settings.xero_concurrent,
        ),
        settle_s=settings.xero_settle_s,
        max_writes_per_call=MOST_INVOICES,
        consent=Consent(
            when={"grant": AUTHORISATION_CODE},
            brings=("refresh_token",),
            choice=Choice(title="Organisation", field="tenant_id", list="organisations"),
        ),
    )


def connection_form() -> dict[str, Any]:
    """JSON Schema of the form; every value is text."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "Xero connection",
        "additionalProperties": False,
        "required": ["client_id", "client_secret", "api_url", "identity_url"],
        "properties": {
            "grant": {
                **_text("Kind of app", "custom_connection, or authorisation_code.", 1),
                "enum": [CUSTOM_CONNECTION, AUTHORISATION_CODE],
                "default": CUSTOM_CONNECTION,
            },
            "client_id": _text("Client id", "Of the app, at developer.xero.com.", 1),
            "client_secret": {**_text("Client secret", "Of the app.", 1), "writeOnly": True},
            "refresh_token": {
                **_text("Refresh token", "For authorisation_code only: brought by the consent.", 1),
                "maxLength": 4000,
                "writeOnly": True,
            },
            "tenant_id": _text("Organisation id", "Only where the app is connected to several.", 0),
            "invoice_prefix": {
                **_text("Invoice number prefix", "Letters, digits and dashes, at most 20.", 1),
                "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,19}$",
                "default": "AZ",
            },
            "date_rule": {
                **_text(
                    "Date", "The month's last day, or the day of the sync; later if locked.", 1
                ),
                "enum": [MONTH_END, SYNC_DAY],
                "default": MONTH_END,
            },
            "due_rule": {
                **_text("Due", "How the number below is meant, or the contact's own terms.", 1),
                "enum": [*RULES, OF_CONTACT],
                "default": AFTER_DATE,
            },
            "due_days": {
                **_text("Days until due", "0 to 365; or the day of the month, 1 to 31.", 1),
                "pattern": "^([0-9]{1,2}|[12][0-9]{2}|3[0-5][0-9]|36[0-5])$",
                "default": "14",
            },
            "account_code": _text("Sales account", "For all items, instead of their own.", 0),
            "tax_type": _text("Tax type", "For all items, instead of their own.", 0),
            "tracking": _text(
                "Tracking", "Tags of every line, such as Region: North; two at most, by ;", 0
            ),
            "scopes": _text("Scopes", "Only for apps with other ones than new apps have.", 0),
            "api_url": _address("Address of the API", API_URL),
            "identity_url": _address("Address of the identity service", IDENTITY_URL),
            "authorise_url": {
                **_text("Address of the consent page", "https, or http on this machine only.", 1),
                "pattern": _ADDRESS,
                "default": AUTHORISE_URL,
            },
        },
        "allOf": [
            {
                "if": {
                    "properties": {"due_rule": {"enum": list(DAYS_OF_MONTH)}},
                    "required": ["due_rule"],
                },
                "then": {
                    "properties": {
                        "due_days": {
                            "pattern": "^([1-9]|[12][0-9]|3[01])$",
                            "description": "The day of the month, from 1 to 31.",
                        }
                    }
                },
            },
        ],
    }


def _text(title: str, description: str, least: int) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "description": description,
        "minLength": least,
        "maxLength": 400,
    }


def _address(title: str, default: str) -> dict[str, Any]:
    return {
        **_text(title, "https, or http on this machine only; without a name in it.", 1),
        "format": "uri",
        "pattern": _ADDRESS,
        "default": default,
    }
