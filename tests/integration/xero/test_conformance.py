"""Xero keeps what every connector promises."""

from typing import ClassVar

from syncline_chassis.testing.conformance import Conformance


class TestXero(Conformance):
    """One draft invoice per tenant."""

    exempt: ClassVar = {
        "test_what_goes_between_two_pages_hides_nothing": "A call names no more than a page holds.",
        "test_a_missing_offset_stays_told_while_an_undo_cannot_go_on": "One document per tenant.",
        "test_a_record_that_arrives_ever_so_late_beside_its_second_try_is_told": (
            "It takes a number once: what comes late is refused."
        ),
    }
    other_settings: ClassVar = {
        "invoice_prefix": "CLOUD",
        "due_days": "30",
        "tax_type": "OUTPUT",
        "tracking": "Service line: Azure",
    }
