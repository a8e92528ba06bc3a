"""Columns of the reconciliation file (invoice formats 2)."""

from syncline_ingest.readers.columns import Columns

RECON = Columns(
    title="reconciliation file",
    account="PartnerId",
    fixed=("InvoiceNumber", "Currency"),
    owner=(
        "CustomerId",
        "CustomerName",
        "CustomerDomainName",
        "PricingCurrency",
        "PCToBCExchangeRate",
    ),
    amount=("Subtotal", "TaxTotal"),
    nature=(
        "ChargeType",
        "TermAndBillingCycle",
        "SubscriptionDescription",
        "PublisherName",
        "PublisherId",
        "ChargeEndDate",
        "CreditReasonCode",
        "SkuName",
    ),
    numbers=(
        ("quantity", "BillableQuantity"),
        ("list_unit_price", "UnitPrice"),
        ("effective_unit_price", "EffectiveUnitPrice"),
    ),
    days=(("charge_start", "ChargeStartDate"), ("charge_end_inclusive", "ChargeEndDate")),
    texts=(
        ("unit", "UnitType"),
        ("product_name", "ProductName"),
        ("description", "MeterDescription"),
        ("publisher", "PublisherName"),
        ("order_id", "OrderId"),
    ),
    ids=(("subscription_id", "SubscriptionId"), ("commitment_order_id", "ReservationOrderId")),
    repeated=("ProductId", "SkuId", "PriceAdjustmentDescription", "BillingFrequency"),
    single=("ReferenceId", "OrderDate"),
    required=(
        "CustomerId",
        "PartnerId",
        "InvoiceNumber",
        "Currency",
        "CustomerName",
        "ChargeType",
        "TermAndBillingCycle",
        "SubscriptionDescription",
        "PublisherName",
        "Subtotal",
    ),
)
DATED = ("ChargeStartDate", "ChargeEndDate")
"""Required as well, but of pages, which leave out what is empty."""
