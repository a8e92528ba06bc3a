"""A read that fails for a moment is asked again; one that has to wait, waits with the batch."""

import pytest
from syncline_chassis.connector import reading
from syncline_chassis.connector.leases import LeaseLostError
from syncline_chassis.connector.reading import BusyError, patiently
from syncline_chassis.errors import RateLimitedError, RejectedError, SynclineError, TransientError


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAUSES_S", (0.0, 0.0))


async def _read(*errors: SynclineError) -> int:
    """How often it was asked, until the errors are used up."""
    left, asked = list(errors), 0

    async def read() -> int:
        nonlocal asked
        asked += 1
        if left:
            raise left.pop(0)
        return asked

    return await patiently(read)


async def test_it_is_asked_three_times_at_most() -> None:
    assert await _read(TransientError("away"), BusyError("busy", 0)) == 3
    with pytest.raises(TransientError, match="third"):
        await _read(*(TransientError(number) for number in ("first", "second", "third")))


@pytest.mark.parametrize(
    "error",
    [RateLimitedError("wait", 60), LeaseLostError("gone"), RejectedError("rejected", "no")],
)
async def test_what_a_moment_does_not_heal_is_told_at_once(error: SynclineError) -> None:
    with pytest.raises(type(error)):
        await _read(error)
