"""What is known of one tenant on one invoice. Its state is never set, only derived from this."""

from datetime import datetime
from typing import Literal

from syncline_contracts.charge import Charge
from syncline_contracts.message import Model
from syncline_contracts.money import ZERO, Amount
from syncline_contracts.tenant import Drift, Hold, WrittenRecord


class Charged(Model):
    """The charge set as it stands; `version` rises only when `digest` changes."""

    version: int
    digest: str
    revision: int
    currency: str
    client_id: str | None
    client_name: str = ""
    connector: str | None
    connection_id: str | None
    charges: tuple[Charge, ...]
    cost: Amount
    rrp: Amount
    sell_exact: Amount
    sell: Amount
    residual: Amount


class Through(Model):
    """Connection that a plan or sync went through."""

    connector: str
    connection_id: str


class Planning(Model):
    """A plan that was asked for."""

    request_id: str
    charge_set_version: int


class Planned(Through):
    """The newest plan; its writes are stored apart."""

    request_id: str
    plan_hash: str
    charge_set_version: int
    total: Amount
    actions: dict[str, int]

    @property
    def writes(self) -> int:
        """Records that the plan would touch."""
        return sum(count for action, count in self.actions.items() if action != "unchanged")


class Sold(Model):
    """What a vendor item was billed as, and its Percentage Off RRP."""

    vendor_item: str
    product_id: str
    percent: Amount


class Approved(Through):
    """A plan that a person agreed to and that is not finished yet: a snapshot."""

    request_id: str
    """Of the apply command."""
    plan_request_id: str
    plan_hash: str
    charge_set_version: int
    digest: str
    total: Amount
    actions: dict[str, int]
    actor: str
    at: datetime
    started: bool = False
    prices: int | None = None
    sold: tuple[Sold, ...] = ()


class Synced(Through):
    """What the PSA holds since the last finished sync."""

    request_id: str
    plan_hash: str
    charge_set_version: int
    digest: str
    sell: Amount
    """Of the charge set that was approved."""
    total: Amount
    """As the PSA stated it when it was written, or read back since."""
    records: tuple[WrittenRecord, ...]
    at: datetime
    prices: int | None = None
    """Version of prices that was approved; none where it was synced before this was noted."""
    sold: tuple[Sold, ...] = ()


class Verified(Model):
    """The last time that everything was read back and was right."""

    request_id: str
    charge_set_version: int
    records: tuple[WrittenRecord, ...]
    at: datetime


class Drifted(Model):
    """What a person changed in the PSA."""

    drifts: tuple[Drift, ...]
    at: datetime


class Reversal(Through):
    """A reversal that was asked for and is not finished."""

    request_id: str
    reason: str
    actor: str


class Reversed(Through):
    """What was synced was taken away again."""

    request_id: str
    reason: str
    actor: str
    digest: str
    """Of the charges as they were then: other ones are news."""
    records: tuple[WrittenRecord, ...]
    offsets: tuple[WrittenRecord, ...] = ()
    at: datetime


class Failure(Model):
    """Why the last plan, sync or verification failed."""

    stage: Literal["plan", "apply", "verify", "reverse"]
    code: str
    message: str
    charge_set_version: int
    off_by: Amount | None = None
    at: datetime


class Ignored(Model):
    """A person left the tenant out."""

    reason: str
    actor: str
    at: datetime


class Facts(Model):
    """Everything that the state of a tenant follows from."""

    superseded: bool = False
    """A newer revision no longer has the tenant."""
    complete: bool = False
    """All lines came, priced with one version of prices that is new enough."""
    lines: int = 0
    document_cost: Amount = ZERO
    lines_cost: Amount = ZERO
    items_cost: Amount = ZERO
    """Cost of what is grouped by vendor item, priced or not: ties to `lines_cost`."""
    ties: bool = True
    unpriced: bool = False
    """A vendor item has no sell yet, so sums of RRP and sell are not whole."""
    prices: int = 0
    """Version of prices that the charge set has."""
    rrp_policy: int = 0
    """Newest version, among those up to `prices`, that changed the RRP policy."""
    prices_asked: int = 0
    """Version that a person wanted by Re-price: what is settled takes no newer one by itself."""
    charge_set: Charged | None = None
    holds: tuple[Hold, ...] = ()
    warnings: tuple[Hold, ...] = ()
    ignored: Ignored | None = None
    planning: Planning | None = None
    plan: Planned | None = None
    approval: Approved | None = None
    synced: Synced | None = None
    verified: Verified | None = None
    drifted: Drifted | None = None
    failure: Failure | None = None
    reversal: Reversal | None = None
    reversed: Reversed | None = None
    tried: Through | None = None
    """Where a sync or an undo broke off, and left something that may stand."""

    def but(self, **changes: object) -> "Facts":
        """The same facts but for these."""
        return self.model_copy(update=changes)
