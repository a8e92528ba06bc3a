"""`Idempotency-Key`: a command that is sent again is carried out once."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from syncline_chassis.errors import ProblemError
from syncline_contracts.ingest_query import SubmitUpload
from syncline_contracts.plan_query import ReverseTenants, Reversing
from syncline_portal.idempotency import HEADER

from tests.unit.portal.answers import KEY, TENANT
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal

PATH = f"/v1/partners/acme/invoices/{KEY}/reversals"
BODY = {"reason": "The wrong month."}
ONE = {"Idempotency-Key": "k-1"}


def asked(fakes: FakePortal) -> int:
    return sum(isinstance(query, ReverseTenants) for query, _ in fakes.bus.asked)


async def test_the_same_command_again_gets_the_same_answer(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        first, second = [await client.post(PATH, json=BODY, headers=ONE) for _ in range(2)]
        other = await client.post(PATH, json=BODY, headers={"Idempotency-Key": "k-2"})
    assert (first.status_code, second.status_code, second.content) == (202, 202, first.content)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 202
    assert asked(fakes) == 2


async def test_without_a_key_every_request_counts(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        for _ in range(2):
            await client.post(PATH, json=BODY)
    assert asked(fakes) == 2


async def test_a_key_that_stood_for_something_else_is_refused(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        await client.post(PATH, json=BODY, headers=ONE)
        answer = await client.post(PATH, json={"reason": "Another."}, headers=ONE)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert asked(fakes) == 1


async def test_the_key_of_somebody_else_is_ones_own(app: FastAPI, fakes: FakePortal) -> None:
    for _ in range(2):
        async with caller(app, fakes.tokens.give(acme="billing")) as client:
            answer = await client.post(PATH, json=BODY, headers=ONE)
            assert "Idempotency-Replayed" not in answer.headers
    assert asked(fakes) == 2


async def test_what_was_refused_may_be_tried_again(app: FastAPI, fakes: FakePortal) -> None:
    fakes.bus.answers[ReverseTenants] = ProblemError(503, "unavailable", "No", "Nobody answers.")
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        assert (await client.post(PATH, json=BODY, headers=ONE)).status_code == 503
        fakes.bus.answers[ReverseTenants] = Reversing(
            request_id="r1", requested=(TENANT,), skipped=()
        )
        assert (await client.post(PATH, json=BODY, headers=ONE)).status_code == 202


async def test_while_it_is_carried_out_the_same_again_waits(
    app: FastAPI, fakes: FakePortal
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    ask = fakes.bus.ask

    async def slow(query: object, **options: object) -> object:
        begun.set()
        await go.wait()
        return await ask(query, **options)  # type: ignore[arg-type]

    async with caller(app, fakes.tokens.give(acme="billing")) as client:

        async def send() -> httpx.Response:
            return await client.post(PATH, json=BODY, headers=ONE)

        fakes.bus.ask = slow  # type: ignore[assignment, method-assign]
        first = asyncio.create_task(send())
        await begun.wait()
        assert (await send()).status_code == 409
        go.set()
        assert (await first).status_code == 202
    assert asked(fakes) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201])
async def test_a_key_that_is_none_is_refused(app: FastAPI, fakes: FakePortal, key: str) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.post(PATH, json=BODY, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert asked(fakes) == 0


async def test_a_token_is_made_once_and_what_was_told_is_not_kept(
    app: FastAPI, fakes: FakePortal
) -> None:
    path, body = "/v1/partners/acme/tokens", {"name": "robot", "role": "viewer"}
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        first, second = [await client.post(path, json=body, headers=ONE) for _ in range(2)]
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "told_once")
    assert len(fakes.tokens.actors) == 2
    (kept,) = fakes.answers.kept.values()
    assert (kept.status, kept.body) == (201, b"")


async def test_an_upload_is_handed_in_once_and_not_read_for_its_key(
    app: FastAPI, fakes: FakePortal
) -> None:
    path = "/v1/partners/acme/documents"
    async with caller(app, fakes.tokens.give(acme="billing")) as client:

        async def send(name: str) -> httpx.Response:
            return await client.post(path, params={"name": name}, content=b"a,b", headers=ONE)

        first, second, other = [await send(name) for name in ("a.csv", "a.csv", "b.csv")]
    assert (first.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    assert sum(isinstance(query, SubmitUpload) for query, _ in fakes.bus.asked) == 1


def test_every_post_that_does_something_takes_a_key(app: FastAPI) -> None:
    changes_nothing = {"/v1/partners/{partner_id}/profiles/{profile_id}/preview"}
    without = {
        path
        for path, operations in app.openapi()["paths"].items()
        if "post" in operations
        and HEADER not in {one["name"] for one in operations["post"].get("parameters", ())}
    }
    assert without == changes_nothing
