"""The feed against the sandbox's distributor, which refuses what the original refuses."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from syncline_chassis.errors import (
    ReauthRequiredError,
    RejectedError,
    TransientError,
    UnprocessableError,
)
from syncline_ingest.sources.dicker_feed import DickerFeed, check_url
from syncline_ingest.sources.offer import Offer, SourceRef, SourceSettings
from syncline_sandbox.app import create_app

from tests.unit.ingest.samples import read

FORM = {"base_url": "https://feed.example/dicker", "account_code": "ACC1", "access_token": "tok"}


class SteppedClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 15, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(tmp_path)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        account = {"account_code": "ACC1", "access_token": "tok"}
        await client.post("/_sandbox/dicker/accounts", json=account)
        yield client
    app.close()


class Caller:
    """A feed that speaks to the sandbox; counts calls."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.clock = SteppedClock()
        self.calls: list[tuple[str, str]] = []
        self.feed = DickerFeed(
            http,
            self.clock,
            interval_s=300,
            max_bytes=10**9,
            count=lambda *call: self.calls.append(call),
        )

    async def offers(self, token: str = "tok", account: str = "ACC1") -> list[Offer]:
        public = {"base_url": "http://sandbox/dicker", "account_code": account}
        settings = SourceSettings(public, {"access_token": token})
        source = SourceRef("acme", "dicker", settings)
        return [offer async for offer in self.feed.offers(source)]

    async def generate(self, **order: Any) -> dict[str, Any]:
        body = {"account_code": "ACC1", "tenants": 4, **order}
        answer = await self.http.post("/_sandbox/dicker/invoices/generate", json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def fault(self, **spec: Any) -> None:
        answer = await self.http.post("/_sandbox/faults", json={"target": "dicker", **spec})
        assert answer.is_success, answer.text

    def count(self, path: str) -> int:
        return sum(1 for called, _ in self.calls if called == path)


@pytest.fixture
def caller(sandbox: httpx.AsyncClient) -> Caller:
    return Caller(sandbox)


async def content(offer: Offer) -> bytes:
    return b"".join([chunk async for chunk in offer.chunks()])


async def test_an_invoice_is_read_page_by_page_to_the_last_digit(caller: Caller) -> None:
    made = await caller.generate(tenants=12)
    (offer,) = await caller.offers()
    lines, head = read(await content(offer))
    assert len(lines) == made["LineCount"] > 200
    assert head.invoice_no == offer.name == made["InvoiceNumber"]
    assert format(sum(source.cost for source in lines), "f").rstrip("0") == made["TotalExTax"]
    assert caller.count("Invoice/GetAzureInvoiceLines") > 1


async def test_the_same_invoice_is_the_same_bytes_at_every_poll(caller: Caller) -> None:
    await caller.generate()
    (first,), (again,) = await caller.offers(), await caller.offers()
    assert first.mark == again.mark
    assert await content(first) == await content(again)


async def test_another_content_has_another_mark(caller: Caller) -> None:
    await caller.generate()
    (first,) = await caller.offers()
    before = await content(first)
    await caller.generate(revision=2)
    (again,) = await caller.offers()
    assert first.mark != again.mark
    assert before != await content(again)


async def test_a_key_is_used_until_it_expires(caller: Caller) -> None:
    await caller.offers()
    await caller.offers()
    assert caller.count("AccessKeyRequest") == 1
    caller.clock.at += timedelta(hours=1)
    await caller.offers()
    assert caller.count("AccessKeyRequest") == 2


async def test_a_refused_key_is_renewed_once(caller: Caller) -> None:
    await caller.offers()
    await caller.http.post("/_sandbox/dicker/accounts/ACC1/expire-keys")
    await caller.offers()
    assert caller.count("AccessKeyRequest") == 2


async def test_a_key_that_never_works_needs_a_person(caller: Caller) -> None:
    with pytest.raises(ReauthRequiredError, match="account code"):
        await caller.offers(account="ACC2")


async def test_a_wrong_token_needs_a_person_and_is_not_told(caller: Caller) -> None:
    with pytest.raises(ReauthRequiredError) as caught:
        await caller.offers(token="super-secret")
    assert "super-secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["429", "500", "503", "malformed_json"])
async def test_a_fault_that_passes_is_not_noticed(caller: Caller, kind: str) -> None:
    await caller.generate()
    await caller.fault(kind=kind, route="GetAzureInvoices", times=2, retry_after_s=0)
    assert len(await caller.offers()) == 1


async def test_a_fault_that_stays_is_tried_again_later(caller: Caller) -> None:
    await caller.fault(kind="500", route="GetAzureInvoices", times=50)
    with pytest.raises(TransientError, match="answered 500"):
        await caller.offers()


async def test_a_refusal_says_what_the_distributor_said(caller: Caller) -> None:
    await caller.fault(kind="error_in_200", message="Account is on hold", times=50)
    with pytest.raises(RejectedError, match="Account is on hold"):
        await caller.offers()


async def test_an_invoice_that_changes_between_pages_is_not_taken(caller: Caller) -> None:
    await caller.generate(tenants=12)
    (offer,) = await caller.offers()
    chunks = offer.chunks()
    await anext(chunks)
    await anext(chunks)
    await caller.generate(tenants=12, revision=2)
    with pytest.raises(TransientError, match="changed while it was read"):
        await anext(chunks)


@pytest.mark.parametrize(
    "url",
    [
        "https://feed.example/api",
        "http://127.0.0.1:8090/dicker",
        "http://localhost:1/x",
        "http://[::1]/",
    ],
)
def test_https_and_this_machine_are_accepted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://feed.example/api",
        "ftp://feed.example",
        "file:///etc/passwd",
        "https://user:pw@feed.example",
        "https://feed.example?x=1",
        "https://feed.example#x",
        "http://127.0.0.1.example/",
        "https://",
        "http://[::1",
        "",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(UnprocessableError) as caught:
        check_url(url)
    assert caught.value.field == "base_url"


def test_the_token_is_sealed_apart_and_may_be_left_out_later(caller: Caller) -> None:
    saved = caller.feed.check(dict(FORM), None)
    assert saved.secrets == {"access_token": "tok"}
    assert "access_token" not in saved.public
    changed = {**FORM, "access_token": "", "poll_interval_s": 60}
    again = caller.feed.check(changed, saved)
    assert again.secrets == saved.secrets
    assert caller.feed.interval_s(again) == 60
    assert caller.feed.interval_s(saved) == 300


def test_a_stored_token_is_never_sent_to_another_address(caller: Caller) -> None:
    saved = caller.feed.check(dict(FORM), None)
    elsewhere = {"base_url": "https://evil.example", "account_code": "ACC1"}
    with pytest.raises(UnprocessableError, match="give it anew"):
        caller.feed.check(elsewhere, saved)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"account_code": ""}, "account_code"),
        ({"poll_interval_s": 0}, "poll_interval_s"),
        ({"password": "x"}, "password"),
        ({"base_url": "http://feed.example"}, "base_url"),
    ],
)
def test_a_wrong_setting_is_named(caller: Caller, change: dict[str, Any], field: str) -> None:
    with pytest.raises(UnprocessableError) as caught:
        caller.feed.check({**FORM, **change}, None)
    assert caught.value.field == field
