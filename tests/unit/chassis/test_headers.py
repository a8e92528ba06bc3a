"""CloudEvents headers: written and read, a child keeps correlation and trace."""

import pytest
from syncline_contracts.message import Headers
from syncline_contracts.partner import PartnerChangedV1, PartnerSettings

MESSAGE = PartnerChangedV1(
    partner_id="acme", version=3, actor="x", settings=PartnerSettings(name="A", currency="AUD")
)


def test_headers_survive_the_wire() -> None:
    headers = Headers.about(MESSAGE, source="mapping")
    assert Headers.parse(headers.to_wire()) == headers


def test_a_consequence_keeps_correlation_and_trace_but_not_the_id() -> None:
    cause = Headers.about(MESSAGE, source="mapping")
    effect = Headers.about(MESSAGE.model_copy(update={"version": 4}), source="pricing", cause=cause)
    assert effect.correlation_id == cause.correlation_id
    assert effect.traceparent == cause.traceparent
    assert effect.id != cause.id


def test_a_fact_with_a_natural_key_has_the_same_id_each_time() -> None:
    first, second = (Headers.about(MESSAGE, source="mapping") for _ in range(2))
    assert first.id == second.id


def test_what_is_missing_is_named() -> None:
    wire = Headers.about(MESSAGE, source="mapping").to_wire()
    del wire["ce-type"]
    with pytest.raises(ValueError, match="ce-type"):
        Headers.parse(wire)
