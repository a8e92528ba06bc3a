"""A tenant on an invoice: its states, why it is held, and what happened to it in the PSA."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from syncline_contracts.charge import ChargeSet
from syncline_contracts.identity import Key, TenantId, VendorItem, deterministic_id, key, tenant_key
from syncline_contracts.message import CONNECTORS, Command, Event, Model
from syncline_contracts.money import Amount

TenantState = Literal[
    "received",
    "held",
    "ready",
    "planned",
    "approved",
    "syncing",
    "synced",
    "verified",
    "failed",
    "drifted",
    "superseded",
    "ignored",
    "nothing_to_bill",
    "reversed",
]

HoldCode = Literal[
    "client_not_mapped",
    "agreement_not_mapped",
    "no_profile_entry",
    "rrp_unknown",
    "unknown_line_kind",
    "tie_out_failed",
    "currency_mismatch",
    "negative_total",
    "sell_below_cost",
    "unusual_rrp",
    "no_connection",
]


class Hold(Model):
    """One reason why a tenant waits, and the place to fix it."""

    code: HoldCode
    message: str
    """Sentence for a person."""
    fix: str
    """Where: `mapping`, `profile`, `partner`, `connection` or `document`."""
    vendor_item: VendorItem | None = None
    amount: Amount | None = None
    """Cost that waits for this reason, or by how much a hop is off."""


class TenantFact(Event):
    """Base of what is told about one tenant on one invoice."""

    invoice_key: Key
    invoice_no: str
    tenant_id: TenantId

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return key("tenant-on-invoice", self.partner_id, self.invoice_key, self.tenant_id)

    def _id(self, *what: str) -> str:
        return deterministic_id(
            self.type_name, self.partner_id, self.invoice_key, tenant_key(self.tenant_id), *what
        )


class TenantHeldV1(TenantFact):
    """A complete tenant waits for a person."""

    type_name: ClassVar[str] = "tenant.held.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    version: Annotated[int, Field(ge=1)]
    cost: Amount
    holds: tuple[Hold, ...]

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return self._id(str(self.version))


class TenantReadyV1(TenantFact):
    """Nothing stands in the way: the tenant can be synced."""

    type_name: ClassVar[str] = "tenant.ready.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    version: Annotated[int, Field(ge=1)]
    charge_set_version: Annotated[int, Field(ge=1)]
    changed: bool
    """Written before and different now."""
    cost: Amount
    rrp: Amount
    sell: Amount

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return self._id(str(self.version))


class TenantIgnoredV1(TenantFact):
    """A person left the tenant out of this invoice, or took that back."""

    type_name: ClassVar[str] = "tenant.ignored.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    version: Annotated[int, Field(ge=1)]
    actor: str
    reason: str | None = None
    """None where it is no longer ignored."""

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return self._id(str(self.version))


class ConnectorCommand(Command):
    """Base of what mapping asks of the connector that serves the partner."""

    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = CONNECTORS

    connector: str
    connection_id: str
    invoice_key: Key
    invoice_no: str
    tenant_id: TenantId
    request_id: str
    """Which asking this answers; repeated in the fact that follows."""

    def target(self) -> str:
        """See `Command.target`."""
        return self.connector

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(
            self.type_name,
            self.partner_id,
            self.invoice_key,
            tenant_key(self.tenant_id),
            self.request_id,
        )


class PlanTenantV1(ConnectorCommand):
    """Work out the exact writes for these charges over the live PSA; write nothing."""

    type_name: ClassVar[str] = "tenant.plan.v1"

    charge_set: ChargeSet


class ApplyTenantV1(ConnectorCommand):
    """Carry out the plan with this hash; refuse if the PSA has moved since."""

    type_name: ClassVar[str] = "tenant.apply.v1"

    plan_hash: str
    approved_by: str


class VerifyTenantV1(ConnectorCommand):
    """Read everything written for this tenant back and compare to the cent."""

    type_name: ClassVar[str] = "tenant.verify.v1"


class ReverseTenantV1(ConnectorCommand):
    """Take away every record that was written for this tenant; asked again, it does nothing."""

    type_name: ClassVar[str] = "tenant.reverse.v1"

    asked_by: str
    """Who asked for it, and so answers for it."""


WriteAction = Literal["create", "update", "unchanged", "delete"]


class PlannedWrite(Model):
    """One record as it is and as it will be. `before` and `after` are in canonical form."""

    action: WriteAction
    external_key: str
    ref: str | None = None
    """The PSA's own id, where the record exists."""
    label: str
    """What a person calls the record, such as its invoice number."""
    amount: Amount
    """Before tax, after the write."""
    amount_before: Amount | None = None
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None
    request: dict[str, object] | None = None
    """The exact request: method, path, body; no secrets."""


