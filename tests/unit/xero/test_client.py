"""The client against scripted answers: paging, tokens, limits, and what each answer means."""

from typing import Any

import httpx
import pytest
from syncline_chassis.connector import reading
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)
from syncline_xero.kind import INVOICE

from tests.unit.connector.answers import BROKEN_CALLS, always
from tests.unit.xero.vendor import Xero


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAUSES_S", (0.0, 0.0))


async def test_pages_have_no_gaps() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        count = {1: 100, 2: 3}[page]
        rows = [
            {"InvoiceID": f"{page}-{n}", "Status": "DRAFT", "SubTotal": 1.5} for n in range(count)
        ]
        return httpx.Response(200, json={"Invoices": rows})

    xero = Xero(answer)
    found = await xero.client.by_number(INVOICE, ["a", "b", "a"])
    assert len(found) == len({one.document_id for one in found}) == 103
    assert [request.url.params["InvoiceNumbers"] for request in xero.requests] == ["a,b", "a,b"]


@pytest.mark.parametrize("body", [{}, {"Invoices": None}, {"Invoices": [7]}, [], 7])
async def test_a_list_that_cannot_be_read_passes_for_trouble_and_not_for_an_empty_one(
    body: object,
) -> None:
    with pytest.raises(TransientError):
        await Xero(always(200, body)).client.by_id(INVOICE, ["a"])


async def test_many_names_are_asked_for_in_few_calls() -> None:
    xero = Xero(always(200, {"Invoices": []}))
    await xero.client.by_id(INVOICE, [f"id-{number}" for number in range(101)])
    asked = [len(request.url.params["IDs"].split(",")) for request in xero.requests]
    assert asked == [50, 50, 1]


async def test_a_token_is_used_until_xero_refuses_it() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        fresh = request.headers["authorization"] == "Bearer token-2"
        return httpx.Response(200 if fresh else 401, json={"Invoices": []})

    xero = Xero(answer)
    await xero.client.by_id(INVOICE, ["a"])
    await xero.client.by_id(INVOICE, ["a"])
    assert (xero.tokens_given, len(xero.requests)) == (2, 3)
    assert {request.headers["xero-tenant-id"] for request in xero.requests} == {"org"}


async def test_a_fresh_token_that_is_refused_needs_a_person() -> None:
    xero = Xero(always(401, {"Detail": "no"}))
    with pytest.raises(ReauthRequiredError):
        await xero.write()
    assert len(xero.requests) == 2


async def test_a_write_has_its_headers() -> None:
    xero = Xero(always(200, {"Invoices": [{"InvoiceNumber": "1"}]}))
    await xero.write()
    (request,) = xero.requests
    assert dict(request.url.params) == {"unitdp": "4", "summarizeErrors": "false"}
    assert request.headers["idempotency-key"] == "attempt"
    assert request.headers["accept"] == request.headers["content-type"] == "application/json"
    assert request.content == b'{"Invoices":[{"InvoiceNumber":"1"}]}'


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (400, RejectedError, RejectedError),
        (403, ReauthRequiredError, ReauthRequiredError),
        (404, RejectedError, RejectedError),
        (413, RejectedError, RejectedError),
        (418, RejectedError, RejectedError),
        (500, TransientError, UnknownOutcomeError),
        (502, TransientError, UnknownOutcomeError),
        (503, TransientError, UnknownOutcomeError),
        (302, TransientError, UnknownOutcomeError),
    ],
)
async def test_what_each_status_means(
    status: int, reading: type[SynclineError], writing: type[SynclineError]
) -> None:
    xero = Xero(always(status, {"Message": "Because"}))
    with pytest.raises(reading, match="Because"):
        await xero.client.items()
    with pytest.raises(writing, match="Because"):
        await xero.write()


@pytest.mark.parametrize(("error", "writing"), BROKEN_CALLS)
async def test_what_a_broken_call_means(
    error: type[httpx.TransportError], writing: type[SynclineError]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken with Bearer token-1")

    xero = Xero(answer)
    with pytest.raises(writing) as met:
        await xero.write()
    assert "token-1" not in str(met.value)
    with pytest.raises(TransientError):
        await xero.client.items()


@pytest.mark.parametrize("text", ["", "<html>", "[1", "[]", '{"Invoices": 7}', '{"Invoices": [7]}'])
async def test_a_write_answered_with_nonsense_may_have_been_stored(text: str) -> None:
    xero = Xero(lambda request: httpx.Response(200, text=text))
    with pytest.raises(UnknownOutcomeError):
        await xero.write()


async def test_reasons_of_elements_and_lines_are_told() -> None:
    line = {"ValidationErrors": [{"Message": "Account must be valid."}]}
    element = {"ValidationErrors": [{"Message": "Too early"}], "LineItems": [line]}
    xero = Xero(always(400, {"Message": "A validation exception", "Elements": [element]}))
    with pytest.raises(RejectedError, match=r"Too early\. Account must be valid\.$"):
        await xero.write()


@pytest.mark.parametrize(
    ("headers", "wait_s", "told"),
    [
        ({"retry_after": "17", "x_rate_limit_problem": "minute"}, 17, [17]),
        ({"retry_after": "80000", "x_rate_limit_problem": "day"}, 80000, [80000]),
        ({"x_rate_limit_problem": "minute"}, 30, [30]),
    ],
)
async def test_a_limit_is_waited_for_by_everybody(
    headers: dict[str, str], wait_s: float, told: list[float]
) -> None:
    xero = Xero(always(429, {}, **headers))
    with pytest.raises(RateLimitedError) as limited:
        await xero.client.items()
    assert limited.value.retry_after_s == wait_s
    assert xero.gate.waits == told
    assert len(xero.requests) == 1


async def test_too_many_at_once_is_a_short_wait_for_one() -> None:
    xero = Xero(always(429, {}, x_rate_limit_problem="concurrent"))
    with pytest.raises(RateLimitedError) as limited:
        await xero.client.items()
    assert limited.value.retry_after_s <= 1
    assert xero.gate.waits == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "invalid_client"}, ReauthRequiredError),
        (400, {"error": "unauthorized_client"}, ReauthRequiredError),
        (500, {}, TransientError),
        (200, {}, TransientError),
        (200, None, TransientError),
        (429, {}, RateLimitedError),
    ],
)
async def test_no_token_no_call(status: int, body: Any, error: type[SynclineError]) -> None:
    xero = Xero(always(200, {}), token=always(status, body))
    with pytest.raises(error) as met:
        await xero.write()
    assert xero.requests == []
    assert "geheim" not in str(met.value)


async def test_a_read_that_fails_for_a_moment_is_asked_again() -> None:
    answers = iter([500, 503, 200])
    xero = Xero(lambda request: httpx.Response(next(answers), json={"Items": [{"Code": "A"}]}))
    assert [item.code for item in await xero.client.items()] == ["A"]
    assert len(xero.requests) == 3
