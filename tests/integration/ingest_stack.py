"""Ingest on a real bus and database, and what the tests see of it."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from pydantic import SecretStr
from syncline_chassis.bus import Bus, RawBatch
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.service import Service
from syncline_contracts.ingest_query import UPLOADS_BUCKET, Submitted, SubmitUpload
from syncline_contracts.invoice import InvoiceDetectedV1, InvoiceRejectedV1
from syncline_contracts.line import LinesPublishedV1
from syncline_contracts.money import add
from syncline_contracts.revision import InvoiceRevisedV1
from syncline_contracts.usage import UsageTiedV1
from syncline_ingest.app import create_service
from syncline_ingest.settings import Settings

from tests.conftest import Servers

T = TypeVar("T")
DEADLINE_S = 30.0
VAULT_KEY = Fernet.generate_key().decode()


def ingest_settings(servers: Servers, **extra: Any) -> Settings:
    quick = {
        "log_level": "ERROR",
        "vault_keys": SecretStr(VAULT_KEY),
        "ingest_folder_scan_s": 0.05,
        "ingest_feed_look_s": 0.1,
        "ingest_publish_every_s": 0.2,
        "ingest_compare_every_s": 0.2,
        **extra,
    }
    return servers.settings(Settings, "ingest", **quick)


@asynccontextmanager
async def running(
    servers: Servers, change: Callable[[Service], None] | None = None, **extra: Any
) -> AsyncIterator[Service]:
    """An ingest of this process, changed before it starts."""
    service = create_service(ingest_settings(servers, **extra))
    if change:
        change(service)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


class Seen:
    """What stands in the streams, read by the administrator."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def _all(self, stream: str, subject: str) -> list[RawBatch]:
        return [raw async for raw in self._bus.replay(stream, subject)]

    async def detected(self, partner: str) -> list[InvoiceDetectedV1]:
        found = await self._all("EVENTS", f"syncline.evt.invoice.detected.v1.{partner}.*")
        return [InvoiceDetectedV1.model_validate_json(raw.data) for raw in found]

    async def rejected(self, partner: str) -> list[InvoiceRejectedV1]:
        found = await self._all("EVENTS", f"syncline.evt.invoice.rejected.v1.{partner}.*")
        return [InvoiceRejectedV1.model_validate_json(raw.data) for raw in found]

    async def ties(self, partner: str) -> list[UsageTiedV1]:
        found = await self._all("EVENTS", f"syncline.evt.usage.tied.v1.{partner}.*")
        return [UsageTiedV1.model_validate_json(raw.data) for raw in found]

    async def revised(self, partner: str) -> list[InvoiceRevisedV1]:
        found = await self._all("EVENTS", f"syncline.evt.invoice.revised.v1.{partner}.*")
        return [InvoiceRevisedV1.model_validate_json(raw.data) for raw in found]

    async def batches(self, partner: str) -> list[LinesPublishedV1]:
        found = await self._all("LINES_PUBLISHED", f"syncline.lines.published.v1.*.{partner}.*")
        return [LinesPublishedV1.model_validate_json(raw.data) for raw in found]

    async def complete(self, partner: str, invoices: int = 1) -> list[LinesPublishedV1]:
        """All batches, once every detected invoice's manifest is met."""

        async def look() -> list[LinesPublishedV1] | None:
            detected = await self.detected(partner)
            expected = sum(one.batches for event in detected for one in event.tenants)
            batches = await self.batches(partner)
            is_all = len(detected) == invoices and len(batches) == expected
            return batches if is_all else None

        return await eventually(look)


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing came within {DEADLINE_S} s")


async def soon(look: Callable[[str], Awaitable[list[T]]], partner: str) -> list[T]:
    """Once there are any: an answer does not wait until its event is out."""

    async def any_yet() -> list[T] | None:
        return await look(partner) or None

    return await eventually(any_yet)


async def upload(portal: Bus, partner: str, data: bytes, name: str = "october.csv") -> Submitted:
    object_name = str(uuid.uuid4())

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    await portal.object_put(UPLOADS_BUCKET, f"{partner}/{object_name}", chunks())
    query = SubmitUpload(
        partner_id=partner, actor="ann@acme.example", object_name=object_name, file_name=name
    )
    return await portal.ask(query, timeout_s=DEADLINE_S)


def assert_ties(event: InvoiceDetectedV1, batches: list[LinesPublishedV1]) -> None:
    """Manifest = batches = lines, per tenant and kind, to the last digit, each row once."""
    mine = [one for one in batches if one.revision == event.revision]
    rows = [line["row"] for batch in mine for line in batch.lines]
    assert len(rows) == len(set(rows)) == event.lines
    assert add(batch.cost for batch in mine) == event.cost
    for tenant in event.tenants:
        of_tenant = [one for one in mine if one.tenant_id == tenant.tenant_id]
        assert sorted(one.batch_no for one in of_tenant) == list(range(1, tenant.batches + 1))
        for kind in tenant.by_kind:
            costs = [
                Decimal(line["cost"])
                for batch in of_tenant
                for line in batch.lines
                if line["kind"] == kind.kind
            ]
            assert (len(costs), add(costs)) == (kind.lines, kind.cost)


async def files_in(folder: Path, count: int) -> list[str]:
    async def look() -> list[str] | None:
        names = names_in(folder)
        return names if len(names) >= count else None

    return await eventually(look)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ADMIN = ADMINISTRATOR
