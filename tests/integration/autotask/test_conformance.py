"""Autotask keeps what every connector promises."""

from syncline_chassis.testing.conformance import Conformance


class TestAutotask(Conformance):
    """One contract charge per charge."""
