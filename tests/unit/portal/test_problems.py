"""Errors leave as problem+json with a sentence, and nothing from inside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from syncline_chassis.errors import ConflictError, NotFoundError, ProblemError, TransientError
from syncline_contracts.mapping_query import ListHolds, MapTenant

from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal


@asynccontextmanager
async def logs_apart() -> AsyncIterator[None]:
    with capture_logs():
        yield


FIELDS = {"type", "title", "status", "detail", "code", "instance", "request_id"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("Gone."), 404),
        (ProblemError(503, "unavailable", "Not available", "Nobody answers."), 503),
        (TransientError("The bus is away."), 503),
        (ZeroDivisionError("secret inside"), 500),
    ],
)
async def test_an_owners_refusal_is_passed_on_whole(
    app: FastAPI, fakes: FakePortal, error: Exception, status: int
) -> None:
    fakes.bus.answers[ListHolds] = error
    async with logs_apart(), caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get(
            "/v1/partners/acme/holds", headers={"X-Request-Id": "ticket-4711"}
        )
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == FIELDS
    assert problem["instance"] == "/v1/partners/acme/holds"
    assert problem["request_id"] == answer.headers["x-request-id"] == "ticket-4711"
    assert problem["type"] == f"urn:syncline:problem:{problem['code']}"
    assert "secret inside" not in answer.text


async def test_what_is_not_valid_is_named_and_what_was_sent_is_not_repeated(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        answer = await client.put(
            "/v1/partners/acme/connectors/xero/connections/main",
            json={"form": {"client_secret": ["hunter2"]}},
        )
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["field"] == "body.form.client_secret"
    assert problem["errors"][0]["field"] == problem["field"]
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/nothing", 404), ("/favicon.ico", 404), ("/v1/partners", 405)]
)
async def test_a_wrong_address_is_a_problem_too(
    app: FastAPI, fakes: FakePortal, path: str, status: int
) -> None:
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        answer = await client.post(path)
    assert answer.status_code == status
    assert set(answer.json()) == FIELDS
    assert "/docs" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 50_000, b"null", b'"x"', b"[]"])
async def test_a_body_that_is_no_json_is_refused(
    app: FastAPI, fakes: FakePortal, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.put("/v1/partners/acme/mappings/t", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_text_that_is_no_unicode_is_refused(app: FastAPI, fakes: FakePortal) -> None:
    headers = {"content-type": "application/json"}
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        for path, body in (
            ("/v1/partners/acme/mappings/t", b'{"client_id": "\\ud800"}'),
            ("/v1/partners/acme/sources/s", b'{"kind": "k", "settings": {"a": "\\ud800"}}'),
        ):
            answer = await client.put(path, content=body, headers=headers)
            assert answer.status_code == 422, answer.text


async def test_a_misspelt_field_is_refused_and_not_dropped(app: FastAPI, fakes: FakePortal) -> None:
    entry = {"vendor_item": "A", "product_id": "B", "percent_of_rrp": "10"}
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.put(
            "/v1/partners/acme/profiles/std", json={"name": "n", "entries": [entry]}
        )
    assert answer.status_code == 422
    assert "percent_of_rrp" in answer.text


async def test_a_percentage_that_passed_a_float_is_refused(app: FastAPI, fakes: FakePortal) -> None:
    entry = {"vendor_item": "A", "product_id": "B", "percent_off_rrp": 10.1}
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.put(
            "/v1/partners/acme/profiles/std", json={"name": "n", "entries": [entry]}
        )
    assert answer.status_code == 422


async def test_a_long_body_is_refused_before_it_is_read(app: FastAPI, fakes: FakePortal) -> None:
    body = b"x" * (fakes.portal.settings.portal_body_limit_bytes + 1)
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.put("/v1/partners/acme/mappings/t", content=body)
    assert answer.status_code == 413
    assert set(answer.json()) == FIELDS


async def test_every_answer_has_security_headers_and_a_request_id(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app) as client:
        for path in ("/docs", "/openapi.json", "/v1/me", "/nowhere"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert len(headers["x-request-id"]) >= 8


async def test_a_request_id_that_is_not_harmless_is_replaced(app: FastAPI) -> None:
    async with caller(app) as client:
        answer = await client.get("/docs", headers={"X-Request-Id": 'a"} {"level": "error'})
    assert "level" not in answer.headers["x-request-id"]


async def test_the_second_of_two_people_is_told(app: FastAPI, fakes: FakePortal) -> None:
    fakes.bus.answers[MapTenant] = ConflictError("It was changed by somebody else.")
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        url, body = "/v1/partners/acme/mappings/t1", {"client_id": "c-2"}
        stale = await client.put(url, json=body, headers={"If-Match": '"3"'})
        unseen = await client.put(url, json=body)
    assert (stale.status_code, unseen.status_code) == (412, 409)
    assert [query.expected_version for query, _ in fakes.bus.asked] == [3, None]  # type: ignore[attr-defined]
    assert stale.json()["detail"] == "It was changed by somebody else."


@pytest.mark.parametrize("tag", ["3", "*", 'W/"3"', '"a"', '"1", "2"', '""'])
async def test_an_if_match_that_was_never_given_out_is_refused(
    app: FastAPI, fakes: FakePortal, tag: str
) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.put(
            "/v1/partners/acme/mappings/t", json={"client_id": "c"}, headers={"If-Match": tag}
        )
    assert answer.status_code == 400
    assert fakes.bus.asked == []
