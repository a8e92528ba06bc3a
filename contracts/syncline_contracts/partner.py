"""Partners: the MSPs that we serve; nothing is ever shared between them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from syncline_contracts.identity import Currency, deterministic_id, key
from syncline_contracts.line import LineKind
from syncline_contracts.message import Event, Model
from syncline_contracts.money import ZERO, Amount


class RrpPolicy(Model):
    """What to take for RRP where the supplier gives nothing to derive it from."""

    mode: Literal["hold", "cost", "cost_plus"] = "hold"
    percent: Amount = ZERO
    """Added to cost with `cost_plus`."""


class PartnerSettings(Model):
    """What a partner's register entry says."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    currency: Currency
    time_zone: str = "Australia/Sydney"
    connector: str | None = None
    connection_id: str | None = None
    rrp_policy: dict[LineKind, RrpPolicy] = Field(default_factory=dict)
    sell_below_cost: Literal["warn", "hold"] = "warn"
    unusual_rrp: Literal["warn", "hold"] = "warn"


class PartnerChangedV1(Event):
    """A partner's register entry was created or edited."""

    type_name: ClassVar[str] = "partner.changed.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("pricing", "portal")

    version: Annotated[int, Field(ge=1)]
    settings: PartnerSettings
    actor: str

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return key("partner", self.partner_id)

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(self.type_name, self.partner_id, str(self.version))
