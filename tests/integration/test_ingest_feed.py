"""The distributor's feed, a real HTTP server, polled into the bus."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_chassis.mongo import Database
from syncline_chassis.testing.servers import free_port
from syncline_contracts.ingest_query import ListDocuments, ListSources, SaveSource, SourceView
from syncline_ingest import figures
from syncline_ingest.source_store import SOURCES

from tests.conftest import Servers
from tests.integration.ingest_stack import ADMIN, Seen, assert_ties, eventually, running, soon

TOKEN = "feed-token-of-acme"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    environment = os.environ | {"SYNCLINE_SANDBOX_DATA": str(tmp_path_factory.mktemp("sandbox"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "syncline_sandbox", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/healthz").is_success:
                break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(20)


@pytest.fixture(autouse=True)
async def polled_no_longer(servers: Servers) -> AsyncIterator[None]:
    """Later services must not ask a feed that has gone: each would wait for its retries."""
    yield
    database = Database(servers.mongo.url("ingest"), "syncline_ingest")
    await database.collection(SOURCES).delete_many({})
    await database.close()


@pytest.fixture
async def distributor(sandbox: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox) as http:
        yield http


@pytest.fixture
async def seen(servers: Servers) -> AsyncIterator[Seen]:
    async with servers.bus(ADMIN) as bus:
        yield Seen(bus)


@pytest.fixture
async def portal(servers: Servers) -> AsyncIterator[Bus]:
    async with servers.bus("portal") as bus:
        yield bus


async def open_account(http: httpx.AsyncClient, code: str) -> None:
    account = {"account_code": code, "access_token": f"{TOKEN}-{code}"}
    assert (await http.post("/_sandbox/dicker/accounts", json=account)).is_success


async def generate(http: httpx.AsyncClient, code: str, **order: Any) -> dict[str, Any]:
    body = {"account_code": code, "tenants": 5, **order}
    answer = await http.post("/_sandbox/dicker/invoices/generate", json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


def save(partner: str, url: str, code: str, **change: Any) -> SaveSource:
    fields: dict[str, Any] = {
        "expected_version": None,
        "settings": {
            "base_url": f"{url}/dicker",
            "account_code": code,
            "access_token": f"{TOKEN}-{code}",
            "poll_interval_s": 1,
        },
        **change,
    }
    return SaveSource(
        partner_id=partner, actor="ann", source_id="dicker", kind="dicker_feed", **fields
    )


async def test_an_invoice_in_the_feed_is_detected_once_and_its_revision_once_more(
    servers: Servers, portal: Bus, seen: Seen, distributor: httpx.AsyncClient, sandbox: str
) -> None:
    await open_account(distributor, "F1")
    made = await generate(distributor, "F1")
    async with running(servers):
        await portal.ask(save("fe-one", sandbox, "F1"))
        await seen.complete("fe-one")
        revised = await generate(distributor, "F1", revision=2)
        note = await generate(distributor, "F1", credit_note=True)
        batches = await seen.complete("fe-one", invoices=3)
        documents = await portal.ask(ListDocuments(partner_id="fe-one"))
    events = {(one.invoice_no, one.revision): one for one in await seen.detected("fe-one")}
    number = made["InvoiceNumber"]
    assert set(events) == {(number, 1), (number, 2), (note["InvoiceNumber"], 1)}
    for (name, revision), told in (
        ((number, 1), made),
        ((number, 2), revised),
        ((note["InvoiceNumber"], 1), note),
    ):
        event = events[name, revision]
        assert format(event.cost.normalize(), "f") == told["TotalExTax"]
        assert event.stated_cost == event.cost
        assert event.lines == told["LineCount"]
        assert_ties(event, [one for one in batches if one.invoice_no == name])
    assert events[note["InvoiceNumber"], 1].amends == number
    assert len(documents.documents) == 3


async def test_nothing_is_fetched_again_while_nothing_changed(
    servers: Servers, portal: Bus, seen: Seen, distributor: httpx.AsyncClient, sandbox: str
) -> None:
    await open_account(distributor, "F2")
    await generate(distributor, "F2")

    async def polls(path: str) -> int:
        stats = (await distributor.get("/_sandbox/stats")).json()
        calls = stats["dicker"]["F2"]["requests"] if "F2" in stats.get("dicker", {}) else {}
        return sum(count for called, count in calls.items() if path in called)

    async with running(servers):
        await portal.ask(save("fe-two", sandbox, "F2"))
        await seen.complete("fe-two")
        before = await source(portal, "fe-two")

        async def polled_again() -> bool | None:
            now = await source(portal, "fe-two")
            is_later = before.last_polled_at is None or (
                now.last_polled_at is not None and now.last_polled_at > before.last_polled_at
            )
            return True if is_later else None

        await eventually(polled_again)
        await eventually(polled_again)
    assert len(await seen.detected("fe-two")) == 1


async def source(portal: Bus, partner: str) -> SourceView:
    (found,) = (await portal.ask(ListSources(partner_id=partner))).sources
    return found


async def test_an_invoice_that_does_not_tie_is_refused_and_says_by_how_much(
    servers: Servers, portal: Bus, seen: Seen, distributor: httpx.AsyncClient, sandbox: str
) -> None:
    await open_account(distributor, "F3")
    await generate(distributor, "F3", header_off_by="0.01")
    async with running(servers) as service:
        await portal.ask(save("fe-tie", sandbox, "F3"))
        (event,) = await soon(seen.rejected, "fe-tie")
        await figures.look(service)
        told = {"service": "ingest", "hop": "document"}
        read = service.metrics.registry.get_sample_value
        assert (read("syncline_tie_out_differences", told) or 0) >= 1
        good = await generate(distributor, "F3")
        await seen.complete("fe-tie")
    assert event.code == "total_mismatch"
    assert "off by -0.01" in event.message
    (detected,) = await seen.detected("fe-tie")
    assert (detected.invoice_no, detected.revision) == (good["InvoiceNumber"], 1)


async def test_a_wrong_token_is_shown_and_a_new_one_heals(
    servers: Servers, portal: Bus, seen: Seen, distributor: httpx.AsyncClient, sandbox: str
) -> None:
    await open_account(distributor, "F4")
    await generate(distributor, "F4")
    async with running(servers) as service:
        wrong = save("fe-auth", sandbox, "F4")
        settings = {**wrong.settings, "access_token": "wrong-token"}
        done = await portal.ask(wrong.model_copy(update={"settings": settings}))

        async def refused() -> str | None:
            return (await source(portal, "fe-auth")).last_error or None

        assert "refuses the access token" in await eventually(refused)
        await portal.ask(save("fe-auth", sandbox, "F4", expected_version=done.version))
        await seen.complete("fe-auth")
        shown = await source(portal, "fe-auth")
        (row,) = await service.mongo.collection(SOURCES).find({"partner_id": "fe-auth"})
    assert shown.version == 2
    assert "access_token" not in shown.settings
    assert TOKEN not in str(row)


async def test_the_feed_away_for_a_while_is_only_late(
    servers: Servers, portal: Bus, seen: Seen, distributor: httpx.AsyncClient, sandbox: str
) -> None:
    await open_account(distributor, "F5")
    await generate(distributor, "F5")
    for kind in ("cut_before", "500", "429", "malformed_json"):
        fault = {"target": "dicker", "kind": kind, "org": "F5", "times": 2, "retry_after_s": 0}
        assert (await distributor.post("/_sandbox/faults", json=fault)).is_success
    async with running(servers):
        await portal.ask(save("fe-late", sandbox, "F5"))
        batches = await seen.complete("fe-late")
    (event,) = await seen.detected("fe-late")
    assert_ties(event, batches)


async def test_somebody_elses_change_is_not_overwritten(
    servers: Servers, portal: Bus, sandbox: str
) -> None:
    async with running(servers):
        order = save("fe-edit", sandbox, "F6", enabled=False)
        assert (await portal.ask(order)).version == 1
        for expected in (None, 7):
            late = order.model_copy(update={"expected_version": expected})
            with pytest.raises(ProblemError) as caught:
                await portal.ask(late)
            assert caught.value.status == 409
        with pytest.raises(ProblemError) as caught:
            await portal.ask(order.model_copy(update={"kind": "carrier-pigeon"}))
    assert caught.value.status in (409, 422)


async def test_without_vault_keys_no_secret_is_taken(
    servers: Servers, portal: Bus, sandbox: str
) -> None:
    async with running(servers, vault_keys=""):
        with pytest.raises(ProblemError) as caught:
            await portal.ask(save("fe-vault", sandbox, "F7"))
    assert caught.value.status == 503


async def test_a_partner_sees_only_its_own_sources(
    servers: Servers, portal: Bus, sandbox: str, tmp_path: Path
) -> None:
    async with running(servers):
        await portal.ask(save("fe-mine", sandbox, "F8", enabled=False))
        assert (await portal.ask(ListSources(partner_id="fe-yours"))).sources == ()