class ConnectorFact(TenantFact):
    """Base of what a connector tells about a tenant."""

    producers: ClassVar[tuple[str, ...]] = CONNECTORS
    consumers: ClassVar[tuple[str, ...]] = ("mapping", "portal")

    connector: str
    connection_id: str
    request_id: str

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return self._id(self.request_id)


class TenantPlannedV1(ConnectorFact):
    """The exact writes, with a hash that an approval names."""

    type_name: ClassVar[str] = "tenant.planned.v1"

    charge_set_version: Annotated[int, Field(ge=1)]
    plan_hash: str
    writes: tuple[PlannedWrite, ...]
    total: Amount
    """Of all records after the writes, before tax."""


class TenantSyncStartedV1(ConnectorFact):
    """The connector began to carry a plan out."""

    type_name: ClassVar[str] = "tenant.sync_started.v1"

    plan_hash: str


class WrittenRecord(Model):
    """A record in the PSA that is ours."""

    external_key: str
    ref: str
    label: str
    amount: Amount
    """Before tax, as the PSA states it."""
    url: str = ""


class TenantSyncedV1(ConnectorFact):
    """Every write of the plan is in the PSA."""

    type_name: ClassVar[str] = "tenant.synced.v1"

    plan_hash: str
    charge_set_version: Annotated[int, Field(ge=1)]
    records: tuple[WrittenRecord, ...]
    total: Amount
    """Before tax, as the PSA states it."""


class TenantReversedV1(ConnectorFact):
    """Nothing of the tenant is billed in the PSA any more."""

    type_name: ClassVar[str] = "tenant.reversed.v1"

    records: tuple[WrittenRecord, ...]
    """What was taken away, with the amounts that it had; nothing where nothing stood."""
    offsets: tuple[WrittenRecord, ...] = ()
    """What stands beside records that were billed already, and takes them back."""


FailureCode = Literal[
    "rejected",
    "stale_plan",
    "reauth_required",
    "no_connection",
    "tie_out_failed",
    "currency_mismatch",
    "drifted",
    "duplicated",
    "locked",
    "bug",
]


class TenantSyncFailedV1(ConnectorFact):
    """A plan or its writes failed; what was written before stays on the ledger."""

    type_name: ClassVar[str] = "tenant.sync_failed.v1"

    stage: Literal["plan", "apply", "verify", "reverse"]
    code: FailureCode
    message: str
    """Sentence for a person: what happened, where, what to do."""
    plan_hash: str | None = None
    off_by: Amount | None = None


class TenantVerifiedV1(ConnectorFact):
    """Everything was read back and equals what was written, to the cent."""

    type_name: ClassVar[str] = "tenant.verified.v1"

    charge_set_version: Annotated[int, Field(ge=1)]
    records: tuple[WrittenRecord, ...]
    total: Amount


class Drift(Model):
    """One record that a person changed or deleted in the PSA."""

    external_key: str
    ref: str
    label: str
    what: str
    """Sentence for a person."""
    off_by: Amount


class TenantDriftedV1(ConnectorFact):
    """The PSA no longer holds what was written; a person decides, nothing is repaired silently."""

    type_name: ClassVar[str] = "tenant.drifted.v1"

    drifts: tuple[Drift, ...]
