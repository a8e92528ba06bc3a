"""What an organisation has set up, remembered for a few minutes in this process."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from syncline_chassis.connector.protocol import Connection

from syncline_xero.client import XeroClient
from syncline_xero.convert import Setup
from syncline_xero.schemas import (
    XeroAccount,
    XeroContact,
    XeroItem,
    XeroOrganisation,
    XeroTaxRate,
)
from syncline_xero.tracking import Tag, tags, wanted
from syncline_xero.zone import day_in


@dataclass
class Remembered:
    """The lists of one organisation."""

    organisation: XeroOrganisation
    currencies: frozenset[str]
    items: dict[str, XeroItem]
    accounts: dict[str, XeroAccount]
    tax_rates: dict[str, XeroTaxRate]
    tags: list[Tag]
    """Empty where the connection names none."""
    items_at: float
    read_at: float

    @property
    def locked_until(self) -> date | None:
        """Last day that no document may bear."""
        return self.organisation.locked_until

    def setup(self, contacts: Iterable[XeroContact], now: datetime) -> Setup:
        """All that charges are converted over."""
        return Setup(
            currencies=self.currencies,
            locked_until=self.locked_until,
            today=day_in(self.organisation.timezone, now),
            terms=self.organisation.payment_terms,
            items=self.items,
            accounts=self.accounts,
            tax_rates=self.tax_rates,
            tags=self.tags,
            contacts={contact.contact_id.lower(): contact for contact in contacts},
        )


@dataclass
class Organisations:
    """Lists by connection; a changed connection starts anew."""

    keep_s: float
    now: Callable[[], float] = time.monotonic
    _known: dict[tuple[str, str], tuple[int, Remembered]] = field(default_factory=dict)
    _locks: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)

    async def get(
        self, connection: Connection, client: XeroClient, *, items: Collection[str] = ()
    ) -> Remembered:
        """The lists; items that are not among them are looked for once more, in a fresh one."""
        name = (connection.partner_id, connection.connection_id)
        async with self._locks.setdefault(name, asyncio.Lock()):
            asked_at = self.now()
            version, known = self._known.get(name, (0, None))
            is_old = known is None or asked_at - known.read_at > self.keep_s
            if known is None or is_old or version != connection.version:
                known = await self._read(connection, client, asked_at)
                self._known[name] = (connection.version, known)
            elif any(code not in known.items for code in items) and known.items_at < asked_at:
                known.items = await _items(client)
                known.items_at = asked_at
            return known

    async def _read(self, connection: Connection, client: XeroClient, at: float) -> Remembered:
        is_tagged = bool(wanted(connection.form.get("tracking", "")))
        organisation = await client.organisation()
        currencies = {one.code for one in await client.currencies() if one.code}
        return Remembered(
            organisation=organisation,
            currencies=frozenset(currencies | {organisation.base_currency} - {""}),
            items=await _items(client),
            accounts={one.code: one for one in await client.accounts() if one.code},
            tax_rates={one.tax_type: one for one in await client.tax_rates() if one.tax_type},
            tags=tags(await client.tracking_categories()) if is_tagged else [],
            items_at=at,
            read_at=at,
        )


async def _items(client: XeroClient) -> dict[str, XeroItem]:
    return {one.code: one for one in await client.items() if one.code}
