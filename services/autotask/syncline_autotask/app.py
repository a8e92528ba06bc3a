"""Composition root of the Autotask connector."""

from syncline_chassis.connector.service import connector_service
from syncline_chassis.process import make_and_serve
from syncline_chassis.service import Service
from syncline_chassis.settings import read

from syncline_autotask.connector import AutotaskConnector
from syncline_autotask.settings import Settings


def create_service(settings: Settings | None = None) -> Service:
    """The service, ready to run; settings come from the environment unless given."""
    chosen = settings or read(Settings)
    return connector_service(AutotaskConnector(chosen), chosen)


def main() -> None:
    """Run the service until it is told to stop."""
    make_and_serve(create_service)
