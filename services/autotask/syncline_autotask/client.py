"""The Autotask calls that we use, one method each; knows headers, searches and pages."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.answers import as_it_came
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.connector.reading import BusyError, patiently
from syncline_chassis.errors import (
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
)

from syncline_autotask import errors
from syncline_autotask.pace import Paces
from syncline_autotask.schemas import (
    AtCharge,
    AtCode,
    AtCompany,
    AtContract,
    AtContractService,
    AtCurrency,
    AtField,
    AtService,
    AtThreshold,
)
from syncline_autotask.zone import Zones

V = TypeVar("V", bound=BaseModel)
Condition = dict[str, Any]
PAGE_SIZE = 500
VALUES_PER_CALL = 150
"""Of one `in`: a search takes 500 values, and some ask in three fields."""


class AutotaskClient:
    """Speaks to one database; every call keeps the pace and passes the gate."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        connection: Connection,
        gate: Gate,
        zones: Zones,
        paces: Paces,
    ) -> None:
        self._http = http
        self._connection = connection
        self._gate = gate
        self._zones = zones
        self._paces = paces
        self._headers = {
            "UserName": connection.form["user_name"],
            "Secret": connection.form["secret"],
            "ApiIntegrationCode": connection.form["integration_code"],
            "Accept": "application/json",
        }

    async def pages(self) -> str:
        """Where people see this database; empty where that is not known."""
        return (await self._zones.of(self._connection, self._gate)).pages

    async def threshold(self) -> AtThreshold:
        """What is used of the hour. It has nothing to refuse but the one who asks."""
        try:
            body = await self._patiently("GET", "ThresholdInformation", None, paced=False)
        except RejectedError as error:
            raise ReauthRequiredError(error.detail) from None
        return errors.ANSWERS.records(AtThreshold, [body])[0]

    async def fields(self, entity: str) -> list[AtField]:
        """Fields of an entity, with the partner's own pick list values."""
        body = await self._patiently("GET", f"{entity}/entityInformation/fields", None)
        return errors.ANSWERS.records(AtField, body.get("fields") or [])

    async def currencies(self) -> list[AtCurrency]:
        """All currencies."""
        return await self._search("Currencies", [{"op": "exist", "field": "id"}], AtCurrency)

    async def companies(self, *conditions: Condition, most: int = PAGE_SIZE) -> list[AtCompany]:
        """Companies that meet all conditions."""
        return await self._search("Companies", conditions, AtCompany, most)

    async def contracts(self, *conditions: Condition, most: int = PAGE_SIZE) -> list[AtContract]:
        """Contracts that meet all conditions."""
        return await self._search("Contracts", conditions, AtContract, most)

    async def services(self, *conditions: Condition, most: int = PAGE_SIZE) -> list[AtService]:
        """Services that meet all conditions."""
        return await self._search("Services", conditions, AtService, most)

    async def codes(self, *conditions: Condition, most: int = PAGE_SIZE) -> list[AtCode]:
        """Billing codes that meet all conditions."""
        return await self._search("BillingCodes", conditions, AtCode, most)

    async def contract_services(self, *conditions: Condition) -> list[AtContractService]:
        """Services on contracts."""
        return await self._search("ContractServices", conditions, AtContractService)

    async def charges(self, field: str, values: Sequence[int | str]) -> list[AtCharge]:
        """Charges on any contract whose field has one of these values."""
        found: list[AtCharge] = []
        for some in chunks(values):
            found += await self._search("ContractCharges", [among(field, some)], AtCharge)
        return found

    async def write(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """One write; what Autotask answers, an id at best.

        Raises `UnknownOutcomeError` where it may have been carried out.
        """
        content = None if body is None else exact_json.dumps(body)
        return await self._call(method, path, content, writing=True)

    async def _search(
        self,
        entity: str,
        conditions: Sequence[Condition],
        model: type[V],
        most: int = PAGE_SIZE,
    ) -> list[V]:
        """All pages, or the first one where fewer than a page are wanted."""
        content = exact_json.dumps({"maxRecords": most, "filter": list(conditions)})
        path, found = f"{entity}/query", []
        while True:
            body = await self._patiently("POST", path, content)
            rows = body.get("items")
            if not isinstance(rows, list):  # and not nothing: what is not found counts as gone
                raise errors.ANSWERS.of_malformed(writing=False)
            found += errors.ANSWERS.records(model, rows)
            details = body.get("pageDetails")
            following = details.get("nextPageUrl") if isinstance(details, dict) else None
            if not following or most < PAGE_SIZE:
                return found
            path = await self._own(str(following))

    async def _own(self, address: str) -> str:
        """Path of a next page. The secret goes nowhere else."""
        base = (await self._zones.of(self._connection, self._gate)).api
        if not address.startswith(f"{base}/"):
            raise errors.ANSWERS.of_malformed(writing=False)
        return address.removeprefix(f"{base}/")

    async def _patiently(
        self, method: str, path: str, content: str | None, *, paced: bool = True
    ) -> dict[str, Any]:
        return await patiently(
            lambda: self._call(method, path, content, writing=False, paced=paced)
        )

    async def _call(
        self, method: str, path: str, content: str | None, *, writing: bool, paced: bool = True
    ) -> dict[str, Any]:
        base = (await self._zones.of(self._connection, self._gate)).api
        if paced:
            await self._paces.keep(self._connection, self._gate, self.threshold)
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = "application/json"
        async with self._gate.call(f"{method} {path.partition('/')[0]}"):
            try:
                response = await self._http.request(
                    method, f"{base}/{path}", content=content, headers=headers
                )
            except httpx.HTTPError as error:
                raise errors.ANSWERS.of_transport(error, writing=writing) from None
        if response.status_code != 200:
            raise await self._told(response, writing=writing)
        try:
            body = exact_json.loads(response.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise errors.ANSWERS.of_malformed(writing=writing, answer=as_it_came(response))
        return body

    async def _told(self, response: httpx.Response, *, writing: bool) -> Exception:
        error = errors.of(response, writing=writing)
        if isinstance(error, RateLimitedError) and not isinstance(error, BusyError):
            await self._gate.told_to_wait(error.retry_after_s)
        if isinstance(error, ReauthRequiredError):
            self._zones.forget(self._connection)
        return error


def among(field: str, values: Sequence[int | str]) -> Condition:
    """A field has one of these values."""
    return {"op": "in", "field": field, "value": list(values)}


def holds(field: str, text: str) -> Condition:
    """A field holds this text."""
    return {"op": "contains", "field": field, "value": text}


def either(*conditions: Condition) -> Condition:
    """At least one of them."""
    return {"op": "or", "items": list(conditions)}


def chunks(values: Sequence[int | str]) -> list[list[int | str]]:
    """Distinct values in pieces that a search takes."""
    distinct = list(dict.fromkeys(values))
    return [
        distinct[start : start + VALUES_PER_CALL]
        for start in range(0, len(distinct), VALUES_PER_CALL)
    ]
