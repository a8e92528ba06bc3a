"""Edit Mappings of a tenant: its client in the PSA, and by what each vendor item is billed."""

from nicegui import ui
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.mapping_query import (
    GetTenant,
    ListMappings,
    MappingView,
    MapTenant,
    PartnerView,
    TenantDetails,
    TenantRow,
)
from syncline_contracts.pricing_query import (
    AssignmentView,
    AssignProfile,
    ListProfiles,
    Profiles,
)
from syncline_contracts.query import SearchPicks

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog, heading
from syncline_portal.look.pick import Pick
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit


async def edit_mappings(
    visit: Visit, partner: PartnerView, psa: Manifest, invoice_key: str, row: TenantRow
) -> None:
    """Open the dialog; what is saved stays for the next month."""
    partner_id = visit.partner_id
    details = await visit.ask(
        GetTenant(partner_id=partner_id, invoice_key=invoice_key, tenant_id=row.tenant_id)
    )
    mappings = (await visit.ask(ListMappings(partner_id=partner_id))).mappings
    mapping = next((one for one in mappings if one.tenant_id == row.tenant_id), None)
    profiles = await visit.ask(ListProfiles(partner_id=partner_id))
    await _Editor(visit, partner, psa, details, mapping, profiles).open()


class _Editor:
    def __init__(
        self,
        visit: Visit,
        partner: PartnerView,
        psa: Manifest,
        details: TenantDetails,
        mapping: MappingView | None,
        profiles: Profiles,
    ) -> None:
        self._visit = visit
        self._partner = partner
        self._psa = psa
        self._row = details.row
        self._mapping = mapping
        self._profiles = profiles.profiles
        self._own = {
            one.vendor_item: one
            for one in profiles.assignments
            if one.tenant_id == details.row.tenant_id
        }
        """The tenant's own profiles by vendor item; `None` stands for all of them."""
        charged = {one.vendor_item for one in details.charges}
        held = {hold.vendor_item for hold in details.row.holds if hold.vendor_item}
        self._items = sorted(charged | held)
        self._agreement_fields: dict[str, ui.select] = {}
        self._profile_fields: dict[str | None, ui.select] = {}

    async def open(self) -> None:
        words, row = self._psa.vocabulary, self._row
        chosen = (row.client_id, row.client_name or row.client_id) if row.client_id else None
        with dialog(f"Edit Mappings: {row.tenant_name}"):
            heading(words.client)
            self._client = Pick(
                self._visit,
                f"Search {words.client}",
                self._psa.name,
                self._partner.settings.connection_id or "",
                self._psa.picks["client"],
                chosen=chosen,
            )
            self._save_button(self._save_client, f"Save {words.client}")
            heading("Product Mapping")
            self._products = ui.element("div").classes("full-width")
        await self._show_products()
        if not chosen:
            await self._client.search(row.tenant_name)

    def _save_button(self, act: button.Act, label: str) -> None:
        """`label` tells a screen reader which of them it is."""
        with ui.element("div").classes("bar"):
            ui.element("span").classes("grow")
            button.main("Save", act).props["aria-label"] = label

    async def _show_products(self) -> None:
        agreements = await self._agreements()
        self._products.clear()
        with self._products:
            if not self._items:
                ui.label("This tenant has nothing to bill on this invoice.").classes("lead")
            with ui.element("div").classes("bar q-mb-sm"):
                ui.label("The whole tenant").classes("grow text-weight-bold")
                self._profile_fields[None] = self._profile_field(None)
            for item in self._items:
                with ui.element("div").classes("bar q-mb-sm"):
                    ui.label(item).classes("grow text-weight-bold")
                    if self._psa.vocabulary.agreement:
                        self._agreement_fields[item] = self._agreement_field(item, agreements)
                    self._profile_fields[item] = self._profile_field(item)
            self._save_button(self._save_products, "Save")

    async def _agreements(self) -> dict[str, str]:
        """Of the client that is chosen: by its id, since a twin may bear its name."""
        if self._psa.vocabulary.agreement is None or self._client.chosen is None:
            return {}
        found = await self._visit.ask(
            SearchPicks(
                partner_id=self._visit.partner_id,
                connection_id=self._partner.settings.connection_id or "",
                list=self._psa.picks["agreement"],
                client_id=self._client.chosen[0],
                currency=self._partner.settings.currency,
            ),
            service=self._psa.name,
            timeout_s=self._visit.portal.settings.portal_vendor_timeout_s,
        )
        return {
            one.id: f"{one.name} ({one.detail})" + (" - inactive" if one.inactive else "")
            for one in found.items
        }

    def _agreement_field(self, item: str, agreements: dict[str, str]) -> ui.select:
        now = (self._mapping.agreements if self._mapping else {}).get(item)
        options = dict(agreements)
        words = self._psa.vocabulary.agreement
        if now is not None:
            options.setdefault(now, f"Not to be chosen any more ({words} {now})")
        # The label is the name that is read out, too: Quasar passes no other one on.
        field = ui.select(options, value=now, label=f"{words} for {item}")
        return field.props("outlined dense").style("min-width: 18rem")

    def _profile_field(self, item: str | None) -> ui.select:
        """Of a vendor item, or of the whole tenant; where it has none, it says what applies."""
        names = {one.profile_id: one.settings.name for one in self._profiles}
        default = next((one.settings.name for one in self._profiles if one.is_default), "none yet")
        otherwise = "As the whole tenant" if item else f"The default: {default}"
        now = self._own[item].profile_id if item in self._own else ""
        label = f"Profile for {item or 'the whole tenant'}"
        field = ui.select({"": otherwise} | names, value=now, label=label)
        return field.props("outlined dense").style("min-width: 16rem")

    async def _save_client(self) -> None:
        if self._client.chosen is None:
            ui.notify(f"Choose a {self._psa.vocabulary.client} first.", type="warning")
            return
        with told(self._visit):
            await self._map(None)
            ui.notify("Saved. It stays for the next month.", type="positive")
            await self._show_products()

    async def _map(self, agreements: dict[str, str] | None) -> None:
        client_id, client_name = self._client.chosen or ("", "")
        done = await self._visit.ask(
            MapTenant(
                partner_id=self._visit.partner_id,
                actor=self._visit.actor.label,
                expected_version=self._mapping.version if self._mapping else None,
                tenant_id=self._row.tenant_id,
                client_id=client_id,
                client_name=client_name,
                agreements=agreements,
            ),
            "billing",
        )
        stays = self._mapping.agreements if self._mapping and not self._is_another() else {}
        self._mapping = MappingView(
            tenant_id=self._row.tenant_id,
            version=done.version,
            client_id=client_id,
            client_name=client_name,
            agreements=stays if agreements is None else agreements,
        )

    def _is_another(self) -> bool:
        """The client that is chosen is not the one that is saved."""
        saved = self._mapping.client_id if self._mapping else None
        return self._client.chosen is not None and self._client.chosen[0] != saved

    async def _save_products(self) -> None:
        if self._client.chosen is None and self._agreement_fields:
            ui.notify(f"Choose and save the {self._psa.vocabulary.client} first.", type="warning")
            return
        with told(self._visit):
            done = "Saved. It stays for the next month."
            if self._is_another():  # the agreements that can be chosen are still the former one's
                await self._map(None)
                await self._assign()
                await self._show_products()
                if self._agreement_fields:
                    vocabulary = self._psa.vocabulary
                    done = f"{vocabulary.client} saved. Now choose its {vocabulary.agreement}."
            elif self._agreement_fields:
                before = dict(self._mapping.agreements) if self._mapping else {}
                chosen = {
                    item: str(field.value)
                    for item, field in self._agreement_fields.items()
                    if field.value
                }
                await self._map(before | chosen)
            await self._assign()
            ui.notify(done, type="positive")

    async def _assign(self) -> None:
        """Each that is chosen anew; what was saved before one fails stays known as saved."""
        for item, field in self._profile_fields.items():
            there = self._own.get(item)
            if (there.profile_id if there else "") == (field.value or ""):
                continue
            tenant_id, profile_id = self._row.tenant_id, field.value or None
            done = await self._visit.ask(
                AssignProfile(
                    partner_id=self._visit.partner_id,
                    actor=self._visit.actor.label,
                    expected_version=there.version if there else None,
                    tenant_id=tenant_id,
                    vendor_item=item,
                    profile_id=profile_id,
                ),
                "billing",
            )
            if profile_id is None:
                del self._own[item]
            else:
                self._own[item] = AssignmentView(
                    tenant_id=tenant_id,
                    vendor_item=item,
                    profile_id=profile_id,
                    version=done.version,
                )
