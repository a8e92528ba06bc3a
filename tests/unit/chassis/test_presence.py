"""Of two services with other contracts that start together, both do not."""

import asyncio

import pytest
from syncline_chassis import presence
from syncline_chassis.clock import SystemClock
from syncline_chassis.errors import CannotStartError
from syncline_chassis.presence import Here


class Bucket:
    """A bucket that two look into at the same moment."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self._both_look = asyncio.Barrier(2)

    async def kv_put(self, bucket: str, key: str, data: bytes) -> None:
        self.values[key] = data

    async def kv_delete(self, bucket: str, key: str) -> None:
        self.values.pop(key, None)

    async def kv_all(self, bucket: str) -> dict[str, bytes]:
        await self._both_look.wait()
        return dict(self.values)


@pytest.mark.parametrize(
    ("versions", "refused"), [(("1.4.0", "1.5.0"), False), (("1.4.0", "2.0.0"), True)]
)
async def test_of_two_that_start_together_one_at_least_sees_the_other(
    monkeypatch: pytest.MonkeyPatch, versions: tuple[str, str], refused: bool
) -> None:
    bucket, spoken = Bucket(), iter(versions)
    monkeypatch.setattr(presence, "contracts_version", lambda: next(spoken))
    both = [Here(name, bucket, SystemClock()) for name in ("mapping", "xero")]
    ended = await asyncio.gather(*(one.come() for one in both), return_exceptions=True)
    assert any(isinstance(one, CannotStartError) for one in ended) is refused
    assert len(bucket.values) == ended.count(None)  # who is refused withdraws
