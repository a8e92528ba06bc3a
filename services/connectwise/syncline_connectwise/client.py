"""The ConnectWise calls that we use, one method each; knows paging and headers, nothing else."""

import base64
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.answers import as_it_came
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.connector.reading import patiently
from syncline_chassis.errors import RejectedError

from syncline_connectwise import errors
from syncline_connectwise.conditions import among
from syncline_connectwise.schemas import (
    CwAddition,
    CwAgreement,
    CwCompany,
    CwFinanceCurrency,
    CwInfo,
    CwProduct,
    CwRecord,
)

V = TypeVar("V", bound=BaseModel)
R = TypeVar("R", bound=CwRecord)
PAGE_SIZE = 1000
FORWARD_ONLY = {"pagination-type": "forward-only"}
"""A page begins after an id; there is always a link to a next one, so a short page is the last."""
OF_AN_AGREEMENT = "finance/agreements/"
"""What stands on one goes with it; all else that we read is in every system."""
VERSION = "application/vnd.connectwise.com+json; version=2025.1"


class ConnectWiseClient:
    """Speaks to one system; every call passes the gate."""

    def __init__(self, http: httpx.AsyncClient, connection: Connection, gate: Gate) -> None:
        form = connection.form
        self._http = http
        self._gate = gate
        self._base = form["api_url"].rstrip("/")
        keys = f"{form['company_id']}+{form['public_key']}:{form['private_key']}"
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(keys.encode()).decode(),
            "clientId": form["client_id"],
            "Accept": VERSION,
        }

    async def info(self) -> CwInfo:
        """Version of the system; any working key may read it."""
        body = await self._get("system/info", {}, {})
        return errors.ANSWERS.records(CwInfo, [body])[0]

    async def currencies(self) -> list[CwFinanceCurrency]:
        """Currencies that the system keeps."""
        return await self._all("finance/currencies", [""], CwFinanceCurrency)

    async def companies(self, conditions: str, most: int) -> list[CwCompany]:
        """Companies that meet the conditions, the first ones."""
        return await self._first("company/companies", conditions, CwCompany, most)

    async def companies_by_id(self, ids: Sequence[int]) -> list[CwCompany]:
        """Companies by id; one that is not there is left out."""
        return await self._all("company/companies", among("id", ids), CwCompany)

    async def agreements(self, conditions: str, most: int) -> list[CwAgreement]:
        """Agreements that meet the conditions, the first ones."""
        return await self._first("finance/agreements", conditions, CwAgreement, most)

    async def agreements_by_id(self, ids: Sequence[int]) -> list[CwAgreement]:
        """Agreements by id; one that is not there is left out."""
        return await self._all("finance/agreements", among("id", ids), CwAgreement)

    async def products(self, conditions: str, most: int) -> list[CwProduct]:
        """Catalogue items that meet the conditions, the first ones."""
        return await self._first("procurement/catalog", conditions, CwProduct, most)

    async def products_by_identifier(self, names: Sequence[str]) -> list[CwProduct]:
        """Catalogue items by identifier, and others; one that is not there is left out."""
        return await self._all("procurement/catalog", among("identifier", names), CwProduct)

    async def additions(
        self, agreement_id: int, field: str, values: Sequence[int | str]
    ) -> list[CwAddition]:
        """Additions of one agreement whose field has one of these values."""
        path = f"finance/agreements/{agreement_id}/additions"
        return await self._all(path, among(field, values), CwAddition)

    async def write(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """One write; what ConnectWise answers, empty for a delete.

        Raises `UnknownOutcomeError` where it may have been carried out.
        """
        content = None if body is None else exact_json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        answered = await self._call(method, path, {}, headers, content)
        if not isinstance(answered, dict):
            answer = {"body": exact_json.plain(answered)}
            raise errors.ANSWERS.of_malformed(writing=True, answer=answer)
        return answered

    async def _first(self, path: str, conditions: str, model: type[V], most: int) -> list[V]:
        """The first page."""
        params = {"pageSize": str(most)} | ({"conditions": conditions} if conditions else {})
        return await self._page(path, params, model)

    async def _all(self, path: str, conditions: Sequence[str], model: type[R]) -> list[R]:
        """Every page of each: by the last id, so that rows that come and go shift none."""
        found: list[R] = []
        for condition in conditions:
            params = {"pageSize": str(PAGE_SIZE)} | ({"conditions": condition} if condition else {})
            while True:
                rows = await self._page(path, params, model, FORWARD_ONLY)
                if rows and rows[0].id <= int(params.get("pageId", 0)):
                    raise errors.ANSWERS.of_malformed(writing=False)  # it pages in another way
                found += rows
                if len(rows) < PAGE_SIZE:
                    break
                params["pageId"] = str(rows[-1].id)
        return found

    async def _page(
        self,
        path: str,
        params: Mapping[str, str],
        model: type[V],
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> list[V]:
        rows = await self._get(path, params, headers)
        if not isinstance(rows, list):
            raise errors.ANSWERS.of_malformed(writing=False)
        return errors.ANSWERS.records(model, rows)

    async def _get(self, path: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        try:
            return await patiently(lambda: self._call("GET", path, params, headers, None))
        except RejectedError as error:
            if errors.is_not_there(error) and not path.startswith(OF_AN_AGREEMENT):
                raise errors.hidden(error) from None
            raise

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        content: str | None,
    ) -> Any:
        writing = method != "GET"
        async with self._gate.call(f"{method} {path.partition('/')[0]}"):
            try:
                response = await self._http.request(
                    method,
                    f"{self._base}/{path}{_query(params)}",
                    content=content,
                    headers={**self._headers, **headers},
                )
            except httpx.HTTPError as error:
                raise errors.ANSWERS.of_transport(error, writing=writing) from None
        if response.status_code == 429:
            told = errors.limited(response)
            await self._gate.told_to_wait(told.retry_after_s)
            raise told
        if not 200 <= response.status_code < 300:
            raise errors.ANSWERS.of(response, writing=writing)
        if response.status_code == 204:
            return {}
        try:
            return exact_json.loads(response.content)
        except ValueError:
            answer = as_it_came(response)
            raise errors.ANSWERS.of_malformed(writing=writing, answer=answer) from None


def _query(params: Mapping[str, str]) -> str:
    """Every letter that the vendor's guide wants encoded is."""
    return f"?{urlencode(params, safe='', quote_via=quote)}" if params else ""
