"""Control of the Xero side: organisations, their setup and limits, and what a person does there."""

from datetime import date
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, HTTPException
from pydantic import Field

from syncline_sandbox.clock import Clock
from syncline_sandbox.stats import Stats
from syncline_sandbox.tenants import contact_names, make_tenants
from syncline_sandbox.xero.books import Books
from syncline_sandbox.xero.edit import InvoiceEdit, Order, edited_invoice
from syncline_sandbox.xero.invoice import Invoice
from syncline_sandbox.xero.organisation import (
    Account,
    Contact,
    Item,
    Limits,
    Organisation,
    Organisations,
    TaxRate,
    Terms,
    TrackingCategory,
)
from syncline_sandbox.xero.seed import seed_setup
from syncline_sandbox.xero.token import Client, Tokens


class Consent(Order):
    """A person's consent: an app of the code flow may use the organisation."""

    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)


class NewApp(Order):
    """An app of the code flow, connected to nothing until somebody consents."""

    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)
    redirect_uris: list[str] = Field(default_factory=list)


class Age(Order):
    """Time that passes for tokens."""

    seconds: float = Field(gt=0)


class TenantContacts(Order):
    """Contacts for the generator's tenants of a seed, except the one that nobody knows."""

    seed: int = 1
    tenants: int = Field(default=40, ge=1, le=5000)


class NewOrganisation(Order):
    """An organisation with the client that may use it."""

    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)
    flow: Literal["client_credentials", "authorization_code"] = "client_credentials"
    organisation_id: str = ""
    """Default: derived from name and client id, so the same order gives the same id."""
    name: str = "Sandbox Organisation"
    country: Literal["AU", "NZ"] = "AU"
    base_currency: str = "AUD"
    currencies: tuple[str, ...] = ()
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    reuse_deleted_numbers: bool = False
    sales_terms: Terms | None = None
    limits: Limits = Limits()
    tenant_contacts: TenantContacts | None = None
    contacts: tuple[Contact, ...] = ()
    items: tuple[Item, ...] = ()
    accounts: tuple[Account, ...] = ()


class ChangeOrganisation(Order):
    """Settings to change; what is left out stays."""

    name: str | None = None
    currencies: tuple[str, ...] | None = None
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    reuse_deleted_numbers: bool | None = None
    limits: Limits | None = None


class XeroControl:
    """What the control routes do."""

    def __init__(
        self, organisations: Organisations, tokens: Tokens, books: Books, stats: Stats, clock: Clock
    ) -> None:
        self.organisations = organisations
        self.tokens = tokens
        self.books = books
        self.stats = stats
        self.clock = clock

    def find(self, name: str) -> Organisation:
        """Return an organisation by its id, or by the id of its only client.

        Raises:
            HTTPException: 404.
        """
        client = self.tokens.client(name)
        if client is not None and len(client.connections) == 1:
            name = client.connections[0].organisation_id
        organisation = self.organisations.get(name)
        if organisation is None:
            raise HTTPException(404, f"no organisation {name!r}")
        return organisation

    def create(self, order: NewOrganisation) -> dict[str, Any]:
        """Make an organisation, its seed and its client."""
        org = order.organisation_id or str(uuid5(NAMESPACE_URL, f"{order.client_id}/{order.name}"))
        if self.organisations.get(org) is not None:
            raise HTTPException(409, f"organisation {org} exists")
        client = self.tokens.client(order.client_id)
        if client is not None and order.flow == "client_credentials":
            raise HTTPException(409, "a custom connection has one organisation")
        fields = set(Organisation.model_fields) & set(NewOrganisation.model_fields)
        given = order.model_dump(include=fields)
        currencies = tuple(dict.fromkeys((order.base_currency, *order.currencies)))
        given |= {"organisation_id": org, "currencies": currencies}
        self.organisations.save(Organisation(**given, created_at=self.clock.now()))
        seed_setup(self.organisations, org, order.country)
        contacts = list(order.contacts)
        if order.tenant_contacts is not None:
            people = make_tenants(order.tenant_contacts.seed, order.tenant_contacts.tenants)
            contacts += [Contact(name=name) for name in contact_names(people)]
        self.organisations.put(org, contacts)
        self.organisations.put(org, order.items)
        self.organisations.put(org, order.accounts)
        client = client or Client(**order.model_dump(include=set(Client.model_fields)))
        connection = self.tokens.connect(client, org)
        answer: dict[str, Any] = {
            "organisation_id": org,
            "connection_id": connection.connection_id,
            "client_id": client.client_id,
            "contacts": [
                {"contact_id": contact.contact_id, "name": contact.name} for contact in contacts
            ],
        }
        if client.flow == "authorization_code":
            answer["refresh_token"] = self.tokens.new_refresh_token(client)
        return answer

    def consent(self, org: str, order: Consent) -> dict[str, str]:
        """Connect an app, and hand out what the code flow ends with.

        Raises:
            HTTPException: 409.
        """
        client = self.tokens.client(order.client_id)
        client = client or Client(**order.model_dump(), flow="authorization_code")
        if client.flow != "authorization_code":
            raise HTTPException(409, f"{order.client_id!r} is a custom connection")
        if org not in {connection.organisation_id for connection in client.connections}:
            self.tokens.connect(client, org)
        return {"refresh_token": self.tokens.new_refresh_token(client)}

    def clients_of(self, org: str) -> list[Client]:
        """Return the apps that may use an organisation."""
        return [
            client
            for client in self.tokens.clients()
            if any(connection.organisation_id == org for connection in client.connections)
        ]

    def edit(self, org: str, invoice: Invoice, edit: InvoiceEdit) -> Invoice:
        """Store a person's changes."""
        rates = {rate.tax_type: rate.rate for rate in self.organisations.list(TaxRate, org)}
        tags = self.organisations.list(TrackingCategory, org)
        edited = edited_invoice(invoice, edit, rates, tags, self.clock.now())
        self.books.save(org, edited, "person")
        return edited

    def stats_of(self, org: str) -> dict[str, object]:
        """Return an organisation's counters."""
        counts = self.books.counts(org)
        return {
            **self.stats.of("xero", org),
            "records_created": counts["created"],
            "records_updated": counts["updated"],
            "tokens_given": sum(
                self.tokens.given(client.client_id) for client in self.clients_of(org)
            ),
        }


