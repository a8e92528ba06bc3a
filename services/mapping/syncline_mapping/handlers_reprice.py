"""Re-price: what other prices would change, and the wish to have them where the PSA holds older.

Facts, marks and audit of the wish are one transaction. What follows is the way of every price: the
worker decides the tenant anew, its lines are priced by replay, and it is ready with other charges.
"""

from collections.abc import Iterable
from datetime import datetime

from syncline_chassis import audit, cursor
from syncline_chassis.clock import Clock
from syncline_chassis.errors import UnprocessableError
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.mapping_query import ListInvoices
from syncline_contracts.money import to_text
from syncline_contracts.reprice_query import (
    InvoicePreview,
    PreviewPrices,
    PriceEffect,
    PricePreview,
    RepriceTenants,
    Repricing,
    TenantPreview,
)
from syncline_contracts.stream import THIRTEEN_MONTHS

from syncline_mapping import views
from syncline_mapping.domain.counted import counted
from syncline_mapping.domain.preview import Effect, PriceList, effect_on, is_kept
from syncline_mapping.domain.state import SYNCING
from syncline_mapping.handlers_sync import WHY_NOT, invoice_of, missing, skip
from syncline_mapping.repository import batches
from syncline_mapping.repository.invoices import Invoice, Invoices
from syncline_mapping.repository.partners import Partners
from syncline_mapping.repository.tenants import Change, Row, Tenants

_PRICED = 500
"""Tenants whose sums are in memory at once."""
_OUT_OF_IT = frozenset({"ignored", "superseded"})
"""No price reaches these."""
_BY_ITSELF = "It is not in the PSA, so it takes newer prices by itself."


async def preview_prices(query: PreviewPrices, uow: UnitOfWork) -> PricePreview:
    """What prices would make of one invoice, or of a page of them."""
    prices, stored = PriceList.of(query.prices), Invoices(uow)
    if query.invoice_key is not None:
        one = await stored.get(query.partner_id, query.invoice_key)
        found = _preview(one, await _effects(one, prices, uow))
        return PricePreview(invoices=(found,))
    limit, before = query.page.limit, cursor.opened(query.page.cursor)
    page = await stored.page(ListInvoices(partner_id=query.partner_id), before, limit + 1)
    previews = [
        _preview(one, await _effects(one, prices, uow)).model_copy(update={"tenants": ()})
        for one in page[:limit]
    ]
    more = cursor.closed(page[limit - 1].order) if len(page) > limit else None
    return PricePreview(invoices=tuple(previews), next_cursor=more)


async def _effects(
    invoice: Invoice, prices: PriceList, uow: UnitOfWork
) -> list[tuple[Row, Effect]]:
    """What becomes of each tenant whose lines are here."""
    rows = [
        row
        for row in await Tenants(uow).of_invoice(invoice.partner_id, invoice.invoice_key)
        if row.facts.charge_set is not None and not row.superseded and row.state not in _OUT_OF_IT
    ]
    found: list[tuple[Row, Effect]] = []
    for start in range(0, len(rows), _PRICED):
        found += await _effects_on(rows[start : start + _PRICED], prices, uow)
    return found


async def _effects_on(
    rows: list[Row], prices: PriceList, uow: UnitOfWork
) -> list[tuple[Row, Effect]]:
    arrived = await batches.arrived(
        uow.collection(batches.BATCHES), rows[0].partner_id, {row.lines for row in rows}
    )
    found: list[tuple[Row, Effect]] = []
    for row in rows:
        here = arrived.get(row.lines)
        if here is not None and row.manifest and here.batches == row.manifest.batches:
            sold = prices.sold(row.tenant_id, here.summary)
            found.append((row, effect_on(row.facts, sold, row.currency)))
    return found


