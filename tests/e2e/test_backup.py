"""The drill: what was saved, restored into an empty stack, bills nobody a second time."""

import asyncio
import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from syncline_chassis.backup.archive import Archive, BackupError
from syncline_chassis.backup.command import BackupSettings, restore, save
from syncline_chassis.rights import ADMINISTRATOR
from syncline_contracts.stream import STREAMS
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.conftest import QUICK, RoadMaker

WRITES = ("write_requests", "records_created", "records_updated")


def administrators(stack: Stack) -> BackupSettings:
    return BackupSettings(
        nats_url=stack.nats.url,
        nats_password=SecretStr(stack.keepsake.passwords[ADMINISTRATOR]),
        mongo_admin_url=SecretStr(stack.mongo.url(ADMINISTRATOR)),
    )


def empty_stack(directory: Path, like: Stack) -> Stack:
    """Servers of its own, with the passwords and keys that an operator has kept elsewhere."""
    directory.mkdir()
    kept = {
        "ports": {},
        "passwords": like.keepsake.passwords,
        "vault_keys": like.keepsake.vault_keys,
        "token": like.keepsake.token,
    }
    (directory / "secrets.json").write_text(json.dumps(kept))
    return Stack(directory, extra=QUICK)


def test_restored_into_an_empty_stack_a_second_sync_writes_nothing(
    roads: RoadMaker, stack: Stack, tmp_path: Path
) -> None:
    road = roads(people=4)
    invoice, key = walk.ready(road)
    walk.sync(road, key)
    late = roads(people=3)
    _, late_key = walk.ready(late)
    backup = tmp_path / "backup"
    saved = asyncio.run(save(administrators(stack), backup))
    walk.sync(late, late_key)  # the backup does not know of it
    before_all = counts(road), counts(late)
    assert saved["databases/syncline_xero/ledger"] > 0
    assert all(f"streams/{one.name}" in saved for one in STREAMS)

    other = empty_stack(tmp_path / "restored", like=stack)
    restored: dict[str, int] = {}
    try:
        other.start(lambda: restored.update(asyncio.run(restore(administrators(other), backup))))
        assert restored == saved
        again = Road(other, partner=road.partner, people=4)
        assert again.invoice(invoice.invoice_number)
        before = {row["tenant_id"]: row["state"] for row in road.details(key)["tenants"]}
        assert {r["tenant_id"]: r["state"] for r in again.details(key)["tenants"]} == before
        second_sync(again, key)
        late_again = Road(other, partner=late.partner, people=3)
        second_sync(late_again, late_key)
        with pytest.raises(BackupError, match="is not empty"):
            asyncio.run(restore(administrators(other), backup))
        again.close()
        late_again.close()
    finally:
        other.stop()
    assert (counts(road), counts(late)) == before_all


def counts(road: Road) -> tuple[object, ...]:
    """What stands in the PSA, and how often it was written to."""
    stats = road.psa.stats()
    return road.psa.standing(), *(stats.get(name) for name in WRITES)


def second_sync(road: Road, key: str) -> None:
    rows = road.plan(key)
    actions = {write["action"] for row in rows for write in row["plan"]["writes"]}
    assert actions == {"unchanged"}
    road.approve(key, rows)
    road.await_rest(key)


def test_a_backup_that_broke_off_or_was_changed_is_not_restored(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write("databases/syncline_xero/ledger", [{"_id": 1}])
    with pytest.raises(BackupError, match="no backup, or it was broken off"):
        Archive(tmp_path).parts()
    archive.finish()
    assert list(Archive(tmp_path).read("databases/syncline_xero/ledger")) == [{"_id": 1}]
    archive.write("databases/syncline_xero/ledger", [{"_id": 2}])
    with pytest.raises(BackupError, match="not as it was written"):
        Archive(tmp_path).parts()
