"""By what lines of two documents are the same: their content, or the parts of it that last.

There is no natural row key (invoice formats 6, no. 20), so a line is what it says.
"""

from hashlib import blake2b
from typing import Any

import orjson

from syncline_ingest.readers.document import SourceLine

Fields = dict[str, Any]
AMOUNTS = (
    *("cost", "tax", "quantity", "list_unit_price", "effective_unit_price"),
    *("stated_rrp", "retail_cost", "pec_percent"),
)
_NO_CONTENT = ("row", "tenant_name")
_CASELESS = ("resource_id", "resource_group")
_PRICED = frozenset({*AMOUNTS, "fx_rate", "pricing_currency", "currency", "prorated"}) - {
    "quantity"
}
_SAME_CHARGE = (
    *("tenant_id", "vendor_item", "charge_type", "sku"),
    *("subscription_id", "azure_subscription_id", "order_id", "commitment_order_id"),
    *("reference_id", "charge_start", "charge_end_inclusive", "usage_date", "resource_id"),
)
_SAME_THING = ("tenant_id", "subscription_id", "azure_subscription_id", "resource_id")
_UNNAMED_THING = ("vendor_item", "product_name", "description")
ROUNDS = 3


def fields_of(source: SourceLine, currency: str) -> Fields:
    """All that a document says of a line, in one place."""
    owner = source.owner
    return {
        **source.line,
        "tenant_id": owner.tenant_id,
        "tenant_name": owner.tenant_name,
        "pricing_currency": owner.pricing_currency,
        "fx_rate": owner.fx_rate,
        "currency": currency,
    }


def content_of(fields: Fields) -> Fields:
    """What of it is content: not its place, nor how a customer is called this time.

    Amounts lose their padding (5.10 is 5.1), resources their case (invoice formats 6, no. 22).
    """
    content = {name: value for name, value in fields.items() if name not in _NO_CONTENT}
    for name in AMOUNTS:
        if name in content:
            content[name] = _plain(content[name])
    for name in _CASELESS:
        if name in content:
            content[name] = content[name].casefold()
    return content


def content_digest(content: Fields) -> int:
    """64 bits of a line's content: equal lines have equal ones."""
    return _digest(content)


def round_digests(content: Fields) -> tuple[int, int, int]:
    """64 bits per round of pairing, from strict to loose; never across tenants.

    All but prices; then the same charge of the same days; then the same thing, whatever is charged
    for it and when.
    """
    thing = [content["sku"]] if "sku" in content else [content.get(one) for one in _UNNAMED_THING]
    return (
        _digest({name: value for name, value in content.items() if name not in _PRICED}),
        _digest([content.get(name) for name in _SAME_CHARGE]),
        _digest([*(content.get(name) for name in _SAME_THING), *thing]),
    )


def _plain(amount: str) -> str:
    if "." in amount:
        amount = amount.rstrip("0").rstrip(".")
    return "0" if amount == "-0" else amount


def _digest(value: Any) -> int:
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
