"""What pricing stores: price books, profiles, assignments. Every query names the partner.

A partner's `price_books` row carries `pricing_version`. Every change raises it in the change's own
transaction, so two changes at once meet there, one runs again, and no version is given twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.line import LineKind
from syncline_contracts.partner import RrpPolicy
from syncline_contracts.pricing_query import AssignmentView, ProfileView
from syncline_contracts.profile import ProfileSettings

from syncline_pricing.domain.book import Policy, PriceBook

BOOKS, PROFILES, ASSIGNMENTS = "price_books", "profiles", "assignments"

INDEXES = (
    Index(BOOKS, (("partner_id", 1),), unique=True),
    Index(PROFILES, (("partner_id", 1), ("profile_id", 1)), unique=True),
    Index(ASSIGNMENTS, (("partner_id", 1), ("tenant_id", 1), ("vendor_item", 1)), unique=True),
)


@dataclass(frozen=True, slots=True)
class BookHead:
    """The part of a price book that is one row."""

    pricing_version: int = 0
    default_profile_id: str | None = None
    partner_version: int = 0
    """Version of the partner's settings of which the policy is a copy."""
    policy: Policy = field(default_factory=dict)


class Books:
    """Price books, one per partner."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._rows = uow.collection(BOOKS)

    async def version(self, partner_id: str) -> int:
        """Version now; 0 before the first change."""
        row = await self._rows.find_one(
            {"partner_id": partner_id}, projection={"_id": 0, "pricing_version": 1}
        )
        return int(row["pricing_version"]) if row else 0

    async def head(self, partner_id: str) -> BookHead:
        """The partner's row, or an empty one."""
        row = await self._rows.find_one({"partner_id": partner_id})
        if row is None:
            return BookHead()
        return BookHead(
            row["pricing_version"],
            row.get("default_profile_id"),
            row.get("partner_version", 0),
            _to_policy(row.get("rrp_policy", {})),
        )

    async def load(self, partner_id: str) -> PriceBook:
        """The whole book; in a transaction it is of one version."""
        head = await self.head(partner_id)
        profiles = await Profiles(self._uow).all(partner_id)
        assignments = await Assignments(self._uow).all(partner_id)
        return PriceBook(
            version=head.pricing_version,
            profiles={
                one.profile_id: {entry.vendor_item: entry for entry in one.settings.entries}
                for one in profiles
            },
            default=head.default_profile_id,
            assignments={(one.tenant_id, one.vendor_item): one.profile_id for one in assignments},
            policy=head.policy,
        )

    async def raise_version(self, partner_id: str, *, default_profile_id: str | None = None) -> int:
        """Next version, perhaps with another default profile; the version that now holds."""
        changed = {"default_profile_id": default_profile_id} if default_profile_id else {}
        return await self._write(partner_id, changed, by=1)

    async def copy_partner(
        self, partner_id: str, version: int, policy: Policy, *, changes_prices: bool
    ) -> int:
        """Keep a copy of the partner's settings; the pricing version that now holds."""
        texts = {kind: rule.model_dump(mode="json") for kind, rule in policy.items()}
        changed = {"partner_version": version, "rrp_policy": texts}
        return await self._write(partner_id, changed, by=1 if changes_prices else 0)

    async def _write(self, partner_id: str, changed: Document, *, by: int) -> int:
        row = await self._rows.find_one_and_update(
            {"partner_id": partner_id},
            {"$inc": {"pricing_version": by}, **({"$set": changed} if changed else {})},
            upsert=True,
        )
        return int(row["pricing_version"]) if row else by


class Profiles:
    """Billing profiles."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(PROFILES)

    async def get(self, partner_id: str, profile_id: str) -> ProfileView | None:
        """One profile; `is_default` is not known here."""
        row = await self._rows.find_one({"partner_id": partner_id, "profile_id": profile_id})
        return _to_profile(row) if row else None

    async def all(self, partner_id: str, *, default: str | None = None) -> list[ProfileView]:
        """Every profile of the partner, by name of the profile."""
        rows = await self._rows.find({"partner_id": partner_id}, sort=[("profile_id", 1)])
        return [_to_profile(row, default=default) for row in rows]

    async def save(self, partner_id: str, profile: ProfileView) -> None:
        """Write a profile over its former version."""
        await self._rows.replace_one(
            {"partner_id": partner_id, "profile_id": profile.profile_id},
            {
                "partner_id": partner_id,
                "profile_id": profile.profile_id,
                "version": profile.version,
                "settings": profile.settings.model_dump(mode="json"),
                "changed_by": profile.changed_by,
                "changed_at": profile.changed_at,
            },
            upsert=True,
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """A tenant's profile; `profile_id` None once it was taken back, so that versions go on."""

    tenant_id: str
    vendor_item: str | None
    profile_id: str | None
    version: int


class Assignments:
    """Which tenant uses which profile instead of the default."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(ASSIGNMENTS)

    async def get(
        self, partner_id: str, tenant_id: str, vendor_item: str | None
    ) -> Assignment | None:
        """One assignment, or what is left of it."""
        row = await self._rows.find_one(_of_tenant(partner_id, tenant_id, vendor_item))
        if row is None:
            return None
        return Assignment(tenant_id, vendor_item, row["profile_id"], row["version"])

    async def all(self, partner_id: str) -> list[AssignmentView]:
        """Every assignment that holds."""
        rows = await self._rows.find(
            {"partner_id": partner_id, "profile_id": {"$ne": None}},
            sort=[("tenant_id", 1), ("vendor_item", 1)],
        )
        return [AssignmentView.model_validate(row) for row in rows]

    async def save(self, partner_id: str, assignment: Assignment) -> None:
        """Write an assignment over its former version."""
        place = _of_tenant(partner_id, assignment.tenant_id, assignment.vendor_item)
        await self._rows.replace_one(
            place,
            {**place, "profile_id": assignment.profile_id, "version": assignment.version},
            upsert=True,
        )


def _of_tenant(partner_id: str, tenant_id: str, vendor_item: str | None) -> Document:
    return {"partner_id": partner_id, "tenant_id": tenant_id, "vendor_item": vendor_item}


def _to_profile(row: Document, *, default: str | None = None) -> ProfileView:
    return ProfileView(
        profile_id=row["profile_id"],
        version=row["version"],
        is_default=row["profile_id"] == default,
        settings=ProfileSettings.model_validate(row["settings"]),
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
    )


def _to_policy(texts: Mapping[LineKind, Any]) -> dict[LineKind, RrpPolicy]:
    return {kind: RrpPolicy.model_validate(text) for kind, text in texts.items()}
