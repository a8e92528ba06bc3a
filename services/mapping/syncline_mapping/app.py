"""Composition root of mapping."""

from syncline_chassis.process import make_and_serve
from syncline_chassis.service import Service
from syncline_chassis.settings import read

from syncline_mapping import handlers
from syncline_mapping.repository import batches, invoices, mappings, marks, plans, tenants
from syncline_mapping.settings import Settings

INDEXES = (
    *batches.INDEXES,
    *invoices.INDEXES,
    *mappings.INDEXES,
    *marks.INDEXES,
    *plans.INDEXES,
    *tenants.INDEXES,
)


def create_service(settings: Settings | None = None) -> Service:
    """The service, ready to run; settings come from the environment unless given."""
    chosen = settings or read(Settings)
    service = Service("mapping", chosen, indexes=INDEXES)
    handlers.register(service, chosen)
    return service


def main() -> None:
    """Run the service until it is told to stop."""
    make_and_serve(create_service)
