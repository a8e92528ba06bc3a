"""Azure Billing Profiles: by which product each vendor item is billed, and at which price."""

import re
from decimal import Decimal
from functools import partial

from nicegui import ui
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.mapping_query import ListHolds
from syncline_contracts.pricing_query import (
    AssignmentView,
    ListProfiles,
    Profiles,
    ProfileSaved,
    ProfileView,
    SaveProfile,
)
from syncline_contracts.profile import ProfileEntry, ProfileSettings, profile_for

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog, heading
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.moment import moment
from syncline_portal.look.money import asked_percent, percent, shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.price_words import counted
from syncline_portal.look.trouble import told
from syncline_portal.pages.add_product import add_product
from syncline_portal.pages.price_news import PriceNews, Simulation
from syncline_portal.pages.profile_history import profile_history
from syncline_portal.prices import ProfileEdit

SAMPLE = Decimal(100)
DEFAULT = "Used by every tenant that has none of its own"
LEAD = (
    "A profile says by which product a distributor's stock item is billed, and at which percentage "
    "off RRP. Mappings stay for the next month."
)


@page("/profiles", "Azure Billing Profiles", "profiles")
async def profiles(opened: Opened) -> None:
    """Build the page."""
    await _Page(opened, await opened.visit.psa(opened.partner)).build()


def effect(value: Decimal) -> str:
    """What a percentage does to a price, in words and on a sample amount."""
    sell = SAMPLE * (1 + value / 100)
    sample = f"{shown(SAMPLE)} RRP sells at {shown(sell)}"
    if value == 0:
        return f"Sells at RRP: {sample}."
    side = "above" if value > 0 else "below"
    return f"Sells {percent(abs(value))} {side} RRP: {sample}."


