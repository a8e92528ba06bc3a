"""Composition of a connector's service: the kit around one connector."""

from collections.abc import Awaitable, Callable
from functools import partial

from syncline_contracts.stream import CONNECTORS_BUCKET

from syncline_chassis.clock import Clock
from syncline_chassis.connector import connections as connection_rows
from syncline_chassis.connector import consent, figures, handlers, jobs, ledger, plans
from syncline_chassis.connector.connections import Connections
from syncline_chassis.connector.limits import Limiter
from syncline_chassis.connector.pick_cache import PickCache
from syncline_chassis.connector.protocol import Connector
from syncline_chassis.connector.settings import ConnectorSettings
from syncline_chassis.connector.turn import WORKER
from syncline_chassis.connector.worker import JobWorker
from syncline_chassis.service import Service
from syncline_chassis.vault import Vault, keys_of

ANNOUNCE_EVERY_S = 60.0
INDEXES = (*jobs.INDEXES, *ledger.INDEXES, *plans.INDEXES, *connection_rows.INDEXES)


def connector_service(
    connector: Connector, settings: ConnectorSettings, *, clock: Clock | None = None
) -> Service:
    """A service that does everything for one connector; ready to run."""
    manifest = connector.manifest
    service = Service(manifest.name, settings, indexes=INDEXES, clock=clock)
    vault = Vault(keys_of(settings.vault_keys))
    limiter = Limiter(service, manifest.limits, settings.connector_lease_s)
    known = Connections(service, manifest, vault, settings.connector_lease_s)
    service.commands.update(handlers.commands(handlers.CommandHandlers(service, connector)))
    picks = PickCache(service.clock, settings.connector_picks_s)
    answers = handlers.QueryHandlers(service, connector, known, limiter, picks)
    service.queries.update(handlers.queries(answers))
    consents = consent.ConsentHandlers(service, connector, known, answers)
    service.queries.update(consent.queries(consents))
    worker = JobWorker(service, connector, settings, known, limiter)
    service.worker(
        WORKER,
        worker.round,
        every_s=settings.connector_every_s,
        concurrency=settings.connector_concurrency,
    )
    service.worker("announce", _announcing(service, connector), every_s=ANNOUNCE_EVERY_S)
    due = partial(figures.look_at_due, service)
    service.worker("due", due, every_s=figures.DUE_EVERY_S)
    service.worker("figures", partial(figures.look, service), every_s=figures.EVERY_S)
    service.on_stop.append(connector.close)
    return service


def _announcing(service: Service, connector: Connector) -> Callable[[], Awaitable[None]]:
    async def announce() -> None:
        manifest = connector.manifest
        await service.bus.kv_put(
            CONNECTORS_BUCKET, manifest.name, manifest.model_dump_json().encode()
        )

    return announce
