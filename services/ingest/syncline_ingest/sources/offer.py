"""What a source brings, and the small protocol that a kind of source speaks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from syncline_chassis.errors import UnprocessableError

from syncline_ingest.intake import Taken


class Offer(Protocol):
    """A document that a source has, not fetched yet."""

    name: str
    """What a person calls it; never a path."""
    mark: str
    """What of it changes whenever its content may have; empty where only fetching tells."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Fetch it. Raises a `SynclineError` when it cannot be had now."""
        ...

    async def settle(self, taken: Taken) -> None:
        """Put the original away, now that it is known what became of it."""
        ...


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Settings of one source: what may be shown, and what is sealed."""

    public: dict[str, Any]
    secrets: dict[str, str]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One partner's source."""

    partner_id: str
    source_id: str
    settings: SourceSettings


class PlainForm:
    """Settings of a kind of source that has none of its own; it can be switched off."""

    def __init__(self, title: str) -> None:
        self._title = title

    def check(self, given: dict[str, Any], before: SourceSettings | None) -> SourceSettings:
        """See `SourceKind.check`."""
        if given:
            raise UnprocessableError(
                f"{self._title} has no settings of its own.", next(iter(given))
            )
        return SourceSettings({}, {})


class SourceKind(Protocol):
    """A plugin: a kind of source that is asked for documents from time to time."""

    kind: ClassVar[str]

    def check(self, given: dict[str, Any], before: SourceSettings | None) -> SourceSettings:
        """Validate what a person gave, secrets that were left out taken from `before`.

        Raises `UnprocessableError` that names the field.
        """
        ...

    def interval_s(self, settings: SourceSettings) -> float:
        """Seconds between two polls."""
        ...

    def offers(self, source: SourceRef) -> AsyncIterator[Offer]:
        """Everything that the source has now, taken in before or not."""
        ...
