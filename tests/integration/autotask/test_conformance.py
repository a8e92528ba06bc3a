"""Autotask keeps what every connector promises."""

from typing import ClassVar

from syncline_chassis.testing.conformance import Conformance


class TestAutotask(Conformance):
    """One contract charge per charge."""

    exempt: ClassVar = {
        "test_a_rotated_token_is_kept": "Its secrets do not rotate.",
        "test_what_goes_between_two_pages_hides_nothing": "A call names no more than a page holds.",
    }
    other_settings: ClassVar = {"material_code": "AZ-RI", "charge_type": "Capitalized"}