class _Page:
    def __init__(self, opened: Opened, psa: Manifest | None) -> None:
        self._visit = opened.visit
        self._partner = opened.partner
        self._psa = psa
        self._asks = opened.asks
        self._may_edit = opened.visit.may("billing")
        self._shown: set[str] = set()
        """Profiles whose products are shown."""

    async def build(self) -> None:
        with ui.element("div").classes("bar"):
            with ui.element("div").classes("grow"):
                ui.html("<h1>Azure Billing Profiles</h1>", sanitize=False)
                ui.label(LEAD).classes("lead")
            if self._may_edit:
                button.main("New profile", self._new)
        self._news = PriceNews(self._visit)
        self._body = ui.element("div").classes("full-width")
        found = await self._ask()
        self._show(found)
        keep_fresh(self._visit, self._refresh_if_changed)
        item = self._asks.get("item")
        if item and self._may_edit and found.profiles:
            await self._add(serving(found, self._asks.get("tenant", ""), item), item)

    async def _ask(self) -> Profiles:
        return await self._visit.ask(ListProfiles(partner_id=self._visit.partner_id))

    async def _refresh_if_changed(self) -> None:
        """What a person is typing here stays as long as nobody else has changed a profile."""
        found = await self._ask()
        if _stand(found) != self._stand:
            self._show(found)
        self._say_about(found)
        await self._news.look_again()

    async def _refresh(self) -> None:
        self._show(await self._ask())

    def _show(self, found: Profiles) -> None:
        self._stand = _stand(found)
        self._about: dict[str, ui.label] = {}
        self._body.clear()
        with self._body:
            if not found.profiles:
                with ui.element("section").classes("card"):
                    ui.label("There is no billing profile yet").classes("text-weight-bold")
                    ui.label("Make one with New profile, then add its product mappings.")
            for one in found.profiles:
                self._profile(one)
        self._say_about(found)

    def _say_about(self, found: Profiles) -> None:
        for one in found.profiles:
            self._about[one.profile_id].text = about(one, found.assignments)

    def _profile(self, profile: ProfileView) -> None:
        with ui.element("section").classes("card q-mb-md"):
            with ui.element("div").classes("bar"):
                heading(profile.settings.name)
                if profile.is_default:
                    ui.label("Default").classes("badge good")
                self._about[profile.profile_id] = ui.label().classes("lead grow")
                if self._may_edit:
                    button.plain("Add Product Mapping", partial(self._add, profile))
                    button.plain("Edit profile", partial(self._edit, profile))
                button.plain("History", partial(self._history, profile))
                button.plain("Show Products", partial(self._toggle, profile))
            if profile.profile_id in self._shown:
                self._products(profile)

    async def _history(self, profile: ProfileView) -> None:
        with told(self._visit):
            await profile_history(self._visit, profile)

    async def _toggle(self, profile: ProfileView) -> None:
        self._shown ^= {profile.profile_id}
        with told(self._visit):
            await self._refresh()

    def _products(self, profile: ProfileView) -> None:
        fields: dict[str, ui.input] = {}
        with ui.element("div").classes("wide q-mt-md"), ui.element("table").classes("inner"):
            with ui.element("thead"), ui.element("tr"):
                for name in ("Vendor Item", "Product Name", "Percentage Off RRP", "Effect", ""):
                    with ui.element("th"):
                        ui.label(name)
            with ui.element("tbody"):
                for entry in profile.settings.entries:
                    fields[entry.vendor_item] = self._product(profile, entry)
        if self._may_edit and fields:
            simulation = Simulation(self._visit, partial(_edit_of, profile, fields))
            for field in fields.values():
                field.on_value_change(simulation.look)
            with ui.element("div").classes("bar q-mt-md"):
                ui.element("span").classes("grow")
                button.main("Save", partial(self._save_percents, profile, fields))

    def _product(self, profile: ProfileView, entry: ProfileEntry) -> ui.input:
        with ui.element("tr"):
            with ui.element("td"):
                ui.label(entry.vendor_item).classes("text-weight-bold")
            with ui.element("td"):
                ui.label(entry.product_name or entry.product_id)
            with ui.element("td"):
                field = ui.input(value=percent(entry.percent_off_rrp).removesuffix(" %"))
                field.props("outlined dense suffix=% inputmode=decimal").style("width: 8rem")
                field.props["aria-label"] = f"Percentage Off RRP of {entry.vendor_item}"
                field.set_enabled(self._may_edit)
            with ui.element("td"):
                words = ui.label(effect(entry.percent_off_rrp)).classes("lead")
                field.on_value_change(lambda event: words.set_text(_effect_of(event.value)))
            with ui.element("td"):
                if self._may_edit:
                    remove = partial(self._remove, profile, entry.vendor_item)
                    button.sign("delete_outline", f"Remove {entry.vendor_item}", remove)
        return field

    async def _save_percents(self, profile: ProfileView, fields: dict[str, ui.input]) -> None:
        edit = _edit_of(profile, fields)
        if edit is None:
            wrong = next(item for item in fields if asked_percent(fields[item].value) is None)
            text = f"The percentage of {wrong} has to be from -100 to 1000."
            ui.notify(text, type="warning")
            return
        await self._save(profile, [*edit.settings.entries])

    async def _remove(self, profile: ProfileView, vendor_item: str) -> None:
        await self._save(
            profile, [one for one in profile.settings.entries if one.vendor_item != vendor_item]
        )

    async def _save(self, profile: ProfileView, entries: list[ProfileEntry]) -> bool:
        saved = None
        with told(self._visit):
            settings = ProfileSettings(name=profile.settings.name, entries=tuple(entries))
            saved = await self._store(
                profile.profile_id, settings, profile.is_default, profile.version
            )
            await self._refresh()
        return saved is not None

    async def _store(
        self, profile_id: str, settings: ProfileSettings, is_default: bool, version: int | None
    ) -> ProfileSaved:
        query = SaveProfile(
            partner_id=self._visit.partner_id,
            actor=self._visit.actor.label,
            expected_version=version,
            profile_id=profile_id,
            settings=settings,
            is_default=is_default,
        )
        expected = await self._news.before(ProfileEdit(profile_id, settings, is_default))
        saved = await self._visit.ask(query, "billing")
        await self._news.saved(expected)
        return saved

    def _edit(self, profile: ProfileView) -> None:
        with dialog("Edit profile", small=True) as opened:
            name = _name_field(profile.settings.name)
            default = ui.checkbox(DEFAULT, value=profile.is_default)
            if profile.is_default:
                default.disable()
                ui.label("To change that, make another profile the default.").classes("lead")

            async def save() -> None:
                text = (name.value or "").strip()
                if not text:
                    name.props("error error-message='Give it a name.'")
                    return
                settings = profile.settings.model_copy(update={"name": text})
                with told(self._visit):
                    version = profile.version
                    await self._store(profile.profile_id, settings, bool(default.value), version)
                    opened.close()
                    await self._refresh()

            button.main("Save profile", save)

    def _new(self) -> None:
        with dialog("New profile", small=True) as opened:
            name = _name_field("")
            default = ui.checkbox(DEFAULT, value=True)

            async def create() -> None:
                text = (name.value or "").strip()
                profile_id = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]
                if not profile_id:
                    ui.notify("Give the profile a name with letters or digits.", type="warning")
                    return
                with told(self._visit):
                    settings = ProfileSettings(name=text)
                    await self._store(profile_id, settings, bool(default.value), None)
                    self._shown.add(profile_id)
                    opened.close()
                    await self._refresh()

            button.main("Create", create)

    async def _add(self, profile: ProfileView, item: str | None = None) -> None:
        connection_id = self._partner.settings.connection_id
        if self._psa is None or not connection_id:
            ui.notify("Connect the partner's PSA first, so that its products can be searched.")
            return
        with told(self._visit):
            items = await self._vendor_items(profile)

            async def save(entry: ProfileEntry) -> bool:
                self._shown.add(profile.profile_id)
                return await self._save(profile, [*profile.settings.entries, entry])

            name = profile.settings.name
            add_product(self._visit, self._psa, connection_id, name, items, item, save)

    async def _vendor_items(self, profile: ProfileView) -> list[str]:
        """What waits for a product, then what other profiles know; not what this one maps."""
        rows = (await self._visit.ask(ListHolds(partner_id=self._visit.partner_id))).rows
        waiting = {hold.vendor_item for row in rows for hold in row.holds if hold.vendor_item}
        profiles = (await self._ask()).profiles
        known = {entry.vendor_item for one in profiles for entry in one.settings.entries}
        mapped = {entry.vendor_item for entry in profile.settings.entries}
        return [*sorted(waiting - mapped), *sorted(known - waiting - mapped)]


