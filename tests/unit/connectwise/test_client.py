"""What each answer means; where the keys go; how lists are read whole."""

import base64

import httpx
import pytest
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)

from tests.unit.connector.answers import BROKEN_CALLS, always
from tests.unit.connectwise.vendor import ConnectWise

INVALID = {
    "code": "InvalidObject",
    "message": "addition object is invalid",
    "errors": [{"code": "MissingRequiredField", "message": "The product field is required."}],
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline_chassis.connector.reading.PAUSES_S", (0, 0))


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (302, TransientError, UnknownOutcomeError),
        (400, RejectedError, RejectedError),
        (401, ReauthRequiredError, ReauthRequiredError),
        (403, ReauthRequiredError, ReauthRequiredError),
        (404, RejectedError, RejectedError),
        (405, RejectedError, RejectedError),
        (408, TransientError, UnknownOutcomeError),
        (409, TransientError, TransientError),
        (415, RejectedError, RejectedError),
        (429, RateLimitedError, RateLimitedError),
        (500, TransientError, UnknownOutcomeError),
        (502, TransientError, UnknownOutcomeError),
        (503, TransientError, UnknownOutcomeError),
    ],
)
async def test_what_each_answer_means(
    status: int, reading: type[SynclineError], writing: type[SynclineError]
) -> None:
    vendor = ConnectWise(always(status, INVALID))
    with pytest.raises(reading) as read:
        await vendor.read()
    with pytest.raises(writing) as wrote:
        await vendor.write()
    assert (type(read.value), type(wrote.value)) == (reading, writing)
    assert "geheim" not in f"{read.value}{wrote.value}"


async def test_a_refusal_is_told_in_the_vendors_words() -> None:
    with pytest.raises(RejectedError, match="The product field is required"):
        await ConnectWise(always(400, INVALID)).write()


@pytest.mark.parametrize(("error", "writing"), BROKEN_CALLS)
async def test_what_a_broken_call_means(
    error: type[httpx.TransportError], writing: type[SynclineError]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken with geheim")

    vendor = ConnectWise(answer)
    with pytest.raises(writing) as met:
        await vendor.write()
    assert "geheim" not in str(met.value)
    assert len(vendor.requests) == 1  # a write is never repeated here


@pytest.mark.parametrize("text", ["", "<html>", "[1", "[]", "7"])
async def test_a_write_answered_with_nonsense_may_have_been_stored(text: str) -> None:
    vendor = ConnectWise(lambda request: httpx.Response(201, text=text))
    with pytest.raises(UnknownOutcomeError):
        await vendor.write()


@pytest.mark.parametrize("body", [{}, "x", [{"id": "seven"}], [{"name": "without id"}]])
async def test_a_list_that_cannot_be_read_passes_for_trouble(body: object) -> None:
    with pytest.raises(TransientError):
        await ConnectWise(always(200, body)).read()


@pytest.mark.parametrize(
    ("headers", "wait_s"), [({"retry_after": "17"}, 17.0), ({}, 30.0), ({"retry_after": "x"}, 30.0)]
)
async def test_the_limit_is_waited_for_by_everybody(headers: dict[str, str], wait_s: float) -> None:
    vendor = ConnectWise(always(429, {"error": "ConnectWiseAPI"}, **headers))
    with pytest.raises(RateLimitedError) as limited:
        await vendor.write()
    assert (limited.value.retry_after_s, vendor.gate.waits) == (wait_s, [wait_s])


async def test_a_read_that_fails_for_a_moment_is_asked_again() -> None:
    answers = iter([500, 503, 200])
    row = {"id": 7, "product": {"id": 1}}
    vendor = ConnectWise(lambda request: httpx.Response(next(answers), json=[row]))
    assert [one.id for one in await vendor.read()] == [7]


async def test_every_call_carries_the_keys_and_the_version() -> None:
    vendor = ConnectWise(always(200, []))
    await vendor.read()
    (request,) = vendor.requests
    keys = base64.b64encode(b"acme+pub:geheim").decode()
    assert request.headers["authorization"] == f"Basic {keys}"
    assert request.headers["clientid"] == "00000000-0000-4000-8000-000000000000"
    assert request.headers["accept"] == "application/vnd.connectwise.com+json; version=2025.1"
    assert "geheim" not in str(request.url)
    assert vendor.gate.calls == ["GET finance"]


async def test_a_list_is_read_whole_by_the_last_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline_connectwise.client.PAGE_SIZE", 2)
    ids = [1, 2, 5, 7, 8]

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["pagination-type"] == "forward-only"
        after = int(request.url.params.get("pageId", 0))
        rows = [{"id": one, "product": {}} for one in ids if one > after]
        return httpx.Response(200, json=rows[: int(request.url.params["pageSize"])])

    vendor = ConnectWise(answer)
    assert [one.id for one in await vendor.read()] == ids
    assert [one.url.params.get("pageId") for one in vendor.requests] == [None, "2", "7"]


async def test_a_list_that_begins_anew_on_every_page_is_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("syncline_connectwise.client.PAGE_SIZE", 1)
    with pytest.raises(TransientError):
        await ConnectWise(always(200, [{"id": 7, "product": {}}])).read()


async def test_conditions_are_written_so_that_an_address_can_carry_them() -> None:
    vendor = ConnectWise(always(200, []))
    await vendor.client.products_by_identifier(["A&B + 100", "3\" 'disk'"])
    raw = [request.url.raw_path.decode() for request in vendor.requests]
    assert vendor.conditions == [
        'identifier in ("A&B + 100")',
        'identifier like "3* *disk*"',
    ]
    assert not any(letter in path for path in raw for letter in "\"'*+ ")
    assert all(path.count("&") == 1 for path in raw)


async def test_null_is_not_set() -> None:
    row = {
        "id": 7,
        "product": {"id": 1, "identifier": None},
        "quantity": None,
        "cancelledDate": "",
        "serialNumber": None,
        "billedQuantity": None,
    }
    (one,) = await ConnectWise(always(200, [row])).read()
    assert (one.quantity, one.cancelled_date, one.serial_number, one.billed_quantity) == (
        1,
        None,
        "",
        0,
    )
