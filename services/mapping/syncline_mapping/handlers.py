"""What mapping listens to, which function answers, and who works in the background."""

from functools import partial

from syncline_chassis.service import Service
from syncline_contracts import breakdown_query as breakdown
from syncline_contracts import mapping_query as asked
from syncline_contracts import plan_query as plans
from syncline_contracts import reprice_query as repricing
from syncline_contracts.line import LinesPricedV1
from syncline_contracts.month_query import ListMonths
from syncline_contracts.stuck_query import ListStuck

from syncline_mapping import figures, handlers_events, handlers_queries
from syncline_mapping.handlers_breakdown import Breakdown
from syncline_mapping.handlers_edits import Edits
from syncline_mapping.handlers_lines import LineKeeping
from syncline_mapping.handlers_reprice import Repricings, preview_prices
from syncline_mapping.handlers_reverse import Reversals
from syncline_mapping.handlers_sync import Syncing
from syncline_mapping.repository.marks import (
    EVALUATE_WORKER,
    ROLLUP_WORKER,
    SPREAD_WORKER,
    SWEEP_WORKER,
)
from syncline_mapping.repository.shelf import Shelf
from syncline_mapping.settings import Settings
from syncline_mapping.workers.evaluate import Evaluation
from syncline_mapping.workers.manifests import Manifests
from syncline_mapping.workers.report import REPORT_WORKER, Report
from syncline_mapping.workers.roll_up import RollUp
from syncline_mapping.workers.spread import Spread
from syncline_mapping.workers.sweep import Sweep


def register(service: Service, settings: Settings) -> None:
    """Fill the service's tables and set its workers up."""
    edits, syncing = Edits(service.clock), Syncing(service.clock)
    behind = Breakdown(Shelf(settings.mapping_shelf_bytes))
    service.lines.update({LinesPricedV1: LineKeeping(service).keep_lines})
    service.events.update(handlers_events.routes(service.clock))
    service.queries.update(
        {
            asked.SavePartner: edits.save_partner,
            asked.MapTenant: edits.map_tenant,
            asked.IgnoreTenant: edits.ignore_tenant,
            plans.RequestPlans: syncing.request_plans,
            plans.ApprovePlans: syncing.approve_plans,
            plans.ReverseTenants: Reversals(service.clock).reverse_tenants,
            repricing.PreviewPrices: preview_prices,
            repricing.RepriceTenants: Repricings(service.clock).reprice_tenants,
            asked.ListPartners: handlers_queries.list_partners,
            asked.ListInvoices: handlers_queries.list_invoices,
            ListMonths: handlers_queries.list_months,
            asked.GetInvoice: handlers_queries.get_invoice,
            asked.GetTenant: handlers_queries.get_tenant,
            breakdown.ListLines: behind.list_lines,
            breakdown.GroupLines: behind.group_lines,
            asked.ListHolds: handlers_queries.list_holds,
            ListStuck: handlers_queries.list_stuck,
            asked.ListMappings: handlers_queries.list_mappings,
            plans.PlanProgress: handlers_queries.plan_progress,
            asked.AuditLog: handlers_queries.audit_log,
        }
    )
    _set_workers_up(service, settings)


def _set_workers_up(service: Service, settings: Settings) -> None:
    service.worker("figures", partial(figures.look, service), every_s=figures.EVERY_S)
    every_s = settings.mapping_look_every_s
    evaluation = Evaluation(service, settings)
    service.on_start.append(evaluation.take_up_again)
    service.worker(SPREAD_WORKER, Spread(service).work, every_s=every_s)
    service.worker(SWEEP_WORKER, Sweep(service).work, every_s=every_s)
    service.worker(EVALUATE_WORKER, evaluation.work, every_s=every_s)
    service.worker(ROLLUP_WORKER, RollUp(service, settings).work, every_s=every_s)
    service.worker(REPORT_WORKER, Report(service).work, every_s=settings.mapping_report_every_s)
    service.worker(
        "manifests", Manifests(service).work, every_s=settings.mapping_connectors_every_s
    )
