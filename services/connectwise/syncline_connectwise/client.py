"""The ConnectWise calls that we use, one method each; knows paging and headers, nothing else."""

import asyncio
import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.answers import as_it_came
from syncline_chassis.connector.leases import LeaseLostError
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.errors import RateLimitedError, TransientError

from syncline_connectwise import errors
from syncline_connectwise.schemas import CwAddition, CwAgreement, CwCompany, CwInfo, CwProduct

V = TypeVar("V", bound=BaseModel)
PAGE_SIZE = 1000
NAMES_PER_CALL = 50
"""Ids or keys in one condition: an address stays below 2,000 characters."""
READ_PAUSES_S = (0.2, 0.6)
_MEANINGFUL = re.compile(r"[\"'\[\]*%\\]")
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
        body = await self._get("system/info", {})
        return _read(CwInfo, [body])[0]

    async def companies(self, conditions: str, limit: int) -> list[CwCompany]:
        """Companies that meet the conditions, the first ones."""
        return await self._some("company/companies", conditions, CwCompany, limit)

    async def agreements(self, conditions: str, limit: int = PAGE_SIZE) -> list[CwAgreement]:
        """Agreements that meet the conditions, the first ones."""
        return await self._some("finance/agreements", conditions, CwAgreement, limit)

    async def agreements_by_id(self, ids: Sequence[int]) -> list[CwAgreement]:
        """Agreements by id; one that is not there is left out."""
        return await self._named("finance/agreements", "id", ids, CwAgreement)

    async def products(self, conditions: str, limit: int) -> list[CwProduct]:
        """Catalogue items that meet the conditions, the first ones."""
        return await self._some("procurement/catalog", conditions, CwProduct, limit)

    async def products_by_identifier(self, names: Sequence[str]) -> list[CwProduct]:
        """Catalogue items by identifier, maybe others too; one that is not there is left out."""
        path = "procurement/catalog"
        exact = [name for name in names if plain(name) == name]
        found = await self._named(path, "identifier", exact, CwProduct)
        for name in set(names) - set(exact):
            part = f"identifier contains {quoted(name)}"
            found += await self._some(path, part, CwProduct, PAGE_SIZE, every=True)
        return found

    async def additions(
        self, agreement_id: int, field: str, values: Sequence[int | str]
    ) -> list[CwAddition]:
        """Additions of one agreement whose field has one of these values."""
        path = f"finance/agreements/{agreement_id}/additions"
        return await self._named(path, field, values, CwAddition)

    async def write(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """One write; what ConnectWise answers, empty for a delete.

        Raises `UnknownOutcomeError` where it may have been carried out.
        """
        content = None if body is None else exact_json.dumps(body)
        answered = await self._call(method, path, {}, content)
        if not isinstance(answered, dict):
            answer = {"body": exact_json.plain(answered)}
            raise errors.ANSWERS.of_malformed(writing=True, answer=answer)
        return answered

    async def _named(
        self, path: str, field: str, values: Sequence[int | str], model: type[V]
    ) -> list[V]:
        found: list[V] = []
        distinct = list(dict.fromkeys(values))
        for start in range(0, len(distinct), NAMES_PER_CALL):
            some = ",".join(quoted(one) for one in distinct[start : start + NAMES_PER_CALL])
            found += await self._some(path, f"{field} in ({some})", model, PAGE_SIZE, every=True)
        return found

    async def _some(
        self, path: str, conditions: str, model: type[V], limit: int, *, every: bool = False
    ) -> list[V]:
        found: list[V] = []
        page = 1
        while True:
            params = {"page": str(page), "pageSize": str(limit)}
            if conditions:
                params["conditions"] = conditions
            rows = await self._get(path, params)
            if not isinstance(rows, list):
                raise errors.ANSWERS.of_malformed(writing=False)
            found += _read(model, rows)
            if not every or len(rows) < limit:
                return found
            page += 1

    async def _get(self, path: str, params: Mapping[str, str]) -> Any:
        """Read; what fails for a moment is asked again at once, since the batch waits for it."""
        for pause_s in READ_PAUSES_S:
            try:
                return await self._call("GET", path, params, None)
            except (RateLimitedError, LeaseLostError):
                raise
            except TransientError:
                await asyncio.sleep(pause_s)
        return await self._call("GET", path, params, None)

    async def _call(
        self, method: str, path: str, params: Mapping[str, str], content: str | None
    ) -> Any:
        writing = method != "GET"
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = "application/json"
        async with self._gate.call(f"{method} {path.partition('/')[0]}"):
            try:
                response = await self._http.request(
                    method,
                    f"{self._base}/{path}",
                    params=dict(params),
                    content=content,
                    headers=headers,
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


def quoted(value: int | str) -> str:
    """A value of a condition; of a text with characters that mean something, see `plain`."""
    return str(value) if isinstance(value, int) else '"' + plain(value) + '"'


def plain(text: str) -> str:
    """The longest part of a text without what has a meaning in conditions.

    How a quote is escaped there is not published; a search for the part finds the whole, too.
    """
    return max((part.strip() for part in _MEANINGFUL.split(text)), key=len)


def _read(model: type[V], rows: Sequence[Any]) -> list[V]:
    try:
        return [model.model_validate(row) for row in rows]
    except ValidationError as error:
        raise errors.ANSWERS.of_malformed(writing=False) from error
