"""Moments as a person reads them, in UTC."""

from datetime import datetime


def moment(at: datetime | None, none: str = "") -> str:
    """To the minute; `none` where it has not been."""
    return f"{at:%d %b %Y %H:%M} UTC" if at else none
