"""The doctor's eyes: asks the broker and the services. What does not answer is a fact as well."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from syncline_chassis.errors import ProblemError, TransientError
from syncline_chassis.presence import running
from syncline_chassis.standing import StandingDurable
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.mapping_query import ListHolds, ListPartners, PartnerView
from syncline_contracts.message import CONNECTORS
from syncline_contracts.presence import contracts_version
from syncline_contracts.query import ListConnections
from syncline_contracts.stuck_query import ListStuck

from syncline_portal.doctor.checks import BUS
from syncline_portal.doctor.facts import Facts, PartnerFacts
from syncline_portal.ports import Portal

T = TypeVar("T")
AT_ONCE = 16
ANSWER_S = 5.0
LOOK_AGAIN_S = 0.5
"""A message that has just come after a quiet week looks like one that waits since then."""


class Look:
    """One examination."""

    def __init__(self, portal: Portal, patience: timedelta) -> None:
        self._portal = portal
        self._patience = patience
        self._now = portal.clock.now()
        self._silent: set[str] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def facts(self) -> Facts:
        """Everything that can be seen now."""
        streams, durables, present, partners = await asyncio.gather(
            self._heard(BUS, self._portal.standing.streams()),
            self._heard(BUS, self._durables()),
            self._heard(BUS, running(self._portal.bus)),
            self._partners(),
        )
        return Facts(
            now=self._now,
            contracts=contracts_version(),
            patience=self._patience,
            max_clock_skew=timedelta(seconds=self._portal.settings.max_clock_skew_s),
            streams=tuple(streams or ()),
            durables=tuple(durables or ()),
            present=tuple(present or ()),
            partners=tuple(partners),
            silent=frozenset(self._silent),
        )

    async def _durables(self) -> list[StandingDurable]:
        found = await self._portal.standing.durables()
        if any(one.waiting or one.unacked for one in found):
            await asyncio.sleep(LOOK_AGAIN_S)
            found = await self._portal.standing.durables()
        return found

    async def _partners(self) -> list[PartnerFacts]:
        asked = ListPartners(partner_id=EVERY_PARTNER)
        answer = await self._heard("mapping", self._portal.bus.ask(asked, timeout_s=ANSWER_S))
        if answer is None:
            return []
        return list(await asyncio.gather(*(self._partner(one) for one in answer.partners)))

    async def _partner(self, one: PartnerView) -> PartnerFacts:
        bus, partner_id, settings = self._portal.bus, one.partner_id, one.settings
        before = self._now - self._patience
        async with self._places:
            stuck = await self._heard(
                "mapping",
                bus.ask(ListStuck(partner_id=partner_id, before=before), timeout_s=ANSWER_S),
            )
            holds = await self._heard(
                "mapping", bus.ask(ListHolds(partner_id=partner_id), timeout_s=ANSWER_S)
            )
            connections = None
            if settings.connector in CONNECTORS:
                asked = ListConnections(partner_id=partner_id)
                connections = await self._heard(
                    settings.connector,
                    bus.ask(asked, service=settings.connector, timeout_s=ANSWER_S),
                )
        chosen = connections.connections if connections else ()
        return PartnerFacts(
            partner_id,
            settings,
            next((c for c in chosen if c.connection_id == settings.connection_id), None),
            stuck.rows if stuck else (),
            holds.rows if holds else (),
        )

    async def _heard(self, service: str, answer: Awaitable[T]) -> T | None:
        """The answer; None where there is none now, and then the service is a silent one."""
        try:
            return await answer
        except TransientError:
            self._silent.add(service)
        except ProblemError as error:
            if error.status != 503:
                raise
            self._silent.add(service)
        return None
