"""Which organisation a person's consent opens, where the connection does not say."""

from collections.abc import Awaitable, Callable, Sequence

from syncline_chassis.connector.protocol import Connection
from syncline_chassis.errors import ReauthRequiredError

from syncline_xero.auth import is_consented
from syncline_xero.schemas import XeroTenant

Look = Callable[[], Awaitable[Sequence[XeroTenant]]]


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
    found = [one for one in tenants if one.tenant_type == "ORGANISATION"]
    if not found:
        raise ReauthRequiredError(
            "The app is connected to no organisation in Xero. Connect again, and choose the "
            "organisation while you consent."
        )
    if len(found) > 1:
        listed = "; ".join(f"{one.tenant_name} is {one.tenant_id}" for one in found[:10])
        raise ReauthRequiredError(
            f"The app is connected to {len(found)} organisations in Xero. Enter the organisation "
            f"id of the one to bill from: {listed}."
        )
    return found[0].tenant_id
