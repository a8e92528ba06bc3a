"""What a source brings, and the small protocol that a kind of source speaks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

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


class SourceForm(Protocol):
    """What a person fills in for a kind of source."""

    @property
    def kind(self) -> str:
        """Its name in a source's settings."""
        ...

    @property
    def title(self) -> str:
        """Its name for a person."""
        ...

    @property
    def only_id(self) -> str | None:
        """Where a partner has one source of this kind only, its id."""
        ...

    def form(self) -> dict[str, Any]:
        """JSON Schema of the settings of this kind; secrets are `writeOnly`."""
        ...

    def check(self, given: dict[str, Any], before: SourceSettings | None) -> SourceSettings:
        """Validate what a person gave, secrets that were left out taken from `before`.

        Raises `UnprocessableError` that names the field.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlainForm:
    """A kind of source without settings of its own; it can be switched off."""

    kind: str
    title: str
    only_id: str | None

    def form(self) -> dict[str, Any]:
        """See `SourceForm.form`."""
        return {"type": "object", "properties": {}}

    def check(self, given: dict[str, Any], before: SourceSettings | None) -> SourceSettings:
        """See `SourceForm.check`."""
        if given:
            raise UnprocessableError(f"{self.title} has no settings of its own.", next(iter(given)))
        return SourceSettings({}, {})


class SourceKind(SourceForm, Protocol):
    """A plugin: a kind of source that is asked for documents from time to time."""

    def interval_s(self, settings: SourceSettings) -> float:
        """Seconds between two polls."""
        ...

    def offers(self, source: SourceRef) -> AsyncIterator[Offer]:
        """Everything that the source has now, taken in before or not."""
        ...
