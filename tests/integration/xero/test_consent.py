"""A person's consent: its refresh token rotates, and the newest one is never lost."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_chassis.connector.connections import Connections
from syncline_chassis.connector.service import connector_service
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_chassis.testing.wait import until
from syncline_chassis.vault import Vault
from syncline_contracts.query import CheckConnection, ConnectionView, ListConnections
from syncline_contracts.tenant import TenantPlannedV1, TenantSyncedV1, TenantVerifiedV1
from syncline_xero.auth import Tokens
from syncline_xero.connector import XeroConnector

from tests.conftest import Servers
from tests.integration.process import patiently, run_alone
from tests.integration.quick import VAULT_KEY
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import CONNECTION, DeskMaker, XeroDesk
from tests.integration.xero.keeping import connection_of

TOKEN_ROUTE = "/identity/connect/token"


async def check(desk: XeroDesk) -> ConnectionView:
    view: ConnectionView = await desk.ask(
        CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION)
    )
    return view


async def test_a_consent_opens_the_only_organisation_without_being_told_which(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(None, **desk.xero.consent())
    checked = await check(desk)
    assert (checked.status, desk.partner_id in checked.status_detail) == ("working", True)
    await desk.sync(desk.charges(0))
    assert [invoice["sub_total"] for invoice in desk.xero.invoices()] == ["120.15"]
    # One token served the check, the plan, the write and the reading back.
    assert desk.xero.stats()["tokens_given"] == 1


async def test_of_several_organisations_a_person_has_to_name_one(
    service: Service, desks: DeskMaker
) -> None:
    desk, other = desks(), desks()
    form = desk.xero.consent()
    other.xero.consent(form["client_id"])
    await desk.connect(None, **form)
    checked = await check(desk)
    assert checked.status == "reauth_required"
    assert f"{other.partner_id} is {other.xero.org}" in checked.status_detail
    await desk.connect(1, **form, tenant_id=desk.xero.org)
    assert (await check(desk)).status == "working"
    await desk.sync(desk.charges(0))
    assert other.xero.invoices() == []


async def test_before_anybody_consents_a_connection_says_so(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(None, **{**desk.xero.consent(), "refresh_token": ""})
    checked = await check(desk)
    assert checked.status == "reauth_required"
    assert "Nobody has consented yet" in checked.status_detail
    assert desk.xero.stats()["tokens_given"] == 0


async def test_replicas_that_renew_at_once_use_one_rotation_and_lose_none(
    servers: Servers, service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(None, **desk.xero.consent())
    connection = await connection_of(servers, service, desk)
    async with httpx.AsyncClient() as http:
        # Each has a memory of its own, as replicas have; the database is all that they share.
        replicas = [Tokens(http) for _ in range(6)]

        async def everybody() -> set[str]:
            return set(await asyncio.gather(*(one.get(connection) for one in replicas)))

        (first,) = await everybody()
        assert desk.xero.stats()["tokens_given"] == 1
        desk.xero.age_tokens(31)
        renewed = await asyncio.gather(*(one.get(connection, refused=first) for one in replicas))
        assert len({*renewed, first}) == 2
        assert desk.xero.stats()["tokens_given"] == 2
    # The former refresh token is of no use any more, so it was the newest that was kept.
    desk.xero.age_tokens(31)
    await desk.sync(desk.charges(0))


@pytest.mark.parametrize("kind", ["cut_after_commit", "slow_after_commit", "500_after_commit"])
async def test_a_lost_answer_costs_nothing(service: Service, desks: DeskMaker, kind: str) -> None:
    desk = desks()
    form = desk.xero.consent()
    await desk.connect(None, **form)
    where = {"target": "xero", "route": TOKEN_ROUTE, "method": "POST"}
    match = form["refresh_token"]
    desk.xero.sandbox.ask("POST", "faults", kind=kind, match=match, delay_s=3, **where)
    await desk.sync(desk.charges(0))
    assert desk.xero.stats()["tokens_given"] == 2
    desk.xero.age_tokens(31)
    await desk.sync(desk.charges(1))


async def test_killed_between_answer_and_storing_the_former_token_still_works(
    servers: Servers, desks: DeskMaker, tmp_path: Path
) -> None:
    dies = (
        "import os, signal\n"
        "from syncline_chassis.connector.keeper import StoredKeeper\n"
        "StoredKeeper._store = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from syncline_xero.app import main; main()"
    )
    process = run_alone(servers, "xero", VAULT_KEY, tmp_path / "first.log", dies)
    desk = desks()
    try:
        await patiently(lambda: desk.connect(None, **desk.xero.consent()))
        request = await desk.ask_plan(desk.charges(0))

        async def dead() -> bool:
            return process.poll() is not None

        await until(dead)
        assert process.returncode == -signal.SIGKILL
        assert desk.xero.stats()["tokens_given"] == 1
        process = run_alone(servers, "xero", VAULT_KEY, tmp_path / "second.log")
        (plan,) = await desk.answer(TenantPlannedV1, request, timeout_s=40)
        synced = await desk.apply(plan)
        await desk.answer(TenantVerifiedV1, synced.request_id)
        assert desk.xero.stats()["tokens_given"] == 2
    finally:
        process.terminate()
        process.wait(30)


async def test_a_withdrawn_consent_parks_the_partner_until_somebody_connects_again(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(None, **desk.xero.consent())
    plan = await desk.plan(desk.charges(0))
    desk.xero.age_tokens(61 * 24 * 60)
    request = await desk.ask_apply(plan.tenant_id, plan.plan_hash)

    async def parked() -> str:
        (view,) = (await desk.ask(ListConnections(partner_id=desk.partner_id))).connections
        return str(view.status_detail) if view.status == "reauth_required" else ""

    assert "Connect again" in await until(parked)
    assert desk.xero.invoices() == []
    await desk.connect(1, **desk.xero.consent())
    await desk.answer(TenantSyncedV1, request)
    assert [invoice["sub_total"] for invoice in desk.xero.invoices()] == ["120.15"]


async def test_who_connects_again_while_the_refusal_is_noted_does_not_wait(
    service: Service, desks: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desks()
    await desk.connect(None, **desk.xero.consent())
    plan = await desk.plan(desk.charges(0))
    note_refused = Connections.note_refused
    noted: list[bool] = []

    async def somebody_is_quicker(self: Connections, *args: Any) -> bool:
        if not noted:
            noted.append(True)
            await desk.connect(1, **desk.xero.consent())
        return await note_refused(self, *args)

    monkeypatch.setattr(Connections, "note_refused", somebody_is_quicker)
    desk.xero.age_tokens(61 * 24 * 60)
    await desk.answer(TenantSyncedV1, await desk.ask_apply(plan.tenant_id, plan.plan_hash))
    (view,) = (await desk.ask(ListConnections(partner_id=desk.partner_id))).connections
    assert view.status == "working"


async def test_an_edit_that_leaves_the_token_out_keeps_the_newest(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    form = desk.xero.consent()
    await desk.connect(None, **form)
    await desk.sync(desk.charges(0))
    desk.xero.age_tokens(31)
    edit = {**form, "refresh_token": "", "client_secret": "", "due_days": "30"}
    await desk.connect(1, **edit)
    await desk.sync(desk.charges(1))
    with pytest.raises(ProblemError, match="another address"):
        await desk.connect(2, **edit, identity_url="https://elsewhere.example/token")


async def test_no_token_is_ever_logged_told_or_stored_in_the_open(
    servers: Servers, desks: DeskMaker, tmp_path: Path
) -> None:
    log = tmp_path / "xero.log"
    settings = xero_settings(servers, log_level="DEBUG", log_file=str(log))
    service = connector_service(XeroConnector(settings), settings)
    await service.start()
    vault, secrets = Vault([VAULT_KEY]), set()

    async def stored() -> list[dict[str, object]]:
        return await service.mongo.collection("connections").find({"partner_id": desk.partner_id})

    try:
        desk = desks()
        form = desk.xero.consent()
        await desk.connect(None, **form)
        for number in range(2):
            await desk.sync(desk.charges(number))
            (row,) = await stored()
            opened = vault.open(str(row["sealed"]))
            secrets |= {opened["refresh_token"], opened["access_token"]}
            desk.xero.age_tokens(31)
        desk.xero.age_tokens(61 * 24 * 60)
        failed = await desk.fail_plan(desk.charges(0))
        names = ("connections", "audit", "jobs", "ledger", "ledger_history", "plans", "outbox")
        rows = [
            await service.mongo.collection(name).find({"partner_id": desk.partner_id})
            for name in names
        ]
        view = await desk.ask(ListConnections(partner_id=desk.partner_id))
    finally:
        await service.stop()
    assert failed.code == "reauth_required"
    told = [fact.model_dump_json() for fact in desk.heard]
    everything = json.dumps([told, view.model_dump_json(), repr(rows), log.read_text()])
    secrets |= {form["refresh_token"], form["client_secret"]}
    assert len(secrets) == 6
    assert [secret for secret in secrets if secret in everything] == []
