"""What a connector says about itself; the portal and mapping learn of it from here alone."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from syncline_contracts.message import Model

ADDRESS = r"^(https://[^/@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)(/[^@\s]*)?$"
"""Encrypted, or on this machine; a name or password in an address would end up in logs."""


def text_field(title: str, description: str, *, least: int = 1) -> dict[str, Any]:
    """JSON Schema of a field of the form; with `least` 0 it may be left out."""
    return {
        "type": "string",
        "title": title,
        "description": description,
        "minLength": least,
        "maxLength": 400,
    }


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


class Choice(Model):
    """What a person may still have to choose after a consent."""

    title: str
    """Such as Organisation."""
    field: str
    """Of the form; as long as it is empty nothing is chosen."""
    list: str
    """Pick list to choose from, see `Manifest.picks`."""


class Consent(Model):
    """A connection can be opened by a person's consent in the PSA instead of by credentials."""

    when: dict[str, str]
    """Fields of the form that say so."""
    brings: tuple[str, ...]
    """Secrets of the form that the consent fills in, so nobody has to enter them."""
    choice: Choice | None = None

    def opens(self, form: Mapping[str, str]) -> bool:
        """Tell whether a connection with this form is opened so."""
        return all(form.get(name) == value for name, value in self.when.items())


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
    consent: Consent | None = None
    """None where the PSA knows no such thing; else the connector is `Consenting`."""

    def secrets(self) -> frozenset[str]:
        """Fields of the form that are encrypted and never come back."""
        return frozenset(
            name for name, field in self._fields().items() if field.get("writeOnly") is True
        )

    def open_fields(self) -> frozenset[str]:
        """The other fields of the form."""
        return frozenset(self._fields()) - self.secrets()

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
