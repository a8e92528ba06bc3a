"""Connections: the partner's PSA, by a form that its connector describes; Check now."""

from functools import partial

from nicegui import ui
from syncline_chassis.connector.manifest import Choice, Manifest
from syncline_chassis.errors import ProblemError
from syncline_contracts.mapping_query import PartnerView, SavePartner
from syncline_contracts.query import (
    CheckConnection,
    ConnectionView,
    ListConnections,
    SaveConnection,
)

from syncline_portal.connectors import manifests
from syncline_portal.look import button, form
from syncline_portal.look.dialog import dialog, heading
from syncline_portal.look.frame import address
from syncline_portal.look.live import OFTEN_S, keep_fresh
from syncline_portal.look.page import Opened, page
from syncline_portal.look.pick import Pick
from syncline_portal.look.trouble import told, words

MAIN = "main"
"""Id of the connection that a partner's first form makes."""
STATUS = {
    "unchecked": ("Not checked yet", "calm"),
    "working": ("Working", "good"),
    "reauth_required": ("New credentials needed", "bad"),
    "failing": ("Does not answer", "bad"),
}


@page("/connections", "Connections", "connections")
async def connections(opened: Opened) -> None:
    """Build the page."""
    await _Page(opened).build()


class _Page:
    def __init__(self, opened: Opened) -> None:
        self._visit = opened.visit
        self._partner: PartnerView = opened.partner

    async def build(self) -> None:
        ui.html("<h1>Connections</h1>", sanitize=False)
        ui.label("The PSA that this partner's customers are billed in.").classes("lead")
        self._body = ui.element("div").classes("full-width")
        self._drawn: object = None
        await self._refresh()
        keep_fresh(self._visit, self._refresh, every_s=OFTEN_S)

    async def _refresh(self) -> None:
        """Draw it anew where something differs: a button that is being pressed stays."""
        self._partner = await self._visit.partner()
        known = await manifests(self._visit.portal)
        found = [(manifest, await self._found(manifest)) for manifest in known]
        if self._drawn == (self._partner, found):
            return
        self._drawn = (self._partner, found)
        self._body.clear()
        with self._body:
            if not known:
                ui.label("No connector is running. The operator starts one per PSA.")
            for manifest, connections in found:
                with ui.element("section").classes("card q-mb-md"):
                    self._connector(manifest, connections)

    async def _found(self, manifest: Manifest) -> tuple[ConnectionView, ...] | str:
        """Its connections, or why they are not known now."""
        query = ListConnections(partner_id=self._visit.partner_id)
        try:
            return (await self._visit.ask(query, service=manifest.name)).connections
        except ProblemError as problem:
            return words(problem)

    def _connector(self, manifest: Manifest, found: tuple[ConnectionView, ...] | str) -> None:
        if isinstance(found, str):
            heading(manifest.title)
            ui.label(found).classes("note warn")
            return
        with ui.element("div").classes("bar"):
            heading(manifest.title).classes("grow")
            if not found and self._visit.may("admin"):
                button.plain("Connect", partial(self._form, manifest, None))
        if not found:
            ui.label("Not connected.").classes("lead")
        for one in found:
            self._connection(manifest, one)

    def _connection(self, manifest: Manifest, one: ConnectionView) -> None:
        settings = self._partner.settings
        is_used = (settings.connector, settings.connection_id) == (one.connector, one.connection_id)
        word, tone = STATUS[one.status]
        with ui.element("div").classes("bar"):
            ui.label(one.connection_id).classes("text-weight-bold")
            ui.label(word).classes(f"badge {tone}")
            if is_used:
                ui.label("Used for Sync Now").classes("badge ready")
            ui.label(one.status_detail).classes("lead grow")
            if self._visit.may("billing"):
                button.plain("Check now", partial(self._check, one))
            if self._visit.may("admin"):
                self._consenting(manifest, one)
                button.plain("Edit", partial(self._form, manifest, one))
                if not is_used:
                    button.plain("Use for Sync Now", partial(self._use, one))

    def _consenting(self, manifest: Manifest, one: ConnectionView) -> None:
        """What a connection by consent needs of a person."""
        consent = manifest.consent
        if consent is None or not consent.opens(one.form):
            return
        button.plain(f"Connect to {manifest.title}", partial(self._away, one))
        choice = consent.choice
        if choice and not one.form.get(choice.field) and one.status == "reauth_required":
            button.plain(f"Choose {choice.title}", partial(self._choose, one, choice))

    def _away(self, one: ConnectionView) -> None:
        path = ("connections", one.connector, one.connection_id, "consent")
        ui.navigate.to(address(self._visit.partner_id, *path))

    async def _choose(self, one: ConnectionView, choice: Choice) -> None:
        with dialog(choice.title, small=True) as opened:
            pick = Pick(self._visit, choice.title, one.connector, one.connection_id, choice.list)

            async def save() -> None:
                if pick.chosen is None:
                    return
                chosen = {**one.form, choice.field: pick.chosen[0]}
                with told(self._visit):
                    await self._check(await self._store(one.connector, one, chosen))
                    opened.close()

            with ui.element("div").classes("bar actions"):
                ui.element("span").classes("grow")
                button.main("Save and check", save)
            await pick.search("")

    async def _check(self, one: ConnectionView) -> None:
        query = CheckConnection(partner_id=self._visit.partner_id, connection_id=one.connection_id)
        with told(self._visit):
            await self._visit.ask(
                query,
                "billing",
                service=one.connector,
                timeout_s=self._visit.portal.settings.portal_vendor_timeout_s,
            )
            await self._refresh()

    async def _use(self, one: ConnectionView) -> None:
        chosen = {"connector": one.connector, "connection_id": one.connection_id}
        with told(self._visit):
            await self._visit.ask(
                SavePartner(
                    partner_id=self._visit.partner_id,
                    actor=self._visit.actor.label,
                    expected_version=self._partner.version,
                    settings=self._partner.settings.model_copy(update=chosen),
                ),
                "admin",
            )
            await self._refresh()

    def _form(self, manifest: Manifest, one: ConnectionView | None) -> None:
        secrets = manifest.secrets()
        schema = manifest.connection_form
        required = set(schema.get("required", ()))
        fields: dict[str, form.Field] = {}
        with dialog(f"{manifest.title}: {schema.get('title', 'Connection')}") as opened:
            brought = manifest.consent.brings if manifest.consent else ()
            for name, shape in schema.get("properties", {}).items():
                if name in brought:
                    continue
                now = one.form.get(name, "") if one else shape.get("default", "")
                is_kept = one is not None and name in secrets
                fields[name] = form.field(
                    name, shape, now, is_required=name in required and not is_kept, is_kept=is_kept
                )

            async def save() -> None:
                with told(self._visit):
                    await self._save(manifest, one, form.texts(fields))
                    opened.close()
                    await self._refresh()

            with ui.element("div").classes("bar actions"):
                ui.element("span").classes("grow")
                button.main("Save and check", save)

    async def _save(
        self, manifest: Manifest, one: ConnectionView | None, form: dict[str, str]
    ) -> None:
        saved = await self._store(manifest.name, one, form)
        awaits_consent = one is None and manifest.consent and manifest.consent.opens(saved.form)
        if not awaits_consent:
            await self._check(saved)
        if self._partner.settings.connector is None:
            await self._use(saved)
        if awaits_consent:
            self._away(saved)

    async def _store(
        self, connector: str, one: ConnectionView | None, form: dict[str, str]
    ) -> ConnectionView:
        visit = self._visit
        return await visit.ask(
            SaveConnection(
                partner_id=visit.partner_id,
                actor=visit.actor.label,
                expected_version=one.version if one else None,
                connection_id=one.connection_id if one else MAIN,
                form=form,
            ),
            "admin",
            service=connector,
            timeout_s=visit.portal.settings.portal_vendor_timeout_s,
        )
