"""What Xero is called, can do and allows, and what it needs to know to connect."""

from typing import Any

from syncline_chassis.connector.manifest import (
    ADDRESS,
    Capabilities,
    Choice,
    Consent,
    Limits,
    Manifest,
    Vocabulary,
    text_field,
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
                **text_field("Kind of app", "custom_connection, or authorisation_code."),
                "enum": [CUSTOM_CONNECTION, AUTHORISATION_CODE],
                "default": CUSTOM_CONNECTION,
            },
            "client_id": text_field("Client id", "Of the app, at developer.xero.com."),
            "client_secret": {**text_field("Client secret", "Of the app."), "writeOnly": True},
            "refresh_token": {
                **text_field("Refresh token", "Brought by the consent; for authorisation_code."),
                "maxLength": 4000,
                "writeOnly": True,
            },
            "tenant_id": text_field(
                "Organisation id", "Only where the app is connected to several.", least=0
            ),
            "invoice_prefix": {
                **text_field("Invoice number prefix", "Letters, digits and dashes, at most 20."),
                "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,19}$",
                "default": "AZ",
            },
            "date_rule": {
                **text_field(
                    "Date", "The month's last day, or the day of the sync; later if locked."
                ),
                "enum": [MONTH_END, SYNC_DAY],
                "default": MONTH_END,
            },
            "due_rule": {
                **text_field("Due", "How the number below is meant, or the contact's own terms."),
                "enum": [*RULES, OF_CONTACT],
                "default": AFTER_DATE,
            },
            "due_days": {
                **text_field("Days until due", "0 to 365; or the day of the month, 1 to 31."),
                "pattern": "^([0-9]{1,2}|[12][0-9]{2}|3[0-5][0-9]|36[0-5])$",
                "default": "14",
            },
            "account_code": text_field(
                "Sales account", "For all items, instead of their own.", least=0
            ),
            "tax_type": text_field("Tax type", "For all items, instead of their own.", least=0),
            "tracking": text_field(
                "Tracking", "Tags of every line, such as Region: North; two at most, by ;", least=0
            ),
            "scopes": text_field(
                "Scopes", "Only for apps with other ones than new apps have.", least=0
            ),
            "api_url": _address("Address of the API", API_URL),
            "identity_url": _address("Address of the identity service", IDENTITY_URL),
            "authorise_url": {
                **text_field("Address of the consent page", "https, or http on this machine only."),
                "pattern": ADDRESS,
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


def _address(title: str, default: str) -> dict[str, Any]:
    return {
        **text_field(title, "https, or http on this machine only; without a name in it."),
        "format": "uri",
        "pattern": ADDRESS,
        "default": default,
    }
