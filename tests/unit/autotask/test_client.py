"""What each answer means; where the secret goes; how the hour is kept."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest
from syncline_autotask import pace
from syncline_autotask.client import AutotaskClient, among
from syncline_chassis.connector.reading import BusyError
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    SynclineError,
    TransientError,
    UnknownOutcomeError,
)

from tests.unit.autotask.vendor import ZONE, Autotask
from tests.unit.connector.answers import BROKEN_CALLS, always

BUSINESS = {"errors": ["Value does not reference an existing entity for billingCodeID"]}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline_chassis.connector.reading.PAUSES_S", (0, 0))
    monkeypatch.setattr("syncline_autotask.errors.THREADS_WAIT_S", 0)


@pytest.mark.parametrize(
    ("status", "body", "reading", "writing"),
    [
        (500, BUSINESS, RejectedError, RejectedError),
        (500, {"errors": []}, TransientError, UnknownOutcomeError),
        (500, None, TransientError, UnknownOutcomeError),
        (500, {"errors": ["Transaction was deadlocked"]}, TransientError, UnknownOutcomeError),
        (500, {"errors": ["Execution Timeout Expired"]}, TransientError, UnknownOutcomeError),
        (500, {"errors": ["IntegrationCode is invalid."]}, ReauthRequiredError,
         ReauthRequiredError),
        (500, {"errors": ["Itgenatr005: thread threshold of 3 threads"]}, BusyError,
         BusyError),
        (429, {"errors": ["thread threshold"]}, BusyError, BusyError),
        (429, None, RateLimitedError, RateLimitedError),
        (500, {"errors": ["The request threshold was exceeded"]}, RateLimitedError,
         RateLimitedError),
        (400, BUSINESS, RejectedError, RejectedError),
        (401, None, ReauthRequiredError, ReauthRequiredError),
        (403, None, ReauthRequiredError, ReauthRequiredError),
        (404, BUSINESS, RejectedError, RejectedError),
        (405, {"Message": "no verb"}, RejectedError, RejectedError),
        (408, None, TransientError, UnknownOutcomeError),
        (409, None, TransientError, TransientError),
        (502, BUSINESS, TransientError, UnknownOutcomeError),
        (503, None, TransientError, UnknownOutcomeError),
        (302, None, TransientError, UnknownOutcomeError),
    ],
)  # fmt: skip
async def test_what_each_answer_means(
    status: int, body: Any, reading: type[SynclineError], writing: type[SynclineError]
) -> None:
    vendor = Autotask(always(status, body))
    with pytest.raises(reading) as read:
        await vendor.read()
    with pytest.raises(writing) as wrote:
        await vendor.write()
    assert (type(read.value), type(wrote.value)) == (reading, writing)
    for secret in ("geheim", "CODE"):
        assert secret not in f"{read.value}{wrote.value}"


@pytest.mark.parametrize(("error", "writing"), BROKEN_CALLS)
async def test_what_a_broken_call_means(
    error: type[httpx.TransportError], writing: type[SynclineError]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken with geheim")

    vendor = Autotask(answer)
    with pytest.raises(writing) as met:
        await vendor.write()
    assert "geheim" not in str(met.value)
    assert vendor.called.count("Charges") == 1  # a write is never repeated here


@pytest.mark.parametrize("text", ["", "<html>", "[1", "[]", "7"])
async def test_a_write_answered_with_nonsense_may_have_been_stored(text: str) -> None:
    vendor = Autotask(lambda request: httpx.Response(200, text=text))
    with pytest.raises(UnknownOutcomeError):
        await vendor.write()


@pytest.mark.parametrize(
    ("headers", "wait_s"), [({"retry_after": "17"}, 17.0), ({}, 60.0), ({"retry_after": "x"}, 60)]
)
async def test_the_hours_limit_is_waited_for_by_everybody(
    headers: dict[str, str], wait_s: float
) -> None:
    vendor = Autotask(always(429, {}, **headers))
    with pytest.raises(RateLimitedError) as limited:
        await vendor.write()
    assert (limited.value.retry_after_s, vendor.gate.waits) == (wait_s, [wait_s])


async def test_too_many_threads_are_nobody_elses_business() -> None:
    answers = iter([429, 429, 200])
    vendor = Autotask(
        lambda request: httpx.Response(
            next(answers), json={"items": [], "errors": ["thread threshold"]}
        )
    )
    assert await vendor.read() == []
    assert vendor.gate.waits == []


async def test_a_read_that_fails_for_a_moment_is_asked_again() -> None:
    answers = iter([500, 503, 200])
    vendor = Autotask(lambda request: httpx.Response(next(answers), json={"items": [{"id": 7}]}))
    assert [one.id for one in await vendor.read()] == [7]


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": [7]}, {"items": {}}, [], 7])
async def test_a_list_that_cannot_be_read_passes_for_trouble_and_not_for_an_empty_one(
    body: object,
) -> None:
    with pytest.raises(TransientError):
        await Autotask(always(200, body)).read()


READS: dict[str, Callable[[AutotaskClient], Awaitable[Sequence[Any]]]] = {
    "ContractCharges": lambda client: client.charges("id", [1]),
    "ContractServices": lambda client: client.contract_services(among("contractID", [1])),
    "Contracts": lambda client: client.contracts(among("id", [1])),
}


@pytest.mark.parametrize("entity", READS)
async def test_pages_are_followed_with_the_same_search(entity: str) -> None:
    base = f"{ZONE}V1.0"

    def answer(request: httpx.Request) -> httpx.Response:
        is_first = request.url.path.endswith("/query")
        following = f"{base}/{entity}/query/next?paging=abc" if is_first else None
        return httpx.Response(
            200,
            json={
                "items": [{"id": 1 if is_first else 2}],
                "pageDetails": {"nextPageUrl": following},
            },
        )

    vendor = Autotask(answer)
    assert [one.id for one in await READS[entity](vendor.client)] == [1, 2]
    first, second = vendor.requests[-2:]
    assert (first.content, first.method) == (second.content, second.method)
    assert second.url.query == b"paging=abc"


async def test_many_values_are_asked_for_in_pieces() -> None:
    vendor = Autotask(always(200, {"items": []}))
    await vendor.client.charges("id", [*range(301), 1])
    searches = [json.loads(one.content) for one in vendor.requests if one.content]
    sizes = [len(one["filter"][0]["value"]) for one in searches]
    assert (sum(sizes), max(sizes) <= 500) == (301, True)


async def test_a_next_page_elsewhere_is_not_followed() -> None:
    page = {"items": [], "pageDetails": {"nextPageUrl": "https://evil.example/V1.0/x"}}
    vendor = Autotask(always(200, page))
    with pytest.raises(TransientError):
        await vendor.read()
    assert {request.url.host for request in vendor.requests} <= {
        "webservices2.autotask.net",
        "webservices6.autotask.net",
    }


async def test_the_zone_is_looked_up_once_and_without_the_secret() -> None:
    vendor = Autotask(always(200, {"items": []}))
    await vendor.read()
    await vendor.read()
    assert vendor.called == ["ZoneInformation", "ThresholdInformation", "query", "query"]
    zone, *others = vendor.requests
    assert zone.url.params["user"] == "api@acme.example"
    assert "secret" not in zone.headers
    for request in others:
        assert request.url.host == "webservices6.autotask.net"
        assert request.headers["secret"] == "geheim"
        assert request.headers["apiintegrationcode"] == "CODE"


@pytest.mark.parametrize(
    ("asked", "zone"),
    [
        ("https://webservices2.autotask.net/A", "https://webservices31.autotask.net/A/"),
        ("http://127.0.0.1:8090/A", "http://127.0.0.1:8090/zone6/A/"),
        ("http://localhost/A", "http://localhost/B"),
    ],
)
async def test_a_zone_of_the_same_house_is_trusted(asked: str, zone: str) -> None:
    vendor = Autotask(always(200, {"items": []}), zone, zone_url=asked)
    await vendor.read()
    assert str(vendor.requests[-1].url).startswith(zone)


@pytest.mark.parametrize(
    ("pages", "known"),
    [
        ("https://ww6.autotask.net/", "https://ww6.autotask.net"),
        ("https://ww6.autotask.example.com/", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
    ],
)
async def test_people_are_sent_to_pages_of_the_same_house_only(
    pages: str | None, known: str
) -> None:
    vendor = Autotask(always(200, {"items": []}))
    vendor.pages = pages
    assert await vendor.client.pages() == known


@pytest.mark.parametrize(
    ("asked", "zone"),
    [
        ("https://webservices2.autotask.net/A", "https://evil.example/A/"),
        ("https://webservices2.autotask.net/A", "https://autotask.net.evil.example/A/"),
        ("https://webservices2.autotask.net/A", "https://evilautotask.net/A/"),
        ("https://webservices2.autotask.net/A", "http://webservices6.autotask.net/A/"),
        ("https://autotask.net/A", "https://evil.net/A/"),
        ("http://127.0.0.1:8090/A", "http://127.0.0.1:9/A/"),
        ("http://127.0.0.1:8090/A", "https://9.0.0.1/A/"),
        ("http://localhost/A", "https://evil.example/A/"),
    ],
)
async def test_the_secret_goes_to_no_other_house(asked: str, zone: str) -> None:
    vendor = Autotask(always(200, {"items": []}), zone, zone_url=asked)
    with pytest.raises(ReauthRequiredError, match="names"):
        await vendor.read()
    assert vendor.called == ["ZoneInformation"]


@pytest.mark.parametrize("share", [0.9, 1.0, 2.0])
async def test_what_is_left_of_the_hour_is_left_to_others(share: float) -> None:
    vendor = Autotask(always(200, {"items": []}), used=int(1000 * share))
    with pytest.raises(RateLimitedError) as stopped:
        await vendor.write()
    assert (stopped.value.retry_after_s, vendor.gate.waits) == (pace.STOP_S, [pace.STOP_S])
    assert "Charges" not in vendor.called
    vendor.used = 0  # the next call looks again
    await vendor.write()
    assert vendor.called[-2:] == ["ThresholdInformation", "Charges"]


@pytest.mark.parametrize(
    ("share", "pause_s"), [(0.0, 0.0), (0.49, 0.0), (0.5, 0.5), (0.74, 0.5), (0.75, 1.0)]
)
def test_it_slows_down_with_the_hour(share: float, pause_s: float) -> None:
    assert pace.pause_of(share) == pause_s


async def test_it_looks_again_after_many_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline_autotask.pace.MOST_CALLS", 3)
    vendor = Autotask(always(200, {"items": []}))
    for _ in range(7):
        await vendor.read()
    assert vendor.called.count("ThresholdInformation") == 3


async def test_a_database_that_moved_is_looked_up_anew() -> None:
    answers = iter([401, 200])
    vendor = Autotask(lambda request: httpx.Response(next(answers), json={"items": []}))
    with pytest.raises(ReauthRequiredError):
        await vendor.read()
    vendor.zone = "https://webservices7.autotask.net/ATServicesRest/"
    await vendor.read()
    assert vendor.requests[-1].url.host == "webservices7.autotask.net"
