"""What a vendor's answers mean: one table per vendor, status -> what happens next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from syncline_chassis.connector import exact_json
from syncline_chassis.errors import (
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)

M = TypeVar("M", bound=BaseModel)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
MOST_WORDS = 1000
MOST_KEPT = 4000
"""Characters of an answer that go onto the ledger."""
IDLE_S = 2.0
"""Shorter than any server's: a call on a closed connection looks like a lost answer."""
_NO_PROXY = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer means, for a read and for a write; `last` is inclusive."""

    first: int
    last: int
    reading: type[SynclineError]
    writing: type[SynclineError]
    words: str


class Answers:
    """The table of one vendor."""

    def __init__(
        self, vendor: str, table: Sequence[Rule], reasons: Callable[[Any], Sequence[str]]
    ) -> None:
        self._vendor = vendor
        self._table = table
        self._reasons = reasons
        """The vendor's own words in a parsed body."""

    def of(self, response: httpx.Response, *, writing: bool) -> SynclineError:
        """The error that an answer other than 2xx and 429 stands for."""
        status = response.status_code
        rule = next(rule for rule in self._table if rule.first <= status <= rule.last)
        reasons = self._reasons(_body(response))
        found = [reason.strip().rstrip(".") for reason in dict.fromkeys(reasons)]
        words = ". ".join([f"{rule.words} ({status})", *found])[:MOST_WORDS] + "."
        kind = rule.writing if writing else rule.reading
        error = RejectedError("rejected", words) if kind is RejectedError else kind(words)
        error.answer = as_it_came(response)
        return error

    def of_transport(self, error: httpx.HTTPError, *, writing: bool) -> SynclineError:
        """The error that a broken call stands for."""
        what = type(error).__name__
        if isinstance(error, NEVER_SENT):
            return TransientError(f"{self._vendor} could not be reached ({what}).")
        if writing:
            return UnknownOutcomeError(f"The answer of {self._vendor} was lost ({what}).")
        return TransientError(f"{self._vendor} did not answer ({what}).")

    def of_malformed(
        self, *, writing: bool, answer: Mapping[str, object] | None = None
    ) -> SynclineError:
        """The error that an unreadable answer stands for."""
        words = f"{self._vendor} gave an answer that cannot be read."
        error = UnknownOutcomeError(words) if writing else TransientError(words)
        error.answer = answer
        return error

    def records(self, model: type[M], rows: Any) -> list[M]:
        """The rows of an answer that was read. Raises `TransientError` where they are none."""
        try:
            return [model.model_validate(row) for row in rows]
        except (ValidationError, TypeError) as error:
            raise self.of_malformed(writing=False) from error


def as_it_came(response: httpx.Response) -> dict[str, object]:
    """An answer for the ledger: status and body, cut off where it is long."""
    text, body = response.text, _body(response)
    whole = body is not None and len(text) <= MOST_KEPT
    kept = exact_json.plain(body) if whole else text[:MOST_KEPT]
    return {"status": response.status_code, "body": kept}


def seconds_of(text: str, default: float) -> float:
    """What a `Retry-After` header asks for."""
    return float(text) if text.strip().isdecimal() else default


def vendor_http(
    timeout_s: float, lease_s: float, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client for a vendor's API. Raises `ValueError` where a call could outlive its lease."""
    if lease_s <= 2 * timeout_s:
        raise ValueError(
            f"SYNCLINE_CONNECTOR_LEASE_S is {lease_s:g}: it has to be more than twice the vendor's "
            f"timeout of {timeout_s:g} s, or a call could outlive its lease."
        )
    return httpx.AsyncClient(
        timeout=timeout_s,
        limits=httpx.Limits(keepalive_expiry=IDLE_S),
        follow_redirects=False,
        transport=transport,
        mounts=None if transport else _NO_PROXY,
    )


def _body(response: httpx.Response) -> Any:
    try:
        return exact_json.loads(response.content)
    except ValueError:
        return None
