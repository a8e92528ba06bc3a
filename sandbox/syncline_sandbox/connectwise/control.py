"""Control of the ConnectWise side: systems, what they hold, and what a person does there."""

from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.clock import Clock
from syncline_sandbox.connectwise.invoicing import invoice, open_period
from syncline_sandbox.connectwise.records import (
    Addition,
    Agreement,
    Company,
    InvoicingCycle,
    Product,
    ProductClass,
)
from syncline_sandbox.connectwise.system import System, Systems
from syncline_sandbox.decimals import plain
from syncline_sandbox.stats import Stats


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewProduct(_Order):
    """A catalogue item."""

    identifier: str
    description: str = ""
    product_class: ProductClass = "Agreement"
    inactive: bool = False


class NewSystem(_Order):
    """A system with customers, each with one monthly agreement."""

    company_id: str
    public_key: str
    private_key: str
    client_id: str
    hides_refusals: bool = False
    per_minute: int = Field(default=1000, ge=1)
    currency: str = "AUD"
    currencies: list[str] = Field(default_factory=list)
    """Of the system; the one above where none are named."""
    companies: list[str]
    products: list[NewProduct]


class ChangeSystem(_Order):
    """Settings to change; what is left out stays."""

    private_key: str | None = None
    hides_refusals: bool | None = None


class AdditionEdit(_Order):
    """What a person changes on an addition."""

    unit_price: Decimal | None = None
    billed_quantity: Decimal | None = None
    remove: bool = False


class CompanyEdit(_Order):
    """What a person changes on a company."""

    name: str | None = None
    status: str | None = None
    currency: str | None = None
    deleted: bool | None = None


class AgreementEdit(_Order):
    """What a person changes on an agreement; only what is named changes."""

    name: str | None = None
    company_id: int | None = None
    cancelled: bool | None = None
    currency: str | None = None
    start: date | None = None
    end: date | None = None
    bill_start: date | None = None
    next_invoice: date | None = None
    billing_cycle: str | None = None
    invoicing_cycle: InvoicingCycle | None = None
    one_time: bool | None = None
    prorates: bool | None = None
    invoices_prorated: bool | None = None


