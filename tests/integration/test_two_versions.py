"""Version N and N+1 of a fact side by side: one says both, and each consumer gets its own.

By the guide's steps (docs/guides/evolve-a-contract.md), in a copy of the contracts that has both:
subjects, rights, durables and tables follow from its catalogue.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from syncline_contracts.identity import new_id
from syncline_contracts.schema import FOLDER

from tests.conftest import Servers

CONTRACTS = FOLDER.parent
SECOND = '''

class PartnerChangedV2(Event):
    """The same, told in other words, and so another version."""

    type_name: ClassVar[str] = "partner.changed.v2"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("ingest", "portal")

    revision: int
    called: str

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return key("partner", self.partner_id)

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(self.type_name, self.partner_id, str(self.revision))
'''
PROGRAM = """
import asyncio, json, sys
from pathlib import Path

from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.bus import Bus
from syncline_chassis.testing.servers import NatsServer
from syncline_chassis.testing.service import idle_service
from syncline_chassis.testing.wait import until
from syncline_contracts.partner import PartnerChangedV1, PartnerChangedV2, PartnerSettings

folder, urls, partner = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
broker = NatsServer(folder)
heard = []


def settings(name):
    return ServiceSettings(
        nats_url=broker.url, nats_user=name, nats_password=broker.passwords[name],
        mongo_url=urls.get(name, "mongodb://nowhere"), mongo_database=f"syncline_{name}",
        log_level="ERROR", fetch_wait_s=0.3,
    )


def noting(name):
    async def note(received, uow):
        heard.append([name, received.headers.type, received.body.partner_id])
    return note


async def say(uow):
    both = {"partner_id": partner}
    uow.publish(PartnerChangedV1(
        **both, version=1, actor="ann", settings=PartnerSettings(name="Acme", currency="AUD")))
    uow.publish(PartnerChangedV2(**both, revision=1, called="Acme"))


async def look():
    return len(heard) == 2


async def main():
    await broker.provision()
    names = "mapping", "pricing", "ingest"
    mapping, pricing, ingest = services = [idle_service(one, settings(one)) for one in names]
    pricing.events[PartnerChangedV1] = noting("pricing")
    ingest.events[PartnerChangedV2] = noting("ingest")
    await asyncio.gather(*(one.start() for one in services))
    try:
        await mapping.in_transaction(say)
        await until(look)
    finally:
        await asyncio.gather(*(one.stop() for one in services))
    admin = Bus(ADMINISTRATOR, settings(ADMINISTRATOR))
    await admin.connect()
    letters = (await admin.js.stream_info("DEADLETTERS")).state.messages
    stored = (await admin.js.stream_info("EVENTS")).state.messages
    await admin.stop()
    print(json.dumps({"heard": sorted(heard), "dead_letters": letters, "stored": stored}))


broker.start()
try:
    asyncio.run(main())
finally:
    broker.stop()
"""


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """A copy of the contracts with the second version beside the first."""
    copy = tmp_path / "contracts"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CONTRACTS / "syncline_contracts", copy / "syncline_contracts", ignore=ignored)
    partner = copy / "syncline_contracts" / "partner.py"
    partner.write_text(partner.read_text() + SECOND)
    catalog = copy / "syncline_contracts" / "catalog.py"
    text = catalog.read_text()
    text = text.replace("import PartnerChangedV1", "import PartnerChangedV1, PartnerChangedV2")
    catalog.write_text(
        text.replace("    PartnerChangedV1,\n", "    PartnerChangedV1,\n    PartnerChangedV2,\n", 1)
    )
    return copy


def test_a_fact_in_two_versions_reaches_the_consumer_of_each_and_nobody_else(
    servers: Servers, both: Path, tmp_path: Path
) -> None:
    urls = {name: servers.mongo.url(name) for name in ("mapping", "pricing", "ingest")}
    partner = f"two-{new_id()[-12:]}"
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "nats"), json.dumps(urls), partner],
        env={**os.environ, "PYTHONPATH": str(both)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "heard": [
            ["ingest", "partner.changed.v2", partner],
            ["pricing", "partner.changed.v1", partner],
        ],
        "dead_letters": 0,
        "stored": 2,
    }
