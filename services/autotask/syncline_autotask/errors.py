"""One table: what Autotask answers -> what happens next.

Broken rules and refused users come as a 500 too, told apart by the sentences in the body.
"""

import random
import re
from typing import Any

import httpx
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.answers import Answers, Rule, seconds_of
from syncline_chassis.connector.reading import BusyError
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)

THREADS_WAIT_S = 0.5
DEFAULT_WAIT_S = 60.0
_THREADS = re.compile(r"thread threshold", re.IGNORECASE)
_HOUR = re.compile(r"request threshold", re.IGNORECASE)
_WHO = re.compile(
    r"integration ?code|tracking identifier|user ?name|zone information|not authori[sz]ed",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"deadlock|time[d -]*out|try again|internal (server )?error|unexpected error|unavailable",
    re.IGNORECASE,
)


def messages_of(body: Any) -> list[str]:
    """Sentences of an error body."""
    if not isinstance(body, dict):
        return []
    listed = body.get("errors")
    found = [str(one) for one in listed if one] if isinstance(listed, list) else []
    return found or [str(body[name]) for name in ("Message",) if body.get(name)]


ANSWERS = Answers(
    "Autotask",
    (
        Rule(400, 400, RejectedError, RejectedError, "Autotask refused the request"),
        Rule(401, 401, ReauthRequiredError, ReauthRequiredError,
             "Autotask refuses the user name and secret"),
        Rule(403, 403, ReauthRequiredError, ReauthRequiredError,
             "The security level of the API user does not allow this"),
        Rule(404, 404, RejectedError, RejectedError, "Autotask does not know this record"),
        Rule(408, 408, TransientError, UnknownOutcomeError, "Autotask took too long"),
        Rule(409, 409, TransientError, TransientError, "Somebody has this record open"),
        Rule(405, 499, RejectedError, RejectedError, "Autotask refused the request"),
        # A 500 without a reason may come after the charge was stored.
        Rule(500, 599, TransientError, UnknownOutcomeError, "Autotask has trouble of its own"),
        Rule(100, 399, TransientError, UnknownOutcomeError,
             "Autotask gave an answer that it never gives"),
    ),
    messages_of,
)  # fmt: skip
_REASONED = Answers(
    "Autotask",
    (Rule(100, 599, RejectedError, RejectedError, "Autotask refused the request"),),
    messages_of,
)
_STRANGERS = Answers(
    "Autotask",
    (
        Rule(100, 599, ReauthRequiredError, ReauthRequiredError,
             "Autotask does not know the user name or the tracking identifier"),
    ),
    messages_of,
)  # fmt: skip


def of(response: httpx.Response, *, writing: bool) -> SynclineError:
    """The error that an answer other than 200 stands for."""
    text = " ".join(messages_of(_body(response)))
    if _THREADS.search(text):
        wait_s = THREADS_WAIT_S * (1 + random.random())  # noqa: S311 - spreads, hides nothing
        return BusyError("Autotask works on too many calls at once.", wait_s)
    if response.status_code == 429 or _HOUR.search(text):
        wait_s = seconds_of(response.headers.get("retry-after", ""), DEFAULT_WAIT_S)
        return RateLimitedError("Autotask's requests of this hour are used up.", wait_s)
    if response.status_code == 500 and text and not _PASSING.search(text):
        table = _STRANGERS if _WHO.search(text) else _REASONED
        return table.of(response, writing=writing)
    return ANSWERS.of(response, writing=writing)


def _body(response: httpx.Response) -> Any:
    try:
        return exact_json.loads(response.content)
    except ValueError:
        return None
