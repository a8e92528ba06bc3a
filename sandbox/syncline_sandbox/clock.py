"""The sandbox's time, which the control API can move forward so that no test has to wait."""

from datetime import UTC, datetime, timedelta

from syncline_sandbox.store import Store

_KIND = "clock"


class Clock:
    """Wall clock plus an offset that survives a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        saved = store.get(_KIND, "", "offset")
        self._offset = timedelta(seconds=saved["seconds"] if saved else 0)

    def now(self) -> datetime:
        """Return the current instant, UTC."""
        return datetime.now(UTC) + self._offset

    def timestamp(self) -> float:
        """Return the current instant in seconds since 1970."""
        return self.now().timestamp()

    def advance(self, seconds: int) -> datetime:
        """Move time forward."""
        self._offset += timedelta(seconds=seconds)
        saved = {"seconds": int(self._offset.total_seconds())}
        self._store.put(_KIND, "", "offset", saved)
        return self.now()
