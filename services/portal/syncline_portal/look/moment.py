"""Moments as a person reads and enters them, in UTC."""

from datetime import UTC, datetime, timedelta

from syncline_chassis.errors import UnprocessableError


def moment(at: datetime | None, none: str = "") -> str:
    """To the minute; `none` where it has not been."""
    return f"{at:%d %b %Y %H:%M} UTC" if at else none


def midnight(day: str | None, *, after: int = 0) -> datetime | None:
    """When a day that was entered begins, or a number of days after it.

    Raises `UnprocessableError`.
    """
    if not day:
        return None
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise UnprocessableError(f"{day!r} is no date.") from None
