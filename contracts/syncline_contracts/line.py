"""Invoice lines: one per source row, nothing merged, nothing dropped; batches of one tenant."""

from typing import Annotated, ClassVar, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from syncline_contracts import subjects
from syncline_contracts.identity import (
    BillingMonth,
    Currency,
    Key,
    Sha256,
    TenantId,
    VendorItem,
    deterministic_id,
    tenant_key,
)
from syncline_contracts.message import Kind, Message
from syncline_contracts.money import Amount, AmountText

MAX_BATCH_LINES = 500
MAX_BATCH_BYTES = 512 * 1024

LineKind = Literal[
    "consumption",
    "reservation",
    "savings_plan",
    "seat",
    "software_subscription",
    "perpetual_software",
    "marketplace",
    "credit",
    "tax",
    "unknown",
]
"""A refund keeps the kind of what it refunds; `credit` only when nothing else is known."""

Role = Literal["billing", "detail"]
RrpBasis = Literal["stated", "retail", "pec", "list", "ratio", "cost", "policy", "none"]
IsoDate = str


class Line(TypedDict):
    """A source row in canonical form. Amounts are exact decimals as text, before tax."""

    row: int
    """Row number in the document, from 1, header not counted."""
    kind: LineKind
    vendor_item: VendorItem
    charge_type: str
    """As the supplier wrote it; the direction is the sign of `cost`, never this."""
    cost: AmountText
    """Stated amount in billing currency, signed."""
    tax: NotRequired[AmountText]
    quantity: NotRequired[AmountText]
    unit: NotRequired[str]
    list_unit_price: NotRequired[AmountText]
    """Pricing currency."""
    effective_unit_price: NotRequired[AmountText]
    """Pricing currency."""
    stated_rrp: NotRequired[AmountText]
    """RRP of the whole line, billing currency, as the supplier states it."""
    retail_cost: NotRequired[AmountText]
    pec_percent: NotRequired[AmountText]
    prorated: NotRequired[bool]
    product_name: NotRequired[str]
    description: NotRequired[str]
    sku: NotRequired[str]
    charge_start: NotRequired[IsoDate]
    charge_end_inclusive: NotRequired[IsoDate]
    usage_date: NotRequired[IsoDate]
    prior_period: NotRequired[bool]
    subscription_id: NotRequired[str]
    azure_subscription_id: NotRequired[str]
    azure_subscription_name: NotRequired[str]
    resource_group: NotRequired[str]
    resource_id: NotRequired[str]
    order_id: NotRequired[str]
    reference_id: NotRequired[str]
    """Links the refund and the charge halves of one event."""
    commitment_order_id: NotRequired[str]
    credit_reason: NotRequired[str]
    publisher: NotRequired[str]


class PricedLine(Line):
    """A line with what it sells for; amounts exact, not yet rounded."""

    rrp: NotRequired[AmountText]
    """Billing currency; absent when `rrp_basis` is `none`."""
    rrp_basis: RrpBasis
    percent: NotRequired[AmountText]
    """Percentage Off RRP as the portal names it: sell = RRP x (1 + percent / 100)."""
    sell: NotRequired[AmountText]
    """Absent while RRP or profile entry is missing."""
    profile_id: NotRequired[str]
    product_id: NotRequired[str]
    """What the profile maps the vendor item to: product, service or item of the PSA."""
    psa_product_name: NotRequired[str]
    """Its name there; `product_name` stays the supplier's."""


class LineBatchHead(Message):
    """What is the same for every line of a batch."""

    kind: ClassVar[Kind] = "lines"

    invoice_key: Key
    invoice_no: str
    revision: Annotated[int, Field(ge=1)]
    role: Role
    lane: subjects.Lane
    billing_month: BillingMonth
    document_sha256: Sha256
    tenant_id: TenantId
    tenant_name: str
    batch_no: Annotated[int, Field(ge=1)]
    """From 1, per tenant."""
    currency: Currency
    pricing_currency: Currency
    fx_rate: Amount
    """Pricing to billing currency; 1 where they are the same."""
    cost: Amount
    """Sum of the lines' cost: whoever receives the batch can tell that it is whole."""

    def subject(self) -> str:
        """See `Message.subject`."""
        return subjects.lines(self.type_name, self.lane, self.partner_id, self.invoice_key)

    def batch_id(self) -> tuple[str, ...]:
        """Identity of the batch, whatever it was priced with."""
        return (
            self.partner_id,
            self.invoice_key,
            str(self.revision),
            self.role,
            tenant_key(self.tenant_id),
            str(self.batch_no),
        )


class LinesPublishedV1(LineBatchHead):
    """Up to 500 lines of one tenant, as the supplier stated them."""

    type_name: ClassVar[str] = "lines.published.v1"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("pricing",)

    lines: Annotated[list[Line], Field(min_length=1, max_length=MAX_BATCH_LINES)]

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(self.type_name, *self.batch_id())


class LinesPricedV1(LineBatchHead):
    """The same lines with RRP and sell, priced with one version of the partner's profiles."""

    type_name: ClassVar[str] = "lines.priced.v1"
    producers: ClassVar[tuple[str, ...]] = ("pricing",)
    consumers: ClassVar[tuple[str, ...]] = ("mapping",)

    pricing_version: Annotated[int, Field(ge=0)]
    """Rises with every change of the partner's profiles, assignments or RRP policy."""
    rrp: Amount
    """Sum over the lines that have one."""
    sell: Amount
    """Sum over the lines that have one."""
    lines: Annotated[list[PricedLine], Field(min_length=1, max_length=MAX_BATCH_LINES)]

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(self.type_name, *self.batch_id(), str(self.pricing_version))
