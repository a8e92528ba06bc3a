"""Columns of the reconciliation file: by name, in any case and order; unknown ones pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from syncline_ingest.readers.refusal import refuse

Pick = Callable[[list[str]], tuple[str, ...]]

FIXED = ("PartnerId", "InvoiceNumber", "Currency")
OWNER = (
    "CustomerId",
    "CustomerName",
    "CustomerDomainName",
    "PricingCurrency",
    "PCToBCExchangeRate",
)
NATURE = (
    "ChargeType",
    "TermAndBillingCycle",
    "SubscriptionDescription",
    "PublisherName",
    "PublisherId",
    "ChargeEndDate",
    "CreditReasonCode",
    "SkuName",
)
AMOUNT = ("Subtotal", "TaxTotal")
NUMBERS = (
    ("quantity", "BillableQuantity"),
    ("list_unit_price", "UnitPrice"),
    ("effective_unit_price", "EffectiveUnitPrice"),
)
DAYS = (("charge_start", "ChargeStartDate"), ("charge_end_inclusive", "ChargeEndDate"))
TEXTS = (
    ("unit", "UnitType"),
    ("product_name", "ProductName"),
    ("description", "MeterDescription"),
    ("publisher", "PublisherName"),
    ("order_id", "OrderId"),
)
IDS = (
    ("subscription_id", "SubscriptionId"),
    ("commitment_order_id", "ReservationOrderId"),
)
SPECIAL = (
    "ProductId",
    "SkuId",
    "ReferenceId",
    "PriceAdjustmentDescription",
    "BillingFrequency",
)
REQUIRED = (
    *FIXED,
    "CustomerId",
    "CustomerName",
    "ChargeType",
    "TermAndBillingCycle",
    "SubscriptionDescription",
    "PublisherName",
    "Subtotal",
    "ChargeStartDate",
    "ChargeEndDate",
)
_KNOWN = {
    name.casefold(): name
    for name in (
        *FIXED,
        *OWNER,
        *NATURE,
        *AMOUNT,
        *SPECIAL,
        *(column for _, column in (*NUMBERS, *DAYS, *TEXTS, *IDS)),
    )
}
_DAILY_USAGE = frozenset({"usagedate", "entitlementid", "meterid"})


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where the cells of a row are; a missing column is the empty cell that has to follow it."""

    fixed: Pick
    owner: Pick
    nature: Pick
    amount: Pick
    numbers: Pick
    days: Pick
    texts: Pick
    ids: Pick
    special: Pick


def looks_like_recon(header: Sequence[str]) -> bool:
    """Tell whether most of the required names are there, so that a missing one can be named."""
    names = {_plain(name) for name in header}
    found = sum(1 for name in REQUIRED if name.casefold() in names)
    return found * 2 > len(REQUIRED) and not looks_like_daily_usage(header)


def looks_like_daily_usage(header: Sequence[str]) -> bool:
    """Tell whether these are the columns of a daily usage file."""
    return {_plain(name) for name in header} >= _DAILY_USAGE


def plan_columns(name: str, header: Sequence[str]) -> ColumnPlan:
    """Find every column. Raises `RefusedDocumentError` that names what is missing or twice."""
    at: dict[str, int] = {}
    for index, title in enumerate(header):
        known = _KNOWN.get(_plain(title))
        if known is None:
            continue
        if known in at:
            detail = "the column is there twice; which one counts cannot be told."
            raise refuse("duplicate_column", name, detail, row=0, column=known)
        at[known] = index
    missing = [column for column in REQUIRED if column not in at]
    if missing:
        detail = (
            f"the column {', '.join(missing)} is missing. Export the reconciliation file again, "
            "with all columns."
        )
        raise refuse("missing_column", name, detail, row=0, column=missing[0])
    blank = len(header)

    def pick(columns: Sequence[str]) -> Pick:
        return itemgetter(*(at.get(column, blank) for column in columns))

    def pick_second(pairs: Sequence[tuple[str, str]]) -> Pick:
        return pick([column for _, column in pairs])

    return ColumnPlan(
        fixed=pick(FIXED),
        owner=pick(OWNER),
        nature=pick(NATURE),
        amount=pick(AMOUNT),
        numbers=pick_second(NUMBERS),
        days=pick_second(DAYS),
        texts=pick_second(TEXTS),
        ids=pick_second(IDS),
        special=pick(SPECIAL),
    )


def _plain(title: str) -> str:
    """Name as it compares; a localised file may have the English one in brackets at its end."""
    text = title.strip().strip("\ufeff").replace("_", "").replace(" ", "").casefold()
    if text.endswith(")") and "(" in text:
        return text[text.rindex("(") + 1 : -1]
    return text
