"""ConnectWise keeps what every connector promises."""

from syncline_chassis.testing.conformance import Conformance


class TestConnectWise(Conformance):
    """One agreement addition per charge."""
