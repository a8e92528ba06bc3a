"""The price book: everything of a partner that prices depend on, at one version."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncline_contracts.line import LineKind
from syncline_contracts.partner import RrpPolicy
from syncline_contracts.profile import ProfileEntry, profile_for

Profile = Mapping[str, ProfileEntry]
"""Entries by vendor item."""
Policy = Mapping[LineKind, RrpPolicy]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Profiles, who uses which, and the RRP policy. An empty one prices nothing but RRP."""

    version: int = 0
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    default: str | None = None
    """Profile of every tenant that has none assigned."""
    assignments: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    """Profile by tenant and vendor item; `None` stands for all its vendor items."""
    policy: Policy = field(default_factory=dict)

    def profile_for(self, tenant_id: str, vendor_item: str) -> str | None:
        """Profile that applies: the item's own, else the tenant's, else the default."""
        return profile_for(self.assignments, self.default, tenant_id, vendor_item)

    def entry_for(self, tenant_id: str, vendor_item: str) -> tuple[str | None, ProfileEntry | None]:
        """Profile that applies and its entry; a missing entry is never looked for elsewhere."""
        profile_id = self.profile_for(tenant_id, vendor_item)
        if profile_id is None:
            return None, None
        return profile_id, self.profiles.get(profile_id, {}).get(vendor_item)


def binding_policy(policy: Policy) -> dict[LineKind, RrpPolicy]:
    """The part of a policy that changes prices: `hold` is what happens without one."""
    return {kind: rule for kind, rule in policy.items() if rule.mode != "hold"}
