"""A partner is registered by an operator alone; what is wrong is said at its field."""

import pytest
from nicegui import app, ui
from nicegui.testing import User
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from syncline_chassis.errors import ProblemError
from syncline_contracts.mapping_query import ListPartners, Partners, SavePartner
from syncline_contracts.partner import PartnerSettings
from syncline_portal.actor import Role
from syncline_portal.pages.new_partner import WRONG, first, new_partner
from syncline_portal.session import COOKIE
from syncline_portal.signin import sign_in_at
from syncline_portal.site import home
from syncline_portal.visit import Visit

from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import press, seeing, sees, until, visitor

GOOD = {"Name *": " Saltbush IT ", "Id *": "saltbush", "Currency *": "nzd"}


def fill(user: User, texts: dict[str, str]) -> None:
    for one in user.find(kind=ui.input).elements:
        one.value = texts.get(one.props["label"], one.value)


def errors(user: User) -> dict[str, str]:
    """What is said at which field."""
    fields = user.find(kind=ui.input).elements
    return {one.props["label"]: one.error for one in fields if one.error}


def saved(fakes: FakePortal) -> list[SavePartner]:
    return [query for query, _ in fakes.bus.asked if isinstance(query, SavePartner)]


async def shown(visit: Visit) -> None:
    new_partner(visit)


async def test_what_an_operator_fills_in_is_registered_and_its_psa_comes_next(
    fakes: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, went = await visitor(fakes, "operator"), list[str]()
    async with seeing(lambda: shown(visit)) as user:
        monkeypatch.setattr(ui.navigate, "to", went.append)
        fill(user, GOOD)
        press(user, "Register")
        await until(lambda: went)
    assert went == ["/p/saltbush/connections"]
    (edit,) = saved(fakes)
    assert (edit.partner_id, edit.expected_version) == ("saltbush", None)
    assert edit.settings == PartnerSettings(name="Saltbush IT", currency="NZD")


async def test_what_is_missing_is_said_at_each_field_and_nobody_is_asked(fakes: FakePortal) -> None:
    visit = await visitor(fakes, "operator")
    async with seeing(lambda: shown(visit)) as user:
        fill(user, {"Id *": "Salt Bush", "Currency *": "dollars"})
        press(user, "Register")
        await until(lambda: errors(user))
        assert errors(user) == {
            "Name *": WRONG["name"],
            "Id *": WRONG["partner_id"],
            "Currency *": WRONG["currency"],
        }
        fill(user, GOOD)
        assert errors(user) == {}
    assert saved(fakes) == []


@pytest.mark.parametrize(
    ("problem", "field", "words"),
    [
        (
            ProblemError(409, "conflict", "Not possible now", "Partner saltbush is there already."),
            "Id *",
            "There is a partner saltbush already.",
        ),
        (
            ProblemError(422, "unprocessable", "Not valid", "No time zone.", "settings.time_zone"),
            "Time zone *",
            "No time zone.",
        ),
    ],
)
async def test_what_the_register_refuses_is_said_at_its_field(
    fakes: FakePortal, problem: ProblemError, field: str, words: str
) -> None:
    fakes.bus.answers[SavePartner] = problem
    visit = await visitor(fakes, "operator")
    async with seeing(lambda: shown(visit)) as user:
        fill(user, GOOD)
        press(user, "Register")
        await until(lambda: errors(user))
        assert errors(user) == {field: words}


async def test_another_trouble_is_told_and_what_was_filled_in_stays(fakes: FakePortal) -> None:
    fakes.bus.away.add("mapping")
    visit = await visitor(fakes, "operator")
    async with seeing(lambda: shown(visit)) as user:
        fill(user, GOOD)
        press(user, "Register")
        await sees(user, "is away.")
        assert "saltbush" in {one.value for one in user.find(kind=ui.input).elements}


@pytest.mark.parametrize("role", ["viewer", "billing", "admin"])
async def test_a_lesser_role_is_refused_though_the_form_was_open(
    fakes: FakePortal, role: Role
) -> None:
    visit = await visitor(fakes, role)
    async with seeing(lambda: shown(visit)) as user:
        fill(user, GOOD)
        press(user, "Register")
        await sees(user, "This needs a token with the role operator.")
    assert saved(fakes) == []


async def test_whose_session_is_over_signs_in_before_the_form(
    fakes: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state, "portal", fakes.portal, raising=False)
    url = {"server": ("localhost", 80), "path": "/new-partner", "query_string": b""}
    request = Request({"type": "http", "headers": [], "path_params": {}, **url})
    answer = await first(request)
    assert isinstance(answer, RedirectResponse)
    assert answer.headers["location"] == sign_in_at("/new-partner")


async def test_only_an_operator_without_any_partner_is_led_to_the_form(fakes: FakePortal) -> None:
    async def at_home(role: Role) -> str:
        visit = await visitor(fakes, role)
        cookie = (b"cookie", f"{COOKIE}={visit.cookie}".encode())
        request = Request({"type": "http", "path": "/", "headers": [cookie], "path_params": {}})
        return (await home(fakes.portal, request)).headers["location"]

    assert await at_home("operator") == await at_home("admin") == "/p/acme/queue"
    fakes.bus.answers[ListPartners] = Partners(partners=())
    assert await at_home("operator") == "/new-partner"
    with pytest.raises(HTTPException, match="An operator does that"):
        await at_home("admin")
