"""Composition root of the portal."""

from datetime import timedelta

from fastapi import FastAPI
from syncline_chassis.dead_letters import DeadLetters
from syncline_chassis.process import make_and_serve
from syncline_chassis.service import Service
from syncline_chassis.settings import read
from syncline_chassis.standing import Standing

from syncline_portal import (
    access_log,
    consent,
    consent_store,
    docs,
    idempotency,
    middleware,
    oidc,
    problems,
    runbook,
    session,
    signin,
    site,
    token_store,
    user_store,
)
from syncline_portal.mail import post
from syncline_portal.mail.notifier import WORKER, Notifier
from syncline_portal.mail.post import PostOffice
from syncline_portal.ports import Portal
from syncline_portal.routes import (
    audit,
    connections,
    connectors,
    dead_letters,
    doctor,
    documents,
    holds,
    invoices,
    ledger,
    live,
    mappings,
    me,
    partners,
    plans,
    profiles,
    reprice,
    sources,
    tenants,
    tokens,
    users,
)
from syncline_portal.settings import Settings
from syncline_portal.streams import EventStreams
from syncline_portal.throttle import Throttle

INDEXES = (
    *token_store.INDEXES,
    *session.INDEXES,
    *consent_store.INDEXES,
    *oidc.INDEXES,
    *post.INDEXES,
    *idempotency.INDEXES,
)
NOUNS = (
    *(me, partners, connectors, connections, sources, documents, profiles, mappings, invoices),
    *(tenants, plans, reprice, ledger, holds, audit, live, dead_letters, tokens, users, doctor),
)


class PortalService(Service):
    """A service whose live views end before it drains."""

    streams: EventStreams
    app: FastAPI

    async def stop(self) -> None:
        """See `Service.stop`."""
        self.streams.close()
        await super().stop()


def create_app(portal: Portal) -> FastAPI:
    """The API over whatever the portal stands on."""
    app = FastAPI(
        title="Syncline",
        version="1.0",
        summary="Azure invoices: detected, priced, held, mapped, synced once, to the cent.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.portal = portal
    problems.register(app)
    for noun in NOUNS:
        app.include_router(noun.routes)
    docs.register(app)
    runbook.register(app)
    app.include_router(signin.routes)
    app.include_router(consent.routes)
    app.add_middleware(middleware.AroundRequests)
    return app


def create_service(settings: Settings | None = None) -> PortalService:
    """The service, ready to run; settings come from the environment unless given."""
    chosen = settings or read(Settings)
    service = PortalService("portal", chosen, indexes=INDEXES)
    service.streams = EventStreams(chosen.portal_event_streams)
    log = access_log.AccessLog(service)
    portal = Portal(
        bus=service.bus,
        standing=Standing(service.bus),
        letters=DeadLetters(service.bus),
        tokens=token_store.TokenStore(service, log),
        users=user_store.UserStore(service, log),
        access=log,
        answers=idempotency.AnswerStore(service),
        provider=oidc.OpenId(service, chosen) if chosen.portal_oidc_issuer else None,
        sessions=session.SessionStore(service, timedelta(hours=chosen.portal_session_hours)),
        consents=consent_store.ConsentStore(service),
        settings=chosen,
        clock=service.clock,
        streams=service.streams,
        throttle=Throttle(chosen.portal_token_failures, chosen.portal_token_window_s),
    )
    if chosen.portal_smtp_host:
        notifier = Notifier(portal, PostOffice(service, chosen))
        service.worker(WORKER, notifier.run, every_s=chosen.portal_mail_every_s)
    service.app = create_app(portal)
    service.mount(service.app)
    return service


def main() -> None:
    """Run the service, with its pages, until it is told to stop."""
    make_and_serve(_create_with_pages)


def _create_with_pages() -> PortalService:
    service = create_service()
    site.add_pages(service, service.app)
    return service
