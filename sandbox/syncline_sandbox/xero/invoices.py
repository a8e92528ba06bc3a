"""Xero's calls for invoices and credit notes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from syncline_sandbox.clock import Clock
from syncline_sandbox.decimals import CENT, dump_json, load_json
from syncline_sandbox.fault import Fault, as_told, handler_fault, is_kept
from syncline_sandbox.store import Store
from syncline_sandbox.xero.books import Books, changed_since, contains
from syncline_sandbox.xero.draft import Drafts, RefusedError
from syncline_sandbox.xero.errors import NO_ID, exception, validation_exception
from syncline_sandbox.xero.gate import Caller
from syncline_sandbox.xero.invoice import Invoice, render, with_totals
from syncline_sandbox.xero.kind import CREDIT_NOTE, Kind
from syncline_sandbox.xero.organisation import Contact, Organisations
from syncline_sandbox.xero.query import (
    QueryError,
    filtered,
    flag,
    modified_since,
    names,
    ordered,
    paged,
    unit_places,
)
from syncline_sandbox.xero.wire import envelope, respond

Element = dict[str, Any]
_ONLY_INVOICES = frozenset({"IDs", "InvoiceNumbers", "ContactIDs", "Statuses", "searchTerm"})


class _WholeBatchRefusedError(Exception):
    """Rolls everything back that the request had written."""


class InvoiceCalls:
    """What the routes do."""

    def __init__(
        self, kind: Kind, store: Store, organisations: Organisations, books: Books, clock: Clock
    ) -> None:
        self.kind = kind
        self._store = store
        self._organisations = organisations
        self._books = books
        self._clock = clock

    def list(self, request: Request) -> Response:
        """Return a page of them; lines only where a page was asked for."""
        caller, params = _caller(request), request.query_params
        if self.kind is CREDIT_NOTE and _ONLY_INVOICES & set(params):
            raise QueryError("credit notes are found by where, not by lists of ids or numbers")
        org = caller.organisation.organisation_id
        found = self._books.select(
            org,
            self.kind,
            ids=names(params, "IDs"),
            numbers=names(params, "InvoiceNumbers"),
            contacts=[name.lower() for name in names(params, "ContactIDs")],
            statuses=names(params, "Statuses"),
        )
        since = modified_since(request.headers.get("if-modified-since"))
        if flag(params, "createdByMyApp"):
            found = [one for one in found if one.created_by == caller.client.client_id]
        if params.get("searchTerm"):
            found = [one for one in found if contains(one, params["searchTerm"])]
        found = [one for one in found if changed_since(one.updated_at, since)]
        with_lines = "page" in params and not flag(params, "summaryOnly")
        if not params.get("where") and not params.get("order"):
            # Only the page is written out then: it matters with thousands of invoices.
            picked, block = paged(found, params)
            rows = [self._render(one, params, with_lines=with_lines, org=org) for one in picked]
        else:
            every = [self._render(one, params, with_lines=with_lines, org=org) for one in found]
            rows, block = paged(
                ordered(filtered(every, params.get("where")), params.get("order")), params
            )
        told = as_told(request.state, rows, _dearer)
        return respond(self._envelope(told, pagination=block))

    def get(self, request: Request, identity: str) -> Response:
        """Return one of them with its lines."""
        org = _caller(request).organisation.organisation_id
        invoice = self._books.get(org, identity, self.kind)
        if invoice is None:
            return Response("The resource you're looking for cannot be found", 404)
        row = self._render(invoice, request.query_params, with_lines=True, org=org)
        return respond(self._envelope([row]))

    async def write(self, request: Request, identity: str | None = None) -> Response:
        """Create or update the elements of a request."""
        body = _elements(self.kind, await request.body())
        if isinstance(body, str):
            return respond(exception(17, "PostDataInvalidException", body), 400)
        if identity is not None:
            org = _caller(request).organisation.organisation_id
            known = self._books.get(org, identity, self.kind)
            if known is None:
                return Response("The resource you're looking for cannot be found", 404)
            body = [{**body[0], self.kind.identity: known.invoice_id}]
        fault = handler_fault(request.state)
        # An element of a single-record call has no batch to be a part of.
        whole = identity is not None or request.query_params.get("summarizeErrors") != "false"
        if fault is not None and fault.kind == "error_in_200":
            whole = False
        rows: list[Element] = []
        try:
            with self._store.transaction():
                drafts = self._drafts(request)
                rows = [self._element(request, drafts, element, fault) for element in body]
                refused = [row for row in rows if row["HasErrors"]]
                if whole and refused:
                    raise _WholeBatchRefusedError
        except _WholeBatchRefusedError:
            return respond(validation_exception([r for r in rows if r["HasErrors"]]), 400)
        return respond(self._envelope(rows))

    def _envelope(self, rows: Sequence[Element], **fields: Any) -> Element:
        return envelope(self._clock.now(), **fields, **{self.kind.collection: rows})

    def _drafts(self, request: Request) -> Drafts:
        caller, places = _caller(request), unit_places(request.query_params)
        client_id, now = caller.client.client_id, self._clock.now()
        return Drafts(
            caller.organisation,
            self._organisations,
            self._books,
            client_id,
            places,
            now,
            self.kind,
        )

    def _element(
        self, request: Request, drafts: Drafts, element: Element, fault: Fault | None
    ) -> Element:
        caller = _caller(request)
        organisation = caller.organisation
        hit = fault is not None and fault.match.encode() in dump_json(element)
        skew = CENT if hit and fault is not None and fault.kind == "off_by_cent" else Decimal(0)
        try:
            if hit and fault is not None and fault.kind == "error_in_200":
                raise RefusedError([fault.message])
            known = self._known(organisation.organisation_id, element, request.method)
            invoice = drafts.update(element, known) if known else drafts.create(element)
        except RefusedError as refused:
            return _refusal(self.kind, element, refused)
        if skew:
            invoice = with_totals(invoice, skew)
        if is_kept(request.state):
            self._books.save(organisation.organisation_id, invoice, caller.client.client_id)
        row = self._render(
            invoice, request.query_params, with_lines=True, org=organisation.organisation_id
        )
        return {**row, "StatusAttributeString": "OK"}

    def _known(self, org: str, element: Mapping[str, Any], method: str) -> Invoice | None:
        identity = element.get(self.kind.identity)
        if identity:
            found = self._books.get(org, str(identity), self.kind)
            if found is None:
                raise RefusedError([f"The {self.kind.identity} does not exist"])
            if method == "PUT":
                raise RefusedError(["What exists cannot be created again"])
            return found
        number = element.get(self.kind.number)
        if method == "PUT" or not number:
            # PUT creates; that the number is free is checked like any other rule.
            return None
        organisation = self._organisations.get(org)
        reuse = organisation is not None and organisation.reuse_deleted_numbers
        return self._books.numbered(org, str(number), self.kind, reuse_deleted=reuse)

    def _render(
        self, invoice: Invoice, params: Mapping[str, str], *, with_lines: bool, org: str
    ) -> Element:
        contact = self._organisations.find(Contact, org, invoice.contact_id)
        return render(invoice, contact, places=unit_places(params), with_lines=with_lines)


def invoice_router(calls: InvoiceCalls) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix=f"/api.xro/2.0/{calls.kind.collection}")

    @router.get("")
    async def list_invoices(request: Request) -> Response:
        try:
            return calls.list(request)
        except QueryError as error:
            return respond(exception(16, "QueryParseException", str(error)), 400)

    @router.get("/{identity}")
    async def get_invoice(request: Request, identity: str) -> Response:
        return calls.get(request, identity)

    @router.put("")
    @router.post("")
    async def write_invoices(request: Request) -> Response:
        return await calls.write(request)

    @router.post("/{identity}")
    async def update_invoice(request: Request, identity: str) -> Response:
        return await calls.write(request, identity)

    return router


def _dearer(row: Element) -> Element:
    """By a cent, in Xero's own sums."""
    return {**row, **{name: row[name] + CENT for name in ("SubTotal", "Total")}}


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _elements(kind: Kind, raw: bytes) -> list[Element] | str:
    # The elements, or what is wrong with the request as a whole.
    try:
        body = load_json(raw)
    except ValueError:
        return "JSON for post data was invalid"
    # One of these shows that it is a document by itself, without the list around it.
    own = {"Type", "Status", kind.identity, kind.number, "LineItems"}
    if isinstance(body, dict) and kind.collection in body:
        body = body[kind.collection]
    elif isinstance(body, dict) and own & set(body):
        body = [body]
    if not isinstance(body, list) or not body or not all(isinstance(one, dict) for one in body):
        return (
            f"No data processed for this endpoint. This endpoint is expecting {kind.noun} data to "
            "be specified in the request body"
        )
    return body


def _refusal(kind: Kind, element: Element, refused: RefusedError) -> Element:
    identity = element.get(kind.identity) or NO_ID
    echo = {**element, kind.identity: identity, "HasErrors": True}
    lines = element.get("LineItems")
    if isinstance(lines, list):
        echo["LineItems"] = [
            {**line, "ValidationErrors": [{"Message": m} for m in refused.by_line.get(at, [])]}
            if isinstance(line, dict)
            else line
            for at, line in enumerate(lines)
        ]
    echo["StatusAttributeString"] = "ERROR"
    echo["ValidationErrors"] = [{"Message": message} for message in refused.all()]
    return echo
