"""History of a billing profile: who changed it when, and what was before and after."""

from nicegui import ui
from syncline_contracts.pricing_query import AuditEntry, ProfileHistory, ProfileView

from syncline_portal.look import changes
from syncline_portal.look.dialog import dialog
from syncline_portal.look.frame import address
from syncline_portal.look.moment import moment
from syncline_portal.visit import Visit


async def profile_history(visit: Visit, profile: ProfileView) -> None:
    """Show it, the newest change first."""
    known = (await visit.ask(ProfileHistory(partner_id=visit.partner_id))).entries
    entries = of_profile(known, profile.profile_id)
    with dialog(f"History: {profile.settings.name}"):
        if not entries:
            ui.label("Its changes are older than what is kept here.").classes("lead")
        for entry in entries:
            with ui.element("section").classes("full-width"):
                ui.label(f"{moment(entry.at)}, {entry.actor}").classes("text-weight-bold")
                ui.label(entry.what)
                changes.show(changes.changes(entry.before or {}, entry.after or {}))
        ui.link("Every decision stands in the Audit", address(visit.partner_id, "audit"))


def of_profile(entries: tuple[AuditEntry, ...], profile_id: str) -> list[AuditEntry]:
    """Entries that name the profile: changes of it, and who was given it or has it no more."""
    return [
        one
        for one in entries
        if any(state and state.get("profile_id") == profile_id for state in (one.before, one.after))
    ]
