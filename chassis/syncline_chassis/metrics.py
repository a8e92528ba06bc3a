"""Every metric, declared once, with its kind and a sentence."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """A service's metrics, in a registry of their own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, ("service", *labels), registry=self.registry)

        self.service = service
        self.handled = counter(
            "syncline_messages_total",
            "Messages by type and what became of them.",
            "type",
            "outcome",
        )
        self.lines = counter(
            "syncline_lines_total", "Invoice lines that passed this service.", "type"
        )
        self.queries = counter(
            "syncline_queries_total", "Queries by name and outcome.", "name", "outcome"
        )
        self.outbox_pending = Gauge(
            "syncline_outbox_pending",
            "Messages that wait in the outbox; 200 or more show as 200.",
            ("service",),
            registry=self.registry,
        )
        self.worker_failures = counter(
            "syncline_worker_failures_total", "Failed rounds of background workers.", "worker"
        )
        self.handling_seconds = Histogram(
            "syncline_handling_seconds",
            "Time from delivery to ack.",
            ("service", "type"),
            registry=self.registry,
        )
        self.vendor_calls = counter(
            "syncline_vendor_calls_total", "Calls to a vendor's API.", "operation", "outcome"
        )
