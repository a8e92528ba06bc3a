"""`Idempotency-Key`: a command that is sent again is carried out once."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from syncline_chassis.errors import ProblemError
from syncline_contracts.mapping_query import ReverseTenants, Reversing

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
