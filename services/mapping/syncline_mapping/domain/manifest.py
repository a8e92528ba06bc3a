"""What mapping reads of a connector's manifest; it knows no connector by name."""

from pydantic import Field
from syncline_contracts.message import Model


class Vocabulary(Model):
    """The words of the partner's PSA."""

    client: str = "client"
    agreement: str | None = None
    """None where the PSA has none, so none is asked for."""
    product: str = "product"


class ConnectorManifest(Model):
    """A connector, as it announces itself."""

    name: str
    version: str = ""
    vocabulary: Vocabulary = Vocabulary()
    capabilities: dict[str, object] = Field(default_factory=dict)

    @property
    def carries_negative_totals(self) -> bool:
        """Whether a record with a total below zero can be written."""
        return self.capabilities.get("negative_totals") is not False
