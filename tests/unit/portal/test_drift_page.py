"""What a person changed in the PSA stands on Invoice Details, record by record."""

from decimal import Decimal

from nicegui import ui
from syncline_contracts.mapping_query import GetInvoice, GetTenant, InvoiceDetails, TenantDetails
from syncline_contracts.tenant import Drift, WrittenRecord
from syncline_portal.look.drift import BILLED, TEMPLATE, UNDONE, advice, drifts
from syncline_portal.look.table import Listing
from syncline_portal.pages.invoice import invoice

from tests.unit.portal.answers import INVOICE, KEY, ROW, TENANT, TIE_OUT
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import opened, seeing, until

RECORD = WrittenRecord(
    external_key="SL-1", ref="r-1", label="INV-1", url="", amount=Decimal("100.10")
)
CHANGED = Drift(
    external_key="SL-1",
    ref="r-1",
    label="INV-1",
    what="INV-1 was changed in the PSA: the amount is 90.00 instead of 100.10, off by -10.10.",
    off_by=Decimal("-10.10"),
)
DRIFTED = ROW.model_copy(update={"state": "drifted", "records": (RECORD,)})


def found(*told: Drift) -> TenantDetails:
    return TenantDetails(row=DRIFTED, charges=(), tie_out=TIE_OUT, plan=None, drifts=told)


def test_a_drift_has_its_record_and_both_amounts() -> None:
    other = CHANGED.model_copy(update={"external_key": "SL-2", "label": "INV-2"})
    known, unknown = drifts(found(CHANGED, other))
    assert (known["label"], known["what"]) == ("INV-1", CHANGED.what)
    assert (known["written"], known["now"], known["off"]) == ("100.10", "90.00", "-10.10")
    assert unknown["written"] == unknown["now"] != "0.00"  # a dash: nobody knows


def test_of_an_undone_tenant_it_is_the_record_that_took_back_and_undo_is_the_way() -> None:
    offset = RECORD.model_copy(update={"label": "INV-2", "amount": Decimal("-100.10")})
    undone = DRIFTED.model_copy(update={"records": (), "offsets": (offset,)})
    gone = CHANGED.model_copy(update={"label": "INV-2", "off_by": Decimal("100.10")})
    (one,) = drifts(found(gone).model_copy(update={"row": undone}))
    assert (one["written"], one["now"], one["off"]) == ("-100.10", "0.00", "+100.10")
    assert (advice(undone), advice(DRIFTED)) == (UNDONE, BILLED)


async def test_invoice_details_says_what_was_changed_and_sync_now_is_there(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[GetInvoice] = InvoiceDetails(invoice=INVOICE, tenants=(DRIFTED,))
    fakes.bus.answers[GetTenant] = found(CHANGED)
    page = await opened(fakes, path={"invoice_key": KEY})
    async with seeing(lambda: invoice(page)) as user:
        with user as client:
            elements = list(client.elements.values())
            (table,) = [one for one in elements if isinstance(one, Listing)]
            (sync,) = [
                one for one in elements if isinstance(one, ui.button) and one.text == "Sync Now"
            ]
            assert sync.enabled
            (load,) = [one for one in table._event_listeners.values() if one.type == "load"]
            table._handle_event({"listener_id": load.id, "args": TENANT})
        await until(lambda: table.rows[0]["drifts"])
        assert table.rows[0]["drifts"][0]["what"] == CHANGED.what
        assert table.rows[0]["drift_advice"] == BILLED
        assert TEMPLATE in table._props["templates"]["body"]
