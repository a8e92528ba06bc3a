"""Xero keeps what every connector promises."""

from typing import ClassVar

from syncline_chassis.testing.conformance import Conformance


class TestXero(Conformance):
    """One draft invoice per tenant."""

    exempt: ClassVar = {
        "test_what_goes_between_two_pages_hides_nothing": "A call names no more than a page holds."
    }
    other_settings: ClassVar = {
        "invoice_prefix": "CLOUD",
        "due_days": "30",
        "tax_type": "OUTPUT",
        "tracking": "Service line: Azure",
    }
