"""A collector of traces: takes OTLP over HTTP, as a real one does, and keeps what came."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PATH = "/v1/traces"


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it was sent."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    """Empty for the first of a trace."""
    error: str
    attributes: dict[str, str]
    links: tuple[str, ...]


@dataclass
class Collector:
    """Spans in the order in which they came."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)

    def of_trace(self, trace: str) -> list[Span]:
        """Every span of a trace."""
        return [one for one in list(self.spans) if one.trace == trace]

    def take(self, body: bytes) -> None:
        """Keep what a request holds."""
        for one in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {pair.key: pair.value.string_value for pair in one.resource.attributes}
            for scope in one.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Span(
                            service=about["service.name"],
                            name=span.name,
                            trace=span.trace_id.hex(),
                            span=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            error=span.status.message,
                            attributes={
                                pair.key: pair.value.string_value or str(pair.value.int_value)
                                for pair in span.attributes
                            },
                            links=tuple(link.span_id.hex() for link in span.links),
                        )
                    )

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[Self]:
        """One on a free port of loopback."""
        collector = cls()

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                is_known = self.path == PATH
                if is_known:
                    collector.take(body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200 if is_known else 404)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        collector.url = f"http://127.0.0.1:{server.server_port}{PATH}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
