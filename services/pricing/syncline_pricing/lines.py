"""The bulk path: a published batch in, the same batch with prices out; nothing else changes."""

from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter
from syncline_chassis import bulk
from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import InvalidMessageError
from syncline_contracts.line import LinesPricedV1
from syncline_contracts.message import Headers
from syncline_contracts.money import to_text

from syncline_pricing.domain.batch import BatchView, PricedBatch, cost_difference, price_batch
from syncline_pricing.domain.book import PriceBook

SOURCE = "pricing"
_BATCH = TypeAdapter(BatchView)


@dataclass(frozen=True, slots=True)
class PricedMessage:
    """A `LinesPricedV1` ready for the bus."""

    data: bytes
    headers: Headers
    lines: int

    @property
    def subject(self) -> str:
        """Subject to publish on."""
        return self.headers.subject


def read(raw: RawBatch) -> BatchView:
    """Read a batch as far as pricing needs it. Raises `InvalidMessageError`, cost sum included."""
    batch = bulk.parse(_BATCH, raw)
    try:
        difference = cost_difference(batch)
    except ArithmeticError as error:
        raise InvalidMessageError(f"{_place(batch)}: the cost cannot be added up.") from error
    if not difference.is_zero():
        raise InvalidMessageError(
            f"{_place(batch)}: the lines' cost differs from the batch's {to_text(batch.cost)} "
            f"{batch.currency} by {to_text(difference)}. It was not priced; publish it again whole."
        )
    return batch


def price(raw: RawBatch, batch: BatchView, book: PriceBook, *, cause: Headers) -> PricedMessage:
    """Price a batch that `read` gave; fields that pricing does not know pass untouched."""
    try:
        priced = price_batch(batch, book)
    except ArithmeticError as error:
        raise InvalidMessageError(f"{_place(batch)}: an amount is too long to price.") from error
    headers = Headers.about(_identity(batch, priced, book.version), source=SOURCE, cause=cause)
    body = orjson.loads(raw.data)
    for line, added in zip(body["lines"], priced.lines, strict=True):
        line.update(added)
    body["pricing_version"] = book.version
    body["rrp"] = to_text(priced.rrp)
    body["sell"] = to_text(priced.sell)
    return PricedMessage(orjson.dumps(body), headers, len(batch.lines))


def _identity(batch: BatchView, priced: PricedBatch, version: int) -> LinesPricedV1:
    """The message without its lines: enough for its subject and its deterministic id."""
    head = {name: value for name, value in batch if name != "lines"}
    return LinesPricedV1.model_construct(
        **head, pricing_version=version, rrp=priced.rrp, sell=priced.sell, lines=[]
    )


def _place(batch: BatchView) -> str:
    return (
        f"Invoice {batch.invoice_no} of {batch.partner_id}, revision {batch.revision}, "
        f"tenant {batch.tenant_id}, batch {batch.batch_no}"
    )
