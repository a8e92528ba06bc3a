"""What can be asked of mapping when something should have moved on, and has not."""

from datetime import datetime
from typing import ClassVar

from syncline_contracts.identity import Key, TenantId
from syncline_contracts.message import Model
from syncline_contracts.query import Query
from syncline_contracts.tenant import TenantState

PASSING: tuple[TenantState, ...] = ("received", "planned", "approved", "syncing")
"""States that a tenant leaves within minutes when everything works and nobody hesitates."""


class StuckTenant(Model):
    """A tenant on an invoice that is still on its way."""

    invoice_key: Key
    invoice_no: str
    tenant_id: TenantId
    state: TenantState
    since: datetime


class Stuck(Model):
    """Answer to `ListStuck`."""

    rows: tuple[StuckTenant, ...]


class ListStuck(Query[Stuck]):
    """Tenants that have been in a passing state since before `before`, the longest first."""

    services: ClassVar[tuple[str, ...]] = ("mapping",)
    name: ClassVar[str] = "stuck"

    before: datetime
