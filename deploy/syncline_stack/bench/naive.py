"""The pipeline that a first version would be: FastStream as it comes, one message per line.

Three processes: `publish` reads the file and sends every row, `price` works out what it sells for,
`map` adds up per tenant. JetStream keeps what is underway; nothing is stored in a database, which
a first version would also do line by line, so it is shown from its better side.
"""

import asyncio
import csv
import itertools
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from faststream import FastStream
from faststream.nats import NatsBroker
from pydantic import BaseModel

STREAM = "NAIVE"
PUBLISHED, PRICED = "naive.published", "naive.priced"
STEPS = ("map", "price", "publish")
"""In the order in which they have to start: who listens comes before who speaks."""
_PERCENT = Decimal("10")


class NaiveLine(BaseModel):
    """A row of the file, as far as it matters."""

    tenant_id: str
    tenant_name: str
    subscription_id: str
    product_id: str
    sku_id: str
    product_name: str
    meter: str
    usage_date: str
    quantity: Decimal
    unit: str
    list_unit_price: Decimal
    effective_unit_price: Decimal
    cost: Decimal
    currency: str
    fx_rate: Decimal
    pec_percent: Decimal | None
    resource_id: str


class NaivePricedLine(NaiveLine):
    """The same row with what it sells for."""

    rrp: Decimal
    sell: Decimal


def read(row: dict[str, str]) -> NaiveLine:
    """One row of `csv.DictReader`."""
    credit = row["PartnerEarnedCreditPercentage"]
    return NaiveLine(
        tenant_id=row["CustomerId"],
        tenant_name=row["CustomerName"],
        subscription_id=row["EntitlementId"],
        product_id=row["ProductId"],
        sku_id=row["SkuId"],
        product_name=row["ProductName"],
        meter=row["MeterName"],
        usage_date=row["UsageDate"],
        quantity=Decimal(row["Quantity"]),
        unit=row["Unit"],
        list_unit_price=Decimal(row["UnitPrice"]),
        effective_unit_price=Decimal(row["EffectiveUnitPrice"]),
        cost=Decimal(row["BillingPreTaxTotal"]),
        currency=row["BillingCurrency"],
        fx_rate=Decimal(row["PCToBCExchangeRate"]),
        pec_percent=Decimal(credit) if credit else None,
        resource_id=row["ResourceURI"],
    )


def price(line: NaiveLine) -> NaivePricedLine:
    """RRP from the earned credit, else list price x quantity; ten percent on top."""
    if line.pec_percent is not None:
        rrp = line.cost * 100 / (100 - line.pec_percent)
    else:
        rrp = line.list_unit_price * line.quantity * line.fx_rate
    sell = rrp * (1 + _PERCENT / 100)
    return NaivePricedLine(**line.model_dump(), rrp=rrp, sell=sell)


def _say(**what: object) -> None:
    # Not to stdout, where FastStream logs every message.
    os.write(int(os.environ["NAIVE_SAY_TO"]), json.dumps(what).encode() + b"\n")


async def publish_rows(broker: NatsBroker, path: Path, rows: int) -> None:
    """Send the first rows of a file, one message each."""
    async with broker:
        _say(begun=True)
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in itertools.islice(csv.DictReader(file), rows):
                await broker.publish(read(row), PUBLISHED, stream=STREAM)


def pricing(broker: NatsBroker) -> FastStream:
    """The step that prices."""

    @broker.subscriber(PUBLISHED, stream=STREAM)
    @broker.publisher(PRICED, stream=STREAM)
    async def handle(line: NaiveLine) -> NaivePricedLine:
        return price(line)

    return FastStream(broker)


def mapping(broker: NatsBroker, rows: int) -> FastStream:
    """The step that adds up; it ends when all rows have come."""
    app = FastStream(broker)
    cost: dict[str, Decimal] = defaultdict(Decimal)
    seen = itertools.count(1)

    @broker.subscriber(PRICED, stream=STREAM)
    async def handle(line: NaivePricedLine) -> None:
        cost[line.tenant_id] += line.cost
        done = next(seen)
        if done % 500 == 0:
            _say(done=done)
        if done == rows:
            _say(done=done, tenants=len(cost), cost=str(sum(cost.values(), Decimal(0))))
            app.exit()

    return app


def run_step(step: str, path: Path, rows: int) -> None:
    """Run one step until it is done, or until it is told to stop."""
    broker = NatsBroker(os.environ["NAIVE_NATS_URL"])  # it holds the password: not an argument
    if step == "publish":
        asyncio.run(publish_rows(broker, path, rows))
        return
    app = pricing(broker) if step == "price" else mapping(broker, rows)
    ready: Callable[[], None] = lambda: _say(ready=True)  # noqa: E731
    app.after_startup(ready)
    asyncio.run(app.run())


if __name__ == "__main__":
    run_step(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
