"""Xero's pick lists, read only."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from syncline_sandbox.clock import Clock
from syncline_sandbox.xero.books import changed_since
from syncline_sandbox.xero.errors import exception
from syncline_sandbox.xero.gate import Caller
from syncline_sandbox.xero.organisation import (
    Account,
    Contact,
    Item,
    Organisation,
    Organisations,
    Setup,
    TaxRate,
    Terms,
    TrackingCategory,
)
from syncline_sandbox.xero.query import (
    QueryError,
    filtered,
    flag,
    modified_since,
    names,
    ordered,
    paged,
)
from syncline_sandbox.xero.wire import dotnet, dotnet_day, envelope, respond

Row = dict[str, Any]
_ACTIONS = ("CreateDraftInvoice", "CreateApprovedInvoice", "UseMulticurrency", "ViewContacts")


class Lists:
    """What the routes do."""

    def __init__(self, organisations: Organisations, clock: Clock) -> None:
        self._organisations = organisations
        self._clock = clock

    async def organisation(self, request: Request) -> Response:
        """Return the organisation itself."""
        return self._answer(request, "Organisations", [_organisation(_org(request))])

    async def actions(self, request: Request) -> Response:
        """Return what this connection may do."""
        single = len(_org(request).currencies) == 1
        denied = {"UseMulticurrency"} if single else set[str]()
        rows = [
            {"Name": name, "Status": "NOT-ALLOWED" if name in denied else "ALLOWED"}
            for name in _ACTIONS
        ]
        return self._answer(request, "Actions", rows)

    async def items(self, request: Request) -> Response:
        """Return all items; this list has no pages."""
        return self._answer(request, "Items", [_item(one) for one in self._all(request, Item)])

    async def item(self, request: Request, identity: str) -> Response:
        """Return an item by id or code."""
        found = self._all(request, Item)
        rows = [_item(one) for one in found if identity in (one.item_id, one.code)]
        return self._answer(request, "Items", rows) if rows else _missing()

    async def accounts(self, request: Request) -> Response:
        """Return the chart of accounts."""
        rows = [_account(one) for one in self._all(request, Account)]
        return self._answer(request, "Accounts", rows)

    async def tax_rates(self, request: Request) -> Response:
        """Return the tax rates."""
        rows = [_tax_rate(one) for one in self._all(request, TaxRate)]
        return self._answer(request, "TaxRates", rows)

    async def currencies(self, request: Request) -> Response:
        """Return the currencies that may be used."""
        rows = [{"Code": code, "Description": code} for code in _org(request).currencies]
        return self._answer(request, "Currencies", rows)

    async def branding_themes(self, request: Request) -> Response:
        """Return no branding themes."""
        return self._answer(request, "BrandingThemes", [])

    async def tracking_categories(self, request: Request) -> Response:
        """Return the tracking categories with their options."""
        rows = [_category(one) for one in self._all(request, TrackingCategory)]
        return self._answer(request, "TrackingCategories", rows)

    async def contacts(self, request: Request) -> Response:
        """Return a page of contacts."""
        try:
            rows, block = _contact_page(request, self._all(request, Contact))
        except QueryError as error:
            return respond(exception(16, "QueryParseException", str(error)), 400)
        return respond(envelope(self._clock.now(), pagination=block, Contacts=rows))

    async def contact(self, request: Request, identity: str) -> Response:
        """Return a contact by id or contact number."""
        rows = [
            _contact(one, summary=False)
            for one in self._all(request, Contact)
            if identity.lower() == one.contact_id or identity == one.contact_number != ""
        ]
        return self._answer(request, "Contacts", rows) if rows else _missing()

    def _all(self, request: Request, kind: type[Setup]) -> list[Setup]:
        return self._organisations.list(kind, _org(request).organisation_id)

    def _answer(self, request: Request, name: str, rows: Sequence[Row]) -> Response:
        params = request.query_params
        try:
            kept = ordered(filtered(list(rows), params.get("where")), params.get("order"))
        except QueryError as error:
            return respond(exception(16, "QueryParseException", str(error)), 400)
        return respond(envelope(self._clock.now(), **{name: kept}))


def list_router(organisations: Organisations, clock: Clock) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/api.xro/2.0")
    lists = Lists(organisations, clock)
    router.add_api_route("/Organisation", lists.organisation)
    router.add_api_route("/Organisation/Actions", lists.actions)
    router.add_api_route("/Items", lists.items)
    router.add_api_route("/Items/{identity}", lists.item)
    router.add_api_route("/Accounts", lists.accounts)
    router.add_api_route("/TaxRates", lists.tax_rates)
    router.add_api_route("/Currencies", lists.currencies)
    router.add_api_route("/BrandingThemes", lists.branding_themes)
    router.add_api_route("/TrackingCategories", lists.tracking_categories)
    router.add_api_route("/Contacts", lists.contacts)
    router.add_api_route("/Contacts/{identity}", lists.contact)
    return router


def _org(request: Request) -> Organisation:
    caller: Caller = request.state.caller
    return caller.organisation


def _contact_page(request: Request, found: Sequence[Contact]) -> tuple[list[Row], dict[str, int]]:
    params = request.query_params
    wanted = [identity.lower() for identity in names(params, "IDs")]
    term = params.get("searchTerm", "").casefold()
    since = modified_since(request.headers.get("if-modified-since"))
    kept = [
        one
        for one in found
        if (one.status == "ACTIVE" or wanted or flag(params, "includeArchived"))
        and (not wanted or one.contact_id in wanted)
        and _matches(one, term)
        and changed_since(one.updated_at, since)
    ]
    rows = [_contact(one, summary=flag(params, "summaryOnly")) for one in kept]
    return paged(ordered(filtered(rows, params.get("where")), params.get("order")), params)


def _matches(contact: Contact, term: str) -> bool:
    searched = (
        contact.name,
        contact.first_name,
        contact.last_name,
        contact.contact_number,
        contact.email,
    )
    return not term or any(term in text.casefold() for text in searched)


def _missing() -> Response:
    return Response("The resource you're looking for cannot be found", 404)


def _contact(contact: Contact, *, summary: bool) -> Row:
    row: Row = {
        "ContactID": contact.contact_id,
        "ContactStatus": contact.status,
        "Name": contact.name,
        "EmailAddress": contact.email,
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "IsSupplier": False,
        "IsCustomer": True,
        "UpdatedDateUTC": dotnet(contact.updated_at),
        "HasValidationErrors": False,
    }
    if contact.contact_number:
        row["ContactNumber"] = contact.contact_number
    if contact.account_number:
        row["AccountNumber"] = contact.account_number
    if contact.website and not summary:
        row["Website"] = contact.website
    if not summary and contact.sales_terms is not None:
        row["PaymentTerms"] = _terms(contact.sales_terms)
    if not summary:
        row |= {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    return row


def _item(item: Item) -> Row:
    sales: Row = {}
    if item.unit_price is not None:
        sales["UnitPrice"] = item.unit_price
    if item.account_code:
        sales["AccountCode"] = item.account_code
    if item.tax_type:
        sales["TaxType"] = item.tax_type
    return {
        "ItemID": item.item_id,
        "Code": item.code,
        "Name": item.name,
        "Description": item.description,
        "PurchaseDetails": {},
        "SalesDetails": sales,
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": False,
    }


def _account(account: Account) -> Row:
    row = {
        "AccountID": account.account_id,
        "Code": account.code,
        "Name": account.name,
        "Status": account.status,
        "Type": account.type,
        "Class": account.account_class,
        "TaxType": account.tax_type,
        "EnablePaymentsToAccount": False,
    }
    return row | ({"SystemAccount": account.system} if account.system else {})


def _tax_rate(rate: TaxRate) -> Row:
    return {
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "Status": rate.status,
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": not rate.revenue,
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": rate.revenue,
        "DisplayTaxRate": rate.rate,
        "EffectiveRate": rate.rate,
        "TaxComponents": [{"Name": "GST", "Rate": rate.rate, "IsCompound": False}],
    }


def _category(category: TrackingCategory) -> Row:
    return {
        "TrackingCategoryID": category.category_id,
        "Name": category.name,
        "Status": "ACTIVE",
        "Options": [
            {"TrackingOptionID": one.option_id, "Name": one.name, "Status": "ACTIVE"}
            for one in category.options
        ],
    }


def _organisation(organisation: Organisation) -> Row:
    row: Row = {
        "OrganisationID": organisation.organisation_id,
        "Name": organisation.name,
        "LegalName": organisation.name,
        "PaysTax": True,
        "Version": organisation.country,
        "OrganisationType": "COMPANY",
        "OrganisationStatus": "ACTIVE",
        "BaseCurrency": organisation.base_currency,
        "CountryCode": organisation.country,
        "IsDemoCompany": False,
        "DefaultSalesTax": "Tax Exclusive",
        "Timezone": organisation.timezone,
        "CreatedDateUTC": dotnet(organisation.created_at),
        "Class": "DEMO",
        "Edition": "BUSINESS",
    }
    locks: dict[str, date | None] = {
        "PeriodLockDate": organisation.period_lock_date,
        "EndOfYearLockDate": organisation.end_of_year_lock_date,
    }
    if organisation.sales_terms is not None:
        row["PaymentTerms"] = _terms(organisation.sales_terms)
    return row | {name: dotnet_day(day) for name, day in locks.items() if day is not None}


def _terms(terms: Terms) -> Row:
    return {"Sales": {"Day": terms.day, "Type": terms.kind}}
