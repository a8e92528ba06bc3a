"""What waits for a service on the broker, for the metrics."""

from syncline_contracts import subjects
from syncline_contracts.stream import DEADLETTERS, DURABLES

from syncline_chassis.bus import BUS_ERRORS, Bus
from syncline_chassis.errors import TransientError
from syncline_chassis.metrics import Metrics

EVERY_S = 15.0


class Backlog:
    """Looks at the durables and the dead letters of the bus's own service."""

    def __init__(self, bus: Bus, metrics: Metrics) -> None:
        self._bus = bus
        self._metrics = metrics

    async def look(self) -> None:
        """Set the gauges. Raises `TransientError` where the bus does not answer."""
        service = self._bus.service
        for own in DURABLES:
            if own.service == service:
                waiting = await self._bus.waiting(own.stream, own.name)
                self._metrics.lag.labels(service, own.name).set(waiting)
        standing = await self._standing()
        self._metrics.dead_letters.clear()  # a type of which none stands any more
        for kind, letters in standing.items():
            self._metrics.dead_letters.labels(service, kind).set(letters)

    async def _standing(self) -> dict[str, int]:
        """How many of its dead letters were neither replayed nor discarded, by type."""
        every = subjects.dead_letter(self._bus.service, ">")
        try:
            info = await self._bus.js.stream_info(DEADLETTERS.name, subjects_filter=every)
        except BUS_ERRORS as error:
            raise TransientError(f"The dead letters do not answer: {error!r}.") from error
        prefix = every.removesuffix(">")
        found = info.state.subjects or {}
        return {subject.removeprefix(prefix): letters for subject, letters in found.items()}
