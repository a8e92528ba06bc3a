"""The partner register, and the newest version of each partner's prices."""

from dataclasses import dataclass

import orjson
from syncline_chassis.mongo import Document
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.partner import PartnerSettings

PARTNERS, PRICES = "partners", "prices"
POLICIES_KEPT = 50
"""Lines have a version that is hardly older than the newest, and a policy is changed rarely."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A register entry."""

    partner_id: str
    version: int
    settings: PartnerSettings


class Partners:
    """Register entries; `_id` is the partner."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(PARTNERS)
        self._prices = uow.collection(PRICES)

    async def get(self, partner_id: str) -> Partner | None:
        """A partner's entry, if it is there."""
        row = await self._rows.find_one(_one(partner_id))
        return _to_partner(row) if row else None

    async def all(self) -> list[Partner]:
        """Every partner, by id."""
        return [_to_partner(row) for row in await self._rows.find({}, sort=[("_id", 1)])]

    async def using(self, connector: str) -> list[str]:
        """Partners whose register entry names a connector."""
        rows = await self._rows.find({"settings.connector": connector}, projection={"_id": 1})
        return [row["_id"] for row in rows]

    async def save(self, partner: Partner) -> None:
        """Store an entry."""
        settings = orjson.loads(partner.settings.model_dump_json())
        await self._rows.update_one(
            _one(partner.partner_id),
            {"$set": {"version": partner.version, "settings": settings}},
            upsert=True,
        )

    async def prices(self, partner_id: str) -> int:
        """Newest known version of the partner's prices; 0 before the first."""
        row = await self._prices.find_one(_one(partner_id))
        return int(row["version"]) if row else 0

    async def rrp_policies(self, partner_id: str) -> tuple[int, ...]:
        """Versions of prices that changed the RRP policy, as many as are kept, in order."""
        row = await self._prices.find_one(_one(partner_id)) or {}
        newest = [row["rrp_policy"]] if "rrp_policy" in row else []  # all that was kept before
        return tuple(sorted({*row.get("rrp_policies", ()), *newest}))

    async def raise_prices(self, partner_id: str, version: int, *, rrp_policy: bool) -> bool:
        """Note a version of prices; False where a newer one is known."""
        is_newer = await self.prices(partner_id) < version
        noted: Document = {"$max": {"version": version}}
        if rrp_policy:
            kept = {"$each": [version], "$sort": 1, "$slice": -POLICIES_KEPT}
            noted["$push"] = {"rrp_policies": kept}
        await self._prices.update_one(_one(partner_id), noted, upsert=True)
        return is_newer


def _one(partner_id: str) -> Document:
    return {"_id": partner_id, "partner_id": partner_id}


def _to_partner(row: Document) -> Partner:
    settings = PartnerSettings.model_validate_json(orjson.dumps(row["settings"]))
    return Partner(row["partner_id"], row["version"], settings)
