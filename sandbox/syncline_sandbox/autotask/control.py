"""Control of the Autotask side: systems, what they hold, and what a person does there."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.autotask.draft import CHARGES, recounted
from syncline_sandbox.autotask.fields import MATERIAL, fields_of, picked
from syncline_sandbox.autotask.system import Row, System, Systems
from syncline_sandbox.clock import Clock
from syncline_sandbox.stats import Stats

CURRENCIES = ("AUD", "NZD", "USD")
SERVICE_CODE = "Recurring Contract Service Code"
_LABELS = {
    "contract_type": ("Contracts", "contractType"),
    "status": ("Contracts", "status"),
    "use_type": ("BillingCodes", "useType"),
}


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSystem(_Order):
    """A database with customers, each with one recurring contract."""

    user_name: str
    secret: str
    integration_code: str
    per_hour: int = Field(default=10_000, ge=1)
    threads: int = Field(default=3, ge=1)
    latency_s: float = Field(default=0, ge=0)
    not_queryable: frozenset[str] = frozenset()
    currency: str = "AUD"
    """Of the customers."""
    internal_currency: str = "AUD"
    """Of the database; it names none where this is none of its currencies."""
    companies: list[str]
    codes: list[str]
    """Material codes, by name."""
    services: list[str] = []
    """Each is on every contract."""


class ChangeSystem(_Order):
    """Settings to change; what is left out stays."""

    secret: str | None = None
    per_hour: int | None = None
    used_by_others: int | None = None
    latency_s: float | None = None


class ChargeEdit(_Order):
    """What a person changes on a charge."""

    unit_price: Decimal | None = None
    billed: bool | None = None
    billable: bool | None = None
    remove: bool = False


class RecordEdit(_Order):
    """What a person changes on a company, contract, service or code."""

    values: dict[str, Any] = {}
    """By the vendor's names."""
    contract_type: str | None = None
    status: str | None = None
    use_type: str | None = None
    currency: str | None = None
    ended_days_ago: int | None = None