def _preview(invoice: Invoice, effects: list[tuple[Row, Effect]]) -> InvoicePreview:
    kept = [effect for row, effect in effects if is_kept(row.facts)]
    others = [effect for row, effect in effects if not is_kept(row.facts)]
    return InvoicePreview(
        invoice_key=invoice.invoice_key,
        invoice_no=invoice.invoice_no,
        billing_month=invoice.billing_month,
        currency=invoice.currency,
        status=views.invoice_view(invoice).status,
        unsynced=_effect(others),
        synced=_effect(kept),
        tenants=tuple(
            TenantPreview(
                tenant_id=row.tenant_id,
                tenant_name=row.tenant_name,
                state=row.state,
                is_synced=is_kept(row.facts),
                effect=_view(effect),
            )
            for row, effect in effects
            if effect.charges
        ),
    )


def _effect(effects: Iterable[Effect]) -> PriceEffect | None:
    total = sum(effects, Effect())
    return _view(total) if total.charges else None


def _view(effect: Effect) -> PriceEffect:
    return PriceEffect(
        tenants=effect.tenants,
        charges=effect.charges,
        below_cost=effect.below_cost,
        cost=to_text(effect.cost),
        sell=to_text(effect.sell),
        sell_after=to_text(effect.sell_after),
    )


class Repricings:
    """Handler of the edit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def reprice_tenants(self, edit: RepriceTenants, uow: UnitOfWork) -> Repricing:
        """Have tenants that are in the PSA take the newest prices; nothing is written there."""
        invoice, now = await invoice_of(edit, uow), self._clock.now()
        _check_age(invoice, now)
        tenants = Tenants(uow)
        rows = await tenants.of_invoice(edit.partner_id, edit.invoice_key, edit.tenant_ids)
        skipped = [] if edit.tenant_ids is None else missing(edit.tenant_ids, rows)
        newest = max(await Partners(uow).prices(edit.partner_id), edit.pricing_version)
        taking: list[Row] = []
        for row in rows:
            why = _why_not(row, newest)
            if why:
                skipped.append(skip(row, why))
            else:
                taking.append(row)
        changes = [Change(row, row.facts.but(prices_asked=newest)) for row in taking]
        await tenants.save_all(changes, now)
        if taking:
            await tenants.mark(edit.partner_id, {"_id": {"$in": [row.row_id for row in taking]}})
            await audit.note(
                uow,
                edit.partner_id,
                now,
                actor=edit.actor,
                what=f"Re-price: invoice {invoice.invoice_no}, {counted(len(taking), 'tenant')}.",
                why=edit.reason,
                before={"tenants": [_as_it_was(row) for row in taking]},
                after={
                    "invoice_key": edit.invoice_key,
                    "reason": edit.reason,
                    "pricing_version": newest,
                },
            )
        return Repricing(requested=tuple(row.tenant_id for row in taking), skipped=tuple(skipped))


def _check_age(invoice: Invoice, now: datetime) -> None:
    if now - invoice.detected_at > THIRTEEN_MONTHS:
        raise UnprocessableError(
            f"Invoice {invoice.invoice_no} came on {invoice.detected_at:%d %B %Y}. Lines are kept "
            "for pricing for 13 months: correct this one in the PSA by hand."
        )


def _why_not(row: Row, newest: int) -> str:
    """Why a tenant does not take the newest prices by this, in words; empty when it does."""
    facts = row.facts
    if row.superseded:
        return WHY_NOT["superseded"]
    if row.state in SYNCING:
        return WHY_NOT["syncing"]
    if row.state == "ignored":
        return WHY_NOT["ignored"]
    if facts.synced is None and row.state not in ("reversed", "drifted"):
        return _BY_ITSELF
    if facts.prices >= newest:
        return "It has the newest prices already."
    return "It is being priced again already." if facts.prices_asked >= newest else ""


def _as_it_was(row: Row) -> dict[str, object]:
    charged = row.facts.charge_set
    return {
        "tenant_id": row.tenant_id,
        "pricing_version": row.facts.prices,
        "sell": to_text(charged.sell) if charged else None,
    }
