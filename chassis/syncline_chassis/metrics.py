"""Every metric, declared once, with its kind and a sentence.

`service` is a label of all of them. Amounts in gauges are floats for looking at, never for billing.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """A service's metrics, in a registry of their own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.service = service

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, ("service", *labels), registry=self.registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, ("service", *labels), registry=self.registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(name, text, ("service", *labels), registry=self.registry)

        # What flows.
        self.handled = counter(
            "syncline_messages_total",
            "Messages by type and what became of them.",
            "type",
            "outcome",
        )
        self.handling_seconds = histogram(
            "syncline_handling_seconds", "Time from delivery to ack.", "type"
        )
        self.lines = counter(
            "syncline_lines_total", "Invoice lines that passed this service.", "type"
        )
        self.lag = gauge(
            "syncline_consumer_lag", "Messages that wait for a durable of this service.", "durable"
        )
        self.dead_letters = gauge(
            "syncline_dead_letters",
            "Dead letters of this service that were neither replayed nor discarded yet.",
            "type",
        )
        self.queries = counter(
            "syncline_queries_total", "Queries by name and outcome.", "name", "outcome"
        )
        self.outbox_pending = gauge(
            "syncline_outbox_pending",
            "Messages that wait in the outbox; 200 or more show as 200.",
        )
        self.worker_failures = counter(
            "syncline_worker_failures_total", "Failed rounds of background workers.", "worker"
        )
        # What is billed, as mapping sees it.
        self.tenants = gauge("syncline_tenants", "Tenants on invoices, by their state.", "state")
        self.held_cost = gauge(
            "syncline_held_cost",
            "Cost of the tenants that are held for a reason; one held for two counts in both.",
            "reason",
            "currency",
        )
        self.oldest_hold = gauge(
            "syncline_oldest_hold_seconds",
            "How long the tenant waits that is held the longest, of those held for a reason.",
            "reason",
        )
        self.tie_out_differences = gauge(
            "syncline_tie_out_differences",
            "Where the money does not add up, by the hop that differs from the one before it: "
            "documents that were refused within a day, else tenants.",
            "hop",
        )
        # What happens at the vendor, as a connector sees it.
        self.vendor_calls = counter(
            "syncline_vendor_calls_total", "Calls to a vendor's API.", "operation", "outcome"
        )
        self.vendor_seconds = histogram(
            "syncline_vendor_seconds",
            "Time of a call to a vendor's API, without the wait for its limit.",
            "operation",
        )
        self.vendor_limits = counter(
            "syncline_vendor_limits_total",
            "Times that work was put off for a vendor's limit: our own count of it, or its word.",
            "by",
        )
        self.ledger_rows = gauge(
            "syncline_ledger_rows", "Records in the PSA by their state on the ledger.", "state"
        )
        self.waiting_jobs = gauge(
            "syncline_waiting_jobs",
            "Plans, writes and looks that wait, now or for later, by their kind.",
            "kind",
        )
        self.waiting_partners = gauge(
            "syncline_waiting_partners",
            "Partners with a job that is due: one worker at a time works for each.",
        )
