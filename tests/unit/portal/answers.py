"""What the owners would answer, lifelike; the contracts check it."""

import json
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from syncline_contracts import breakdown_query as breakdown
from syncline_contracts import ingest_query as ingest
from syncline_contracts import mapping_query as mapping
from syncline_contracts import month_query as months
from syncline_contracts import plan_query as plans
from syncline_contracts import pricing_query as pricing
from syncline_contracts import query
from syncline_contracts import reprice_query as repricing
from syncline_contracts.audit import Decisions, ListDecisions
from syncline_contracts.identity import EVERY_PARTNER, invoice_key
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.profile import ProfileEntry, ProfileSettings
from syncline_contracts.replay import DiscardDeadLetter, Discarded, ReplayDeadLetter, Replayed
from syncline_contracts.revision import RevisedLine, RevisionComparison, RevisionSummary
from syncline_contracts.usage import UsageTie

from tests.unit.portal.fakes import NOW, FakeBus

KEY = invoice_key("acme", "ACC1001", "DD-900123")
TENANT = "3f0b6f5e-2a71-4c55-9a0e-5d3f6f1c2b7a"
HASH = "c0ffee" * 10 + "0000"
MANIFEST = {
    "name": "xero",
    "title": "Xero",
    "version": "0.1.0",
    "vocabulary": {"client": "Contact", "agreement": None, "product": "Item"},
    "capabilities": {},
    "connection_form": {"type": "object", "properties": {"client_id": {"type": "string"}}},
    "picks": {"client": "contacts", "product": "items"},
    "limits": {"per_minute": 60, "per_day": 5000, "concurrent": 5},
    "settle_s": 5.0,
    "max_writes_per_call": 50,
}
TIE_OUT = mapping.TieOut(
    document_cost="1347.84",
    lines_cost="1347.84",
    charges_cost="1347.84",
    charges_sell_exact="1552.347",
    charges_sell="1552.35",
    residual="-0.003",
    ties=True,
)
INVOICE = mapping.InvoiceView(
    invoice_key=KEY,
    invoice_no="DD-900123",
    billing_month="2026-10",
    source_id="dicker",
    currency="AUD",
    revision=1,
    status="ready_to_sync",
    version=7,
    tenants=1,
    tenants_by_state={"ready": 1},
    lines=4,
    cost="1347.84",
    rrp="1549.83",
    sell="1552.35",
    residual="-0.003",
    held_cost="0",
    tie_out=TIE_OUT,
    detected_at=NOW,
)
MONTH_SUM = months.MonthSum(
    billing_month="2026-10", currency="AUD", invoices=1, cost="1347.84", sell="1552.35"
)
ROW = mapping.TenantRow(
    tenant_id=TENANT,
    tenant_name="O'Brien & Söhne Pty Ltd",
    state="ready",
    changed=False,
    version=3,
    lines=4,
    cost="1347.84",
    rrp="1549.83",
    sell="1552.35",
    residual="-0.003",
    client_id="c-1",
    client_name="O'Brien",
    client_mapped=True,
    products_mapped=True,
    holds=(),
)
DOCUMENT = ingest.DocumentView(
    document_id="d1",
    source_id="upload",
    name="recon.csv",
    sha256="ab" * 32,
    bytes=3,
    received_at=NOW,
    status="committed",
)
CONNECTION = query.ConnectionView(
    partner_id="acme",
    connection_id="main",
    connector="xero",
    version=2,
    form={"client_id": "abc"},
    status="working",
)
SOURCE = ingest.SourceView(
    source_id="dicker", kind="distributor", version=4, enabled=True, settings={"account": "1"}
)
PROFILE = pricing.ProfileView(
    profile_id="standard",
    version=5,
    is_default=True,
    settings=ProfileSettings(
        name="Standard",
        entries=(
            ProfileEntry(vendor_item="AZ-CONS", product_id="AZ", percent_off_rrp=Decimal(10)),
        ),
    ),
    changed_by="ann",
    changed_at=NOW,
)
USAGE_TIE = UsageTie(
    invoice_key=KEY,
    invoice_no="DD-900123",
    currency="AUD",
    billing_revision=1,
    detail_revision=1,
    tolerance=Decimal("1.00"),
    is_tied=True,
    classes=(),
    gaps=(),
    gap_count=0,
)
COMPARISON = RevisionComparison(
    summary=RevisionSummary(
        invoice_key=KEY,
        invoice_no="DD-900123",
        role="billing",
        currency="AUD",
        previous_currency="AUD",
        revision=2,
        previous_revision=1,
        document_sha256="cd" * 32,
        previous_document_sha256="ab" * 32,
        lines=1,
        previous_lines=0,
        cost=Decimal("21.39"),
        previous_cost=Decimal(0),
        added=1,
        removed=0,
        changed=0,
        unchanged=0,
        tenants=(),
        tenants_changed=1,
        tenants_unchanged=0,
    ),
    lines=(
        RevisedLine(
            what="added",
            tenant_id=TENANT,
            tenant_name="O'Brien",
            vendor_item="AZ-CONS",
            description="D4s v5",
            row_before=None,
            row_after=1,
            cost_before=None,
            cost_after=Decimal("21.39"),
            difference=Decimal("21.39"),
        ),
    ),
    lines_left_out=0,
    next_cursor="more",
)
MAPPING = mapping.MappingView(
    tenant_id=TENANT, version=6, client_id="c-1", client_name="O'Brien", agreements={}
)
PREVIEW = repricing.InvoicePreview(
    invoice_key=KEY,
    invoice_no="DD-900123",
    billing_month="2026-10",
    currency="AUD",
    status="synced",
    synced=repricing.PriceEffect(
        tenants=1, charges=2, below_cost=0, cost="1347.84", sell="1552.35", sell_after="1700.00"
    ),
)
PARTNER = PartnerSettings(name="Acme IT", currency="AUD", connector="xero", connection_id="main")


