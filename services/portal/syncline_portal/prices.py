"""What prices would make of the invoices, and Re-price: for routes and pages alike."""

from dataclasses import dataclass

from syncline_contracts.identity import Key, TenantId
from syncline_contracts.mapping_query import InvoiceDetails
from syncline_contracts.pricing_query import ListProfiles, Profiles, ProfileView
from syncline_contracts.profile import ProfileSettings
from syncline_contracts.query import Page
from syncline_contracts.reprice_query import (
    InvoicePreview,
    PreviewPrices,
    PricePreview,
    RepriceTenants,
    Repricing,
)

from syncline_portal.guard import Call

TIMEOUT_S = 30.0
"""Of a preview: it adds up every tenant of several invoices."""
FEW = Page(limit=12)


@dataclass(frozen=True, slots=True)
class ProfileEdit:
    """A profile as it would be saved."""

    profile_id: str
    settings: ProfileSettings
    is_default: bool = False


async def preview(
    call: Call,
    partner_id: str,
    edit: ProfileEdit | None = None,
    *,
    invoice_key: Key | None = None,
    page: Page = FEW,
) -> PricePreview:
    """What the prices that hold now, or those with an edit, would make of the invoices."""
    prices = await call.ask(ListProfiles(partner_id=partner_id))
    query = PreviewPrices(
        partner_id=partner_id,
        prices=_edited(prices, edit, call) if edit else prices,
        invoice_key=invoice_key,
        page=page,
    )
    return await call.ask(query, timeout_s=TIMEOUT_S)


async def older(call: Call, partner_id: str, details: InvoiceDetails) -> InvoicePreview | None:
    """What the prices of now would make of an invoice; None where the PSA has no older ones."""
    prices = await call.ask(ListProfiles(partner_id=partner_id))
    if not any(0 < row.pricing_version < prices.pricing_version for row in details.tenants):
        return None
    key = details.invoice.invoice_key
    query = PreviewPrices(partner_id=partner_id, prices=prices, invoice_key=key)
    return (await call.ask(query, timeout_s=TIMEOUT_S)).invoices[0]


def _edited(prices: Profiles, edit: ProfileEdit, call: Call) -> Profiles:
    """As pricing would have them: the default stays one until another is named."""
    had = {one.profile_id: one for one in prices.profiles}
    default = next((one.profile_id for one in prices.profiles if one.is_default), None)
    if edit.is_default or default is None:
        default = edit.profile_id
    former = had.get(edit.profile_id)
    had[edit.profile_id] = ProfileView(
        profile_id=edit.profile_id,
        version=former.version if former else 0,
        is_default=False,
        settings=edit.settings,
        changed_by=call.actor.label,
        changed_at=call.portal.clock.now(),
    )
    profiles = (
        one.model_copy(update={"is_default": one.profile_id == default}) for one in had.values()
    )
    return prices.model_copy(update={"profiles": tuple(profiles)})


async def reprice(
    call: Call,
    partner_id: str,
    invoice_key: Key,
    *,
    reason: str,
    tenant_ids: tuple[TenantId, ...] | None = None,
    expected_version: int | None = None,
) -> Repricing:
    """Have what is in the PSA take the newest prices, those of this very moment."""
    prices = await call.ask(ListProfiles(partner_id=partner_id))
    return await call.ask(
        RepriceTenants(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=expected_version,
            invoice_key=invoice_key,
            tenant_ids=tenant_ids,
            reason=reason,
            pricing_version=prices.pricing_version,
        )
    )
