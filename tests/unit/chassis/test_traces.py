"""One trace leads from cause to effect; without a collector there is nothing of it."""

import subprocess
import sys

import pytest
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.traces import EXPORT_S, MOST_WAITING, Traces
from syncline_contracts.message import SPAN, Headers
from syncline_contracts.partner import PartnerChangedV1, PartnerSettings

from tests.collector import Collector

MESSAGE = PartnerChangedV1(
    partner_id="acme", version=3, actor="x", settings=PartnerSettings(name="A", currency="AUD")
)
ALONE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"


def traces(collector: Collector, service: str = "mapping") -> Traces:
    return Traces(service, collector.url, "x1")


async def test_what_is_said_within_a_span_is_its_child_in_the_other_service() -> None:
    with Collector.listening() as collector:
        here, there = traces(collector, "ingest"), traces(collector, "pricing")
        with here.span("document", partner="acme"):
            headers = Headers.about(MESSAGE, source="ingest")
        with there.handling("syncline.evt.partner.changed.v1.acme.k", headers, 2):
            effect = Headers.about(MESSAGE, source="pricing", cause=headers)
            with there.span("vendor put", "CLIENT"):
                pass
        await here.close()
        await there.close()
        (document,) = (one for one in collector.spans if one.service == "ingest")
        vendor, handled = (one for one in collector.spans if one.service == "pricing")
    assert document.parent == ""
    assert handled.parent == document.span
    assert vendor.parent == handled.span
    assert {one.trace for one in collector.spans} == {document.trace}
    assert effect.traceparent == f"00-{document.trace}-{handled.span}-01"
    assert handled.attributes == {
        "syncline.message": headers.id,
        "syncline.partner": "acme",
        "syncline.attempt": "2",
    }
    assert SPAN.get() == ""


async def test_an_error_tells_its_class_and_not_its_text() -> None:
    with Collector.listening() as collector:
        made = traces(collector)
        with pytest.raises(ValueError, match="Contoso"), made.span("document"):
            raise ValueError("row 7: 'Contoso' is no number")
        await made.close()
        (span,) = collector.spans
    assert span.error == "ValueError"
    assert "Contoso" not in repr(span)


async def test_a_batch_is_in_one_trace_and_linked_with_the_others() -> None:
    with Collector.listening() as collector:
        made = traces(collector)
        said = []
        for _ in range(2):
            with made.span("document"):
                said.append(SPAN.get())
        with made.span("plan", parent=said[0], links=[said[1], ALONE]):
            theirs = Headers(type="x", source="x", subject="x", traceparent=said[1])
            answer = Headers.about(MESSAGE, source="xero", cause=theirs)
        await made.close()
        first, second, batch = collector.spans
    assert batch.trace == first.trace
    assert batch.links == (second.span,)
    assert answer.traceparent == said[1], "an answer stays in the trace of what it answers"


async def test_what_nobody_recorded_is_nobodys_parent() -> None:
    with Collector.listening() as collector:
        made = traces(collector)
        cause = Headers.about(MESSAGE, source="mapping")
        with made.handling("syncline.evt.partner.changed.v1.acme.k", cause, 1):
            effect = Headers.about(MESSAGE, source="mapping", cause=cause)
        await made.close()
        (span,) = collector.spans
    assert span.parent == ""
    assert effect.traceparent == f"00-{span.trace}-{span.span}-01"


async def test_a_collector_that_is_away_holds_nobody_up_and_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("syncline_chassis.traces.EXPORT_S", 0.2)
    with Collector.listening() as collector:
        gone = collector.url
    made = Traces("mapping", gone, "x1")
    for _ in range(2 * MOST_WAITING):
        with made.span("document"):
            pass
    (processor,) = made._provider._active_span_processor._span_processors
    assert 0 < len(processor._batch_processor._queue) <= MOST_WAITING
    await made.close()


def test_a_drain_has_time_for_the_last_spans() -> None:
    assert ServiceSettings.model_fields["drain_timeout_s"].default > 2 * EXPORT_S


def test_without_a_collector_nothing_is_recorded_and_nothing_loaded() -> None:
    script = (
        "import sys; from syncline_chassis.service import Service; "
        "from syncline_chassis.traces import Traces; from syncline_contracts.message import SPAN\n"
        "with Traces('mapping', '', 'x1').span('document', partner='acme'):\n"
        "    assert SPAN.get() == ''\n"
        "assert not [one for one in sys.modules if one.startswith('opentelemetry.sdk')]"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
