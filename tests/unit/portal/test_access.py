"""Every route there is, tried by who may not."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from syncline_portal.actor import Actor
from syncline_portal.app import create_app
from syncline_portal.consent import ANSWER, BEGIN
from syncline_portal.guard import GuardedRoute, router
from syncline_portal.runbook import PATH as RUNBOOK
from syncline_portal.user import UserAccess

from tests.unit.portal.answers import answer_all
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal, settings
from tests.unit.portal.requests import BODIES, PARAMETERS, address

OPEN = {
    *("/openapi.json", "/asyncapi.json", "/docs", "/sign-in", "/sign-out"),
    *("/sign-in/provider", "/sign-in/answer", "/sign-in/development"),
    RUNBOOK,  # for who is called at night, see test_routes.py
    *(BEGIN, ANSWER),  # for a browser's session, see test_consent.py
}
BY = Actor("t1", "Ann", {}, is_operator=True)
KIM = UserAccess(name="Kim", roles={"acme": "viewer"})
ROLES = ("viewer", "billing", "admin", "operator")


def _routes() -> list[tuple[str, str, str]]:
    app = create_app(FakePortal(settings()).portal)
    found: list[tuple[str, str, str]] = []
    for context in iter_route_contexts(app.routes):
        if context.path in OPEN:
            continue
        route = context.original_route
        assert isinstance(route, GuardedRoute), f"{context.path} lets everybody in"
        assert route.openapi_extra is not None
        role = str(route.openapi_extra["x-role"])
        found.extend((method, str(context.path), role) for method in context.methods or ())
    return found


ROUTES = _routes()
EVERY = pytest.mark.parametrize(("method", "path", "role"), ROUTES)
CHANGES = [(method, path, role) for method, path, role in ROUTES if method != "GET"]
STREAM = "/v1/partners/{partner_id}/events"


def _request(method: str, path: str) -> dict[str, Any]:
    return {} if method == "GET" else BODIES[method, path]


def test_each_change_has_a_request_here_that_is_tried() -> None:
    assert {(method, path) for method, path, _ in CHANGES} == set(BODIES)


def test_no_route_that_changes_something_is_open_to_a_viewer() -> None:
    assert [path for method, path, role in CHANGES if role == "viewer"] == []


def test_a_route_that_does_not_say_who_may_call_it_stops_the_start() -> None:
    routes = router("careless")

    async def forgotten() -> None: ...

    with pytest.raises(KeyError, match="x-role"):
        routes.get("/forgotten")(forgotten)


def test_the_guard_is_what_routers_use() -> None:
    assert router("noun").route_class is GuardedRoute
    assert issubclass(GuardedRoute, APIRoute)


@EVERY
async def test_nobody_gets_in_without_a_token(
    app: FastAPI, fakes: FakePortal, method: str, path: str, role: str
) -> None:
    async with caller(app) as client:
        answer = await client.request(method, address(path), content=b"{not json")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert fakes.bus.asked == []


@EVERY
async def test_nobody_gets_in_with_a_wrong_token(
    app: FastAPI, fakes: FakePortal, method: str, path: str, role: str
) -> None:
    async with caller(app, "slt_wrong") as client:
        answer = await client.request(method, address(path))
    assert answer.status_code == 401
    assert fakes.bus.asked == []


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p, _ in ROUTES if "{partner_id}" in p])
async def test_another_partners_admin_finds_nothing_there(
    app: FastAPI, fakes: FakePortal, method: str, path: str
) -> None:
    """The answer for a partner that is there equals that for one that is not."""
    token = fakes.tokens.give(other="admin")
    async with caller(app, token) as client:
        there = await client.request(method, address(path), **_request(method, path))
        nowhere = await client.request(
            method, address(path, partner_id="ghost"), **_request(method, path)
        )
        every = await client.request(
            method, address(path, partner_id="_"), **_request(method, path)
        )
    assert {there.status_code, nowhere.status_code, every.status_code} == {404}
    assert there.json()["detail"] == nowhere.json()["detail"] == every.json()["detail"]
    assert fakes.bus.asked == []
    assert fakes.bus.objects == {}


@EVERY
async def test_a_lesser_role_is_refused(
    app: FastAPI, fakes: FakePortal, method: str, path: str, role: str
) -> None:
    lesser = ROLES[: ROLES.index(role)]
    for name in lesser:
        async with caller(app, fakes.tokens.give(acme=name)) as client:
            answer = await client.request(method, address(path), **_request(method, path))
        assert answer.status_code == 403, name
        assert role in answer.json()["detail"]
    assert fakes.bus.asked == []


@pytest.mark.parametrize(
    ("method", "path", "role"), [one for one in ROUTES if one[1] != STREAM and one[0] != "DELETE"]
)
async def test_the_role_that_is_named_gets_in_and_only_its_partner_is_asked_about(
    app: FastAPI, fakes: FakePortal, method: str, path: str, role: str
) -> None:
    is_operator = role == "operator"
    token = fakes.tokens.give(operator=True) if is_operator else fakes.tokens.give(acme=role)
    registers = (method, path) == ("PUT", "/v1/partners/{partner_id}")
    headers = {"If-Match": '"1"'} if registers else {}
    await fakes.users.grant(PARAMETERS["email"], KIM, BY)
    async with caller(app, token) as client:
        answer = await client.request(
            method, address(path), headers=headers, **_request(method, path)
        )
    assert answer.status_code in (200, 201, 202), answer.text
    if not is_operator:
        assert {query.partner_id for query, _ in fakes.bus.asked} <= {"acme"}


@pytest.mark.parametrize("path", ["/v1/tokens/t0", "/v1/partners/acme/tokens/t0"])
async def test_a_revoked_token_is_no_longer_let_in(path: str) -> None:
    fakes = FakePortal(settings())
    answer_all(fakes.bus)
    app = create_app(fakes.portal)
    lost = fakes.tokens.give(acme="viewer")
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        assert (await client.delete(path)).status_code == 200
        assert (await client.delete(path)).status_code == 404
    async with caller(app, lost) as client:
        assert (await client.get("/v1/me")).status_code == 401


async def test_a_list_of_partners_holds_only_those_that_the_token_reaches(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        mine = (await client.get("/v1/partners")).json()["partners"]
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        every = (await client.get("/v1/partners")).json()["partners"]
    assert [one["partner_id"] for one in mine] == ["acme"]
    assert [one["partner_id"] for one in every] == ["acme", "other"]


async def test_only_an_operator_registers_a_partner(app: FastAPI, fakes: FakePortal) -> None:
    body = {"name": "Acme", "currency": "AUD"}
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        assert (await client.put("/v1/partners/acme", json=body)).status_code == 403
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        assert (await client.put("/v1/partners/acme", json=body)).status_code == 200


@pytest.mark.parametrize("partner_id", ["_", "*", ">", "ACME", "a.b", "acme%0A", "a" * 41, "%2e"])
async def test_what_is_no_partner_id_never_becomes_a_subject(
    app: FastAPI, fakes: FakePortal, partner_id: str
) -> None:
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        answer = await client.get(f"/v1/partners/{partner_id}/invoices")
    assert answer.status_code == 404
    assert fakes.bus.asked == []


@pytest.mark.parametrize("connector", ["*", ">", "mapping", "ingest", "sap"])
async def test_what_is_no_connector_never_becomes_a_subject(
    app: FastAPI, fakes: FakePortal, connector: str
) -> None:
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        answer = await client.get(f"/v1/partners/acme/connectors/{connector}/connections")
    assert answer.status_code == 404
    assert fakes.bus.asked == []