def control_router(control: XeroControl) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/_sandbox")

    @router.post("/organisations", status_code=201)
    async def create(order: NewOrganisation) -> dict[str, Any]:
        return control.create(order)

    @router.get("/organisations")
    async def listed() -> list[dict[str, Any]]:
        return [one.model_dump(mode="json") for one in control.organisations.all()]

    @router.patch("/organisations/{name}")
    async def change(name: str, order: ChangeOrganisation) -> dict[str, Any]:
        # model_dump would flatten the limits; a date set to null lifts the lock.
        given = {field: getattr(order, field) for field in order.model_fields_set}
        organisation = control.find(name).model_copy(update=given)
        control.organisations.save(organisation)
        return organisation.model_dump(mode="json")

    router.include_router(_tokens_router(control))
    router.include_router(_records_router(control))
    return router


def _tokens_router(control: XeroControl) -> APIRouter:
    router = APIRouter()

    @router.post("/organisations/{name}/expire-tokens")
    async def expire(name: str) -> dict[str, int]:
        clients = control.clients_of(control.find(name).organisation_id)
        for client in clients:
            control.tokens.expire(client.client_id)
        return {"clients": len(clients)}

    @router.get("/organisations/{name}/tokens")
    async def given(name: str) -> list[str]:
        clients = control.clients_of(control.find(name).organisation_id)
        return [text for client in clients for text in control.tokens.texts(client.client_id)]

    @router.post("/organisations/{name}/age-tokens")
    async def age(name: str, order: Age) -> dict[str, int]:
        clients = control.clients_of(control.find(name).organisation_id)
        for client in clients:
            control.tokens.age(client.client_id, order.seconds)
        return {"clients": len(clients)}

    @router.post("/organisations/{name}/consents", status_code=201)
    async def consent(name: str, order: Consent) -> dict[str, str]:
        return control.consent(control.find(name).organisation_id, order)

    @router.post("/apps", status_code=201)
    async def register(order: NewApp) -> dict[str, str]:
        control.tokens.save(Client(**order.model_dump(), flow="authorization_code"))
        return {"client_id": order.client_id}

    return router


def _records_router(control: XeroControl) -> APIRouter:
    router = APIRouter(prefix="/xero/{name}")

    @router.post("/contacts", status_code=201)
    async def save_contact(name: str, contact: Contact) -> Contact:
        control.organisations.put(control.find(name).organisation_id, [contact])
        return contact

    @router.get("/contacts")
    async def contacts(name: str) -> list[Contact]:
        return control.organisations.list(Contact, control.find(name).organisation_id)

    @router.post("/items", status_code=201)
    async def save_item(name: str, item: Item) -> Item:
        control.organisations.put(control.find(name).organisation_id, [item])
        return item

    @router.get("/invoices")
    async def invoices(name: str) -> list[dict[str, Any]]:
        found = control.books.select(control.find(name).organisation_id)
        return [invoice.model_dump(mode="json") for invoice in found]

    @router.post("/invoices/{identity}")
    async def edit(name: str, identity: str, order: InvoiceEdit) -> dict[str, Any]:
        org = control.find(name).organisation_id
        invoice = control.books.get(org, identity)
        if invoice is None:
            raise HTTPException(404, f"no invoice {identity!r}")
        return control.edit(org, invoice, order).model_dump(mode="json")

    @router.get("/writes")
    async def writes(name: str) -> list[dict[str, Any]]:
        return control.books.writes(control.find(name).organisation_id)

    @router.get("/stats")
    async def stats(name: str) -> dict[str, object]:
        return control.stats_of(control.find(name).organisation_id)

    @router.get("/arrivals")
    async def arrivals(name: str) -> list[dict[str, object]]:
        return control.stats.arrivals("xero", control.find(name).organisation_id)

    return router
