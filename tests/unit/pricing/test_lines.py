"""From a published batch on the wire to a priced one: nothing else changes on the way."""

from typing import Any

import orjson
import pytest
from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import InvalidMessageError
from syncline_contracts.line import LinesPricedV1, LinesPublishedV1
from syncline_contracts.message import Headers
from syncline_pricing import lines
from syncline_pricing.domain.book import PriceBook

from tests.unit.pricing.samples import book, document, entry, line

SUBJECT = "syncline.lines.published.v1.small.acme-it.0123456789abcdef"
HEADERS = Headers(
    type=LinesPublishedV1.type_name, source="ingest", subject=SUBJECT, correlation_id="c-1"
)


def raw(body: dict[str, Any], subject: str = SUBJECT) -> RawBatch:
    return RawBatch(subject, HEADERS, orjson.dumps(body))


def priced(body: dict[str, Any], prices: PriceBook) -> lines.PricedMessage:
    message = raw(body)
    return lines.price(message, lines.read(message), prices, cause=HEADERS)


def test_fields_that_pricing_does_not_know_pass_untouched() -> None:
    body = document(
        [line(stated_rrp="1.10", product_name="VM D4s", from_the_future={"a": [1, 2]})],
        also_new="yes",
    )
    after = orjson.loads(priced(body, book(entry(percent="10"))).data)
    (row,) = after.pop("lines")
    assert row.items() >= body["lines"][0].items()
    assert after.items() >= {k: v for k, v in body.items() if k != "lines"}.items()
    assert (after["pricing_version"], after["rrp"], after["sell"]) == (1, "1.10", "1.210")


def test_the_result_keeps_its_contract() -> None:
    body = document([line(stated_rrp="1.10"), line(kind="tax"), line(kind="seat")])
    message = priced(body, book(entry(percent="10"), version=7))
    model = LinesPricedV1.model_validate_json(message.data)
    assert message.headers.id == model.natural_id()
    assert message.subject == model.subject()
    assert message.headers.correlation_id == "c-1"
    assert message.lines == 3


def test_the_same_batch_at_another_version_is_another_message() -> None:
    body = document([line(stated_rrp="1")])
    first, again, later = (priced(body, book(entry(), version=v)) for v in (1, 1, 2))
    assert first.headers.id == again.headers.id != later.headers.id


def test_a_batch_that_does_not_add_up_says_by_how_much() -> None:
    body = document([line(cost="10.00"), line(cost="0.015")], cost="10.005")
    with pytest.raises(InvalidMessageError, match=r"batch 1: .* 10\.005 AUD by 0\.010\."):
        lines.read(raw(body))


@pytest.mark.parametrize("field", ["cost", "stated_rrp", "list_unit_price", "pec_percent"])
@pytest.mark.parametrize("value", [85.0, 85, "8,5", "1e3", "", None])
def test_an_amount_that_is_no_exact_text_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidMessageError, match=rf"lines\.0\.{field}"):
        lines.read(raw({**document([line()]), "lines": [line(**{field: value})]}))


def test_a_field_that_pricing_does_not_read_is_not_its_business() -> None:
    assert lines.read(raw(document([line(tax=12.5, resource_id=None)]))).lines[0]["row"] == 1


def test_a_body_of_another_partner_is_refused() -> None:
    with pytest.raises(InvalidMessageError, match="partner"):
        lines.read(raw(document([line()], partner_id="other-msp")))


def test_an_amount_too_long_to_price_breaks_the_contract() -> None:
    body = document([line(cost="1", list_unit_price="9" * 40, quantity="9" * 40)])
    with pytest.raises(InvalidMessageError, match="too long"):
        priced(body, book(entry()))
