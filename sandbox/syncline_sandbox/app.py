"""Composition root: one ASGI application over one data directory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from syncline_sandbox import control
from syncline_sandbox.autotask import control as autotask_control
from syncline_sandbox.autotask.calls import Calls as AutotaskCalls
from syncline_sandbox.autotask.calls import autotask_router
from syncline_sandbox.autotask.gate import AutotaskGate, user_of
from syncline_sandbox.autotask.system import Systems as AutotaskSystems
from syncline_sandbox.clock import Clock
from syncline_sandbox.connectwise import control as connectwise_control
from syncline_sandbox.connectwise.calls import Calls, connectwise_router
from syncline_sandbox.connectwise.gate import ConnectWiseGate, keys_of
from syncline_sandbox.connectwise.system import Systems
from syncline_sandbox.dicker import control as dicker_control
from syncline_sandbox.dicker.account import Accounts
from syncline_sandbox.dicker.feed import account_of, feed_router
from syncline_sandbox.fault import Faults, Target
from syncline_sandbox.gate import Gate, Owner
from syncline_sandbox.stats import Stats
from syncline_sandbox.store import Store
from syncline_sandbox.xero import control as xero_control
from syncline_sandbox.xero.books import Books
from syncline_sandbox.xero.consent import consent_router
from syncline_sandbox.xero.gate import XeroGate
from syncline_sandbox.xero.idempotency import Replies
from syncline_sandbox.xero.identity import identity_router
from syncline_sandbox.xero.invoices import InvoiceCalls, invoice_router
from syncline_sandbox.xero.kind import KINDS
from syncline_sandbox.xero.limit import Limiter
from syncline_sandbox.xero.lists import list_router
from syncline_sandbox.xero.organisation import Organisations
from syncline_sandbox.xero.token import Tokens


def create_app(data: Path) -> Gate:
    """Build the application; everything it remembers is in `data`."""
    store = Store(data)
    clock, stats, faults = Clock(store), Stats(store), Faults(store)
    accounts = Accounts(store, clock)
    organisations, tokens, books = Organisations(store), Tokens(store, clock), Books(store)
    systems, databases = Systems(store), AutotaskSystems(store)
    xero_side = xero_control.XeroControl(organisations, tokens, books, stats, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(title="Syncline sandbox", docs_url=None, redoc_url=None, lifespan=lifespan)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    for router in (
        feed_router(accounts),
        identity_router(tokens, organisations),
        consent_router(tokens, organisations),
        list_router(organisations, clock),
        *(
            invoice_router(InvoiceCalls(k, store, organisations, books, clock))
            for k in KINDS.values()
        ),
        connectwise_router(Calls(systems, ConnectWiseGate(systems, stats, clock), clock)),
        connectwise_control.control_router(
            connectwise_control.ConnectWiseControl(systems, stats, clock)
        ),
        autotask_router(
            AutotaskCalls(store, databases, AutotaskGate(databases, stats, clock), clock)
        ),
        autotask_control.control_router(autotask_control.AutotaskControl(databases, stats, clock)),
        control.control_router(faults, stats, clock, accounts, xero_side),
        xero_control.control_router(xero_side),
        dicker_control.control_router(accounts),
    ):
        app.include_router(router)
    inner = XeroGate(
        app, tokens, organisations, Limiter(store, clock), Replies(store, clock), stats
    )
    owners: dict[Target, Owner] = {
        "xero": inner.organisation_of,
        "autotask": lambda scope, body: user_of(scope),
        "connectwise": lambda scope, body: keys_of(scope)[0],
        "dicker": lambda scope, body: account_of(body),
    }
    return Gate(inner, faults, stats, owners, store.close)
