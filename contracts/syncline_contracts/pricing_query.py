"""What can be asked of pricing: billing profiles and who uses which."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from syncline_contracts.identity import TenantId, VendorItem
from syncline_contracts.message import Model
from syncline_contracts.profile import ProfileSettings
from syncline_contracts.query import Done, Edit, Page, Query


class ProfileSaved(Model):
    """Answer to `SaveProfile`."""

    version: int
    pricing_version: int


class SaveProfile(Edit[ProfileSaved]):
    """Create or change a billing profile."""

    services: ClassVar[tuple[str, ...]] = ("pricing",)
    name: ClassVar[str] = "save_profile"

    profile_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    settings: ProfileSettings
    is_default: bool = False
    """Used by every tenant that has none assigned; setting it takes it from the one before."""


class AssignProfile(Edit[Done]):
    """Give a tenant a profile, for all its vendor items or for one; `None` takes it back."""

    services: ClassVar[tuple[str, ...]] = ("pricing",)
    name: ClassVar[str] = "assign_profile"

    tenant_id: TenantId
    vendor_item: VendorItem | None = None
    profile_id: str | None


class ProfileView(Model):
    """A billing profile."""

    profile_id: str
    version: int
    is_default: bool
    settings: ProfileSettings
    changed_by: str
    changed_at: datetime


class AssignmentView(Model):
    """A tenant's own profile."""

    tenant_id: str
    vendor_item: str | None
    profile_id: str
    version: int


class Profiles(Model):
    """Answer to `ListProfiles`."""

    pricing_version: int
    profiles: tuple[ProfileView, ...]
    assignments: tuple[AssignmentView, ...]
    next_cursor: str | None = None


class ListProfiles(Query[Profiles]):
    """Profiles and assignments of a partner."""

    services: ClassVar[tuple[str, ...]] = ("pricing",)
    name: ClassVar[str] = "profiles"

    page: Page | None = None
    """So many profiles, with the assignments of these; all where it is absent."""


class AuditEntry(Model):
    """One decision of a person."""

    at: datetime
    actor: str
    what: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class History(Model):
    """Answer to `ProfileHistory`."""

    entries: tuple[AuditEntry, ...]


class ProfileHistory(Query[History]):
    """Every change to prices: who, when, before, after; newest first."""

    services: ClassVar[tuple[str, ...]] = ("pricing",)
    name: ClassVar[str] = "history"
