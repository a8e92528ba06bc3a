"""Faults on demand: what goes wrong, for which request, how often."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from syncline_sandbox.store import Store

Target = Literal["xero", "connectwise", "autotask", "dicker"]
Kind = Literal[
    "429",
    "500",
    "502",
    "503",
    "500_after_commit",
    "slow",
    "slow_after_commit",
    "cut_after_commit",
    "cut_before",
    "malformed_json",
    "error_in_200",
    "errors_in_500",
    "off_by_cent",
    "left_out",
    "not_done",
    "ignored_field",
    "expired_token",
]
Row = dict[str, Any]

WRITE_ONLY: frozenset[str] = frozenset(
    {"cut_after_commit", "500_after_commit", "off_by_cent", "not_done", "ignored_field"}
)
"""Without a method of their own these wait for a write."""
_IN_HANDLER: frozenset[str] = frozenset(
    {"error_in_200", "off_by_cent", "left_out", "not_done", "ignored_field"}
)
_KIND = "fault"


class FaultSpec(BaseModel):
    """A fault as ordered; empty conditions match everything."""

    model_config = ConfigDict(extra="forbid")

    target: Target
    kind: Kind
    route: str = ""
    """Regular expression, searched in the path."""
    method: str = ""
    match: str = ""
    """Text that the request's body or query string must contain."""
    org: str = ""
    """Xero organisation id, ConnectWise log-in name, Autotask user, or distributor account code."""
    times: int = Field(default=1, ge=1)
    spare: int = Field(default=0, ge=0)
    """So many requests that fit are let through before the first one that it meets."""
    delay_s: float = Field(default=0, ge=0, le=600)
    retry_after_s: int | None = Field(default=None, ge=0)
    problem: str = "minute"
    """Of a 429: Xero's X-Rate-Limit-Problem; `threads` at Autotask."""
    field: str = ""
    """Of `ignored_field`: what a ConnectWise patch leaves as it was, behind a 200."""
    message: str = "An error occurred in the sandbox on request"

    @field_validator("route")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value


class Fault(FaultSpec):
    """A fault with its count."""

    fault_id: str
    fired: int = 0
    spared: int = 0
    _cleared: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    async def hold(self) -> None:
        """Keep a request waiting for as long as was ordered, or until the fault is cleared."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.delay_s):
                await self._cleared.wait()

    def let_go(self) -> None:
        """Nobody waits for it any more."""
        self._cleared.set()


class Faults:
    """The ordered faults, oldest first; they survive a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._faults = [Fault(**body) for body in store.all(_KIND)]

    def add(self, spec: FaultSpec) -> Fault:
        """Order a fault."""
        fault = Fault(fault_id=str(uuid4()), **spec.model_dump())
        self._faults.append(fault)
        self._save(fault)
        return fault

    def all(self) -> list[Fault]:
        """Return every fault, used up or not."""
        return list(self._faults)

    def clear(self) -> int:
        """Drop all faults and return how many there were; who is held up goes on."""
        dropped = len(self._faults)
        for fault in self._faults:
            fault.let_go()
        self._faults.clear()
        self._store.remove(_KIND, "")
        return dropped

    def take(self, target: Target, method: str, path: str, text: str, org: str) -> Fault | None:
        """Use the first fault that fits this request; None if there is none."""
        for fault in self._faults:
            if fault.target == target and _fits(fault, method, path, text, org):
                if fault.spared < fault.spare:
                    fault.spared += 1
                    self._save(fault)
                    continue
                fault.fired += 1
                self._save(fault)
                return fault
        return None

    def _save(self, fault: Fault) -> None:
        self._store.put(_KIND, "", fault.fault_id, fault.model_dump(mode="json"))


def handler_fault(state: object) -> Fault | None:
    """Return the fault that a handler itself has to act out, from its request's state."""
    fault = getattr(state, "fault", None)
    return fault if isinstance(fault, Fault) and fault.kind in _IN_HANDLER else None


def is_kept(state: object) -> bool:
    """Whether a write is stored; a fault may have it answered and nothing done."""
    fault = handler_fault(state)
    return fault is None or fault.kind != "not_done"


def as_told(state: object, rows: Sequence[Row], dearer: Callable[[Row], Row]) -> list[Row]:
    """A list as it is answered; a fault may leave the first out, or add a cent to it."""
    fault = handler_fault(state)
    match fault.kind if fault else None:
        case "left_out":
            return list(rows[1:])
        case "off_by_cent":
            return [*map(dearer, rows[:1]), *rows[1:]]
        case _:
            return list(rows)


def _fits(fault: Fault, method: str, path: str, text: str, org: str) -> bool:
    if fault.fired >= fault.times:
        return False
    # Every call to the distributor is a POST, and so is one for a token or a search: no verb tells.
    wants_write = not fault.method and fault.kind in WRITE_ONLY and fault.target != "dicker"
    if wants_write and (method == "GET" or path.startswith("/identity/") or "/query" in path):
        return False
    return (
        (not fault.method or fault.method.upper() == method)
        and (not fault.route or re.search(fault.route, path) is not None)
        and fault.match in text
        and (not fault.org or fault.org == org)
    )
