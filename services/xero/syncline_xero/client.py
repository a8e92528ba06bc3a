"""The Xero calls that we use, one method each; knows paging and headers, nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.answers import as_it_came
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.connector.reading import patiently
from syncline_chassis.errors import ReauthRequiredError

from syncline_xero import errors, tenants
from syncline_xero.auth import Tokens
from syncline_xero.kind import CREDIT_NOTE, Kind
from syncline_xero.schemas import (
    XeroAccount,
    XeroContact,
    XeroCurrency,
    XeroDocument,
    XeroItem,
    XeroOrganisation,
    XeroTaxRate,
    XeroTenant,
    XeroTrackingCategory,
)
from syncline_xero.tenants import Tenants

V = TypeVar("V", bound=BaseModel)
NAMES_PER_CALL = 50
"""Ids or numbers in one address: about 2,000 characters."""
CONDITIONS_PER_CALL = 30
PAGE_SIZE = 100
WRITE_PARAMS = {"unitdp": "4", "summarizeErrors": "false"}


class XeroClient:
    """Speaks to one organisation; every call passes the gate."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: Tokens,
        known_tenants: Tenants,
        connection: Connection,
        gate: Gate,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._tenants = known_tenants
        self._connection = connection
        self._gate = gate
        self._base = connection.form["api_url"].rstrip("/")

    async def organisations(self) -> list[XeroTenant]:
        """What a person's consent opens; to be asked without naming one of them."""
        headers = {"Accept": "application/json"}
        return tenants.read(await self._answer("GET", tenants.listed(self._base), None, headers))

    async def organisation(self) -> XeroOrganisation:
        """The organisation itself."""
        found = await self._list("Organisation", "Organisations", XeroOrganisation, {})
        if not found:
            raise errors.ANSWERS.of_malformed(writing=False)
        return found[0]

    async def currencies(self) -> list[XeroCurrency]:
        """Currencies that it may use."""
        return await self._list("Currencies", "Currencies", XeroCurrency, {})

    async def items(self) -> list[XeroItem]:
        """All items; the list has no pages."""
        return await self._list("Items", "Items", XeroItem, {})

    async def accounts(self) -> list[XeroAccount]:
        """The chart of accounts; the list has no pages."""
        return await self._list("Accounts", "Accounts", XeroAccount, {})

    async def tax_rates(self) -> list[XeroTaxRate]:
        """All tax rates."""
        return await self._list("TaxRates", "TaxRates", XeroTaxRate, {})

    async def tracking_categories(self) -> list[XeroTrackingCategory]:
        """All tracking categories with their options; at most a handful."""
        name = "TrackingCategories"
        return await self._list(name, name, XeroTrackingCategory, {})

    async def search_contacts(self, text: str, limit: int) -> list[XeroContact]:
        """Contacts whose name, number or address holds the text; the archived ones too.

        The short form may lack the website.
        """
        params = {
            "includeArchived": "true",
            "page": "1",
            "pageSize": str(limit),
            "order": "Name ASC",
        }
        if text:
            params["searchTerm"] = text
        return await self._list("Contacts", "Contacts", XeroContact, params)

    async def contacts(self, ids: Sequence[str], *, with_terms: bool = False) -> list[XeroContact]:
        """Contacts by id, the archived ones too; payment terms are not in the short form."""
        params = {"includeArchived": "true"} | ({} if with_terms else {"summaryOnly": "true"})
        return await self._named("Contacts", "IDs", ids, XeroContact, params)

    async def by_id(self, kind: Kind, ids: Sequence[str]) -> list[XeroDocument]:
        """Documents with their lines; one that is not there is left out."""
        if kind is CREDIT_NOTE:
            return await self._credit_notes([f'CreditNoteID==guid("{one}")' for one in ids])
        return await self._named("Invoices", "IDs", ids, XeroDocument, {"unitdp": "4"})

    async def by_number(self, kind: Kind, numbers: Sequence[str]) -> list[XeroDocument]:
        """Documents with their lines; several may bear one number if some were deleted."""
        if kind is CREDIT_NOTE:
            return await self._credit_notes([f'CreditNoteNumber=="{one}"' for one in numbers])
        return await self._named(
            "Invoices", "InvoiceNumbers", numbers, XeroDocument, {"unitdp": "4"}
        )

    async def _credit_notes(self, conditions: Sequence[str]) -> list[XeroDocument]:
        """Credit notes have no lists of ids or numbers, so a condition for each."""
        found: list[XeroDocument] = []
        distinct = list(dict.fromkeys(conditions))
        for start in range(0, len(distinct), CONDITIONS_PER_CALL):
            where = " OR ".join(distinct[start : start + CONDITIONS_PER_CALL])
            params = {"where": where, "unitdp": "4"}
            found += await self._paged("CreditNotes", params, XeroDocument)
        return found

    async def write(
        self,
        kind: Kind,
        method: str,
        elements: Sequence[Mapping[str, Any]],
        idempotency_key: str,
    ) -> list[dict[str, Any]]:
        """PUT creates, POST changes; one answered element for each, good or bad.

        Raises `UnknownOutcomeError` where they may have been stored.
        """
        body = await self._call(
            method,
            kind.collection,
            WRITE_PARAMS,
            content=exact_json.dumps({kind.collection: list(elements)}),
            headers={"Idempotency-Key": idempotency_key},
        )
        answered = body.get(kind.collection)
        if not isinstance(answered, list) or not all(isinstance(one, dict) for one in answered):
            raise errors.ANSWERS.of_malformed(writing=True, answer={"body": exact_json.plain(body)})
        return answered

    async def _named(
        self, path: str, by: str, names: Sequence[str], model: type[V], params: Mapping[str, str]
    ) -> list[V]:
        found: list[V] = []
        distinct = list(dict.fromkeys(names))
        for start in range(0, len(distinct), NAMES_PER_CALL):
            some = ",".join(distinct[start : start + NAMES_PER_CALL])
            found += await self._paged(path, {**params, by: some}, model)
        return found

    async def _paged(self, path: str, params: Mapping[str, str], model: type[V]) -> list[V]:
        found: list[V] = []
        page = 0
        while len(found) == page * PAGE_SIZE:
            page += 1
            paging = {"page": str(page), "pageSize": str(PAGE_SIZE)}
            found += await self._list(path, path, model, {**params, **paging})
        return found

    async def _list(
        self, path: str, name: str, model: type[V], params: Mapping[str, str]
    ) -> list[V]:
        rows = (await self._get(path, params)).get(name)
        if not isinstance(rows, list):  # and not nothing: what is not found counts as gone
            raise errors.ANSWERS.of_malformed(writing=False)
        return errors.ANSWERS.records(model, rows)

    async def _get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        return await patiently(lambda: self._call("GET", path, params))

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        *,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        every = {**(headers or {}), "Accept": "application/json"}
        if content is not None:
            every["Content-Type"] = "application/json"
        if tenant_id := await self._tenants.get(self._connection, self.organisations):
            every["xero-tenant-id"] = tenant_id
        url = httpx.URL(f"{self._base}/{path}", params=dict(params))
        body = await self._answer(method, url, content, every)
        if not isinstance(body, dict):
            answer = {"body": exact_json.plain(body)}
            raise errors.ANSWERS.of_malformed(writing=method != "GET", answer=answer)
        return body

    async def _answer(
        self, method: str, url: httpx.URL, content: str | None, headers: Mapping[str, str]
    ) -> Any:
        writing = method != "GET"
        response = await self._sent(method, url, content, headers)
        if not 200 <= response.status_code < 300:
            error = errors.of_answer(response, writing=writing)
            if response.status_code == 429 and errors.problem_of(response) != "concurrent":
                await self._gate.told_to_wait(getattr(error, "retry_after_s", 1.0))
            raise error
        try:
            return exact_json.loads(response.content)
        except ValueError:
            answer = as_it_came(response)
            raise errors.ANSWERS.of_malformed(writing=writing, answer=answer) from None

    async def _sent(
        self, method: str, url: httpx.URL, content: str | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        """The answer; a refused token is renewed once, since nothing was done with it."""
        refused: str | None = None
        for _ in range(2):
            token = await self._tokens.get(self._connection, refused=refused)
            async with self._gate.call(f"{method} {url.path.rsplit('/', 1)[-1]}"):
                try:
                    response = await self._http.request(
                        method,
                        url,
                        content=content,
                        headers={**headers, "Authorization": f"Bearer {token}"},
                    )
                except httpx.HTTPError as error:
                    raise errors.ANSWERS.of_transport(error, writing=method != "GET") from None
            if response.status_code != 401:
                return response
            refused = token
        raise ReauthRequiredError(
            "Xero refuses a fresh access token (401). Check the connection's app in Xero, "
            "then enter its credentials again."
        )
