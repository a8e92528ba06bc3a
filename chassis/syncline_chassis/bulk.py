"""Reading line batches: validated only as far as the consumer reads them."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import InvalidMessageError

T = TypeVar("T")


def parse(adapter: TypeAdapter[T], batch: RawBatch) -> T:
    """Validate a batch by a consumer's view. Raises `InvalidMessageError`, with the place."""
    try:
        parsed = adapter.validate_json(batch.data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidMessageError(f"{batch.headers.type}, at {place}: {first['msg']}.") from error
    check_partner(parsed, batch.partner_id)
    return parsed


def check_partner(body: Any, partner_id: str) -> None:
    """A body that names another partner than its subject is refused."""
    named = body.get("partner_id") if isinstance(body, dict) else body.partner_id
    if named != partner_id:
        raise InvalidMessageError(
            f"The message names partner {named!r}, but came on a subject of {partner_id!r}."
        )
