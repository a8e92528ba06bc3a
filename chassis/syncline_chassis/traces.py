"""Traces: one span per message, query, batch of jobs or vendor call; ids in them, nothing else.

The span under way stands in `message.SPAN`, from where it travels in the headers of what is said.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

from syncline_contracts.message import SPAN, Headers, is_sampled
from syncline_contracts.subjects import partner_of

from syncline_chassis.presence import version_of

Kind = Literal["INTERNAL", "SERVER", "CLIENT", "CONSUMER"]
MOST_WAITING = 2048
"""Spans; when the collector is away, newer ones are dropped."""
SENT_EVERY_MS = 1000
EXPORT_S = 3.0
MOST_LINKS = 32


class Traces:
    """Records spans and sends them to a collector, from a thread; without one it does nothing."""

    def __init__(self, service: str, url: str, instance: str) -> None:
        self._provider: Any = None
        self._exporter: Any = None
        self._tracer: Any = None
        if not url:
            return
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        about = {
            "service.namespace": "syncline",
            "service.name": service,
            "service.version": version_of(service),
            "service.instance.id": instance,
        }
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                self._exporter,
                max_queue_size=MOST_WAITING,
                schedule_delay_millis=SENT_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer("syncline")

    @contextmanager
    def span(
        self,
        name: str,
        kind: Kind = "INTERNAL",
        *,
        parent: str = "",
        links: Iterable[str] = (),
        **ids: str | int,
    ) -> Iterator[None]:
        """Record what the block does, as a child of `parent`, or of the span under way.

        Of an error only its class is told: its text may hold what a supplier wrote.
        """
        if self._tracer is None:
            yield
            return
        from opentelemetry.trace import Link, SpanKind, StatusCode

        before = SPAN.get()
        linked = [found for one in links if (found := _context(one))]
        span = self._tracer.start_span(
            name,
            context=_parent(parent or before),
            kind=SpanKind[kind],
            attributes={f"syncline.{key}": value for key, value in ids.items()},
            links=[Link(one) for one in linked[:MOST_LINKS]],
        )
        here = span.get_span_context()
        SPAN.set(f"00-{here.trace_id:032x}-{here.span_id:016x}-01")
        try:
            yield
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            SPAN.set(before)
            span.end()

    def handling(
        self, subject: str, headers: Headers, attempt: int
    ) -> AbstractContextManager[None]:
        """Record how a message is handled, as a consequence of whoever said it."""
        return self.span(
            headers.type,
            "CONSUMER",
            parent=headers.traceparent,
            message=headers.id,
            partner=partner_of(subject),
            attempt=attempt,
        )

    def answering(
        self, subject: str, query: str, wire: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """Record how a query is answered; the last token of its subject is the partner."""
        partner = subject.rsplit(".", 1)[1]
        parent = wire.get("traceparent", "")
        return self.span(f"query {query}", "SERVER", parent=parent, partner=partner)

    async def close(self) -> None:
        """Send what waits; no longer than `EXPORT_S`."""
        if self._provider is None:
            return
        try:
            await asyncio.wait_for(asyncio.to_thread(self._provider.shutdown), EXPORT_S)
        except TimeoutError:
            self._exporter.shutdown()  # it tries no more, and lets its thread go


def _context(traceparent: str) -> Any:
    """Identity of a span that somebody recorded; None for any other."""
    from opentelemetry.trace import SpanContext, TraceFlags

    if not is_sampled(traceparent):
        return None
    _, trace, span, _ = traceparent.split("-")
    return SpanContext(int(trace, 16), int(span, 16), True, TraceFlags(TraceFlags.SAMPLED))


def _parent(traceparent: str) -> Any:
    """Context to begin in: what nobody recorded is nobody's parent."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    known = _context(traceparent)
    return set_span_in_context(NonRecordingSpan(known), Context()) if known else Context()
