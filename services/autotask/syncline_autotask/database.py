"""What a partner's database calls things: pick list values and currencies, remembered a while."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from syncline_chassis.connector.protocol import Connection

from syncline_autotask.client import AutotaskClient
from syncline_autotask.convert import KEY_FIELD, Words
from syncline_autotask.schemas import AtCurrency, AtField


@dataclass
class Databases:
    """Words by connection; a changed connection starts anew."""

    keep_s: float
    now: Callable[[], float] = time.monotonic
    _known: dict[tuple[str, str], tuple[int, float, Words]] = field(default_factory=dict)
    _locks: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)

    async def get(self, connection: Connection, client: AutotaskClient) -> Words:
        """The words, from memory if they are fresh."""
        name = (connection.partner_id, connection.connection_id)
        async with self._locks.setdefault(name, asyncio.Lock()):
            version, read_at, words = self._known.get(name, (0, float("-inf"), None))
            is_old = self.now() - read_at > self.keep_s
            if words is None or is_old or version != connection.version:
                words = await _read(client)
                self._known[name] = (connection.version, self.now(), words)
            return words


async def _read(client: AutotaskClient) -> Words:
    charges = {one.name: one for one in await client.fields("ContractCharges")}
    contracts = {one.name: one for one in await client.fields("Contracts")}
    codes = {one.name: one for one in await client.fields("BillingCodes")}
    currencies = await client.currencies()
    key = charges.get(KEY_FIELD)
    return Words(
        charge_types=_labels(charges, "chargeType"),
        charge_statuses=_labels(charges, "status"),
        contract_types=_labels(contracts, "contractType"),
        contract_statuses=_labels(contracts, "status"),
        use_types=_labels(codes, "useType"),
        currencies={one.id: one.name for one in currencies},
        own_currency=_own(currencies),
        is_key_queryable=key is not None and key.is_queryable,
    )


def _own(currencies: Sequence[AtCurrency]) -> str:
    """What companies are billed in that name none; empty where nobody says."""
    internal = [one.name for one in currencies if one.is_internal_currency]
    every = [one.name for one in currencies]
    return internal[0] if internal else every[0] if len(every) == 1 else ""


def _labels(fields: Mapping[str, AtField], name: str) -> dict[int, str]:
    values = fields[name].picklist_values if name in fields else ()
    return {int(one.value): one.label for one in values if one.is_active and _is_int(one.value)}


def _is_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
