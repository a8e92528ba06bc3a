"""Autotask keeps what every connector promises."""

from typing import ClassVar

from syncline_chassis.testing.conformance import Conformance


class TestAutotask(Conformance):
    """One contract charge per charge."""

    exempt: ClassVar = {"test_a_rotated_token_is_kept": "Its secrets do not rotate."}
    other_settings: ClassVar = {"material_code": "AZ-RI", "charge_type": "Capitalized"}
