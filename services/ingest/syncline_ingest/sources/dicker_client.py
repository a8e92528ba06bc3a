"""The distributor's calls: envelopes, the temporary key, retries; paths are in `feed_contract`."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import stamina
from syncline_chassis.clock import Clock
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    TransientError,
)
from syncline_contracts.identity import new_id

from syncline_ingest import feed_contract as contract

MAX_ANSWER_BYTES = 32 * 1024 * 1024
ATTEMPTS = 4
_LONGEST_WAIT_S = 10.0
_EARLY = timedelta(seconds=30)
Count = Callable[[str, str], None]


class _KeyRefusedError(Exception):
    """The temporary key no longer opens the account."""


class DickerClient:
    """One account of the feed. The token and the keys appear in no error and no log."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, token: str, clock: Clock, count: Count
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._clock = clock
        self._count = count
        self._key = ""
        self._key_until: datetime | None = None

    async def call(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """Ask with a key, with a new one once if it is refused; `Out` of the answer.

        Raises `TransientError`, `ReauthRequiredError` or `RejectedError`.
        """
        try:
            return await self._ask(path, {"AccessKey": await self._access_key(), **body})
        except _KeyRefusedError:
            self._key_until = None
        try:
            return await self._ask(path, {"AccessKey": await self._access_key(), **body})
        except _KeyRefusedError:
            raise ReauthRequiredError(
                "The distributor refuses the access key that it has just given: check that the "
                "account code belongs to the access token."
            ) from None

    async def _access_key(self) -> str:
        now = self._clock.now()
        if self._key_until is None or now >= self._key_until:
            out = await self._ask(contract.ACCESS_KEY_PATH, {"AccessToken": self._token})
            self._key = _text(out, "AccessKey")
            seconds = _text(out, "ExpiresInSeconds")
            lifetime = timedelta(seconds=int(seconds) if seconds.isdecimal() else 0)
            self._key_until = now + max(lifetime - _EARLY, lifetime / 2)
        return self._key

    async def _ask(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        async for attempt in stamina.retry_context(
            on=_is_worth_another, attempts=ATTEMPTS, wait_initial=0.2, wait_max=2.0, timeout=60.0
        ):
            with attempt:
                return await self._once(path, body)
        raise AssertionError("unreachable")

    async def _once(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        outcome = "failed"
        try:
            out = await self._send(path, body)
            outcome = "answered"
        except httpx.HTTPError as error:
            raise TransientError(
                f"The distributor's feed does not answer ({type(error).__name__} at {path})."
            ) from None
        finally:
            self._count(path, outcome)
        return out

    async def _send(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        headers = {
            contract.TRANSACTION_HEADER: new_id(),
            contract.VERSION_HEADER: contract.API_VERSION,
        }
        url = f"{self._base_url}/{path}"
        async with self._http.stream("POST", url, json=body, headers=headers) as answer:
            if answer.status_code == 429:
                raise RateLimitedError(
                    "The distributor's feed asks to wait.", _retry_after_s(answer)
                )
            content = bytearray()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    raise RejectedError(
                        "answer_too_large",
                        f"An answer of the distributor's feed is larger than {MAX_ANSWER_BYTES} "
                        f"bytes ({path}).",
                    )
        return _unwrap(path, answer.status_code, bytes(content))


def _unwrap(path: str, status: int, content: bytes) -> dict[str, Any]:
    if status >= 500:
        raise TransientError(f"The distributor's feed answered {status} at {path}.")
    try:
        # Numbers stay the text that they are: a float would lose digits.
        envelope = json.loads(content, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError:
        raise TransientError(f"The distributor's feed answered no JSON at {path}.") from None
    header = envelope.get("ResponseHeader") if isinstance(envelope, dict) else None
    out = envelope.get("Out") if isinstance(envelope, dict) else None
    if not isinstance(header, dict):
        raise TransientError(f"The distributor's feed answered without an envelope at {path}.")
    if header.get("Status") == contract.STATUS_OK and status < 400 and isinstance(out, dict):
        return out
    message = str(header.get("Message") or f"status {status}")[:200]
    words = "".join(message.casefold().split())
    if contract.TOKEN_REFUSED in words:
        raise ReauthRequiredError(
            "The distributor refuses the access token of this source: give it a new one."
        )
    if contract.KEY_REFUSED in words:
        raise _KeyRefusedError
    raise RejectedError("feed_refused", f"The distributor's feed refused {path}: {message}")


def _text(out: dict[str, Any], name: str) -> str:
    value = out.get(name)
    if not isinstance(value, str) or not value:
        raise RejectedError("feed_answer", f"The distributor's feed gave no {name}.")
    return value


def _retry_after_s(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 5.0


def _is_worth_another(error: Exception) -> bool | float:
    """Whether to call again at once, or after how many seconds; all calls only read."""
    if isinstance(error, RateLimitedError):
        return max(error.retry_after_s, 0.1) if error.retry_after_s <= _LONGEST_WAIT_S else False
    return isinstance(error, TransientError)
