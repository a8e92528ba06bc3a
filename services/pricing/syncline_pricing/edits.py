"""People's edits of what prices depend on, and the answers to their questions.

One transaction each: the change, the next pricing version, the audit entry, the event.
"""

from dataclasses import dataclass
from typing import Any

from syncline_chassis import audit, cursor
from syncline_chassis.audit import Audit
from syncline_chassis.clock import Clock
from syncline_chassis.errors import ConflictError, UnprocessableError
from syncline_chassis.service import Received
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.audit import ListDecisions
from syncline_contracts.partner import PartnerChangedV1
from syncline_contracts.pricing_query import (
    AssignProfile,
    History,
    ListProfiles,
    ProfileHistory,
    Profiles,
    ProfileSaved,
    ProfileView,
    SaveProfile,
)
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.query import Done, Page

from syncline_pricing import repository
from syncline_pricing.domain.book import binding_policy
from syncline_pricing.repository import Assignment, Assignments, Books

State = dict[str, Any]
MOST_DECISIONS = 500


@dataclass(frozen=True, slots=True)
class Change:
    """What a person did, for the history and for whoever listens."""

    actor: str
    what: str
    before: State | None
    after: State | None
    rrp_policy: bool = False


class Edits:
    """Handlers of edits, questions and the partner's register entry."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def save_profile(self, edit: SaveProfile, uow: UnitOfWork) -> ProfileSaved:
        """Create or change a profile. The default stays the default until another one is named."""
        partner_id, profile_id = edit.partner_id, edit.profile_id
        head = await Books(uow).head(partner_id)
        former = await repository.Profiles(uow).get(partner_id, profile_id)
        current = former.version if former else None
        _expect(f"Billing profile {profile_id!r}", edit.expected_version, current)
        was_default = head.default_profile_id == profile_id
        is_default = edit.is_default or was_default or head.default_profile_id is None
        if former and former.settings == edit.settings and is_default == was_default:
            return ProfileSaved(version=former.version, pricing_version=head.pricing_version)
        profile = ProfileView(
            profile_id=profile_id,
            version=former.version + 1 if former else 1,
            is_default=is_default,
            settings=edit.settings,
            changed_by=edit.actor,
            changed_at=self._clock.now(),
        )
        await repository.Profiles(uow).save(partner_id, profile)
        version = await Books(uow).raise_version(
            partner_id, default_profile_id=profile_id if is_default else None
        )
        what = f"Billing profile {edit.settings.name!r} was {'changed' if former else 'created'}"
        if is_default and not was_default:
            what += " and is now the default"
        change = Change(
            edit.actor,
            f"{what}.",
            {**_profile_state(former), "is_default": was_default} if former else None,
            {**_profile_state(profile), "is_default": is_default},
        )
        await self._tell(uow, partner_id, version, change)
        return ProfileSaved(version=profile.version, pricing_version=version)

    async def assign_profile(self, edit: AssignProfile, uow: UnitOfWork) -> Done:
        """Give a tenant a profile, or take its own one back."""
        partner_id = edit.partner_id
        row = await Assignments(uow).get(partner_id, edit.tenant_id, edit.vendor_item)
        item = f" for {edit.vendor_item}" if edit.vendor_item else ""
        # Taken back, it may be given anew as something new, or by who saw it taken back.
        current = row.version if row and (row.profile_id or edit.expected_version) else None
        _expect(f"The profile of tenant {edit.tenant_id}{item}", edit.expected_version, current)
        former = row.profile_id if row else None
        if former == edit.profile_id:
            return Done(version=row.version if row else 0)
        if edit.profile_id is not None:
            await self._check_profile(uow, partner_id, edit.profile_id)
        version = row.version + 1 if row else 1
        await Assignments(uow).save(
            partner_id, Assignment(edit.tenant_id, edit.vendor_item, edit.profile_id, version)
        )
        what = f"Tenant {edit.tenant_id} uses billing profile {edit.profile_id!r}{item}."
        if edit.profile_id is None:
            what = f"Tenant {edit.tenant_id} no longer has a billing profile of its own{item}."
        change = Change(edit.actor, what, _assigned(edit, former), _assigned(edit, edit.profile_id))
        await self._tell(uow, partner_id, await Books(uow).raise_version(partner_id), change)
        return Done(version=version)

    async def list_profiles(self, query: ListProfiles, uow: UnitOfWork) -> Profiles:
        """Profiles and assignments as they are now."""
        head = await Books(uow).head(query.partner_id)
        profiles = tuple(
            await repository.Profiles(uow).all(query.partner_id, default=head.default_profile_id)
        )
        assignments = await Assignments(uow).all(query.partner_id)
        more = None
        if query.page is not None:
            profiles, more = cursor.cut(profiles, query.page, lambda one: one.profile_id)
            shown = {one.profile_id for one in profiles}
            assignments = [one for one in assignments if one.profile_id in shown]
        return Profiles(
            pricing_version=head.pricing_version,
            profiles=profiles,
            assignments=tuple(assignments),
            next_cursor=more,
        )

    async def history(self, query: ProfileHistory, uow: UnitOfWork) -> History:
        """Who changed prices, newest first."""
        newest = ListDecisions(partner_id=query.partner_id, page=Page(limit=MOST_DECISIONS))
        return History(entries=(await Audit("pricing").page(newest, uow)).entries)

    async def copy_partner(self, received: Received[PartnerChangedV1], uow: UnitOfWork) -> None:
        """Keep the newest RRP policy; only one that changes prices makes a new version."""
        event = received.body
        head = await Books(uow).head(event.partner_id)
        if event.version <= head.partner_version:
            return
        policy = binding_policy(event.settings.rrp_policy)
        is_other = policy != head.policy
        version = await Books(uow).copy_partner(
            event.partner_id, event.version, policy, changes_prices=is_other
        )
        if is_other:
            change = Change(
                event.actor,
                "The policy for lines without RRP was changed.",
                {kind: rule.model_dump(mode="json") for kind, rule in head.policy.items()},
                {kind: rule.model_dump(mode="json") for kind, rule in policy.items()},
                rrp_policy=True,
            )
            await self._tell(uow, event.partner_id, version, change)

    async def _check_profile(self, uow: UnitOfWork, partner_id: str, profile_id: str) -> None:
        if await repository.Profiles(uow).get(partner_id, profile_id) is None:
            raise UnprocessableError(
                f"There is no billing profile {profile_id!r}. Save it first, or take another.",
                field="profile_id",
            )

    async def _tell(self, uow: UnitOfWork, partner_id: str, version: int, change: Change) -> None:
        await audit.note(
            uow,
            partner_id,
            self._clock.now(),
            actor=change.actor,
            what=change.what,
            before=change.before,
            after=change.after,
            # In order also where two fall into one millisecond.
            decision_id=f"{partner_id}/{version:012}",
        )
        uow.publish(
            ProfileChangedV1(
                partner_id=partner_id,
                pricing_version=version,
                what=change.what,
                actor=change.actor,
                rrp_policy=change.rrp_policy,
            )
        )


def _expect(what: str, expected: int | None, current: int | None) -> None:
    """Refuse an edit of something that is not as its author saw it."""
    if (expected or None) == current:  # version 0 is what is not there yet
        return
    if current is None:
        raise ConflictError(
            f"{what} is not there any more, and version {expected} was expected. Load it again."
        )
    if expected is None:
        raise ConflictError(
            f"{what} is there already, at version {current}. Load it and change that."
        )
    raise ConflictError(
        f"{what} was changed by somebody else: it is at version {current}, and version {expected} "
        "was expected. Load it again and repeat your change."
    )


def _profile_state(profile: ProfileView) -> State:
    return {"profile_id": profile.profile_id, **profile.settings.model_dump(mode="json")}


def _assigned(edit: AssignProfile, profile_id: str | None) -> State | None:
    if profile_id is None:
        return None
    return {
        "tenant_id": edit.tenant_id,
        "vendor_item": edit.vendor_item,
        "profile_id": profile_id,
    }
