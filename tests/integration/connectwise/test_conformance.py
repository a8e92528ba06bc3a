"""ConnectWise keeps what every connector promises."""

from typing import ClassVar

from syncline_chassis.testing.conformance import Conformance


class TestConnectWise(Conformance):
    """One agreement addition per charge."""

    page_size = "syncline_connectwise.client.PAGE_SIZE"
    exempt: ClassVar = {"test_a_rotated_token_is_kept": "Its keys do not rotate."}
    other_settings: ClassVar = {"billing_period": "usage", "monthly_cycles": "Every month"}
