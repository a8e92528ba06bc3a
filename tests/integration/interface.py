"""Requests as they were sent, checked against a vendor's interface description in `../shared`."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

INTERFACES = Path(__file__).parents[3] / "shared" / "reference" / "openapi"


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps those whose path has a part."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.inner = httpx.AsyncHTTPTransport()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if self.part in request.url.path:
            self.requests.append(request)
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


class Sent:
    """A sent request, as the validator wants to see it."""

    def __init__(self, request: httpx.Request, host: str, headers: Mapping[str, str]) -> None:
        self._request = request
        self.host_url = host
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.url.params.multi_items()),
            header=Headers({**headers, **request.headers}),
        )

    @property
    def path(self) -> str:
        return self._request.url.path

    @property
    def method(self) -> str:
        return self._request.method.lower()

    @property
    def body(self) -> bytes | None:
        return self._request.content or None

    @property
    def content_type(self) -> str:
        return str(self._request.headers.get("content-type", ""))


def validate(
    file: Path,
    requests: Iterable[httpx.Request],
    *,
    host: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Raises what is not as the vendor describes it. How one logs in is left out."""
    document: dict[str, Any] = json.loads(file.read_text())
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    document.pop("security", None)
    checked = OpenAPI.from_dict(document)
    for request in requests:
        checked.validate_request(Sent(request, host, headers or {}))
