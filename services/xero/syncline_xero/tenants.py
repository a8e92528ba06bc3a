"""Which organisation a person's consent opens, where the connection does not say."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.errors import ReauthRequiredError

from syncline_xero.auth import is_consented
from syncline_xero.errors import ANSWERS
from syncline_xero.schemas import XeroTenant

Look = Callable[[], Awaitable[Sequence[XeroTenant]]]


def listed(base: str) -> httpx.URL:
    """Address that lists them, beside the API's own."""
    return httpx.URL(base).copy_with(path="/connections", query=None)


def read(body: Any) -> list[XeroTenant]:
    """The organisations of an answer. Raises `TransientError` where it cannot be read."""
    found = ANSWERS.records(XeroTenant, body)
    return [one for one in found if one.tenant_type == "ORGANISATION"]


class Tenants:
    """Organisation ids by connection; Xero is asked once, a changed connection starts anew."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, str]] = {}

    async def get(self, connection: Connection, look: Look) -> str:
        """The id that calls have to name; empty where Xero needs none.

        Raises `ReauthRequiredError` unless it is exactly one.
        """
        stated = connection.form.get("tenant_id", "")
        if stated or not is_consented(connection.form):
            return stated
        name = (connection.partner_id, connection.connection_id)
        version, known = self._known.get(name, (0, ""))
        if version != connection.version:
            known = _only(await look())
            self._known[name] = (connection.version, known)
        return known


def _only(tenants: Sequence[XeroTenant]) -> str:
    if not tenants:
        raise ReauthRequiredError(
            "The app is connected to no organisation in Xero. Connect again, and choose the "
            "organisation while you consent."
        )
    if len(tenants) > 1:
        names = "; ".join(f"{one.tenant_name} is {one.tenant_id}" for one in tenants[:10])
        raise ReauthRequiredError(
            f"The app is connected to {len(tenants)} organisations in Xero. Choose the one to bill "
            f"from: {names}."
        )
    return tenants[0].tenant_id
