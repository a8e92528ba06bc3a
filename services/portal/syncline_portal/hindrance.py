"""What keeps a partner's PSA from answering, asked when something takes its time."""

from datetime import datetime, timedelta

from syncline_contracts.query import ListConnections

from syncline_portal.visit import Visit

PATIENCE = timedelta(seconds=2)


class Hindrance:
    """Asks its connector at most so often; nothing before the first patience is over."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._next = visit.portal.clock.now() + PATIENCE
        self._said = ""

    async def words(self) -> str:
        """A sentence for a person; empty while nothing hinders."""
        now = self._visit.portal.clock.now()
        if now >= self._next:
            self._next = now + PATIENCE
            self._said = await self._look(now)
        return self._said

    async def _look(self, now: datetime) -> str:
        partner = await self._visit.partner()
        psa = await self._visit.psa(partner)
        if psa is None:
            return "The connector of the PSA does not run. It goes on once it is back."
        query = ListConnections(partner_id=self._visit.partner_id)
        for one in (await self._visit.ask(query, service=psa.name)).connections:
            if one.connection_id != partner.settings.connection_id:
                continue
            until = one.waits_until
            if until is not None and until > now:
                return f"{psa.title}'s limit is reached: it goes on at {until:%H:%M:%S} UTC."
            if one.status == "reauth_required":
                return f"{psa.title} refuses the credentials. {one.status_detail}"
            if one.status == "failing":
                return f"{psa.title} does not answer; it is tried again. {one.status_detail}"
        return ""
