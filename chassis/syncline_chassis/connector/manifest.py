"""What a connector says about itself; the portal and mapping learn of it from here alone."""

from typing import Annotated, Any

from pydantic import Field
from syncline_contracts.message import Model


class Vocabulary(Model):
    """Words of the PSA, as the portal says them."""

    client: str
    agreement: str | None = None
    """None where the PSA has no agreements or contracts to bill through."""
    product: str


class Capabilities(Model):
    """What the PSA can carry."""

    negative_totals: bool = False


class Limits(Model):
    """Calls that the vendor allows for one connection."""

    per_minute: Annotated[int, Field(ge=1)]
    per_day: Annotated[int, Field(ge=1)]
    concurrent: Annotated[int, Field(ge=1)]


class Manifest(Model):
    """Announced in the bucket `connectors` under the connector's name."""

    name: str
    title: str
    version: str
    vocabulary: Vocabulary
    capabilities: Capabilities
    connection_form: dict[str, Any]
    """JSON Schema of an object of strings; a secret is marked `writeOnly`."""
    picks: dict[str, str]
    """Pick list (`SearchPicks.list`) for each thing that a person has to choose."""
    limits: Limits
    settle_s: float
    """After a lost answer: how long the vendor may still take to commit."""
    max_writes_per_call: Annotated[int, Field(ge=1)]

    def secrets(self) -> frozenset[str]:
        """Fields of the form that are encrypted and never come back."""
        return frozenset(
            name for name, field in self._fields().items() if field.get("writeOnly") is True
        )

    def addresses(self) -> frozenset[str]:
        """Fields of the form that say where the secrets are sent."""
        return frozenset(
            name for name, field in self._fields().items() if field.get("format") == "uri"
        )

    def defaults(self) -> dict[str, str]:
        """What a field that is left out stands for."""
        return {
            name: field["default"] for name, field in self._fields().items() if "default" in field
        }

    def _fields(self) -> dict[str, dict[str, Any]]:
        fields: dict[str, dict[str, Any]] = self.connection_form.get("properties", {})
        return fields
