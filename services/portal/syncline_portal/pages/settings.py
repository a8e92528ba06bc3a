"""Settings: the partner's register entry, who may sign in, and the API tokens."""

from functools import partial
from typing import Any, get_args

from nicegui import ui
from pydantic import TypeAdapter, ValidationError
from syncline_contracts.line import LineKind
from syncline_contracts.mapping_query import PartnerView, SavePartner
from syncline_contracts.partner import PartnerSettings, RrpPolicy

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog, heading
from syncline_portal.look.moment import moment
from syncline_portal.look.money import asked_percent, percent
from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.pages.new_partner import WRONG, new_partner
from syncline_portal.token import Grant
from syncline_portal.user import Email, UserAccess
from syncline_portal.visit import Visit

ROLES: dict[str, str] = {
    "viewer": "Viewer: reads",
    "billing": "Billing: does the month",
    "admin": "Admin: also connects and gives access",
}
MODES = {"hold": "Hold the line", "cost": "Cost is RRP", "cost_plus": "Cost and a percentage"}
CHECKS = {"warn": "Warn", "hold": "Hold the tenant"}
USERS = (
    Column("key", "E-mail"),
    Column("name", "Name"),
    Column("role", "Role"),
    Column("seen", "Last sign-in"),
    Column("remove", "", "right"),
)
TOKENS = (
    Column("name", "Name"),
    Column("key", "Id"),
    Column("role", "Role"),
    Column("by", "Given by"),
    Column("seen", "Last use"),
    Column("remove", "", "right"),
)
REMOVE = """
<q-td :props="props"><q-btn flat dense class="plain" :label="props.row.remove"
  :aria-label="props.row.remove + ': ' + props.row.key"
  @click="$parent.$emit('remove', props.row.key)"></q-btn></q-td>
"""

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@page("/settings", "Settings", "settings")
async def settings(opened: Opened) -> None:
    """Build the page."""
    ui.html("<h1>Settings</h1>", sanitize=False)
    _entry(opened.visit, opened.partner)
    if opened.visit.may("admin"):
        await _Access(opened.visit).build()


def _entry(visit: Visit, partner: PartnerView) -> None:
    now, may_edit = partner.settings, visit.may("admin")
    policies: dict[LineKind, tuple[ui.select, ui.input]] = {}
    with ui.element("section").classes("card form"):
        with ui.element("div").classes("bar"):
            heading("Partner").classes("grow")
            if visit.may("operator"):
                button.plain("New partner", partial(new_partner, visit))
        name = ui.input("Name", value=now.name).props("outlined maxlength=200")
        name.classes("full-width")
        zone = ui.input("Time zone", value=now.time_zone).props("outlined").classes("full-width")
        ui.label(f"Bills in {now.currency}.").classes("lead")
        below = _choice("Sells below cost", CHECKS, now.sell_below_cost)
        unusual = _choice("Unusual RRP", CHECKS, now.unusual_rrp)
        heading("RRP where the supplier gives none")
        for kind in get_args(LineKind):
            policy = now.rrp_policy.get(kind, RrpPolicy())
            with ui.element("div").classes("bar"):
                mode = _choice(kind.replace("_", " ").capitalize(), MODES, policy.mode)
                plus = ui.input("Percent on cost", value=percent(policy.percent)[:-2])
                plus.props("outlined dense suffix=%").style("width: 9rem")
                plus.bind_visibility_from(mode, "value", value="cost_plus")
            policies[kind] = (mode, plus)

        async def save() -> None:
            with told(visit):
                kinds: dict[str, Any] = {}
                for kind, (mode, plus) in policies.items():
                    value = asked_percent(plus.value or "0")
                    if value is None:
                        ui.notify("A percentage has to be from -100 to 1000.", type="warning")
                        return
                    if mode.value != "hold":
                        kinds[kind] = {"mode": mode.value, "percent": value}
                changed = {
                    **now.model_dump(),
                    "name": (name.value or "").strip(),
                    "time_zone": zone.value,
                    "rrp_policy": kinds,
                    "sell_below_cost": below.value,
                    "unusual_rrp": unusual.value,
                }
                try:
                    wanted = PartnerSettings.model_validate(changed)
                except ValidationError:  # of all these only the name can be wrong by itself
                    name.error = WRONG["name"]
                    name.run_method("focus")
                    return
                await visit.ask(
                    SavePartner(
                        partner_id=visit.partner_id,
                        actor=visit.actor.label,
                        expected_version=partner.version,
                        settings=wanted,
                    ),
                    "admin",
                )
                ui.navigate.reload()

        if may_edit:
            button.main("Save", save)


