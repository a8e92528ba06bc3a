"""Counters of what came in, by server and organisation or account."""

import re
import time
from collections import defaultdict, deque
from functools import partial

from syncline_sandbox.store import Store

_WRITES = (
    "PUT /Invoices",
    "POST /Invoices",
    "PUT /CreditNotes",
    "POST /CreditNotes",
    *(f"{m} /finance" for m in ("POST", "PATCH", "DELETE")),
    *(f"{m} /Contracts/{{id}}/Charges" for m in ("POST", "PATCH", "PUT", "DELETE")),
)
_PREFIXES = (
    "/api.xro/2.0",
    "/v4_6_release/apis/3.0",
    "/zone6",
    "/ATServicesRest/V1.0",
    "/dicker",
)
_LATEST = 500
_NUMBER = re.compile(r"/[0-9]+(?=/|$)")
_GUID = re.compile(r"/[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}(?=/|$)")


class Stats:
    """Counts requests by method and route, refusals, and replays of cached replies."""

    def __init__(self, store: Store) -> None:
        self._store = store
        latest: partial[deque[dict[str, object]]] = partial(deque, maxlen=_LATEST)
        self._arrivals: dict[str, deque[dict[str, object]]] = defaultdict(latest)

    def request(self, target: str, owner: str, method: str, path: str) -> None:
        """Count a request, whatever becomes of it."""
        request = f"{method} {route_of(path)}"
        self._store.count(f"{target}:{owner}", f"request {request}")
        self._arrivals[f"{target}:{owner}"].append(
            {
                "at": time.monotonic(),
                "request": request,
                "is_write": request.startswith(_WRITES),
            }
        )

    def refused(self, target: str, owner: str, problem: str) -> None:
        """Count a 429."""
        self._store.count(f"{target}:{owner}", f"429 {problem}")

    def replayed(self, owner: str) -> None:
        """Count a reply that came out of the idempotency cache."""
        self._store.count(f"xero:{owner}", "replay idempotency")

    def arrivals(self, target: str, owner: str) -> list[dict[str, object]]:
        """Return one owner's latest requests since the start: when and what, in seconds."""
        return list(self._arrivals[f"{target}:{owner}"])

    def of(self, target: str, owner: str) -> dict[str, object]:
        """Return one owner's counters."""
        counted: dict[str, dict[str, int]] = {"request": {}, "429": {}, "replay": {}}
        for name, number in self._store.counters(f"{target}:{owner}").items():
            group, _, rest = name.partition(" ")
            counted[group][rest] = number
        writes = sum(
            number for name, number in counted["request"].items() if name.startswith(_WRITES)
        )
        return {
            "requests": counted["request"],
            "request_count": sum(counted["request"].values()),
            "write_requests": writes,
            "refused_429": counted["429"],
            "refused_429_count": sum(counted["429"].values()),
            "idempotent_replays": sum(counted["replay"].values()),
        }


def route_of(path: str) -> str:
    """Strip the API's prefix and put `{id}` for record ids."""
    for prefix in (
        "/api.xro/2.0",
        "/v4_6_release/apis/3.0",
        "/zone6",
        "/ATServicesRest/V1.0",
        "/dicker",
    ):
        path = path.removeprefix(prefix)
    if path.startswith(("/finance", "/Contracts/")):
        path = _NUMBER.sub("/{id}", path)
    return _GUID.sub("/{id}", path) or "/"
