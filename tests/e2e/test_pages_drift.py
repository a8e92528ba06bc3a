"""A person changes in the PSA what was written: the page says which record, how, and what to do."""

from playwright.sync_api import expect
from syncline_contracts.identity import new_id
from syncline_contracts.tenant import VerifyTenantV1

from tests.e2e import walk
from tests.e2e.administrator import publish_raw
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker


def test_what_a_person_changed_in_the_psa_is_said_and_put_right(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    invoice, key = walk.ready(road)
    tenants = walk.sync(road, key)["tenants"]
    row = next(one for one in tenants if one["state"] in ("synced", "verified"))
    changed = row["records"][0]
    place = f"/_sandbox/xero/{road.psa.owner}/invoices/{changed['label']}"
    road.sandbox.post(place, {"lines": [{"index": 0, "unit_amount": "0.05"}]})
    look = VerifyTenantV1(
        partner_id=road.partner,
        connector="xero",
        connection_id="main",
        invoice_key=key,
        invoice_no=invoice.invoice_number,
        tenant_id=row["tenant_id"],
        request_id=new_id(),
    )  # as the connector tells itself once a day
    publish_raw(
        road.stack,
        subject=look.subject(),
        type_name=look.type_name,
        body=look.model_dump_json().encode(),
        source="mapping",
    )
    clerk.signed_in(road, f"azure/{key}")
    clerk.sees("Changed in the PSA")
    clerk.press(f"Charges of {row['tenant_name']}")
    told = clerk.page.get_by_role("region", name="Changed in the PSA")
    expect(told).to_contain_text(f"{changed['label']} was changed in the PSA:")
    expect(told).to_contain_text("instead of")
    expect(told).to_contain_text("Sync Now shows the update that would put it right")
    clerk.press("Sync Now")
    clerk.press("Confirm")
    clerk.sees("Synced.")
    expect(told).to_have_count(0)
    walk.prove(road, {key: invoice})
