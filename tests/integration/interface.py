"""Requests as they were sent, checked against a vendor's interface description in `../shared`."""

import functools
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from syncline_chassis.testing.desk import CONNECTION, Desk, charge
from syncline_contracts.query import CheckConnection, SearchPicks
from werkzeug.datastructures import Headers, ImmutableMultiDict

INTERFACES = Path(__file__).parents[3] / "shared" / "reference" / "openapi"


ID = re.compile(r"[0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}")


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


def kinds(requests: Iterable[httpx.Request], root: str) -> set[str]:
    """Method, path below `root` with `*` for ids, and names of the query: `GET /Items page`."""
    return {
        " ".join(
            (
                one.method,
                "/".join("*" if ID.fullmatch(part) else part for part in _below(one, root)),
                *sorted(one.url.params.keys()),
            )
        )
        for one in requests
    }


def _below(request: httpx.Request, root: str) -> list[str]:
    return request.url.path.partition(root)[2].split("/")


async def live(desk: Desk, lists: Iterable[str], **form: str) -> None:
    """All that a connector does for a partner."""
    about = {"partner_id": desk.partner_id, "connection_id": CONNECTION}
    await desk.connect(None, **form)
    await desk.ask(CheckConnection(**about))
    for name in lists:
        for text in ("", 'a"&b', "Customer"):
            await desk.ask(SearchPicks(**about, list=name, text=text))
    await desk.sync(desk.charges(0))
    dearer = desk.charges(0, charge("1289.37"), charge("-0.10", "AZ-RI"), version=2)
    synced = await desk.sync(dearer)
    await desk.verify("tenant-0")
    for record in synced.records:
        desk.psa.invoice(record.label)
    await desk.sync(desk.charges(0, charge("7.00"), version=3))
    await desk.reverse("tenant-0")
    for version, sell in enumerate(("-5.00", "-6.00"), 1):
        await desk.sync(desk.charges(1, charge(sell), version=version))
    await desk.verify("tenant-1")
    await desk.reverse("tenant-1")


class Watch:
    """Which of a client's calls are made while a test lasts."""

    def __init__(self, client: type, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = {
            name
            for name, call in vars(client).items()
            if inspect.iscoroutinefunction(call) and not name.startswith("_")
        }
        for name in self.left:
            monkeypatch.setattr(client, name, self._noting(name, getattr(client, name)))

    def _noting(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        @functools.wraps(call)
        async def noted(*arguments: Any, **named: Any) -> Any:
            self.left.discard(name)
            return await call(*arguments, **named)

        return noted


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
