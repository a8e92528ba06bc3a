"""The store keeps its promises on motor and on PyMongo's own async client (ADR 0002)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from syncline_chassis.mongo import Database, DuplicateKeyError, Index
from syncline_contracts.identity import new_id

from tests.conftest import Servers


@pytest.fixture(params=[AsyncIOMotorClient, AsyncMongoClient], ids=["motor", "pymongo"])
async def database(servers: Servers, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    one = Database(servers.mongo.url("mapping"), "syncline_mapping", driver=request.param)
    yield one
    await one.close()


@pytest.fixture
def name() -> str:
    return f"store_{new_id()[-12:]}"


async def test_documents_come_back_in_order(database: Database, name: str) -> None:
    rows = database.collection(name)
    await rows.insert_many([{"_id": n, "even": n % 2 == 0} for n in range(10)])
    assert [row["_id"] for row in await rows.find({"even": True}, sort=[("_id", -1)], limit=2)] == [
        8,
        6,
    ]
    assert await rows.count({"even": True}) == 5
    assert [row["_id"] async for row in rows.iterate({"even": False}, sort=[("_id", 1)])] == [
        1,
        3,
        5,
        7,
        9,
    ]
    totals = await rows.aggregate(
        [{"$group": {"_id": "$even", "n": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
    )
    assert [row["n"] for row in totals] == [5, 5]


async def test_updates_tell_what_they_met(database: Database, name: str) -> None:
    rows = database.collection(name)
    first = await rows.update_one({"_id": 1}, {"$set": {"x": 1}}, upsert=True)
    assert (first.matched, first.upserted) == (0, True)
    assert (await rows.update_one({"_id": 1}, {"$set": {"x": 1}})).modified == 0
    assert (await rows.find_one_and_update({"_id": 1}, {"$inc": {"x": 4}})) == {"_id": 1, "x": 5}
    await rows.bulk_upsert([({"_id": n}, {"$set": {"x": n}}) for n in range(3)])
    assert (await rows.update_many({}, {"$set": {"y": 0}})).matched == 3
    assert (await rows.replace_one({"_id": 0}, {"z": 1})).modified == 1
    assert await rows.delete_one({"_id": 0}) == 1
    assert await rows.delete_many({}) == 2
    await rows.insert_one({"_id": 9})
    with pytest.raises(DuplicateKeyError):
        await rows.insert_one({"_id": 9})


async def test_a_transaction_is_all_or_nothing(database: Database, name: str) -> None:
    await database.ensure_indexes([Index(name, (("x", 1),))])

    async def fails(session: Any) -> None:
        await database.collection(name, session).insert_one({"_id": 1})
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        await database.in_transaction(fails)
    assert await database.collection(name).count({}) == 0


async def test_conflicting_transactions_are_run_again_and_lose_nothing(
    database: Database, name: str
) -> None:
    await database.collection(name).insert_one({"_id": 1, "n": 0})

    async def count_up(session: Any) -> None:
        rows = database.collection(name, session)
        row = await rows.find_one({"_id": 1})
        assert row is not None
        await rows.update_one({"_id": 1}, {"$set": {"n": row["n"] + 1}})

    await asyncio.gather(*(database.in_transaction(count_up) for _ in range(8)))
    row = await database.collection(name).find_one({"_id": 1})
    assert row is not None
    assert row["n"] == 8


async def test_a_blob_comes_back_byte_for_byte(database: Database, name: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for number in range(3):
            yield bytes([number]) * 700_000

    assert await database.put_blob(name, chunks()) == 2_100_000
    found = b"".join([chunk async for chunk in database.get_blob(name)])
    assert found == b"".join([bytes([n]) * 700_000 for n in range(3)])
    await database.delete_blob(name)
    assert [chunk async for chunk in database.get_blob(name)] == []
