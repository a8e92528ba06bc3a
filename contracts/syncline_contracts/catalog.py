"""Every message there is; nothing is discovered by magic."""

from typing import Any

from syncline_contracts import breakdown_query as breakdown
from syncline_contracts import ingest_query as ingest
from syncline_contracts import mapping_query as mapping
from syncline_contracts import plan_query as plans
from syncline_contracts import pricing_query as pricing
from syncline_contracts import query
from syncline_contracts import reprice_query as repricing
from syncline_contracts.audit import ListDecisions
from syncline_contracts.consent_query import BeginConsent, FinishConsent
from syncline_contracts.holds import HoldsReportedV1
from syncline_contracts.invoice import (
    InvoiceDetectedV1,
    InvoiceRejectedV1,
    InvoiceStatusChangedV1,
)
from syncline_contracts.line import LineBatchHead, LinesPricedV1, LinesPublishedV1
from syncline_contracts.message import CONNECTORS, Command, Event, Message
from syncline_contracts.month_query import ListMonths
from syncline_contracts.partner import PartnerChangedV1
from syncline_contracts.profile import ProfileChangedV1, RepriceInvoiceV1
from syncline_contracts.replay import DiscardDeadLetter, ReplayDeadLetter
from syncline_contracts.revision import InvoiceRevisedV1
from syncline_contracts.stuck_query import ListStuck
from syncline_contracts.tenant import (
    ApplyTenantV1,
    PlanTenantV1,
    ReverseTenantV1,
    TenantDriftedV1,
    TenantHeldV1,
    TenantIgnoredV1,
    TenantPlannedV1,
    TenantReadyV1,
    TenantReversedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantSyncStartedV1,
    TenantVerifiedV1,
    VerifyTenantV1,
)
from syncline_contracts.usage import UsageTiedV1

SERVICES = ("ingest", "pricing", "mapping", *CONNECTORS, "portal")

EVENTS: tuple[type[Event], ...] = (
    InvoiceDetectedV1,
    InvoiceRejectedV1,
    InvoiceRevisedV1,
    InvoiceStatusChangedV1,
    UsageTiedV1,
    PartnerChangedV1,
    ProfileChangedV1,
    HoldsReportedV1,
    TenantHeldV1,
    TenantReadyV1,
    TenantIgnoredV1,
    TenantPlannedV1,
    TenantSyncStartedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
    TenantDriftedV1,
    TenantReversedV1,
)
COMMANDS: tuple[type[Command], ...] = (
    RepriceInvoiceV1,
    PlanTenantV1,
    ApplyTenantV1,
    VerifyTenantV1,
    ReverseTenantV1,
)
LINES: tuple[type[LineBatchHead], ...] = (LinesPublishedV1, LinesPricedV1)
MESSAGES: tuple[type[Message], ...] = (*EVENTS, *COMMANDS, *LINES)
BY_TYPE: dict[str, type[Message]] = {message.type_name: message for message in MESSAGES}

QUERIES: tuple[type[query.Query[Any]], ...] = (
    ingest.SubmitUpload,
    ingest.ListDocuments,
    ingest.GetOriginalRow,
    ingest.GetUsageTie,
    ingest.GetRevisionComparison,
    ingest.SaveSource,
    ingest.ListSources,
    ingest.ListSourceKinds,
    pricing.SaveProfile,
    pricing.AssignProfile,
    pricing.ListProfiles,
    pricing.ProfileHistory,
    mapping.SavePartner,
    mapping.ListPartners,
    mapping.ListInvoices,
    ListMonths,
    mapping.GetInvoice,
    mapping.GetTenant,
    breakdown.ListLines,
    breakdown.GroupLines,
    mapping.ListHolds,
    mapping.MapTenant,
    mapping.ListMappings,
    mapping.IgnoreTenant,
    plans.RequestPlans,
    plans.PlanProgress,
    plans.ApprovePlans,
    plans.ReverseTenants,
    repricing.PreviewPrices,
    repricing.RepriceTenants,
    mapping.AuditLog,
    ListStuck,
    query.SearchPicks,
    query.SaveConnection,
    query.CheckConnection,
    query.ListConnections,
    query.LedgerQuery,
    BeginConsent,
    FinishConsent,
    ListDecisions,
    ReplayDeadLetter,
    DiscardDeadLetter,
)
