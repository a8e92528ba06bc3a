"""Xero keeps what every connector promises."""

from typing import ClassVar

from syncline_chassis.testing.conformance import Conformance


class TestXero(Conformance):
    """One draft invoice per tenant."""

    other_settings: ClassVar = {
        "invoice_prefix": "CLOUD",
        "due_days": "30",
        "tax_type": "OUTPUT",
        "tracking": "Service line: Azure",
    }
