"""How Xero writes dates and wraps answers, and which dates it reads."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from fastapi import Response

from syncline_sandbox.decimals import dump_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DOTNET = re.compile(r"^/Date\((-?[0-9]+)([+-][0-9]{4})?\)/$")


def dotnet(instant: datetime) -> str:
    """Write an instant: /Date(1552262400000+0000)/."""
    return f"/Date({(instant - _EPOCH) // timedelta(milliseconds=1)}+0000)/"


def dotnet_day(day: date) -> str:
    """Write a day as its midnight."""
    return dotnet(datetime(day.year, day.month, day.day, tzinfo=UTC))


def day_string(day: date) -> str:
    """Write the readable twin of a date field."""
    return f"{day.isoformat()}T00:00:00"


def read_day(value: object) -> date | None:
    """Read a day in any of the forms that Xero takes; None if it is none of them."""
    if not isinstance(value, str):
        return None
    dated = _DOTNET.match(value)
    if dated:
        return (_EPOCH + timedelta(milliseconds=int(dated[1]))).date()
    try:
        return datetime.fromisoformat(value).date()
    except ValueError:
        return None


def envelope(now: datetime, **content: Any) -> dict[str, Any]:
    """Wrap a result."""
    return {
        "Id": str(uuid4()),
        "Status": "OK",
        "ProviderName": "Syncline sandbox",
        "DateTimeUTC": dotnet(now).replace("+0000", ""),
        **content,
    }


def respond(content: Any, status: int = 200) -> Response:
    """Answer with JSON whose decimals keep their digits."""
    return Response(dump_json(content), status, media_type="application/json; charset=utf-8")
