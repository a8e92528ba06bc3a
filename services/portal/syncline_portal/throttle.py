"""Slows down whoever guesses tokens: so many wrong ones from an address, then a pause."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_ADDRESSES = 10_000
MOST_KNOWN = 10_000


class Throttle:
    """Failures within a sliding window, per address, in this process."""

    def __init__(self, failures: int, window_s: float) -> None:
        self._failures = failures
        self._window = timedelta(seconds=window_s)
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, address: str, digest: str, now: datetime) -> int:
        """Seconds until this address may try again; 0 means now.

        A token that was right before passes always: callers behind one address share it, and the
        wrong tokens of one must not lock the others out.
        """
        failed = self._failed.get(address)
        if failed is None or digest in self._known:
            return 0
        while failed and failed[0] <= now - self._window:
            failed.popleft()
        if len(failed) < self._failures:
            return 0
        return int((failed[0] + self._window - now).total_seconds()) + 1

    def failed(self, address: str, now: datetime) -> None:
        """Note a wrong token."""
        failed = self._failed.setdefault(address, deque(maxlen=self._failures))
        failed.append(now)
        self._failed.move_to_end(address)
        if len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)

    def succeeded(self, digest: str) -> None:
        """Note a right token."""
        self._known[digest] = None
        self._known.move_to_end(digest)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
