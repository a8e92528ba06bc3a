"""Register a partner: from Settings, or as the first of all. Operators only."""

from nicegui import app, ui
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from syncline_chassis.errors import ProblemError
from syncline_contracts.identity import PartnerId
from syncline_contracts.mapping_query import SavePartner
from syncline_contracts.partner import PartnerSettings

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.frame import FIRST_PARTNER, address, frame
from syncline_portal.look.page import guarded
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

WRONG = {
    "partner_id": "Lower-case letters, digits and hyphens.",
    "name": "Say what the partner is called.",
    "currency": "Three letters, such as AUD.",
}

_ID: TypeAdapter[str] = TypeAdapter(PartnerId)


@ui.page(FIRST_PARTNER, title="New partner - Syncline")
@guarded
async def first(request: Request) -> None:
    """Build the page."""
    visit = await Visit.of(app.state.portal, request)
    await visit.call("operator")
    with frame(visit, (), ""):
        ui.html("<h1>New partner</h1>", sanitize=False)
        ui.label("A provider whose customers are billed from here.").classes("lead")
        with ui.element("section").classes("card form"):
            _Form(visit)


def new_partner(visit: Visit) -> None:
    """Ask for a partner in a dialog."""
    with dialog("New partner", small=True):
        _Form(visit)


class _Form:
    """What a partner cannot be without; the rest is set on its own pages."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._fields = {
            "name": _field("Name *", ""),
            "partner_id": _field("Id *", "Short, such as acme-it. It stays for good."),
            "currency": _field("Currency *", "What it bills in, such as AUD."),
            "time_zone": _field("Time zone *", "Such as Australia/Sydney."),
        }
        self._fields["name"].props("autofocus maxlength=200")
        self._fields["partner_id"].props("maxlength=40")
        self._fields["time_zone"].value = PartnerSettings.model_fields["time_zone"].default
        with ui.element("div").classes("bar actions"):
            ui.element("span").classes("grow")
            button.main("Register", self._register)

    async def _register(self) -> None:
        with told(self._visit):
            texts = {name: str(one.value or "").strip() for name, one in self._fields.items()}
            texts["currency"] = texts["currency"].upper()
            if wrong := _wrong(texts):
                self._say(wrong)
                return
            partner_id = texts.pop("partner_id")
            call = await self._visit.call("operator")
            try:
                await call.ask(
                    SavePartner(
                        partner_id=partner_id,
                        actor=call.actor.label,
                        settings=PartnerSettings.model_validate(texts),
                    )
                )
            except ProblemError as problem:
                if problem.status == 409:
                    self._say({"partner_id": f"There is a partner {partner_id} already."})
                elif problem.field == "settings.time_zone":
                    self._say({"time_zone": problem.to_problem().detail})
                else:
                    raise
                return
            ui.navigate.to(address(partner_id, "connections"))

    def _say(self, wrong: dict[str, str]) -> None:
        """At each field what is wrong with it; typing goes on at the first."""
        for name, one in self._fields.items():
            one.error = wrong.get(name)
        next(one for name, one in self._fields.items() if name in wrong).run_method("focus")


def _field(label: str, hint: str) -> ui.input:
    made = ui.input(label).props("outlined autocomplete=off").classes("full-width")
    made.props["hint"] = hint
    return made


def _wrong(texts: dict[str, str]) -> dict[str, str]:
    """What can be told before anybody is asked, by field."""
    found: set[object] = set()
    try:
        _ID.validate_python(texts["partner_id"])
    except ValidationError:
        found.add("partner_id")
    try:
        PartnerSettings.model_validate(texts)
    except ValidationError as error:
        found |= {one["loc"][0] for one in error.errors()}
    return {name: words for name, words in WRONG.items() if name in found}
