"""The distributor's invoice calls, as we suppose them: THE place to change once they are confirmed.

Dicker Data publishes `AccessKeyRequest`, the envelope and the names of subscription and price
fields. Its invoice call is not published: every path and name below has to be confirmed with the
distributor before this meets the live service (see README, "Feed contract").
"""

from syncline_contracts.line import LineKind

API_VERSION = "1.0"
TRANSACTION_HEADER = "DD-TransactionID"
VERSION_HEADER = "DD-ApiVersion"

ACCESS_KEY_PATH = "AccessKeyRequest"
INVOICES_PATH = "Invoice/GetAzureInvoices"
LINES_PATH = "Invoice/GetAzureInvoiceLines"

STATUS_OK = "SUCCESS"
KEY_REFUSED = "accesskey"
TOKEN_REFUSED = "accesstoken"  # noqa: S105 - a word in an error text
"""Words of an error text without its spaces, in lower case, that tell what was refused."""

DOCUMENT_MARK = "distributor-azure-invoice"
"""`Document` of a stored invoice's first line: ours, by which the reader knows the format."""

HEADER_FIELDS = (
    "InvoiceNumber",
    "InvoiceDate",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "Currency",
    "DocumentType",
    "AmendsInvoiceNumber",
    "TotalExTax",
    "TotalTax",
    "LineCount",
)
"""What of a header is content. `Revision` is not: the content itself tells a new one."""

LINE_FIELDS = (
    "LineNumber",
    "TenantId",
    "TenantDescription",
    "CompanyName",
    "TenantDomain",
    "StockCode",
    "StockDescription",
    "ManufacturerStockCode",
    "SubscriptionId",
    "ParentSubscriptionId",
    "SubscriptionReference",
    "SubscriptionType",
    "ChargeType",
    "ChargeStart",
    "ChargeEnd",
    "Quantity",
    "UnitOfMeasure",
    "UnitPrice",
    "ListPrice",
    "EffectiveUnitPrice",
    "RRPExTax",
    "LineTotalExTax",
    "TaxAmount",
    "PricingCurrency",
    "ExchangeRate",
    "MeterDescription",
    "ResourceGroup",
    "AzureSubscriptionId",
    "AzureSubscriptionName",
    "ReservationOrderId",
    "ReferenceId",
    "CreditReason",
)
REQUIRED_LINE_FIELDS = ("TenantId", "StockCode", "ChargeType", "LineTotalExTax")

NUMBERS = (
    ("quantity", "Quantity"),
    ("list_unit_price", "ListPrice"),
    ("effective_unit_price", "EffectiveUnitPrice"),
    ("stated_rrp", "RRPExTax"),
)
"""`RRPExTax` is taken for the whole line in billing currency, prices for pricing currency."""
DAYS = (("charge_start", "ChargeStart"), ("charge_end_inclusive", "ChargeEnd"))
TEXTS = (
    ("unit", "UnitOfMeasure"),
    ("product_name", "StockDescription"),
    ("description", "MeterDescription"),
    ("azure_subscription_name", "AzureSubscriptionName"),
    ("resource_group", "ResourceGroup"),
    ("order_id", "SubscriptionReference"),
    ("credit_reason", "CreditReason"),
)
IDS = (
    ("subscription_id", "SubscriptionId"),
    ("azure_subscription_id", "AzureSubscriptionId"),
    ("commitment_order_id", "ReservationOrderId"),
    ("sku", "ManufacturerStockCode"),
)

KIND_BY_STOCK_CODE: dict[str, LineKind] = {
    "AZ-CONS": "consumption",
    "AZ-RI": "reservation",
    "AZ-SP": "savings_plan",
    "AZ-MKT": "marketplace",
    "AZ-CREDIT": "credit",
}
"""The distributor's stock codes for Azure are not public; unknown ones go on to the words below."""
KIND_BY_DESCRIPTION: tuple[tuple[str, LineKind], ...] = (
    ("reserved instance", "reservation"),
    ("reservation", "reservation"),
    ("savings plan", "savings_plan"),
    ("marketplace", "marketplace"),
    ("azure credit", "credit"),
    ("azure consumption", "consumption"),
)
"""Words of the stock description, first match."""
KIND_BY_CHARGE_TYPE: dict[str, LineKind] = {
    "usage": "consumption",
    "tax": "tax",
    "gst": "tax",
    "credit": "credit",
}
"""Where the stock item tells nothing; any other charge type leaves the line `unknown`."""
TAX_CHARGE_TYPES = frozenset({"tax", "gst"})