class AutotaskControl:
    """What the routes do."""

    def __init__(self, systems: Systems, stats: Stats, clock: Clock) -> None:
        self.systems = systems
        self._stats = stats
        self._clock = clock

    def create(self, order: NewSystem) -> dict[str, Any]:
        """Make a system; ids of what it holds."""
        self.systems.save(System.model_validate(order.model_dump(include=set(System.model_fields))))
        owner = order.user_name
        currencies = [
            self._new(owner, "Currencies", name=name, isActive=True, exchangeRate=1,
                      isInternalCurrency=name == order.internal_currency)
            for name in CURRENCIES
        ]  # fmt: skip
        currency = {row["name"]: row["id"] for row in currencies}[order.currency]
        companies = [
            self._new(owner, "Companies", companyName=name, isActive=True, currencyID=currency,
                      companyType=picked(owner, "Companies", "companyType", "Customer"))
            for name in order.companies
        ]  # fmt: skip
        codes = [self.new_code(owner, name, MATERIAL) for name in order.codes]
        recurring = self.new_code(owner, "Recurring services", SERVICE_CODE)
        services = [
            self._new(owner, "Services", name=name, isActive=True, billingCodeID=recurring["id"])
            for name in order.services
        ]
        contracts = [self.new_contract(owner, row, services) for row in companies]
        return {
            "companies": [row["id"] for row in companies],
            "contracts": [row["id"] for row in contracts],
            "codes": {row["name"]: row["id"] for row in (*codes, recurring)},
            "services": {row["name"]: row["id"] for row in services},
        }

    def new_code(self, owner: str, name: str, use_type: str) -> Row:
        """Make a billing code."""
        kind = picked(owner, "BillingCodes", "useType", use_type)
        return self._new(owner, "BillingCodes", name=name, useType=kind, isActive=True)

    def new_contract(self, owner: str, company: Row, services: list[Row]) -> Row:
        """Make a recurring contract with all services."""
        today = self._clock.now().date()
        made = self._new(
            owner,
            "Contracts",
            companyID=company["id"],
            contractName=f"Azure of {company['companyName']}"[:100],
            contractType=picked(owner, "Contracts", "contractType", "Recurring Service"),
            status=picked(owner, "Contracts", "status", "Active"),
            startDate="2020-01-01T00:00:00Z",
            endDate=_moment(today + timedelta(days=730)),
        )
        for service in services:
            self._new(owner, "ContractServices", contractID=made["id"], serviceID=service["id"])
        return made

    def _new(self, owner: str, entity: str, **values: Any) -> Row:
        row = {"id": self.systems.next_id(owner), **values}
        self.systems.put(owner, entity, [row])
        return row

    def change(self, owner: str, order: ChangeSystem) -> None:
        """Set limits or another secret."""
        system = self.systems.get(owner)
        if system is None:
            raise HTTPException(404, f"no system {owner!r}")
        self.systems.save(system.model_copy(update=order.model_dump(exclude_none=True)))

    def edit_charge(self, owner: str, identity: int, edit: ChargeEdit) -> None:
        """Let a person change or remove one."""
        row = self._found(owner, CHARGES, identity)
        if edit.remove:
            self.systems.remove(owner, CHARGES, identity)
            return
        changes = {
            "unitPrice": edit.unit_price,
            "isBilled": edit.billed,
            "isBillableToCompany": edit.billable,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        self.systems.put(owner, CHARGES, [recounted({**row, **given})])

    def edit(self, owner: str, entity: str, identity: int, edit: RecordEdit) -> None:
        """Let a person change a record."""
        changes = dict(edit.values)
        for name, (of, field) in _LABELS.items():
            chosen = getattr(edit, name)
            if chosen is not None:
                changes[field] = picked(owner, of, field, chosen)
        if edit.currency is not None:
            every = self.systems.list(owner, "Currencies")
            changes["currencyID"] = {row["name"]: row["id"] for row in every}[edit.currency]
        if edit.ended_days_ago is not None:
            today = self._clock.now().date()
            changes["endDate"] = _moment(today - timedelta(days=edit.ended_days_ago))
        unknown = {name.lower() for name in changes} - set(fields_of(entity))
        if unknown:
            raise HTTPException(422, f"{entity} has no {sorted(unknown)[0]}")
        row = self._found(owner, entity, identity)
        self.systems.put(owner, entity, [{**row, **changes}])

    def _found(self, owner: str, entity: str, identity: int) -> Row:
        found = self.systems.find(owner, entity, identity)
        if found is None:
            raise HTTPException(404, f"no {entity} {identity}")
        return found

    def charges(self, owner: str) -> list[Row]:
        """All charges, numbers as text."""
        return [
            {k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()}
            for row in self.systems.list(owner, CHARGES)
        ]

    def stats_of(self, owner: str) -> dict[str, object]:
        """Counters of a system."""
        return self._stats.of("autotask", owner)

    def arrivals_of(self, owner: str) -> list[dict[str, object]]:
        """When the latest requests came."""
        return self._stats.arrivals("autotask", owner)


def control_router(control: AutotaskControl) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/_sandbox/autotask")

    @router.post("/systems", status_code=201)
    async def create(order: NewSystem) -> dict[str, Any]:
        return control.create(order)

    @router.patch("/systems/{owner}")
    async def change(owner: str, order: ChangeSystem) -> dict[str, str]:
        control.change(owner, order)
        return {"status": "ok"}

    @router.get("/{owner}/charges")
    async def charges(owner: str) -> list[Row]:
        return control.charges(owner)

    @router.post("/{owner}/charges/{identity}")
    async def edit_charge(owner: str, identity: int, order: ChargeEdit) -> dict[str, str]:
        control.edit_charge(owner, identity, order)
        return {"status": "ok"}

    @router.post("/{owner}/codes")
    async def new_code(owner: str, name: str) -> dict[str, int]:
        return {"id": control.new_code(owner, name, MATERIAL)["id"]}

    @router.post("/{owner}/{entity}/{identity}")
    async def edit(owner: str, entity: str, identity: int, order: RecordEdit) -> dict[str, str]:
        control.edit(owner, entity, identity, order)
        return {"status": "ok"}

    @router.get("/{owner}/stats")
    async def stats(owner: str) -> dict[str, object]:
        return control.stats_of(owner)

    @router.get("/{owner}/arrivals")
    async def arrivals(owner: str) -> list[dict[str, object]]:
        return control.arrivals_of(owner)

    return router


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
