"""One table: what Xero answers -> what happens next."""

import random
from dataclasses import dataclass
from typing import Any

import httpx
from syncline_chassis.connector import exact_json
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)

from syncline_xero.schemas import messages_of

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
MOST_WORDS = 1000
CONCURRENT_WAIT_S = 0.5
DEFAULT_WAIT_S = {"minute": 30.0, "appminute": 30.0, "day": 3600.0}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer means, for a read and for a write."""

    first: int
    last: int
    reading: type[SynclineError]
    writing: type[SynclineError]
    words: str


# 401 is met by renewing the token once, 429 by waiting as asked; both are below.
TABLE = (
    Rule(400, 400, RejectedError, RejectedError, "Xero refused the request"),
    Rule(401, 401, ReauthRequiredError, ReauthRequiredError, "Xero refuses the credentials"),
    Rule(402, 402, ReauthRequiredError, ReauthRequiredError, "Xero says that the app is not paid"),
    Rule(403, 403, ReauthRequiredError, ReauthRequiredError,
         "Xero does not allow this: the app is not connected to the organisation or lacks a scope"),
    Rule(404, 404, RejectedError, RejectedError, "Xero does not know this record"),
    Rule(408, 408, TransientError, UnknownOutcomeError, "Xero took too long"),
    Rule(413, 413, RejectedError, RejectedError, "The request is too large for Xero"),
    Rule(405, 499, RejectedError, RejectedError, "Xero refused the request"),
    # A 500 may come after the invoice was stored.
    Rule(500, 599, TransientError, UnknownOutcomeError, "Xero has trouble of its own"),
    Rule(100, 399, TransientError, UnknownOutcomeError, "Xero gave an answer that it never gives"),
)  # fmt: skip


def of_answer(response: httpx.Response, *, writing: bool) -> SynclineError:
    """The error that an answer other than 2xx stands for."""
    status = response.status_code
    if status == 429:
        return _limited(response)
    rule = next(rule for rule in TABLE if rule.first <= status <= rule.last)
    words = ". ".join([f"{rule.words} ({status})", *_reasons(response)])[:MOST_WORDS] + "."
    kind = rule.writing if writing else rule.reading
    return RejectedError("rejected", words) if kind is RejectedError else kind(words)


def of_transport(error: httpx.HTTPError, *, writing: bool) -> SynclineError:
    """The error that a broken call stands for."""
    what = type(error).__name__
    if isinstance(error, NEVER_SENT):
        return TransientError(f"Xero could not be reached ({what}).")
    if writing:
        return UnknownOutcomeError(f"The answer of Xero was lost ({what}).")
    return TransientError(f"Xero did not answer ({what}).")


def of_malformed(*, writing: bool) -> SynclineError:
    """The error that an unreadable answer stands for."""
    words = "Xero gave an answer that cannot be read."
    return UnknownOutcomeError(words) if writing else TransientError(words)


def problem_of(response: httpx.Response) -> str:
    """Which limit a 429 is about."""
    return str(response.headers.get("x-rate-limit-problem", "minute")).strip().lower()


def _limited(response: httpx.Response) -> RateLimitedError:
    problem = problem_of(response)
    if problem == "concurrent":
        wait_s = CONCURRENT_WAIT_S * (1 + random.random())  # noqa: S311 - spreads, hides nothing
    else:
        wait_s = _seconds(response.headers.get("retry-after", ""), DEFAULT_WAIT_S.get(problem, 30))
    return RateLimitedError(f"Xero's limit per {problem} is used up.", wait_s)


def _seconds(text: str, default: float) -> float:
    return float(text) if text.strip().isdecimal() else default


def _reasons(response: httpx.Response) -> list[str]:
    try:
        body: Any = exact_json.loads(response.content)
    except ValueError:
        return []
    if not isinstance(body, dict):
        return []
    reasons = [
        message
        for element in body.get("Elements") or []
        if isinstance(element, dict)
        for message in messages_of(element)
    ]
    for name in ("Detail", "Message", "Title"):
        if not reasons and isinstance(body.get(name), str) and body[name]:
            reasons.append(body[name])
    return [reason.rstrip(".") for reason in dict.fromkeys(reasons)]
