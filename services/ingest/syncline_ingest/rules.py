"""Rules of a source for whatever it brings, beside the settings of its kind."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, ValidationError
from syncline_chassis.errors import UnprocessableError
from syncline_contracts.message import Model
from syncline_contracts.money import Amount

DEFAULT_TOLERANCE = Decimal("1.00")


class SourceRules(Model):
    """How documents of a source are taken."""

    bill_from_usage: Annotated[
        bool,
        Field(
            title="Bill from daily usage",
            description="Daily usage is the invoice itself, not the detail behind one.",
        ),
    ] = False
    usage_tolerance: Annotated[
        Amount,
        Field(
            ge=0,
            title="Usage tolerance",
            description="How far daily usage may be off its invoice, per class, in billing "
            "currency.",
        ),
    ] = DEFAULT_TOLERANCE


DEFAULTS = SourceRules()


def split(given: Mapping[str, Any]) -> tuple[SourceRules, dict[str, Any]]:
    """Rules and the settings of the kind, from what a person gave. Raises `UnprocessableError`."""
    names = SourceRules.model_fields
    rules = {name: value for name, value in given.items() if name in names}
    try:
        checked = SourceRules.model_validate(rules)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        detail = {
            "bill_from_usage": "bill_from_usage is true or false.",
            "usage_tolerance": 'usage_tolerance is an amount as text, such as "1.00", not below 0.',
        }[field]
        raise UnprocessableError(detail, field) from None
    rest = {name: value for name, value in given.items() if name not in names}
    return checked, rest
