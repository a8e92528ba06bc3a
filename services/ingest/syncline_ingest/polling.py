"""Polling: whichever source is due is asked, by one replica, and what is new is taken in."""

from collections.abc import Mapping
from datetime import timedelta

from syncline_chassis.errors import (
    DisabledError,
    ReauthRequiredError,
    SynclineError,
)
from syncline_chassis.service import Service
from syncline_chassis.vault import Vault

from syncline_ingest.leases import Leases
from syncline_ingest.source_store import Marks, Source, Sources
from syncline_ingest.sources.offer import Offer, SourceKind, SourceRef, SourceSettings
from syncline_ingest.taking import Taker

POLLER = "feed-poller"
MAX_FAILURES_IN_A_ROW = 3
REFUSED_AGAIN_AFTER = timedelta(hours=1)
_FIRST_RETRY_S = 5.0


class Polling:
    """Asks sources for documents."""

    def __init__(
        self,
        service: Service,
        kinds: Mapping[str, SourceKind],
        taker: Taker,
        leases: Leases,
        vault: Vault | None,
    ) -> None:
        self._service = service
        self._kinds = kinds
        self._taker = taker
        self._leases = leases
        self._vault = vault

    async def work(self) -> None:
        """One round: poll one source that is due and that nobody else polls now."""
        sources = Sources(self._service.reading())
        now = self._service.clock.now()
        for partner_id, source_id in await sources.due(now):
            async with self._leases.held(partner_id, f"source/{source_id}") as mine:
                source = await sources.get(partner_id, source_id) if mine else None
                if source is None or not source.enabled:
                    continue
                if source.next_poll_at is None or source.next_poll_at > now:
                    continue  # another replica was faster
                await self._poll(sources, source)
                self._service.wake(POLLER)  # there may be another one
                return

    async def _poll(self, sources: Sources, source: Source) -> None:
        kind = self._kinds[source.kind]
        error = ""
        try:
            await self._take_all(kind, source)
        except SynclineError as trouble:
            error = str(trouble)
        except Exception as bug:
            await self._note(sources, source, kind, f"Internal error ({type(bug).__name__}).")
            raise
        if error and error != source.last_error:  # an outage is logged once
            self._service.log.warning(
                "source trouble", partner=source.partner_id, source=source.source_id, error=error
            )
        await self._note(sources, source, kind, error)

    async def _note(self, sources: Sources, source: Source, kind: SourceKind, error: str) -> None:
        settings = SourceSettings(source.settings, {})
        pause_s = kind.interval_s(settings)
        if error:
            pause_s = min(pause_s, _FIRST_RETRY_S * 2.0 ** min(source.failures, 10))
        now = self._service.clock.now()
        await sources.polled(source, now, error, now + timedelta(seconds=pause_s))

    async def _take_all(self, kind: SourceKind, source: Source) -> None:
        """Take everything that is new. One document that fails does not stop the others."""
        last: SynclineError | None = None
        in_a_row = 0
        async for offer in kind.offers(self._open(source)):
            try:
                await self._take(source, offer)
                in_a_row = 0
            except (ReauthRequiredError, DisabledError):
                raise
            except SynclineError as error:
                last, in_a_row = error, in_a_row + 1
                if in_a_row >= MAX_FAILURES_IN_A_ROW:
                    break
        if last is not None:
            raise last

    async def _take(self, source: Source, offer: Offer) -> None:
        marks = Marks(self._service.reading())
        since = self._service.clock.now() - REFUSED_AGAIN_AFTER
        if offer.mark and await marks.is_seen(source, offer.name, offer.mark, refused_since=since):
            return
        taken = await self._taker.take(source.partner_id, source.source_id, offer)
        if offer.mark:
            now = self._service.clock.now()
            await marks.note(source, offer.name, offer.mark, taken.outcome, now)

    def _open(self, source: Source) -> SourceRef:
        secrets: dict[str, str] = {}
        if source.sealed:
            if self._vault is None:
                raise DisabledError("SYNCLINE_VAULT_KEYS is not set, so no secret can be read.")
            secrets = self._vault.open(source.sealed)
        return SourceRef(
            source.partner_id, source.source_id, SourceSettings(source.settings, secrets)
        )
