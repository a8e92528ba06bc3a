"""Tokens: the bootstrap one, guessing, what is kept of them."""

from pathlib import Path

from fastapi import FastAPI
from syncline_portal.app import create_app
from syncline_portal.token import digest_of, new_token

from tests.unit.portal.answers import answer_all
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal, settings


async def test_the_bootstrap_token_is_an_operators_for_as_long_as_its_file_is_there(
    tmp_path: Path,
) -> None:
    file = tmp_path / "token"
    app = create_app(FakePortal(settings(file)).portal)
    token = new_token()
    async with caller(app, token) as client:
        assert (await client.get("/v1/me")).status_code == 401
        file.write_text(token + "\n")
        me = (await client.get("/v1/me")).json()
        assert me == {"token_id": "bootstrap", "name": "operator", "operator": True, "roles": {}}
        file.unlink()
        assert (await client.get("/v1/me")).status_code == 401


async def test_an_empty_bootstrap_file_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("\n")
    app = create_app(FakePortal(settings(file)).portal)
    for header in ("Bearer ", "Bearer", "Bearer \t", "Basic abc", ""):
        async with caller(app) as client:
            answer = await client.get("/v1/me", headers={"Authorization": header})
        assert answer.status_code == 401


async def test_guessing_is_stopped_and_those_who_were_right_before_are_not() -> None:
    fakes = FakePortal(settings(portal_token_failures=3, portal_token_window_s=60))
    app = create_app(fakes.portal)
    right, later = fakes.tokens.give(acme="viewer"), fakes.tokens.give(acme="viewer")
    async with caller(app) as client:

        async def status(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return (await client.get("/v1/me", headers=headers)).status_code

        assert await status(right) == 200
        assert [await status(f"slt_guess{n}") for n in range(4)] == [401, 401, 401, 429]
        assert await status(later) == 429, "a guess that is right must not be told apart"
        assert await status(right) == 200
        fakes.clock.advance(61)
        assert await status(later) == 200


async def test_a_refusal_for_guessing_says_when_to_come_back() -> None:
    fakes = FakePortal(settings(portal_token_failures=1))
    async with caller(create_app(fakes.portal), "slt_no") as client:
        await client.get("/v1/me")
        answer = await client.get("/v1/me")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 61


async def test_a_new_token_is_told_once_and_works(app: FastAPI, fakes: FakePortal) -> None:
    answer_all(fakes.bus)
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        made = (
            await client.post("/v1/partners/acme/tokens", json={"name": "clerk", "role": "billing"})
        ).json()
        listed = await client.get("/v1/partners/acme/tokens")
    assert made["token"].startswith("slt_")
    assert len(made["token"]) >= 4 + 43
    assert made["token"] not in listed.text
    assert digest_of(made["token"]) not in listed.text
    async with caller(app, made["token"]) as client:
        assert (await client.get("/v1/me")).json()["roles"] == {"acme": "billing"}


async def test_a_partners_admin_does_not_see_whom_else_a_token_reaches(
    app: FastAPI, fakes: FakePortal
) -> None:
    fakes.tokens.give(acme="viewer", other="admin")
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        answer = await client.get("/v1/partners/acme/tokens")
    assert "other" not in answer.text


async def test_a_partners_admin_makes_no_operator(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        for body in (
            {"name": "x", "role": "operator"},
            {"name": "x", "role": "viewer", "operator": True},
            {"name": "x", "role": "viewer", "roles": {"other": "admin"}},
        ):
            answer = await client.post("/v1/partners/acme/tokens", json=body)
            assert answer.status_code == 422
