"""What the doctor sees of a running system; facts alone, no judgement."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncline_chassis.standing import StandingDurable, StandingStream
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.presence import Presence
from syncline_contracts.query import ConnectionView
from syncline_contracts.stuck_query import StuckTenant


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """What was seen of one partner."""

    partner_id: str
    settings: PartnerSettings
    connection: ConnectionView | None = None
    """The one that its charges are written through."""
    stuck: tuple[StuckTenant, ...] = ()
    untied: tuple[StuckTenant, ...] = ()
    """Tenants whose sums do not tie."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen of everything."""

    now: datetime
    """By the portal's clock."""
    contracts: str
    """Version of the contracts that the portal speaks."""
    patience: timedelta
    """Whatever takes longer is stuck."""
    max_clock_skew: timedelta
    streams: tuple[StandingStream, ...] = ()
    durables: tuple[StandingDurable, ...] = ()
    present: tuple[Presence, ...] = ()
    partners: tuple[PartnerFacts, ...] = ()
    silent: frozenset[str] = field(default_factory=frozenset)
    """Services that were asked and did not answer; `bus` is the broker."""
    cut_short: frozenset[str] = field(default_factory=frozenset)
    """Services that have more to tell than was heard."""
