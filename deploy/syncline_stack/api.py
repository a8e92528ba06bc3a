"""The stack's two HTTP faces as the demo and the tests use them: portal and sandbox control."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class RefusedError(RuntimeError):
    """An answer that is not a success; the text has status and detail."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        try:
            body = response.json()
        except ValueError:
            body = {}
        detail = body.get("detail") if isinstance(body, dict) else None
        request = response.request
        super().__init__(
            f"{request.method} {request.url.path}: {self.status}, {detail or response.text[:300]}"
        )


class Face:
    """JSON over HTTP with one base address."""

    def __init__(self, base_url: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=base_url, headers=headers, timeout=60.0, trust_env=False
        )

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send and read JSON. Raises `RefusedError`."""
        if body is not None:
            options["json"] = body
        response = self._client.request(method, path, **options)
        if response.is_error:
            raise RefusedError(response)
        return response.json() if response.content else None

    def get(self, path: str, **params: Any) -> Any:
        """GET."""
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> Any:
        """POST."""
        return self.call("POST", path, body if body is not None else {})

    def put(self, path: str, body: Any, *, version: int | None = None) -> Any:
        """PUT; `version` is the one that was seen, where the thing is there already."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return self.call("PUT", path, body, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def until(look: Callable[[], T | None], what: str, timeout_s: float = 60.0) -> T:
    """Look again and again until something comes back. Raises `TimeoutError`, which says what.

    A refusal or an outage while looking is waited out like an empty answer.
    """
    deadline = time.monotonic() + timeout_s
    trouble = ""
    while time.monotonic() < deadline:
        try:
            found = look()
        except (RefusedError, httpx.HTTPError) as error:
            found, trouble = None, f" (last: {error})"
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not come within {timeout_s:.0f} s{trouble}")
