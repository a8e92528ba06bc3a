"""Says that this process runs, and refuses to run beside one that speaks other contracts."""

import contextlib
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from pydantic import ValidationError
from syncline_contracts.identity import new_id
from syncline_contracts.presence import SERVICES_BUCKET, Presence, contracts_version, major

from syncline_chassis.clock import Clock
from syncline_chassis.errors import CannotStartError, TransientError


class KeyValues(Protocol):
    """The part of the bus that tells who is there."""

    async def kv_all(self, bucket: str) -> dict[str, bytes]:
        """Every value of a bucket."""
        ...


class Register(KeyValues, Protocol):
    """The part of the bus to say so on."""

    async def kv_put(self, bucket: str, key: str, data: bytes) -> None:
        """Set a value."""
        ...

    async def kv_delete(self, bucket: str, key: str) -> None:
        """Remove a value."""
        ...


class Here:
    """This process among the others."""

    def __init__(self, service: str, bus: Register, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._service = service
        self._contracts = contracts_version()
        self.instance = new_id().replace("-", "")
        self._started_at = clock.now()

    async def leave(self) -> None:
        """Say that it goes, so that nobody counts on it until it is forgotten."""
        with contextlib.suppress(TransientError):
            await self._bus.kv_delete(SERVICES_BUCKET, f"{self._service}.{self.instance}")

    async def come(self) -> None:
        """Say that it is here, then look who else is.

        In that order: of two that start together, one at least sees the other.
        Raises `CannotStartError` where a running process speaks contracts of another major.
        """
        await self.say()
        try:
            await self._check()
        except CannotStartError:
            await self.leave()
            raise

    async def _check(self) -> None:
        own = self._contracts
        for other in await running(self._bus):
            if major(other.contracts) != major(own):
                raise CannotStartError(
                    f"{self._service} speaks contracts {own}, but {other.service} "
                    f"{other.version} is running with contracts {other.contracts}: they do not "
                    f"understand each other. Stop {other.service}, or release both with the same "
                    "major version."
                )

    async def say(self) -> None:
        """Say that it is here; forgotten unless it is said again in time."""
        presence = Presence(
            service=self._service,
            instance=self.instance,
            version=version_of(self._service),
            contracts=self._contracts,
            started_at=self._started_at,
            said_at=self._clock.now(),
        )
        await self._bus.kv_put(SERVICES_BUCKET, presence.key, presence.model_dump_json().encode())


async def running(bus: KeyValues) -> list[Presence]:
    """Every process that said so lately, by service."""
    found = []
    for key, data in (await bus.kv_all(SERVICES_BUCKET)).items():
        try:
            one = Presence.model_validate_json(data)
        except ValidationError:
            continue  # of a version that says it differently
        if one.key == key:  # nobody speaks for another: whoever may put a key is named in it
            found.append(one)
    return sorted(found, key=lambda one: one.key)


def version_of(service: str) -> str:
    """Version of a service's own package."""
    try:
        return version(f"syncline-{service}")
    except PackageNotFoundError:
        return "unknown"
