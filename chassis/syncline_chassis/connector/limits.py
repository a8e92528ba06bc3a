"""A vendor's limits, kept by all replicas together before the vendor has to say so."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from syncline_contracts.identity import new_id

from syncline_chassis.connector.manifest import Limits
from syncline_chassis.errors import RateLimitedError
from syncline_chassis.mongo import DuplicateKeyError, MongoError
from syncline_chassis.service import Service

LIMITS = "limits"
MINUTE = timedelta(seconds=61)
"""A second more than the vendor counts: a call may be under way for a while."""
DAY = timedelta(hours=25)
"""Counted by the hour, so the oldest hour counts whole."""
LONGEST_WAIT_S = 3.0
"""Above this nobody waits: the work is put off and others go on."""
LOOK_AGAIN_S = 0.02


class Gate:
    """Every call to one connection passes here."""

    def __init__(
        self,
        limiter: "Limiter",
        partner_id: str,
        connection_id: str,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._limiter = limiter
        self._partner_id = partner_id
        self._connection_id = connection_id
        self._check = check

    @asynccontextmanager
    async def call(self, operation: str) -> AsyncIterator[None]:
        """Wait for a place, then make one call inside the block.

        Raises `RateLimitedError` where the wait is long, and `LeaseLostError`.
        """
        outcome = "failed"
        async with self._limiter.place(self._partner_id, self._connection_id):
            self._check()
            started = time.perf_counter()
            try:
                with self._limiter.span(operation, self._partner_id, self._connection_id):
                    yield
                outcome = "answered"
            finally:
                self._limiter.count(operation, outcome, time.perf_counter() - started)

    async def told_to_wait(self, seconds: float) -> None:
        """The vendor refused a call for now: every replica keeps quiet for so long."""
        await self._limiter.block(self._partner_id, self._connection_id, seconds)


class Limiter:
    """Sliding windows and places per connection, in the database that all replicas share.

    `place_s` is longer than any call lasts: a place that was not given back is free again then.
    """

    def __init__(self, service: Service, limits: Limits, place_s: float) -> None:
        self._service = service
        self._limits = limits
        self._place = timedelta(seconds=place_s)

    def span(
        self, operation: str, partner_id: str, connection_id: str
    ) -> AbstractContextManager[None]:
        """Record a call in the trace."""
        return self._service.traces.span(
            f"vendor {operation}", "CLIENT", partner=partner_id, connection=connection_id
        )

    def count(self, operation: str, outcome: str, seconds: float) -> None:
        """Count a call in the metrics."""
        metrics = self._service.metrics
        metrics.vendor_calls.labels(metrics.service, operation, outcome).inc()
        metrics.vendor_seconds.labels(metrics.service, operation).observe(seconds)

    @asynccontextmanager
    async def place(self, partner_id: str, connection_id: str) -> AsyncIterator[None]:
        """One of the calls that may be under way at once, and one out of every window.

        Raises `RateLimitedError`.
        """
        place = new_id()
        await self._take(partner_id, connection_id, place)
        try:
            yield
        finally:
            with contextlib.suppress(MongoError):  # it is free by itself a little later
                await self._service.mongo.collection(LIMITS).update_one(
                    _of(partner_id, connection_id), {"$pull": {"places": {"id": place}}}
                )

    async def block(self, partner_id: str, connection_id: str, seconds: float) -> None:
        """Nobody calls before so many seconds have passed."""
        self._put_off("the vendor")
        until = self._service.clock.now() + timedelta(seconds=seconds)
        await self._service.mongo.collection(LIMITS).update_one(
            _of(partner_id, connection_id), {"$max": {"blocked_until": until}}, upsert=True
        )

    def _put_off(self, by: str) -> None:
        metrics = self._service.metrics
        metrics.vendor_limits.labels(metrics.service, by).inc()

    async def _take(self, partner_id: str, connection_id: str, place: str) -> None:
        patience_ends = time.monotonic() + LONGEST_WAIT_S
        while True:
            now = self._service.clock.now()
            state = await self._ask(partner_id, connection_id, place, now)
            if state["granted"]:
                return
            wait_s = self._wait_s(state, now)
            if wait_s > LONGEST_WAIT_S:
                self._put_off("our count")
                raise RateLimitedError(
                    f"Connection {connection_id} has used up the calls that its vendor allows; "
                    f"it goes on in {wait_s:.0f} s.",
                    wait_s,
                )
            if wait_s <= 0 and time.monotonic() > patience_ends:
                self._put_off("our count")
                raise RateLimitedError(
                    f"As many calls of connection {connection_id} are under way as its vendor "
                    f"allows at once ({self._limits.concurrent}), and none has come to its end.",
                    LONGEST_WAIT_S,
                )
            await asyncio.sleep(max(wait_s, LOOK_AGAIN_S))

    async def _ask(
        self, partner_id: str, connection_id: str, place: str, now: datetime
    ) -> dict[str, Any]:
        query = _of(partner_id, connection_id)
        limits = self._service.mongo.collection(LIMITS)
        update = _update(self._limits, {"id": place, "until": now + self._place}, now)
        try:
            state = await limits.find_one_and_update(query, update, upsert=True)
        except DuplicateKeyError:  # two first calls at once
            state = await limits.find_one_and_update(query, update)
        if state is None:
            raise AssertionError("an upsert leaves a document")
        return state

    def _wait_s(self, state: dict[str, Any], now: datetime) -> float:
        """Until the windows have room; 0 where a place is all that is missing."""
        free_at = [now, state.get("blocked_until") or now]
        if len(state["minute"]) >= self._limits.per_minute:
            free_at.append(state["minute"][-self._limits.per_minute] + MINUTE)
        if sum(hour["n"] for hour in state["hours"]) >= self._limits.per_day:
            free_at.append(state["hours"][0]["at"] + DAY)
        return float((max(free_at) - now).total_seconds())


def _of(partner_id: str, connection_id: str) -> dict[str, Any]:
    return {"_id": f"{partner_id}/{connection_id}", "partner_id": partner_id}


def _update(limits: Limits, place: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """One atomic step: forget what is past, grant if there is room, count if granted."""
    hour = now.replace(minute=0, second=0, microsecond=0)

    def since(name: str, value: str, after: datetime) -> dict[str, Any]:
        kept = {"$ifNull": [f"${name}", []]}
        return {"$filter": {"input": kept, "cond": {"$gt": [value, after]}}}

    earlier = {"$filter": {"input": "$hours", "cond": {"$ne": ["$$this.at", hour]}}}
    this_hour = {"$filter": {"input": "$hours", "cond": {"$eq": ["$$this.at", hour]}}}
    counted = [{"at": hour, "n": {"$add": [{"$sum": {"$map": {
        "input": this_hour, "in": "$$this.n"}}}, 1]}}]  # fmt: skip
    room = {
        "$and": [
            {"$lt": [{"$size": "$minute"}, limits.per_minute]},
            {"$lt": [{"$sum": "$hours.n"}, limits.per_day]},
            {"$lt": [{"$size": "$places"}, limits.concurrent]},
            {"$lte": [{"$ifNull": ["$blocked_until", now]}, now]},
        ]
    }

    def if_granted(then: Any, otherwise: str) -> dict[str, Any]:
        return {"$cond": ["$granted", then, otherwise]}

    return [
        {"$set": {
            "minute": since("minute", "$$this", now - MINUTE),
            "hours": since("hours", "$$this.at", now - DAY),
            "places": since("places", "$$this.until", now),
        }},
        {"$set": {"granted": room}},
        {"$set": {
            "minute": if_granted({"$concatArrays": ["$minute", [now]]}, "$minute"),
            "hours": if_granted({"$concatArrays": [earlier, counted]}, "$hours"),
            "places": if_granted({"$concatArrays": ["$places", [place]]}, "$places"),
        }},
    ]  # fmt: skip
