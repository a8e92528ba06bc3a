"""One trace leads from the document to the request at the PSA."""

from syncline_stack.api import until

from tests.collector import Collector, Span
from tests.e2e.conftest import RoadMaker
from tests.e2e.walk import ready, sync

STATIONS = {
    ("ingest", "document"),
    ("ingest", "publish"),
    ("pricing", "lines.published.v1"),
    ("mapping", "invoice.detected.v1"),
    ("mapping", "lines.priced.v1"),
    ("xero", "tenant.plan.v1"),
    ("xero", "plan"),
    ("xero", "tenant.apply.v1"),
    ("xero", "apply"),
    ("mapping", "tenant.synced.v1"),
}
IDS = {"partner", "document", "invoice", "message", "connection", "attempt", "jobs", "batches"}


def test_a_document_and_what_it_makes_in_the_psa_are_one_trace(
    roads: RoadMaker, collector: Collector
) -> None:
    road = roads(people=2)
    _, key = ready(road)
    details = sync(road, key)

    def is_whole() -> list[Span]:
        for one in list(collector.spans):
            if one.name == "document" and one.attributes["syncline.partner"] == road.partner:
                found = collector.of_trace(one.trace)
                known = {span.span for span in found}
                whole = all(span.parent in known for span in found if span.parent)
                if whole and {(span.service, span.name) for span in found} >= STATIONS:
                    return found
        return []

    spans = until(is_whole, what="one whole trace")
    by_id = {one.span: one for one in spans}
    (root,) = (one for one in spans if not one.parent)
    assert root.service == "ingest"

    applied = [one for one in spans if (one.service, one.name) == ("xero", "apply")]
    calls = [
        one for one in spans if by_id.get(one.parent) in applied and one.name.startswith("vendor ")
    ]
    assert {one.service for one in calls} == {"xero"}
    way, last = [calls[0]], calls[0]
    while last.parent:
        last = by_id[last.parent]
        way.append(last)
    assert way[-1] is root
    assert [one.service for one in way if one.name in ("apply", "invoice.detected.v1")] == [
        "xero",
        "mapping",
    ]

    told = repr([one.attributes for one in spans])
    assert {name.removeprefix("syncline.") for one in spans for name in one.attributes} <= IDS
    assert not [row["tenant_name"] for row in details["tenants"] if row["tenant_name"] in told]
    assert details["invoice"]["invoice_no"] not in told
