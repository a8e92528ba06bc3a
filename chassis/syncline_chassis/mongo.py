"""MongoDB behind a small surface; the only module that imports motor (ADR 0002)."""

import asyncio
import inspect
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReadPreference, ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import (
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)
from pymongo.read_concern import ReadConcern

__all__ = [
    "Collection",
    "Database",
    "Document",
    "DuplicateKeyError",
    "Index",
    "MongoError",
    "UpdateOutcome",
    "is_passing",
    "is_transient",
]

Document = dict[str, Any]
MongoError = PyMongoError
T = TypeVar("T")
CLOSE_S = 2.0
AUTHENTICATION_FAILED = (13, 18, 8000)


@dataclass(frozen=True, slots=True)
class Index:
    """An index that a service relies on; made at its start."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    expire_after_s: int | None = None
    partial: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class UpdateOutcome:
    """What an update met."""

    matched: int
    modified: int
    upserted: bool


@dataclass(frozen=True, slots=True)
class Hello:
    """A server of the database, as it introduces itself."""

    replica_set: str
    """Empty for a server that stands alone."""
    time: datetime
    """By its clock."""


def refuses_user(error: BaseException) -> bool:
    """Tell whether the database does not let the user in."""
    return isinstance(error, OperationFailure) and error.code in AUTHENTICATION_FAILED


def is_transient(error: BaseException) -> bool:
    """Tell whether a transaction may simply be run again."""
    return isinstance(error, PyMongoError) and (
        error.has_error_label("TransientTransactionError")
        or error.has_error_label("UnknownTransactionCommitResult")
        or error.has_error_label("RetryableWriteError")
    )


def is_passing(error: BaseException) -> bool:
    """Tell whether the database may answer a little later: it is away, busy or electing."""
    passing = (ConnectionFailure, ExecutionTimeout, WaitQueueTimeoutError)
    return isinstance(error, passing) or is_transient(error)


async def _settled(value: Any) -> Any:
    """Some calls are coroutines in one of the two drivers and plain calls in the other."""
    return await value if inspect.isawaitable(value) else value


class Collection:
    """A collection, bound to the transaction of its unit of work where there is one."""

    def __init__(self, inner: Any, session: Any = None) -> None:
        self._inner = inner
        self._session = session

    async def find_one(
        self,
        filter: Document,
        *,
        projection: Document | None = None,
        sort: list[tuple[str, int]] | None = None,
    ) -> Document | None:
        """First match."""
        found: Document | None = await self._inner.find_one(
            filter, projection, sort=sort, session=self._session
        )
        return found

    async def find(
        self,
        filter: Document,
        *,
        projection: Document | None = None,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
        skip: int = 0,
    ) -> list[Document]:
        """All matches, or the first `limit`."""
        cursor = self._inner.find(
            filter, projection, sort=sort, limit=limit, skip=skip, session=self._session
        )
        found: list[Document] = await cursor.to_list(None)
        return found

    async def iterate(
        self,
        filter: Document,
        *,
        projection: Document | None = None,
        sort: list[tuple[str, int]] | None = None,
        batch_size: int = 100,
    ) -> AsyncIterator[Document]:
        """All matches, in bounded memory."""
        cursor = self._inner.find(
            filter, projection, sort=sort, batch_size=batch_size, session=self._session
        )
        async for document in cursor:
            yield document

    async def insert_one(self, document: Document) -> None:
        """Insert. Raises `DuplicateKeyError`."""
        await self._inner.insert_one(document, session=self._session)

    async def insert_many(self, documents: Sequence[Document]) -> None:
        """Insert all. Raises `pymongo.errors.BulkWriteError`."""
        if documents:
            await self._inner.insert_many(documents, session=self._session)

    async def update_one(
        self,
        filter: Document,
        update: Document | list[Document],
        *,
        upsert: bool = False,
        array_filters: list[Document] | None = None,
    ) -> UpdateOutcome:
        """Update the first match."""
        result = await self._inner.update_one(
            filter, update, upsert=upsert, array_filters=array_filters, session=self._session
        )
        return UpdateOutcome(
            result.matched_count, result.modified_count, result.upserted_id is not None
        )

    async def update_many(self, filter: Document, update: Document) -> UpdateOutcome:
        """Update every match."""
        result = await self._inner.update_many(filter, update, session=self._session)
        return UpdateOutcome(result.matched_count, result.modified_count, False)

    async def replace_one(
        self, filter: Document, document: Document, *, upsert: bool = False
    ) -> UpdateOutcome:
        """Replace the first match."""
        result = await self._inner.replace_one(
            filter, document, upsert=upsert, session=self._session
        )
        return UpdateOutcome(
            result.matched_count, result.modified_count, result.upserted_id is not None
        )

    async def find_one_and_update(
        self,
        filter: Document,
        update: Document | list[Document],
        *,
        sort: list[tuple[str, int]] | None = None,
        upsert: bool = False,
    ) -> Document | None:
        """Update the first match; the document as it is afterwards."""
        found: Document | None = await self._inner.find_one_and_update(
            filter,
            update,
            sort=sort,
            upsert=upsert,
            return_document=ReturnDocument.AFTER,
            session=self._session,
        )
        return found

    async def bulk_upsert(self, updates: Sequence[tuple[Document, Document]]) -> None:
        """Upsert many, in any order, in one call."""
        if updates:
            await self._inner.bulk_write(
                [UpdateOne(filter, update, upsert=True) for filter, update in updates],
                ordered=False,
                session=self._session,
            )

    async def delete_one(self, filter: Document) -> int:
        """Delete the first match; how many were deleted."""
        result = await self._inner.delete_one(filter, session=self._session)
        return int(result.deleted_count)

    async def delete_many(self, filter: Document) -> int:
        """Delete every match; how many were deleted."""
        result = await self._inner.delete_many(filter, session=self._session)
        return int(result.deleted_count)

    async def count(self, filter: Document, *, limit: int = 0) -> int:
        """How many match (at most `limit`)."""
        extra = {"limit": limit} if limit else {}
        return int(await self._inner.count_documents(filter, session=self._session, **extra))

    async def aggregate(self, pipeline: list[Document]) -> list[Document]:
        """Run a pipeline to its end."""
        cursor = await _settled(self._inner.aggregate(pipeline, session=self._session))
        found: list[Document] = await cursor.to_list(None)
        return found


class Database:
    """A service's own database."""

    def __init__(
        self, url: str, name: str, *, timeout_ms: int = 20_000, driver: Any = AsyncIOMotorClient
    ) -> None:
        self._client: Any = driver(
            url,
            tz_aware=True,
            tzinfo=UTC,
            serverSelectionTimeoutMS=timeout_ms,
            uuidRepresentation="standard",
            retryWrites=True,
            w="majority",
            journal=True,
        )
        self._database = self._client.get_database(
            name, codec_options=CodecOptions(tz_aware=True, tzinfo=UTC)
        )
        self.name = name

    def collection(self, name: str, session: Any = None) -> Collection:
        """A collection, outside a transaction unless a session is given."""
        return Collection(self._database[name], session)

    async def hello(self) -> Hello:
        """What the server says of itself. Raises `MongoError` when it does not answer."""
        await self.ping()  # asks for nothing, and so shows that the user is let in
        said = await self._database.command("hello")
        return Hello(said.get("setName", ""), said["localTime"].replace(tzinfo=UTC))

    async def ping(self) -> None:
        """Raises `MongoError` when the database does not answer."""
        await self._database.command("ping")

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Make indexes; those that are there stay."""
        for index in indexes:
            options: dict[str, Any] = {"unique": index.unique}
            if index.expire_after_s is not None:
                options["expireAfterSeconds"] = index.expire_after_s
            if index.partial is not None:
                options["partialFilterExpression"] = index.partial
            await self._database[index.collection].create_index(list(index.keys), **options)

    async def in_transaction(self, work: Callable[[Any], Awaitable[T]], *, attempts: int = 12) -> T:
        """Run `work(session)` in one transaction, again when the database asks for that."""
        for attempt in range(1, attempts + 1):
            async with await _settled(self._client.start_session()) as session:
                try:
                    await _settled(self._begin(session))
                    result = await work(session)
                    await self._commit(session)
                except PyMongoError as error:
                    if session.in_transaction:
                        await session.abort_transaction()
                    if not is_transient(error) or attempt == attempts:
                        raise
                    # Writers of one row that all try again at once would wear their attempts out.
                    pause_s = random.uniform(0, 0.005 * 2.0 ** min(attempt, 6))  # noqa: S311
                    await asyncio.sleep(pause_s)
                    continue
                except BaseException:
                    if session.in_transaction:
                        await session.abort_transaction()
                    raise
                return result
        raise AssertionError("unreachable")

    @staticmethod
    def _begin(session: Any) -> Any:
        return session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=WriteConcern("majority", j=True),
            read_preference=ReadPreference.PRIMARY,
        )

    async def _commit(self, session: Any) -> None:
        for attempt in range(5):
            try:
                await session.commit_transaction()
            except (OperationFailure, PyMongoError) as error:
                # The commit may have happened: committing again is safe and tells.
                if not error.has_error_label("UnknownTransactionCommitResult") or attempt == 4:
                    raise
            else:
                return

    async def put_blob(self, blob_id: str, chunks: AsyncIterator[bytes]) -> int:
        """Store bytes under an id, anew if it is there; how many were stored."""
        blobs = self._database["blobs"]
        await blobs.delete_many({"blob_id": blob_id})
        number, size = 0, 0
        async for chunk in chunks:
            await blobs.insert_one(
                {"_id": f"{blob_id}/{number}", "blob_id": blob_id, "n": number, "data": chunk}
            )
            number, size = number + 1, size + len(chunk)
        return size

    async def get_blob(self, blob_id: str) -> AsyncIterator[bytes]:
        """Stored bytes, in order."""
        cursor = self._database["blobs"].find({"blob_id": blob_id}, sort=[("n", 1)], batch_size=4)
        async for chunk in cursor:
            yield bytes(chunk["data"])

    async def delete_blob(self, blob_id: str) -> None:
        """Remove stored bytes."""
        await self._database["blobs"].delete_many({"blob_id": blob_id})

    async def close(self) -> None:
        """Close every connection; a server that is away is not waited for."""
        close = self._client.close  # says goodbye to the server, and in one driver blocks for it
        closing = close() if inspect.iscoroutinefunction(close) else asyncio.to_thread(close)
        with suppress(TimeoutError):
            await asyncio.wait_for(closing, CLOSE_S)


async def ensure_user(admin_url: str, database: str, user: str, password: str) -> None:
    """Make a user who may read and write one database, or set its password anew."""
    client: Any = AsyncIOMotorClient(admin_url, serverSelectionTimeoutMS=20_000)
    try:
        target = client[database]
        roles = [{"role": "readWrite", "db": database}]
        try:
            await target.command("createUser", user, pwd=password, roles=roles)
        except OperationFailure as error:
            if error.code != 51003:  # there already
                raise
            await target.command("updateUser", user, pwd=password, roles=roles)
    finally:
        client.close()
