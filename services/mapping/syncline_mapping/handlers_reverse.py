"""Reverse: what a person wants out of the PSA again. Command, facts and audit: one transaction."""

from syncline_chassis import audit
from syncline_chassis.clock import Clock
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import new_id
from syncline_contracts.plan_query import ReverseTenants, Reversing
from syncline_contracts.tenant import ReverseTenantV1

from syncline_mapping.domain.counted import counted
from syncline_mapping.domain.facts import Reversal
from syncline_mapping.handlers_sync import Way, invoice_of, missing, skip, way_of
from syncline_mapping.repository.tenants import Change, Row, Tenants

_BUSY = frozenset({"approved", "syncing"})


class Reversals:
    """Handler of the edit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def reverse_tenants(self, edit: ReverseTenants, uow: UnitOfWork) -> Reversing:
        """Have the records of tenants taken away."""
        invoice = await invoice_of(edit, uow)
        rows = await Tenants(uow).of_invoice(edit.partner_id, edit.invoice_key, edit.tenant_ids)
        skipped = [] if edit.tenant_ids is None else missing(edit.tenant_ids, rows)
        way = await way_of(edit.partner_id, uow)
        request_id, changes = new_id(), list[Change]()
        for row in rows:
            through = _through(row, way)
            if row.state in _BUSY:
                skipped.append(skip(row, "It is being synced right now."))
            elif _is_left_as_undone(row) and edit.tenant_ids is None:
                skipped.append(skip(row, "It was undone already."))
            elif through is None:
                skipped.append(skip(row, "Nothing of it was written into the PSA."))
            else:
                changes.append(self._ask(uow, row, through, edit, request_id))
        await Tenants(uow).save_all(changes, self._clock.now())
        ids = tuple(one.row.tenant_id for one in changes)
        if ids:
            await audit.note(
                uow,
                edit.partner_id,
                self._clock.now(),
                actor=edit.actor,
                what=(
                    f"A reversal was asked for: invoice {invoice.invoice_no}, "
                    f"{counted(len(ids), 'tenant')}."
                ),
                before=None,
                why=edit.reason,
                after={
                    "invoice_key": edit.invoice_key,
                    "request_id": request_id,
                    "reason": edit.reason,
                    "tenants": list(ids),
                },
            )
        return Reversing(request_id=request_id, requested=ids, skipped=tuple(skipped))

    def _ask(
        self, uow: UnitOfWork, row: Row, through: Way, edit: ReverseTenants, request_id: str
    ) -> Change:
        uow.publish(
            ReverseTenantV1(
                partner_id=row.partner_id,
                connector=through.connector,
                connection_id=through.connection_id,
                invoice_key=row.invoice_key,
                invoice_no=row.invoice_no,
                tenant_id=row.tenant_id,
                request_id=request_id,
                asked_by=edit.actor,
            )
        )
        reversal = Reversal(
            connector=through.connector,
            connection_id=through.connection_id,
            request_id=request_id,
            reason=edit.reason,
            actor=edit.actor,
        )
        return Change(row, row.facts.but(reversal=reversal, planning=None, plan=None))


def _through(row: Row, way: Way | None) -> Way | None:
    """Connection of what stands, or may stand, in the PSA."""
    done, failure, undone = row.facts.synced, row.facts.failure, row.facts.reversed
    if done is not None:
        return Way(done.connector, done.connection_id)
    if row.facts.tried is not None:
        return Way(row.facts.tried.connector, row.facts.tried.connection_id)
    if undone is not None and undone.offsets:  # somebody may have taken one of them away
        return Way(undone.connector, undone.connection_id)
    # As failures were noted before it was noted where.
    return way if failure is not None and failure.stage in ("apply", "reverse") else None


def _is_left_as_undone(row: Row) -> bool:
    """It was undone and nothing is wrong since: whoever means it once more names it."""
    is_undone = row.facts.synced is None and row.facts.reversed is not None
    return is_undone and row.facts.tried is None and row.state != "drifted"
