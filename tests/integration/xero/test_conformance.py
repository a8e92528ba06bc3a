"""Xero keeps what every connector promises."""

from syncline_chassis.testing.conformance import Conformance


class TestXero(Conformance):
    """One draft invoice per tenant."""
