"""Steps that several end-to-end tests share."""

from collections.abc import Mapping

from syncline_sandbox.invoices import DistributorInvoice, generate_distributor_invoice
from syncline_stack import expected
from syncline_stack.proof import Proof
from syncline_stack.psa import Json
from syncline_stack.road import PERCENTS, Road


def ready(road: Road) -> tuple[DistributorInvoice, str]:
    """A partner with an invoice from the feed, mapped as far as it can be; the invoice's key."""
    road.set_up()
    road.watch_the_feed()
    invoice = issue(road)
    return invoice, await_mapped(road, invoice)


def issue(road: Road) -> DistributorInvoice:
    """The distributor issues this month's invoice."""
    invoice = generate_distributor_invoice(road.seed, road.people, lines_per_tenant=8)
    road.publish(invoice)
    return invoice


def priced(road: Road) -> tuple[DistributorInvoice, str]:
    """The month's invoice, issued, detected and priced, with its key."""
    invoice = issue(road)
    return invoice, str(road.await_priced(invoice.invoice_number)["invoice_key"])


def await_mapped(road: Road, invoice: DistributorInvoice) -> str:
    """Wait for an invoice and map it as far as it can be; its key."""
    key = str(road.await_priced(invoice.invoice_number)["invoice_key"])
    road.await_mapped(key, road.map_tenants(key, {}))
    return key


def sync(road: Road, key: str) -> Json:
    """Plan, confirm, and wait until nothing moves any more."""
    road.approve(key, road.plan(key))
    return road.await_rest(key)


def prove(
    road: Road,
    invoices: Mapping[str, DistributorInvoice],
    percents: dict[str, str] = PERCENTS,
) -> Proof:
    """Every hop of the money of all its invoices by key, each record in the PSA exactly once.

    Raises `DoesNotTieError`.
    """
    proof = Proof()
    for key, invoice in invoices.items():
        proof.document(expected.of_feed(invoice, percents), road.details(key), road.psa)
    proof.all_stand(road.psa)
    return proof


def by_state(details: Json) -> dict[str, list[str]]:
    """Tenant names by state."""
    found: dict[str, list[str]] = {}
    for row in details["tenants"]:
        found.setdefault(row["state"], []).append(row["tenant_name"])
    return found


def holds(details: Json) -> set[str]:
    """Codes of all holds."""
    return {hold["code"] for row in details["tenants"] for hold in row["holds"]}
