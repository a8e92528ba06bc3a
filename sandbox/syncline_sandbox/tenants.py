"""Invented customers, the same for one seed in every month and every kind of file."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from syncline_sandbox.dice import dice

_BOTH = ("O'Brien & Sons Plumbing Pty Ltd", "D'Arcy & Whitlam Lawyers", "Kelly's Dairy & Deli")
_APOSTROPHE = ("St John's Vet Clinic", "Miller's Timber Yard Pty Ltd", "Nunn's Bay Fisheries")
_AMPERSAND = ("Hart & Lowe Architects", "Salt & Stone Winery Pty Ltd", "Fox, Reed & Partners")
_NON_ASCII = (
    "Café Zoë Pty Ltd",
    "Müller Präzision GmbH",
    "Ōtautahi Marine Ltd",
    "Señor Peña Imports",
)
_FIRST = (
    "Banksia", "Cobalt", "Darling", "Ember", "Fernhill", "Glasshouse", "Harbour", "Ironbark",
    "Jacaranda", "Kestrel", "Lantern", "Mallee", "Northgate", "Outback", "Pelican", "Quarry",
    "Riverbend", "Saltbush", "Tidewater", "Upland", "Verdant", "Wattle", "Yarra", "Zephyr",
    "Acacia", "Bluegum", "Coastline", "Dunes", "Eastfield", "Foundry", "Granite", "Highgate",
)  # fmt: skip
_SECOND = (
    "Accounting", "Aged Care", "Builders", "Civil", "Dental", "Electrical", "Engineering",
    "Finance", "Freight", "Health", "Hotels", "Insurance", "Joinery", "Legal", "Logistics",
    "Mining Services", "Motors", "Optics", "Packaging", "Pharmacy", "Property", "Recruitment",
    "Schools", "Surveyors", "Travel", "Veterinary", "Water", "Wealth",
)  # fmt: skip
_FORM = ("Pty Ltd", "Group", "Australia Pty Ltd", "Holdings", "Co-op", "Trust")

SHARED = (0, 1)
"""These two tenants have one company name and two tenant ids."""
UNMAPPABLE = 2
"""The company of this tenant is in nobody's contact list."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer as the distributor and Microsoft know it."""

    tenant_id: str
    company_name: str
    description: str
    domain: str
    country: str = "AU"


def make_tenants(seed: int, count: int) -> tuple[Tenant, ...]:
    """Invent `count` tenants; a longer list of the same seed starts with the shorter one."""
    names = _names(seed, count)
    return tuple(_tenant(seed, index, name) for index, name in enumerate(names))


def unmappable(tenants: tuple[Tenant, ...]) -> Tenant | None:
    """Return the tenant without a contact; lists of fewer than three have none."""
    return tenants[UNMAPPABLE] if len(tenants) > UNMAPPABLE else None


def contact_names(tenants: tuple[Tenant, ...]) -> tuple[str, ...]:
    """Return the company names that an accounting system knows, each once."""
    unknown = unmappable(tenants)
    names = (tenant.company_name for tenant in tenants if tenant is not unknown)
    return tuple(dict.fromkeys(names))


def _names(seed: int, count: int) -> list[str]:
    rng = dice("names", seed)
    both = rng.choice(_BOTH)
    pool = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    rng.shuffle(pool)
    ordinary = [f"{name} {rng.choice(_FORM)}" for name in pool]
    special = [both, both, ordinary.pop(), rng.choice(_NON_ASCII), rng.choice(_APOSTROPHE)]
    special.append(rng.choice(_AMPERSAND))
    names = special + ordinary
    # Past the pool the same names come round again with a branch number, still unique.
    return [
        names[index] if index < len(names) else f"{ordinary[index % len(ordinary)]} {index}"
        for index in range(count)
    ]


def _tenant(seed: int, index: int, name: str) -> Tenant:
    rng = dice("tenant", seed, index)
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "".join(letter for letter in letters if letter.isalnum())[:18]
    suffix = f"{rng.randrange(1000):03}" if index in SHARED else ""
    branch = " (NZ branch)" if index == SHARED[1] else ""
    return Tenant(
        tenant_id=str(UUID(int=rng.getrandbits(128), version=4)),
        company_name=name,
        description=f"{name}{branch}",
        domain=f"{slug}{suffix}.onmicrosoft.com",
    )
