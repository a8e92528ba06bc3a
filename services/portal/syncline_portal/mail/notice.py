"""What a mail says; plain text, and what a supplier wrote stays on its line."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncline_contracts.invoice import INVOICE_STATUS_WORDS
from syncline_contracts.mapping_query import HoldRow, InvoiceView
from syncline_contracts.money import add
from syncline_contracts.tenant import HoldCode

from syncline_portal.look.money import month, shown

NAMED = 15
LONGEST = 120
WORDS: dict[HoldCode, str] = {
    "client_not_mapped": "not mapped to a client",
    "agreement_not_mapped": "not mapped to an agreement or contract",
    "no_profile_entry": "without a product for a vendor item",
    "rrp_unknown": "without an RRP",
    "no_connection": "without a PSA",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail before it is addressed."""

    key: str
    """The same again is not sent twice to the same person."""
    subject: str
    text: str


def arrived(invoice: InvoiceView, partner: str, address: str) -> Notice:
    """An invoice is there and priced."""
    number = line(invoice.invoice_no)
    status = INVOICE_STATUS_WORDS[invoice.status]
    text = f"""Invoice {number} of {month(invoice.billing_month)} has arrived for {line(partner)}.

  Status   {status}
  Tenants  {invoice.tenants:,}
  Lines    {invoice.lines:,}
  Cost     {shown(invoice.cost)} {invoice.currency}
  Sell     {shown(invoice.sell)} {invoice.currency}
  Held     {shown(invoice.held_cost)} {invoice.currency} of cost

{address}
"""
    key = f"arrived/{invoice.invoice_key}/{invoice.revision}"
    what = "was revised" if invoice.revision > 1 else "has arrived"
    return Notice(key, f"Azure invoice {number} {what}: {status}", text)


def weekly(rows: Sequence[HoldRow], partner: str, week: str, address: str) -> Notice | None:
    """What waits; None where nothing does."""
    if not rows:
        return None
    by_why: dict[str, list[HoldRow]] = defaultdict(list)
    for row in rows:
        by_why[_why(row)].append(row)
    sums = sorted(((_cost(of), why, len(of)) for why, of in by_why.items()), reverse=True)
    reasons = [f"  {shown(cost):>14}  {count} {why}" for cost, why, count in sums]
    largest = sorted(rows, key=lambda row: -Decimal(row.cost))[:NAMED]
    named = [
        f"  {shown(row.cost):>14}  {line(row.tenant_name)}, since {row.since:%d %b %Y}"
        for row in largest
    ]
    text = "\n".join(
        [
            f"What waits for a decision at {line(partner)}.",
            *("", "Cost by reason:", *reasons),
            *("", "The largest:", *named),
            *("", address, ""),
        ]
    )
    wait = f"{len(rows)} tenants wait" if len(rows) > 1 else "1 tenant waits"
    subject = f"{wait}: {shown(_cost(rows))} of cost is not billed"
    return Notice(f"weekly/{week}", subject, text)


def line(text: str) -> str:
    """One line without control characters and direction marks."""
    plain = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in text)
    return " ".join(plain.split())[:LONGEST]


def _why(row: HoldRow) -> str:
    if row.state == "ignored":
        return "ignored"
    codes = {hold.code for hold in row.holds}
    return next((words for code, words in WORDS.items() if code in codes), "for another reason")


def _cost(rows: Sequence[HoldRow]) -> Decimal:
    return add(Decimal(row.cost) for row in rows)
