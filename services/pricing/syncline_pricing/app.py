"""Composition root of pricing."""

from syncline_chassis.process import make_and_serve
from syncline_chassis.service import Service
from syncline_chassis.settings import read

from syncline_pricing import handlers, repository, reprice
from syncline_pricing.settings import Settings


def create_service(settings: Settings | None = None) -> Service:
    """The service, ready to run; settings come from the environment unless given."""
    chosen = settings or read(Settings)
    service = Service("pricing", chosen, indexes=(*repository.INDEXES, *reprice.INDEXES))
    handlers.register(service, chosen)
    return service


def main() -> None:
    """Run the service until it is told to stop."""
    make_and_serve(create_service)