def about(profile: ProfileView, assignments: tuple[AssignmentView, ...]) -> str:
    """Size, use and last change of a profile."""
    tenants = {one.tenant_id for one in assignments if one.profile_id == profile.profile_id}
    used = "1 tenant has" if len(tenants) == 1 else f"{len(tenants)} tenants have"
    return (
        f"{counted(len(profile.settings.entries), 'product')}. {used} it as their own. "
        f"Changed {moment(profile.changed_at)} by {profile.changed_by}."
    )


def _stand(found: Profiles) -> list[tuple[str, int, bool]]:
    return [(one.profile_id, one.version, one.is_default) for one in found.profiles]


def serving(found: Profiles, tenant_id: str, vendor_item: str) -> ProfileView:
    """The profile that prices an item of a tenant; any where none does yet."""
    own = {(one.tenant_id, one.vendor_item): one.profile_id for one in found.assignments}
    by_id = {one.profile_id: one for one in found.profiles}
    default = next((one.profile_id for one in found.profiles if one.is_default), None)
    profile_id = profile_for(own, default, tenant_id, vendor_item)
    return by_id.get(profile_id or "", found.profiles[0])


def _name_field(name: str) -> ui.input:
    field = ui.input("Name", value=name).props("outlined autofocus maxlength=120")
    return field.classes("full-width")


def _edit_of(profile: ProfileView, fields: dict[str, ui.input]) -> ProfileEdit | None:
    """The profile with what was typed; None while one of it is no percentage."""
    entries = []
    for entry in profile.settings.entries:
        value = asked_percent(fields[entry.vendor_item].value)
        if value is None:
            return None
        entries.append(entry.model_copy(update={"percent_off_rrp": value}))
    settings = ProfileSettings(name=profile.settings.name, entries=tuple(entries))
    return ProfileEdit(profile.profile_id, settings, profile.is_default)


def _effect_of(text: object) -> str:
    value = asked_percent(text)
    return effect(value) if value is not None else "From -100 to 1000, please."