def _partners(asked: mapping.ListPartners) -> mapping.Partners:
    names = ("acme", "other") if asked.partner_id == EVERY_PARTNER else (asked.partner_id,)
    views = (mapping.PartnerView(partner_id=name, version=1, settings=PARTNER) for name in names)
    return mapping.Partners(partners=tuple(views))


ANSWERS: dict[type[query.Query[Any]], Any] = {
    mapping.ListPartners: _partners,
    mapping.SavePartner: query.Done(version=2),
    mapping.ListInvoices: mapping.Invoices(invoices=(INVOICE,), next_cursor="more"),
    months.ListMonths: months.Months(months=(MONTH_SUM,)),
    mapping.GetInvoice: mapping.InvoiceDetails(invoice=INVOICE, tenants=(ROW,)),
    mapping.GetTenant: mapping.TenantDetails(row=ROW, charges=(), tie_out=TIE_OUT, plan=None),
    breakdown.GroupLines: breakdown.LineGroups(groups=(), lines=0, cost="0", sell="0"),
    breakdown.ListLines: breakdown.Lines(lines=({"row": 1, "cost": "21.39"},)),
    ingest.GetUsageTie: USAGE_TIE,
    ingest.GetRevisionComparison: COMPARISON,
    mapping.ListHolds: mapping.Holds(rows=()),
    mapping.MapTenant: query.Done(version=7),
    mapping.ListMappings: mapping.Mappings(mappings=(MAPPING,)),
    mapping.IgnoreTenant: query.Done(version=4),
    plans.RequestPlans: plans.PlansRequested(request_id="r1", requested=(TENANT,), skipped=()),
    plans.PlanProgress: plans.PlansMade(
        pending=0,
        rows=(
            plans.TenantPlanRow(
                tenant_id=TENANT,
                tenant_name="O'Brien",
                status="made",
                plan=plans.PlanView(
                    plan_hash=HASH, charge_set_version=2, writes=(), total="1552.35"
                ),
            ),
        ),
    ),
    repricing.PreviewPrices: repricing.PricePreview(invoices=(PREVIEW,), next_cursor="more"),
    repricing.RepriceTenants: repricing.Repricing(requested=(TENANT,), skipped=()),
    plans.ReverseTenants: plans.Reversing(request_id="r1", requested=(TENANT,), skipped=()),
    plans.ApprovePlans: plans.Approved(approved=(TENANT,), nothing_to_write=(), refused=()),
    mapping.AuditLog: mapping.AuditEntries(entries=()),
    ingest.SubmitUpload: ingest.Submitted(outcome="accepted", document=DOCUMENT),
    ingest.ListDocuments: ingest.Documents(documents=(DOCUMENT,)),
    ingest.GetOriginalRow: ingest.OriginalRow(
        document=DOCUMENT, row=4, cells=(ingest.Cell(column="SkuName", value="D4s v5"),)
    ),
    ingest.SaveSource: query.Done(version=5),
    ingest.ListSourceKinds: ingest.SourceKinds(kinds=()),
    ingest.ListSources: ingest.Sources(sources=(SOURCE,)),
    pricing.SaveProfile: pricing.ProfileSaved(version=6, pricing_version=9),
    pricing.AssignProfile: query.Done(version=1),
    pricing.ListProfiles: pricing.Profiles(pricing_version=8, profiles=(PROFILE,), assignments=()),
    pricing.ProfileHistory: pricing.History(entries=()),
    query.SearchPicks: query.Picks(items=(query.PickItem(id="c-1", name="O'Brien"),)),
    query.SaveConnection: CONNECTION,
    query.CheckConnection: CONNECTION,
    query.ListConnections: query.Connections(connections=(CONNECTION,)),
    query.LedgerQuery: query.LedgerRows(rows=()),
    ListDecisions: Decisions(entries=()),
    ReplayDeadLetter: Replayed(letter_id=2),
    DiscardDeadLetter: Discarded(letter_id=2),
}


def answer_all(bus: FakeBus) -> None:
    """Have every owner answer."""
    bus.answers.update(ANSWERS)
    bus.values["xero"] = json.dumps(MANIFEST).encode()


def body_of(model: BaseModel) -> dict[str, Any]:
    """A model as a JSON body."""
    body: dict[str, Any] = json.loads(model.model_dump_json())
    return body
