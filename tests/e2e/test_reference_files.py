"""The vendors' own samples through the whole stack, read where they lie: `../shared`."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from syncline_contracts.tenant import Hold
from syncline_ingest.readers.text import UNASSIGNED
from syncline_stack.road import Road

from tests.unit.ingest.samples import zipped

PAGES = Path(__file__).parents[3] / "shared" / "reference" / "invoices" / "partner-center"
pytestmark = pytest.mark.skipif(
    not PAGES.exists(), reason="the reference invoices are not beside the repository (../shared)"
)


def test_usage_pages_without_a_customer_are_held_until_a_person_says_whose_they_are(
    roads: Callable[..., Road],
) -> None:
    road = roads(people=1)
    road.register()
    road.portal.put(
        f"{road.base}/sources/folder",
        {"kind": "watched_folder", "settings": {"bill_from_usage": True}},
    )
    names = [f"v1-onetime-usagelineitems-page{number}.json" for number in (1, 2)]
    road.drop("usage.zip", zipped({name: (PAGES / name).read_bytes() for name in names}))
    invoice = road.await_priced("T000001234")
    (tenant,) = road.details(invoice["invoice_key"])["tenants"]
    assert (tenant["tenant_id"], tenant["state"], tenant["lines"]) == (UNASSIGNED, "held", 3)
    assert Decimal(tenant["cost"]) == Decimal(invoice["cost"])
    holds = [Hold.model_validate(hold) for hold in tenant["holds"]]
    assert "client_not_mapped" in {hold.code for hold in holds}
