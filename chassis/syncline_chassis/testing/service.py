"""A service for tests: its tables are filled with what the test does not care about."""

from typing import Any

from pydantic import BaseModel
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, QUERIES

from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import NotFoundError
from syncline_chassis.service import Received, Service
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.unit_of_work import UnitOfWork


async def _note_nothing(received: Received[Any], uow: UnitOfWork) -> None:
    """Accept."""


async def _take_nothing(batch: RawBatch) -> None:
    """Accept."""


async def _know_nothing(query: Any, uow: UnitOfWork) -> BaseModel:
    raise NotFoundError("This service is a stand-in of a test.")


def idle_service(name: str, settings: ServiceSettings) -> Service:
    """A service that accepts everything the catalogue sends it and does nothing."""
    service = Service(name, settings)
    service.events.update({e: _note_nothing for e in EVENTS if name in e.consumers})
    service.commands.update({c: _note_nothing for c in COMMANDS if name in c.consumers})
    service.lines.update({b: _take_nothing for b in LINES if name in b.consumers})
    for query in QUERIES:
        if name in query.services:
            service.queries.setdefault(query, _know_nothing)
    return service
