"""Versions on the wire: `ETag` out, `If-Match` in, so that nobody overwrites what is unseen."""

import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.responses import Response
from syncline_chassis.errors import ProblemError

_ETAG = re.compile(r'"([0-9]{1,18})"')


def set_etag(response: Response, version: int) -> None:
    """Tell which version the answer shows."""
    response.headers["ETag"] = f'"{version}"'


def _expected_version(
    if_match: Annotated[
        str | None,
        Header(description="The ETag that was given out with what is edited; absent for new"),
    ] = None,
) -> int | None:
    if if_match is None:
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise ProblemError(
            400,
            "bad_if_match",
            "Bad request",
            'If-Match takes the one ETag that was given out, such as "3" in quotes.',
            "If-Match",
        )
    return int(match.group(1))


IfMatch = Annotated[int | None, Depends(_expected_version)]
