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

    partner_id: str = ""
    invoice_key: Key
    invoice_no: str
    tenant_id: TenantId
    state: TenantState
    since: datetime


class Stuck(Model):
    """Answer to `ListStuck`."""

    rows: tuple[StuckTenant, ...]
    untied: tuple[StuckTenant, ...] = ()
    """Those that wait because their sums do not tie."""
    more: bool = False
    """There are others of either kind, which are not told."""


class ListStuck(Query[Stuck]):
    """Tenants in a passing state since before `before`, and those whose sums do not tie.

    The longest first; of one partner, or of all with `EVERY_PARTNER`.
    """

    services: ClassVar[tuple[str, ...]] = ("mapping",)
    name: ClassVar[str] = "stuck"

    before: datetime
