"""A rolling upgrade of every service while invoices flow: nothing is lost, nothing is doubled.

As Kubernetes does it: the new one starts beside the old one and shares its work; once it is ready,
the old one is told to drain and end. Two versions of one message: integration/test_two_versions.py.
"""

import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from syncline_contracts.catalog import SERVICES
from syncline_contracts.message import CONNECTORS
from syncline_contracts.presence import SERVICES_BUCKET, Presence
from syncline_stack.api import Face
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.administrator import on_the_bus
from tests.e2e.conftest import QUICK

NEW = "9.8.7"
READY_S = 60.0


def newer(folder: Path) -> None:
    """An environment with a newer version of each service; all else is what is installed here."""
    sources = [folder / "sources" / name for name in SERVICES]
    for source in sources:
        own = Path(__file__).parents[2] / "services" / source.name
        shutil.copytree(own, source, ignore=shutil.ignore_patterns("__pycache__"))
        project = source / "pyproject.toml"
        text = project.read_text().replace('\nversion = "', f'\nversion = "{NEW}" # was "')
        project.write_text(text)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    packages = next((folder / "env" / "lib").glob("python3*")) / "site-packages"
    (packages / "zz-shared.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_paths()['purelib']!r})\n"
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(folder / "env" / "bin" / "python")),
            *("install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"),
            *("--no-build-isolation", "--force-reinstall", *map(str, sources)),
        ],
        check=True,
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of each service; the second ones are newer, and start later."""
    folder = tmp_path_factory.mktemp("upgrade")
    second = [f"{name}-2" for name in SERVICES]
    stack = Stack(
        folder / "stack",
        extra=QUICK,
        replicas=dict.fromkeys(SERVICES, 2),
        apart=dict.fromkeys(second, folder / "new" / "env"),
        later=second,
    )
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(newer, folder / "new")
        with stack.running():
            made.result()
            yield stack


def running(stack: Stack) -> dict[str, set[str]]:
    """Which versions of each service say that they are running."""

    async def look(js: JetStreamContext) -> list[Presence]:
        store = await js.key_value(SERVICES_BUCKET)
        found = [(await store.get(key)).value or b"" for key in await store.keys()]
        return [Presence.model_validate_json(one) for one in found]

    told: dict[str, set[str]] = {}
    for one in on_the_bus(stack, look):
        told.setdefault(one.service, set()).add(one.version)
    return told


def start(stack: Stack, names: Sequence[str]) -> None:
    for name in names:
        stack.processes[name].start()
    deadline = time.monotonic() + READY_S
    for name in names:
        stack.processes[name].await_ready(deadline)


def end(stack: Stack, names: Sequence[str]) -> None:
    for name in names:
        stack.processes[name].terminate()
    for name in names:
        stack.processes[name].await_end(25.0)


def to_the_new_portal(road: Road) -> None:
    """As the Service of the portal does, once the new one is ready."""
    road.portal.close()
    url = road.stack.processes["portal-2"].ready_url.removesuffix("/readyz")
    road.portal = Face(url, road.stack.keepsake.token)


def test_every_service_is_replaced_while_invoices_of_all_psas_flow(stack: Stack) -> None:
    roads = [Road(stack, partner=f"of-{one}", people=2, connector=one) for one in CONNECTORS]
    for road in roads:
        road.set_up()
        road.watch_the_feed()
    invoices = [walk.issue(road) for road in roads]
    start(stack, [f"{name}-2" for name in SERVICES])  # in the middle of it
    told = running(stack)
    assert {name for name, versions in told.items() if NEW in versions} == set(SERVICES)
    assert all(len(versions) == 2 for versions in told.values()), told
    for road in roads:
        to_the_new_portal(road)
    end(stack, ["ingest", "pricing", "portal"])
    keys = [walk.await_mapped(*pair) for pair in zip(roads, invoices, strict=True)]
    for road, key in zip(roads, keys, strict=True):
        road.approve(key, road.plan(key))
    end(stack, ["mapping", *CONNECTORS])  # while they write
    for road, key, invoice in zip(roads, keys, invoices, strict=True):
        road.await_rest(key)
        walk.prove(road, {key: invoice})
        writes = [write["action"] for row in road.plan(key) for write in row["plan"]["writes"]]
        assert set(writes) == {"unchanged"}
    assert running(stack) == {name: {NEW} for name in SERVICES}
    assert roads[0].portal.get("/v1/dead-letters")["dead_letters"] == []
    for road in roads:
        road.close()


def test_a_connector_that_was_away_catches_up_by_itself(stack: Stack) -> None:
    road = Road(stack, partner="away", people=2)
    if stack.processes["portal"].pid is None:  # it was replaced
        to_the_new_portal(road)
    there = [name for name in ("xero", "xero-2") if stack.processes[name].pid is not None]
    invoice, key = walk.ready(road)
    rows = road.plan(key)
    end(stack, there)
    road.approve(key, rows)
    assert road.psa.standing() == []
    assert {row["state"] for row in road.details(key)["tenants"]} <= {"approved", "held", "syncing"}
    start(stack, there)
    road.await_rest(key)
    walk.prove(road, {key: invoice})
    road.close()
