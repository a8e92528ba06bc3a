"""People's edits: the register, mappings, what is ignored. Each writes its audit with itself."""

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncline_chassis import audit
from syncline_chassis.clock import Clock
from syncline_chassis.errors import ConflictError, UnprocessableError
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import PARTNER_PATTERN
from syncline_contracts.mapping_query import IgnoreTenant, MapTenant, SavePartner
from syncline_contracts.partner import PartnerChangedV1, PartnerSettings
from syncline_contracts.query import Done
from syncline_contracts.tenant import TenantIgnoredV1

from syncline_mapping.domain.facts import Ignored
from syncline_mapping.repository.mappings import Mapping, Mappings
from syncline_mapping.repository.marks import Marks
from syncline_mapping.repository.partners import Partner, Partners
from syncline_mapping.repository.tenants import Tenants

_SLUG = re.compile(PARTNER_PATTERN)
_CANNOT_IGNORE = {
    "approved": "it is being written into the PSA right now",
    "syncing": "it is being written into the PSA right now",
    "synced": "it is in the PSA already",
    "verified": "it is in the PSA already",
    "drifted": "it was changed in the PSA: undo it first",
    "superseded": "a newer revision of the invoice no longer has it",
}


class Edits:
    """Handlers of edits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def save_partner(self, edit: SavePartner, uow: UnitOfWork) -> Done:
        """Create or change a register entry; every tenant that is not settled is decided anew."""
        check_settings(edit.settings)
        partners = Partners(uow)
        former = await partners.get(edit.partner_id)
        current = former.version if former else None
        expect(f"Partner {edit.partner_id}", edit.expected_version, current)
        if former is not None and former.settings == edit.settings:
            return Done(version=former.version)
        version = former.version + 1 if former else 1
        await partners.save(Partner(edit.partner_id, version, edit.settings))
        await Marks(uow).partner(edit.partner_id)
        await self._note(
            uow,
            edit,
            f"Partner {edit.settings.name!r} was {'changed' if former else 'registered'}.",
            former.settings.model_dump(mode="json") if former else None,
            edit.settings.model_dump(mode="json"),
        )
        uow.publish(
            PartnerChangedV1(
                partner_id=edit.partner_id,
                version=version,
                settings=edit.settings,
                actor=edit.actor,
            )
        )
        return Done(version=version)

    async def map_tenant(self, edit: MapTenant, uow: UnitOfWork) -> Done:
        """Say which client a tenant is, on every invoice of it that is here, and those to come."""
        mappings = Mappings(uow)
        former = await mappings.get(edit.partner_id, edit.tenant_id)
        # Taken back, it may be mapped anew as something new, or by who saw it taken back.
        is_there = former.client_id is not None or edit.expected_version
        expect(
            f"The mapping of tenant {edit.tenant_id}",
            edit.expected_version,
            former.version if former.version and is_there else None,
        )
        stays = former.agreements if edit.client_id == former.client_id else {}
        agreements = stays if edit.agreements is None else edit.agreements
        after = Mapping(
            edit.tenant_id, former.version, edit.client_id, edit.client_name, agreements
        )
        if after == former:
            return Done(version=former.version)
        after = Mapping(
            edit.tenant_id, former.version + 1, edit.client_id, edit.client_name, agreements
        )
        await mappings.save(edit.partner_id, after)
        await Tenants(uow).mark(
            edit.partner_id, {"tenant_id": edit.tenant_id, "state": {"$ne": "superseded"}}
        )
        name = edit.client_name or edit.client_id
        what = f"is {name}" if edit.client_id else "is not mapped any more"
        await self._note(
            uow,
            edit,
            f"Tenant {edit.tenant_id} {what}.",
            former.to_view().model_dump(mode="json") if former.version else None,
            after.to_view().model_dump(mode="json"),
        )
        return Done(version=after.version)

    async def ignore_tenant(self, edit: IgnoreTenant, uow: UnitOfWork) -> Done:
        """Leave a tenant out of one invoice, or take that back."""
        tenants = Tenants(uow)
        row = await tenants.get(edit.partner_id, edit.invoice_key, edit.tenant_id)
        if edit.expected_version is not None and edit.expected_version != row.version:
            raise _changed(row.tenant_name, row.version, edit.expected_version)
        former = row.facts.ignored
        if edit.reason is not None and row.state in _CANNOT_IGNORE:
            raise UnprocessableError(
                f"{row.tenant_name} cannot be ignored: {_CANNOT_IGNORE[row.state]}."
            )
        if edit.reason is None and former is None:
            raise UnprocessableError(f"{row.tenant_name} is not ignored.", field="reason")
        ignored = None
        if edit.reason is not None:
            ignored = Ignored(reason=edit.reason, actor=edit.actor, at=self._clock.now())
        after = await tenants.save(row, row.facts.but(ignored=ignored), self._clock.now())
        await tenants.mark(row.partner_id, {"_id": row.row_id})
        uow.publish(
            TenantIgnoredV1(
                partner_id=row.partner_id,
                invoice_key=row.invoice_key,
                invoice_no=row.invoice_no,
                tenant_id=row.tenant_id,
                version=after.version,
                actor=edit.actor,
                reason=edit.reason,
            )
        )
        what = f"is ignored: {edit.reason}" if edit.reason else "is no longer ignored."
        about = {"invoice_no": row.invoice_no, "tenant_id": row.tenant_id}
        await self._note(
            uow,
            edit,
            f"{row.tenant_name} on invoice {row.invoice_no} {what}",
            {**about, "state": row.state, "reason": former.reason if former else None},
            {**about, "state": after.state, "reason": edit.reason},
        )
        return Done(version=after.version)

    async def _note(
        self,
        uow: UnitOfWork,
        edit: SavePartner | MapTenant | IgnoreTenant,
        what: str,
        before: dict[str, Any] | None,
        after: dict[str, Any],
    ) -> None:
        await audit.note(
            uow,
            edit.partner_id,
            self._clock.now(),
            actor=edit.actor,
            what=what,
            before=before,
            after=after,
        )


def check_settings(settings: PartnerSettings) -> None:
    """Raises `UnprocessableError` where a register entry cannot work."""
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnprocessableError(
            f"{settings.time_zone!r} is not a time zone. Take one such as 'Australia/Sydney'.",
            field="settings.time_zone",
        ) from error
    for field in ("connector", "connection_id"):
        name = getattr(settings, field)
        if name is not None and not _SLUG.match(name):
            raise UnprocessableError(
                f"{name!r} is not a name: lower-case letters, digits and dashes, at most 40.",
                field=f"settings.{field}",
            )
    if settings.connection_id is not None and settings.connector is None:
        raise UnprocessableError(
            "A connection belongs to a connector. Choose that as well.", field="settings.connector"
        )


def expect(what: str, expected: int | None, current: int | None) -> None:
    """Refuse an edit of something that is not as its author saw it."""
    if (expected or None) == current:  # version 0 is what is not there yet
        return
    if current is None:
        raise ConflictError(
            f"{what} is not there, and version {expected} was expected. Load it again."
        )
    raise _changed(what, current, expected)


def _changed(what: str, current: int, expected: int | None) -> ConflictError:
    if expected is None:
        return ConflictError(
            f"{what} is there already, at version {current}. Load it, and change that."
        )
    return ConflictError(
        f"{what} was changed by somebody else: it is at version {current}, and version {expected} "
        "was expected. Load it again, and repeat your change."
    )
