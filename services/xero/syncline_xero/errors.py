"""One table: what Xero answers -> what happens next."""

import random
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

from syncline_xero.schemas import messages_of

CONCURRENT_WAIT_S = 0.5
DEFAULT_WAIT_S = {"minute": 30.0, "appminute": 30.0, "day": 3600.0}


def _reasons(body: Any) -> list[str]:
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
    return reasons


# 401 is met by renewing the token once, 429 by waiting as asked; both are below.
ANSWERS = Answers(
    "Xero",
    (
        Rule(400, 400, RejectedError, RejectedError, "Xero refused the request"),
        Rule(401, 401, ReauthRequiredError, ReauthRequiredError, "Xero refuses the credentials"),
        Rule(402, 402, ReauthRequiredError, ReauthRequiredError,
             "Xero says that the app is not paid"),
        Rule(403, 403, ReauthRequiredError, ReauthRequiredError,
             "Xero does not allow this: the app is not connected to the organisation, or lacks a "
             "scope"),
        Rule(404, 404, RejectedError, RejectedError, "Xero does not know this record"),
        Rule(408, 408, TransientError, UnknownOutcomeError, "Xero took too long"),
        Rule(413, 413, RejectedError, RejectedError, "The request is too large for Xero"),
        Rule(405, 499, RejectedError, RejectedError, "Xero refused the request"),
        # A 500 may come after the invoice was stored.
        Rule(500, 599, TransientError, UnknownOutcomeError, "Xero has trouble of its own"),
        Rule(100, 399, TransientError, UnknownOutcomeError,
             "Xero gave an answer that it never gives"),
    ),
    _reasons,
)  # fmt: skip


def of_answer(response: httpx.Response, *, writing: bool) -> SynclineError:
    """The error that an answer other than 2xx stands for."""
    if response.status_code == 429:
        return _limited(response)
    return ANSWERS.of(response, writing=writing)


def problem_of(response: httpx.Response) -> str:
    """Which limit a 429 is about."""
    return str(response.headers.get("x-rate-limit-problem", "minute")).strip().lower()


def _limited(response: httpx.Response) -> RateLimitedError:
    problem = problem_of(response)
    if problem == "concurrent":
        wait_s = CONCURRENT_WAIT_S * (1 + random.random())  # noqa: S311 - spreads, hides nothing
    else:
        wait_s = seconds_of(
            response.headers.get("retry-after", ""), DEFAULT_WAIT_S.get(problem, 30)
        )
    return RateLimitedError(f"Xero's limit per {problem} is used up.", wait_s)
