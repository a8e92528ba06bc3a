"""The doctor's eyes: asks the broker and the services. What does not answer is a fact as well."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from itertools import chain
from typing import TypeVar

from syncline_chassis.errors import ProblemError, TransientError
from syncline_chassis.presence import running
from syncline_chassis.standing import StandingDurable
from syncline_contracts.identity import EVERY_PARTNER as EVERY
from syncline_contracts.mapping_query import ListPartners, PartnerView
from syncline_contracts.message import CONNECTORS
from syncline_contracts.presence import contracts_version
from syncline_contracts.query import ConnectionView, ListConnections, Page
from syncline_contracts.stuck_query import ListStuck, Stuck, StuckTenant

from syncline_portal.doctor.checks import BUS
from syncline_portal.doctor.facts import Facts, PartnerFacts
from syncline_portal.ports import Portal

T = TypeVar("T")
Place = tuple[str | None, str, str | None]
PAGE = 500
ANSWER_S = 5.0
LONGEST_S = 15.0
"""After that no further page is asked for."""
LOOK_AGAIN_S = 0.5
"""A message that has just come after a quiet week looks like one that waits since then."""


class Look:
    """One examination."""

    def __init__(
        self, portal: Portal, patience: timedelta, *, longest_s: float = LONGEST_S
    ) -> None:
        self._portal = portal
        self._patience = patience
        self._now = portal.clock.now()
        self._silent: set[str] = set()
        self._cut_short: set[str] = set()
        self._ends_at = time.monotonic() + longest_s

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
            cut_short=frozenset(self._cut_short),
        )

    async def _durables(self) -> list[StandingDurable]:
        found = await self._portal.standing.durables()
        if any(one.waiting or one.unacked for one in found):
            await asyncio.sleep(LOOK_AGAIN_S)
            found = await self._portal.standing.durables()
        return found

    async def _partners(self) -> list[PartnerFacts]:
        bus, everybody = self._portal.bus, ListPartners(partner_id=EVERY)
        stuck = ListStuck(partner_id=EVERY, before=self._now - self._patience)
        register, late = await asyncio.gather(
            self._heard("mapping", bus.ask(everybody, timeout_s=ANSWER_S)),
            self._heard("mapping", bus.ask(stuck, timeout_s=ANSWER_S)),
        )
        if register is None:
            return []
        late = late or Stuck(rows=())
        if late.more:
            self._cut_short.add("mapping")
        chosen = {one.settings.connector for one in register.partners}
        used = [one for one in CONNECTORS if one in chosen]
        connections = dict(chain(*await asyncio.gather(*(self._connections(one) for one in used))))
        rows, untied = _by_partner(late.rows), _by_partner(late.untied)

        def of(one: PartnerView) -> PartnerFacts:
            name, settings = one.partner_id, one.settings
            connection = connections.get((settings.connector, name, settings.connection_id))
            return PartnerFacts(name, settings, connection, tuple(rows[name]), tuple(untied[name]))

        return [of(one) for one in register.partners]

    async def _connections(self, connector: str) -> list[tuple[Place, ConnectionView]]:
        """Those of every partner, by connector, partner and name."""
        found, cursor = list[tuple[Place, ConnectionView]](), None
        while True:
            asked = ListConnections(partner_id=EVERY, page=Page(cursor=cursor, limit=PAGE))
            answer = await self._heard(
                connector, self._portal.bus.ask(asked, service=connector, timeout_s=ANSWER_S)
            )
            if answer is None:
                return found
            found += [((connector, c.partner_id, c.connection_id), c) for c in answer.connections]
            cursor = answer.next_cursor
            if cursor is None:
                return found
            if time.monotonic() > self._ends_at:
                self._cut_short.add(connector)
                return found

    async def _heard(self, service: str, answer: Awaitable[T]) -> T | None:
        """The answer; None where there is none now, and then the service is a silent one."""
        try:
            return await answer
        except TransientError:
            self._silent.add(service)
        except ProblemError as error:
            if error.status not in (422, 503):  # 422: one of before, who does not know the question
                raise
            self._silent.add(service)
        return None


def _by_partner(rows: Iterable[StuckTenant]) -> defaultdict[str, list[StuckTenant]]:
    found = defaultdict[str, list[StuckTenant]](list)
    for row in rows:
        found[row.partner_id].append(row)
    return found
