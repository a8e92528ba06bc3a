"""One table: what ConnectWise answers -> what happens next."""

from typing import Any

import httpx
from syncline_chassis.connector.answers import Answers, Rule, seconds_of
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)

DEFAULT_WAIT_S = 30.0


def _reasons(body: Any) -> list[str]:
    if not isinstance(body, dict):
        return []
    listed = [one for one in body.get("errors") or [] if isinstance(one, dict)]
    found = [str(one["message"]) for one in listed if one.get("message")]
    return found or [str(body[name]) for name in ("message",) if body.get(name)]


ANSWERS = Answers(
    "ConnectWise",
    (
        Rule(400, 400, RejectedError, RejectedError, "ConnectWise refused the request"),
        Rule(401, 401, ReauthRequiredError, ReauthRequiredError, "ConnectWise refuses the keys"),
        Rule(403, 403, ReauthRequiredError, ReauthRequiredError,
             "The security role of the API member does not allow this"),
        Rule(404, 404, RejectedError, RejectedError, "ConnectWise does not know this record"),
        Rule(408, 408, TransientError, UnknownOutcomeError, "ConnectWise took too long"),
        Rule(409, 409, TransientError, TransientError, "Somebody has this record open"),
        Rule(405, 499, RejectedError, RejectedError, "ConnectWise refused the request"),
        # A 500 may come after the addition was stored.
        Rule(500, 599, TransientError, UnknownOutcomeError, "ConnectWise has trouble of its own"),
        Rule(100, 399, TransientError, UnknownOutcomeError,
             "ConnectWise gave an answer that it never gives"),
    ),
    _reasons,
)  # fmt: skip


def is_not_there(error: SynclineError) -> bool:
    """Whether ConnectWise says that there is no such record, or hides it."""
    return (error.answer or {}).get("status") == 404


def hidden(error: SynclineError) -> ReauthRequiredError:
    """What a 404 means for something that is always there: in the cloud refused keys look so."""
    told = ReauthRequiredError(
        "ConnectWise does not know even what every system has (404): that is how its cloud may "
        "answer to keys that are wrong or revoked. Check the keys and the address of the API."
    )
    told.answer = error.answer
    return told


def limited(response: httpx.Response) -> RateLimitedError:
    """The error that a 429 stands for."""
    wait_s = seconds_of(response.headers.get("retry-after", ""), DEFAULT_WAIT_S)
    return RateLimitedError("ConnectWise asks to slow down.", wait_s)
