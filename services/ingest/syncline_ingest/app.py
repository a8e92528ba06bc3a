"""Composition root of ingest."""

from functools import partial

import httpx
from syncline_chassis.clock import Clock
from syncline_chassis.process import make_and_serve
from syncline_chassis.service import Service
from syncline_chassis.settings import read
from syncline_chassis.vault import Vault, keys_of

from syncline_ingest import (
    figures,
    handlers,
    leases,
    repository,
    revisions,
    source_store,
    staging,
)
from syncline_ingest.comparing import COMPARER, Comparer
from syncline_ingest.intake import PUBLISHER, Intake
from syncline_ingest.leases import Leases
from syncline_ingest.polling import POLLER, Polling
from syncline_ingest.publishing import Publisher
from syncline_ingest.settings import Settings
from syncline_ingest.sources.dicker_feed import DickerFeed
from syncline_ingest.sources.offer import PlainForm
from syncline_ingest.sources.upload import KIND as UPLOAD_KIND
from syncline_ingest.sources.upload import SOURCE_ID as UPLOAD
from syncline_ingest.sources.watched_folder import (
    FOLDER_TAKER,
    SCANNER,
    WatchedFolder,
)
from syncline_ingest.sources.watched_folder import SOURCE_ID as FOLDER
from syncline_ingest.taking import Taker

SWEEPER = "staging-sweeper"
INDEXES = (
    *(*repository.INDEXES, *staging.INDEXES, *revisions.INDEXES),
    *(*source_store.INDEXES, *leases.INDEXES),
)


def create_service(settings: Settings | None = None, *, clock: Clock | None = None) -> Service:
    """The service, ready to run; settings come from the environment unless given."""
    chosen = settings or read(Settings)
    service = Service("ingest", chosen, indexes=INDEXES, clock=clock)
    held = Leases(service.mongo, service.clock, chosen.ingest_lease_s)
    intake = Intake(service, held)
    taker = Taker(service, intake, chosen.ingest_max_upload_bytes)
    keys = keys_of(chosen.vault_keys)
    vault = Vault(keys) if keys else None

    feed = _feed(service, chosen)
    polling = Polling(service, {feed.kind: feed}, taker, held, vault)
    service.worker(
        POLLER,
        polling.work,
        every_s=chosen.ingest_feed_look_s,
        concurrency=chosen.ingest_concurrency,
    )
    forms = (
        feed,
        PlainForm(WatchedFolder.kind, "Watched folder", FOLDER),
        PlainForm(UPLOAD_KIND, "Upload", UPLOAD),
    )
    handlers.register(service, handlers.Answers(service, taker, forms, vault))
    _watch_folder(service, chosen, taker, held)
    _publish(service, chosen, held)
    service.worker(COMPARER, Comparer(service, held).work, every_s=chosen.ingest_compare_every_s)
    service.worker("figures", partial(figures.look, service), every_s=figures.EVERY_S)
    service.worker(SWEEPER, intake.sweep, every_s=chosen.ingest_sweep_every_s)
    return service


def _feed(service: Service, settings: Settings) -> DickerFeed:
    # No redirects: an answer must not send the token elsewhere.
    http = httpx.AsyncClient(
        timeout=settings.ingest_feed_timeout_s, follow_redirects=False, trust_env=False
    )
    service.on_stop.append(http.aclose)

    def count(operation: str, outcome: str) -> None:
        service.metrics.vendor_calls.labels(service.name, operation, outcome).inc()

    return DickerFeed(
        http,
        service.clock,
        interval_s=settings.ingest_feed_interval_s,
        max_bytes=settings.ingest_max_upload_bytes,
        count=count,
    )


def _watch_folder(service: Service, settings: Settings, taker: Taker, held: Leases) -> None:
    root = settings.ingest_folder_root
    if root is None:
        return
    root.mkdir(parents=True, exist_ok=True)
    folder = WatchedFolder(service, root, taker, held)
    every_s = settings.ingest_folder_scan_s
    service.worker(SCANNER, folder.scan, every_s=every_s)
    service.worker(FOLDER_TAKER, folder.take, every_s=60.0, concurrency=settings.ingest_concurrency)


def _publish(service: Service, settings: Settings, held: Leases) -> None:
    publisher = Publisher(service, held, window=settings.ingest_publish_window, name=PUBLISHER)
    service.worker(
        PUBLISHER,
        publisher.work,
        every_s=settings.ingest_publish_every_s,
        concurrency=settings.ingest_publish_concurrency,
    )


def main() -> None:
    """Run the service until it is told to stop."""
    make_and_serve(create_service)
