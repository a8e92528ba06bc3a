"""An example to try the pages on: one partner with a PSA, and an invoice that nobody mapped yet."""

from syncline_sandbox.invoices import generate_distributor_invoice

from syncline_stack.road import Road
from syncline_stack.stack import Stack

PARTNER = "example-it"
TENANTS = 8


def set_up_example(stack: Stack, partner: str = PARTNER) -> None:
    """Register the partner with all that comes before mapping; its invoice waits in the portal."""
    road = Road(stack, partner=partner, people=TENANTS)
    try:
        road.set_up()
        road.watch_the_feed()
        invoice = generate_distributor_invoice(road.seed, TENANTS)
        road.publish(invoice)
        road.await_priced(invoice.invoice_number)
    finally:
        road.close()


def is_empty(stack: Stack) -> bool:
    """Tell whether nobody is registered yet."""
    road = Road(stack)
    try:
        return not road.portal.get("/v1/partners")["partners"]
    finally:
        road.close()