def _choice(label: str, choices: dict[str, str], value: str) -> ui.select:
    made = ui.select(choices, value=value, label=label).props("outlined dense")
    return made.style("min-width: 15rem")


class _Access:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def build(self) -> None:
        with ui.element("div").classes("bar"):
            heading("Users").classes("grow")
            button.plain("Give access", self._give)
        self._users = listing("Users", USERS, "nobody has been given access yet")
        self._users.add_slot("body-cell-remove", REMOVE)
        self._users.on("remove", lambda event: self._remove_user(str(event.args)))
        with ui.element("div").classes("bar"):
            heading("API tokens").classes("grow")
            button.plain("New token", self._new_token)
        self._tokens = listing("API tokens", TOKENS, "no token has been made yet")
        self._tokens.add_slot("body-cell-remove", REMOVE)
        self._tokens.on("remove", lambda event: self._remove_token(str(event.args)))
        await self._refresh()

    async def _refresh(self) -> None:
        call = await self._visit.call("admin")
        partner_id = self._visit.partner_id
        users = await call.portal.users.reaching(partner_id)
        tokens = await call.portal.tokens.reaching(partner_id)
        self._users.rows = [
            {
                "key": one.email,
                "name": one.name,
                "role": one.roles[partner_id],
                "seen": moment(one.signed_in_at, "never"),
                "remove": "Take back",
            }
            for one in users
            if one.revoked_at is None
        ]
        self._tokens.rows = [
            {
                "key": one.token_id,
                "name": one.name,
                "role": one.roles[partner_id],
                "by": one.created_by,
                "seen": moment(one.last_used_at, "never"),
                "remove": "End",
            }
            for one in tokens
            if one.revoked_at is None
        ]

    def _give(self) -> None:
        with dialog("Give access", small=True) as opened:
            email = ui.input("E-mail").props("outlined type=email autofocus").classes("full-width")
            name = ui.input("Name").props("outlined").classes("full-width")
            role = _choice("Role", ROLES, "viewer")

            async def give() -> None:
                with told(self._visit):
                    call = await self._visit.call("admin")
                    try:
                        address = _EMAIL.validate_python((email.value or "").strip())
                        roles = {self._visit.partner_id: role.value}
                        access = UserAccess(name=name.value or address, roles=roles)
                    except ValidationError:
                        ui.notify("That is no e-mail address.", type="warning")
                        return
                    await call.portal.users.grant(address, access, call.actor)
                    opened.close()
                    await self._refresh()

            button.main("Give access", give)

    def _new_token(self) -> None:
        with dialog("New token", small=True) as opened:
            name = ui.input("Who or what will use it").props("outlined autofocus")
            name.classes("full-width")
            role = _choice("Role", ROLES, "viewer")
            shown = ui.element("div").classes("full-width")

            async def make() -> None:
                with told(self._visit):
                    call = await self._visit.call("admin")
                    roles = {self._visit.partner_id: role.value}
                    grant = Grant(name=(name.value or "").strip() or "no name", roles=roles)
                    made = await call.portal.tokens.create(grant, call.actor)
                    shown.clear()
                    with shown:
                        ui.label("It is told this once. Keep it now:")
                        ui.label(made.token).classes("note good").props("role=status")
                    await self._refresh()

            with ui.element("div").classes("bar actions"):
                button.plain("Close", opened.close)
                button.main("Make it", make)

    async def _remove_user(self, email: str) -> None:
        with told(self._visit):
            call = await self._visit.call("admin")
            await call.portal.users.revoke(email, self._visit.partner_id, call.actor)
            await self._refresh()

    async def _remove_token(self, token_id: str) -> None:
        with told(self._visit):
            call = await self._visit.call("admin")
            await call.portal.tokens.revoke(token_id, self._visit.partner_id, call.actor)
            await self._refresh()
