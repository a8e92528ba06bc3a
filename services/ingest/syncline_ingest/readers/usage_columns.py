"""Columns of the daily rated usage file (invoice formats 3)."""

from syncline_ingest.readers.columns import Columns

USAGE = Columns(
    title="daily rated usage file",
    account="PartnerId",
    fixed=("InvoiceNumber", "BillingCurrency"),
    owner=(
        "CustomerId",
        "CustomerName",
        "CustomerDomainName",
        "PricingCurrency",
        "PCToBCExchangeRate",
    ),
    amount=("BillingPreTaxTotal", ""),
    nature=("ChargeType", "PublisherName", "PublisherId", "CreditType"),
    numbers=(
        ("quantity", "Quantity"),
        ("list_unit_price", "UnitPrice"),
        ("effective_unit_price", "EffectiveUnitPrice"),
    ),
    days=(
        ("charge_start", "ChargeStartDate"),
        ("charge_end_inclusive", "ChargeEndDate"),
        ("usage_date", "UsageDate"),
    ),
    texts=(
        ("unit", "Unit"),
        ("product_name", "ProductName"),
        ("description", "MeterName"),
        ("publisher", "PublisherName"),
        ("azure_subscription_name", "EntitlementDescription"),
        ("resource_group", "ResourceGroup"),
    ),
    ids=(
        ("subscription_id", "SubscriptionId"),
        ("azure_subscription_id", "EntitlementId"),
    ),
    repeated=(
        "ProductId",
        "SkuId",
        "UnitType",
        "ResourceURI",
        "PartnerEarnedCreditPercentage",
        "PartnerEarnedCreditRate",
        "BenefitOrderId",
    ),
    single=("AdditionalInfo",),
    required=(
        "CustomerId",
        "PartnerId",
        "InvoiceNumber",
        "BillingCurrency",
        "CustomerName",
        "ChargeType",
        "PublisherName",
        "BillingPreTaxTotal",
        "ChargeStartDate",
        "ChargeEndDate",
        "UsageDate",
    ),
)