class ConnectWiseControl:
    """What the routes do."""

    def __init__(self, systems: Systems, stats: Stats, clock: Clock) -> None:
        self._systems = systems
        self._stats = stats
        self._clock = clock

    def create(self, order: NewSystem) -> dict[str, Any]:
        """Make a system; ids of what it holds."""
        fields = order.model_dump(include=set(System.model_fields))
        fields["currencies"] = order.currencies or [order.currency]
        self._systems.save(System.model_validate(fields))
        owner, month = order.company_id, self._clock.now().date().replace(day=1)
        companies, agreements = [], []
        for name in order.companies:
            company = Company(id=self._systems.next_id(owner), identifier=name[:30], name=name)
            companies.append(company)
            agreements.append(
                Agreement(
                    id=self._systems.next_id(owner),
                    name=f"Azure of {name}",
                    company_id=company.id,
                    currency=order.currency,
                    next_invoice=month,
                )
            )
        products = [
            Product(
                id=self._systems.next_id(owner),
                **{**one.model_dump(), "description": one.description or one.identifier},
            )
            for one in order.products
        ]
        self._systems.put(owner, companies)
        self._systems.put(owner, agreements)
        self._systems.put(owner, products)
        return {
            "companies": [one.id for one in companies],
            "agreements": [one.id for one in agreements],
            "products": {one.identifier: one.id for one in products},
        }

    def change(self, owner: str, order: ChangeSystem) -> None:
        """Let a person give the API member another key."""
        system = self._systems.get(owner)
        if system is None:
            raise HTTPException(404, f"no system {owner!r}")
        self._systems.save(system.model_copy(update=order.model_dump(exclude_none=True)))

    def additions(self, owner: str) -> list[Addition]:
        """Everything on all agreements."""
        return self._systems.list(Addition, owner)

    def products(self, owner: str) -> list[Product]:
        """The catalogue."""
        return self._systems.list(Product, owner)

    def edit_addition(self, owner: str, identity: int, edit: AdditionEdit) -> None:
        """Let a person change or remove one."""
        found = self._systems.find(Addition, owner, identity)
        if found is None:
            raise HTTPException(404, f"no addition {identity}")
        if edit.remove:
            self._systems.remove(owner, found)
            return
        changes = edit.model_dump(exclude_none=True, exclude={"remove"})
        self._systems.put(owner, [found.model_copy(update=changes)])

    def edit_company(self, owner: str, identity: int, edit: CompanyEdit) -> None:
        """Let a person change one."""
        found = self._systems.find(Company, owner, identity)
        if found is None:
            raise HTTPException(404, f"no company {identity}")
        changes = edit.model_dump(exclude_unset=True)
        self._systems.put(owner, [found.model_copy(update=changes)])

    def edit_agreement(self, owner: str, identity: int, edit: AgreementEdit) -> None:
        """Let a person change one."""
        found = self._agreement(owner, identity)
        changes = edit.model_dump(exclude_unset=True)
        self._systems.put(owner, [found.model_copy(update=changes)])

    def invoice(self, owner: str, identity: int) -> dict[str, Any]:
        """Let a person invoice the period of an agreement that is open."""
        agreement = self._agreement(owner, identity)
        every = self._systems.list(Addition, owner)
        first, last = open_period(agreement)
        moved, lines = invoice(agreement, [one for one in every if one.agreement_id == identity])
        self._systems.put(owner, [moved])
        self._systems.put(owner, [addition for addition, _ in lines])
        return {
            "first": first.isoformat(),
            "last": last.isoformat(),
            "lines": [
                {"serial_number": addition.serial_number, "amount": plain(amount)}
                for addition, amount in lines
            ],
        }

    def _agreement(self, owner: str, identity: int) -> Agreement:
        found = self._systems.find(Agreement, owner, identity)
        if found is None:
            raise HTTPException(404, f"no agreement {identity}")
        return found

    def stats_of(self, owner: str) -> dict[str, object]:
        """Counters of a system."""
        return self._stats.of("connectwise", owner)

    def arrivals_of(self, owner: str) -> list[dict[str, object]]:
        """When the latest requests came."""
        return self._stats.arrivals("connectwise", owner)


def control_router(control: ConnectWiseControl) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/_sandbox/connectwise")

    @router.post("/systems", status_code=201)
    async def create(order: NewSystem) -> dict[str, Any]:
        return control.create(order)

    @router.patch("/systems/{owner}")
    async def change(owner: str, order: ChangeSystem) -> dict[str, str]:
        control.change(owner, order)
        return {"status": "ok"}

    @router.get("/{owner}/additions")
    async def additions(owner: str) -> list[dict[str, Any]]:
        return [one.model_dump(mode="json") for one in control.additions(owner)]

    @router.post("/{owner}/additions/{identity}")
    async def edit_addition(owner: str, identity: int, order: AdditionEdit) -> dict[str, str]:
        control.edit_addition(owner, identity, order)
        return {"status": "ok"}

    @router.post("/{owner}/agreements/{identity}")
    async def edit_agreement(owner: str, identity: int, order: AgreementEdit) -> dict[str, str]:
        control.edit_agreement(owner, identity, order)
        return {"status": "ok"}

    @router.post("/{owner}/agreements/{identity}/invoice")
    async def invoice_agreement(owner: str, identity: int) -> dict[str, Any]:
        return control.invoice(owner, identity)

    @router.post("/{owner}/companies/{identity}")
    async def edit_company(owner: str, identity: int, order: CompanyEdit) -> dict[str, str]:
        control.edit_company(owner, identity, order)
        return {"status": "ok"}

    @router.get("/{owner}/products")
    async def products(owner: str) -> list[dict[str, Any]]:
        return [one.model_dump(mode="json") for one in control.products(owner)]

    _add_counters(router, control)
    return router


def _add_counters(router: APIRouter, control: ConnectWiseControl) -> None:
    @router.get("/{owner}/stats")
    async def stats(owner: str) -> dict[str, object]:
        return control.stats_of(owner)

    @router.get("/{owner}/arrivals")
    async def arrivals(owner: str) -> list[dict[str, object]]:
        return control.arrivals_of(owner)
