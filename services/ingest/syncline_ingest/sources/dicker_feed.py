"""The distributor's feed as a kind of source: every invoice of an account, page by page."""

import contextlib
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from syncline_chassis.clock import Clock
from syncline_chassis.errors import RejectedError, TransientError, UnprocessableError

from syncline_ingest import feed_contract as contract
from syncline_ingest.intake import Taken
from syncline_ingest.sources.dicker_client import DickerClient
from syncline_ingest.sources.offer import Offer, SourceRef, SourceSettings
from syncline_ingest.stored_invoice import stored_header, stored_line

MAX_PAGES = 20_000
_MAX_CLIENTS = 1_000


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    base_url: Annotated[str, Field(max_length=500, title="Address of the feed")]
    account_code: Annotated[str, Field(min_length=1, max_length=40, title="Account code")]
    access_token: Annotated[
        str,
        Field(max_length=2000, title="Access token", json_schema_extra={"writeOnly": True}),
    ] = ""
    poll_interval_s: Annotated[
        Annotated[float, Field(ge=1, le=86_400)] | None,
        Field(title="Seconds between two looks", description="Empty for the usual pause."),
    ] = None


class DickerFeed:
    """Polls accounts at the distributor."""

    kind: ClassVar[str] = "dicker_feed"
    title: ClassVar[str] = "Distributor's feed"
    only_id: ClassVar[str | None] = None

    def __init__(
        self,
        http: httpx.AsyncClient,
        clock: Clock,
        *,
        interval_s: float,
        max_bytes: int,
        count: Callable[[str, str], None],
    ) -> None:
        self._http = http
        self._clock = clock
        self._interval_s = interval_s
        self._max_bytes = max_bytes
        self._count = count
        self._clients: dict[tuple[str, ...], DickerClient] = {}

    def check(self, given: dict[str, Any], before: SourceSettings | None) -> SourceSettings:
        """See `SourceKind.check`; a stored token never goes to an address it was not given for."""
        try:
            form = _Form.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise UnprocessableError(f"{field}: {first['msg']}.", field) from None
        check_url(form.base_url)
        token = form.access_token
        if not token and before is not None and before.public["base_url"] == form.base_url:
            token = before.secrets.get("access_token", "")
        if not token:
            raise UnprocessableError(
                "Give the access token of the account; for another address give it anew.",
                "access_token",
            )
        public = form.model_dump(exclude={"access_token"}, exclude_none=True)
        return SourceSettings(public, {"access_token": token})

    def form(self) -> dict[str, Any]:
        """See `SourceForm.form`."""
        return _Form.model_json_schema()

    def interval_s(self, settings: SourceSettings) -> float:
        """See `SourceKind.interval_s`."""
        return float(settings.public.get("poll_interval_s") or self._interval_s)

    async def offers(self, source: SourceRef) -> AsyncIterator[Offer]:
        """See `SourceKind.offers`."""
        client = self._client(source)
        account = str(source.settings.public["account_code"])
        out = await client.call(contract.INVOICES_PATH, {"AccountCode": account})
        headers = out.get("Invoices")
        if not isinstance(headers, list):
            raise RejectedError("feed_answer", "The distributor's feed gave no list of invoices.")
        for header in headers:
            if not isinstance(header, dict) or not isinstance(header.get("InvoiceNumber"), str):
                raise RejectedError("feed_answer", "An invoice of the feed has no InvoiceNumber.")
            yield FeedInvoice(client, account, header, self._max_bytes)

    def _client(self, source: SourceRef) -> DickerClient:
        """One client a set of credentials, so that its key is used until it expires."""
        settings = source.settings
        token = settings.secrets["access_token"]
        key = (source.partner_id, source.source_id, str(settings.public["base_url"]), token)
        client = self._clients.get(key)
        if client is None:
            if len(self._clients) >= _MAX_CLIENTS:
                self._clients.clear()
            client = DickerClient(self._http, key[2], token, self._clock, self._count)
            self._clients[key] = client
        return client


class FeedInvoice:
    """One invoice of an account."""

    def __init__(
        self, client: DickerClient, account: str, header: dict[str, Any], max_bytes: int
    ) -> None:
        self._client = client
        self._account = account
        self._header = header
        self._max_bytes = max_bytes
        self.name = str(header["InvoiceNumber"])[:255]
        # The whole header, whatever it carries: a revision or a hash in it tells a change.
        self.mark = hashlib.sha256(orjson.dumps(header, option=orjson.OPT_SORT_KEYS)).hexdigest()

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `Offer.chunks`: a set of pages that changed meanwhile is not one invoice."""
        yield stored_header(self._account, self._header)
        page, pages, size = 1, 1, 0
        seen: tuple[Any, ...] = ()
        while page <= pages:
            out = await self._page(page)
            stable = tuple(out.get(name) for name in ("PageCount", "LineCount", "Revision"))
            if page > 1 and stable != seen:
                raise TransientError(f"{self.name} changed while it was read; it is read again.")
            seen, pages = stable, _pages(self.name, out)
            lines = b"".join(stored_line(line) for line in _lines(self.name, out))
            size += len(lines)
            if size > self._max_bytes:
                raise RejectedError("too_large", f"{self.name} is larger than is taken in.")
            if lines:
                yield lines
            page += 1

    async def _page(self, page: int) -> dict[str, Any]:
        body = {
            "AccountCode": self._account,
            "InvoiceNumber": str(self._header["InvoiceNumber"]),
            "Page": str(page),
        }
        out = await self._client.call(contract.LINES_PATH, body)
        named = (out.get("InvoiceNumber"), str(out.get("Page")))
        if named != (self._header["InvoiceNumber"], str(page)):
            raise TransientError(f"{self.name}: the feed gave another page than page {page}.")
        for field in ("LineCount", "Revision"):
            if field in out and field in self._header and out[field] != self._header[field]:
                raise TransientError(f"{self.name} changed while it was read; it is read again.")
        return out

    async def settle(self, taken: Taken) -> None:
        """See `Offer.settle`: the feed keeps its invoices."""


def check_url(url: str) -> None:
    """Only https, or plain http on this machine; no user, query or fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    host = parts.hostname or ""
    is_loopback = host == "localhost"
    with contextlib.suppress(ValueError):  # a name is no address
        is_loopback = is_loopback or ipaddress.ip_address(host).is_loopback
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback)
    if not host or not is_safe or parts.username or parts.query or parts.fragment:
        raise UnprocessableError(
            "The address has to begin with https:// (http:// only on this machine) and to carry "
            "no user, query or fragment.",
            "base_url",
        )


def _pages(name: str, out: dict[str, Any]) -> int:
    text = str(out.get("PageCount"))
    if not text.isdecimal() or int(text) > MAX_PAGES:
        raise RejectedError("feed_answer", f"{name}: {text[:20]} is no number of pages.")
    return int(text)


def _lines(name: str, out: dict[str, Any]) -> list[dict[str, Any]]:
    lines = out.get("Lines")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise RejectedError("feed_answer", f"{name}: a page of the feed has no list of lines.")
    return lines
