"""A rolling upgrade while invoices flow: nothing is lost, nothing is doubled."""

import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from syncline_contracts import subjects
from syncline_contracts.catalog import SERVICES
from syncline_contracts.presence import SERVICES_BUCKET, Presence
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.administrator import on_the_bus, publish_raw
from tests.e2e.conftest import QUICK

NEW = "9.8.7"
MOVED = ("pricing", "mapping", "xero")
READY_S = 60.0


def newer(service: str, folder: Path) -> Path:
    """An environment with a newer version of one service; all else is what is installed here."""
    source = folder / "source"
    own = Path(__file__).parents[2] / "services" / service
    shutil.copytree(own, source, ignore=shutil.ignore_patterns("__pycache__"))
    project = source / "pyproject.toml"
    project.write_text(project.read_text().replace('\nversion = "', f'\nversion = "{NEW}" # was "'))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    packages = next((folder / "env" / "lib").glob("python3*")) / "site-packages"
    (packages / "zz-shared.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_paths()['purelib']!r})\n"
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(folder / "env" / "bin" / "python")),
            *("install", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--no-build-isolation", "--force-reinstall", str(source)),
        ],
        check=True,
    )
    return folder / "env"


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two replicas of every service; the second ones of three are newer."""
    folder = tmp_path_factory.mktemp("upgrade")
    apart = {f"{name}-2": newer(name, folder / name) for name in MOVED}
    replicas = dict.fromkeys(SERVICES, 2)
    with Stack(folder / "stack", extra=QUICK, replicas=replicas, apart=apart).running() as stack:
        yield stack


def versions(stack: Stack) -> dict[str, set[str]]:
    """Which versions of each service say that they are running."""

    async def look(js: JetStreamContext) -> list[Presence]:
        store = await js.key_value(SERVICES_BUCKET)
        found = [(await store.get(key)).value or b"" for key in await store.keys()]
        return [Presence.model_validate_json(one) for one in found]

    told: dict[str, set[str]] = {}
    for one in on_the_bus(stack, look):
        told.setdefault(one.service, set()).add(one.version)
    return told


def test_old_and_new_share_the_work_while_one_after_the_other_is_replaced(
    upgraded: Stack,
) -> None:
    told = versions(upgraded)
    assert {name for name, found in told.items() if NEW in found} == set(MOVED)
    assert all(len(told[name]) == 2 for name in MOVED), told
    road = Road(upgraded, partner="rolling", people=4)
    road.set_up()
    road.watch_the_feed()
    invoice = walk.issue(road)
    for name in ("ingest", "pricing-2", "mapping"):  # in the middle of it
        replace(upgraded, name)
    key = walk.await_mapped(road, invoice)
    rows = road.plan(key)
    road.approve(key, rows)
    for name in ("xero", "mapping-2", "pricing"):
        replace(upgraded, name)
    road.await_rest(key)
    walk.prove(road, {key: invoice})
    rows = road.plan(key)
    assert {write["action"] for row in rows for write in row["plan"]["writes"]} == {"unchanged"}
    road.close()


def replace(stack: Stack, name: str) -> None:
    """As a rolling update does: it drains and ends, and another one takes its place."""
    process = stack.processes[name]
    process.terminate()
    process.await_end(25.0)
    process.start()
    process.await_ready(time.monotonic() + READY_S)


def test_a_connector_that_was_away_catches_up_by_itself(upgraded: Stack) -> None:
    road = Road(upgraded, partner="away", people=3)
    invoice, key = walk.ready(road)
    rows = road.plan(key)
    gone = [upgraded.processes[name] for name in ("xero", "xero-2")]
    for process in gone:
        process.terminate()
        process.await_end(25.0)
    road.approve(key, rows)
    assert road.psa.standing() == []
    assert {row["state"] for row in road.details(key)["tenants"]} <= {"approved", "held", "syncing"}
    for process in gone:
        process.start()
        process.await_ready(time.monotonic() + READY_S)
    road.await_rest(key)
    walk.prove(road, {key: invoice})
    road.close()


def test_a_fact_of_the_next_version_beside_the_present_one_disturbs_nobody(
    upgraded: Stack,
) -> None:
    road = Road(upgraded, partner="next", people=2)
    publish_raw(
        upgraded,
        subject=subjects.event("tenant.synced.v2", "next", "0123456789abcdef"),
        type_name="tenant.synced.v2",
        body=b'{"partner_id": "next", "told": "in other words"}',
    )
    invoice, key = walk.ready(road)
    walk.sync(road, key)
    walk.prove(road, {key: invoice})
    assert road.portal.get("/v1/dead-letters")["dead_letters"] == []
    road.close()
