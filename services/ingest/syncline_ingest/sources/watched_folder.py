"""The watched folder: `<root>/<partner>/inbox`, a file taken once two looks found it unchanged."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

from syncline_chassis.errors import SynclineError, TransientError
from syncline_chassis.service import Service
from syncline_contracts.identity import key

from syncline_ingest.intake import Taken
from syncline_ingest.leases import Leases
from syncline_ingest.source_store import Sources
from syncline_ingest.sources import inbox
from syncline_ingest.sources.inbox import Found, Signature
from syncline_ingest.taking import Taker

SOURCE_ID = "folder"
SCANNER, FOLDER_TAKER = "folder-scanner", "folder-taker"
_CHUNK = 1024 * 1024
_Key = tuple[str, str]


class FolderFile:
    """A file that lies still in an inbox."""

    mark = ""

    def __init__(self, root: Path, found: Found) -> None:
        self._root = root
        self._found = found
        self.name = found.name

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `Offer.chunks`."""
        try:
            descriptor = await asyncio.to_thread(inbox.open_file, self._root, self._found)
        except OSError:
            raise TransientError(
                f"{self.name} went away or changed; it is looked at again."
            ) from None
        try:
            while chunk := await asyncio.to_thread(os.read, descriptor, _CHUNK):
                yield chunk
            if not inbox.is_unchanged(descriptor, self._found):
                raise TransientError(f"{self.name} changed while it was read.")
        finally:
            os.close(descriptor)

    async def settle(self, taken: Taken) -> None:
        """See `Offer.settle`: to `done`, or to `quarantine` beside the reason."""
        is_refused = taken.outcome == "rejected"
        folder = inbox.QUARANTINE if is_refused else inbox.DONE
        reason = str(taken.row["message"]) if is_refused else ""
        mark = str(taken.row["sha256"])[:8]
        await asyncio.to_thread(inbox.put_away, self._root, self._found, folder, mark, reason)


class WatchedFolder:
    """Looks at every partner's inbox; what lies still is taken by a few takers side by side."""

    kind: ClassVar[str] = "watched_folder"

    def __init__(self, service: Service, root: Path, taker: Taker, leases: Leases) -> None:
        self._service = service
        self._root = root
        self._taker = taker
        self._leases = leases
        self._looks: dict[_Key, Signature] = {}
        self._ready: dict[_Key, Found] = {}
        self._busy: set[_Key] = set()

    async def scan(self) -> None:
        """One look at every inbox. A partner whose folder cannot be read does not stop others."""
        watched = await Sources(self._service.reading()).partners()
        try:
            on_disk = await asyncio.to_thread(inbox.partners, self._root)
        except OSError as error:
            raise TransientError(f"The watched folder cannot be read: {error.strerror}.") from None
        looks: dict[_Key, Signature] = {}
        for partner_id in sorted({*watched, *on_disk}):
            if not watched.get(partner_id, True):
                continue
            try:
                found = await asyncio.to_thread(inbox.look, self._root, partner_id)
            except OSError as error:
                self._service.log.warning(
                    "an inbox cannot be read", partner=partner_id, error=error.strerror
                )
                continue
            for one in found:
                await self._note(one, looks)
        self._looks = looks
        if self._ready:
            self._service.wake(FOLDER_TAKER)

    async def _note(self, one: Found, looks: dict[_Key, Signature]) -> None:
        at = (one.partner_id, one.file_name)
        if not one.is_file:
            await self._put_aside(one)
        elif at not in self._busy:
            if self._looks.get(at) == one.signature:
                self._ready[at] = one
            looks[at] = one.signature

    async def _put_aside(self, one: Found) -> None:
        reason = f"{one.name}: it is a link or no plain file, so it was not opened."
        mark = key("entry", one.file_name, length=8)
        try:
            await asyncio.to_thread(inbox.put_away, self._root, one, inbox.QUARANTINE, mark, reason)
        except OSError:
            return
        self._service.log.warning("entry refused", partner=one.partner_id, why=reason)

    async def take(self) -> None:
        """One round: take the smallest file that lies still; it never waits for a big one."""
        if not self._ready:
            return
        at = min(self._ready, key=lambda one: self._ready[one].signature.size)
        found = self._ready.pop(at)
        self._busy.add(at)
        try:
            name = f"folder/{key('file', *map(_bytes_text, at))}"
            async with self._leases.held(found.partner_id, name) as mine:
                if mine:
                    offer = FolderFile(self._root, found)
                    await self._taker.take(found.partner_id, SOURCE_ID, offer)
        except SynclineError as error:  # it stays where it is; a later look finds it again
            self._service.log.warning(
                "file not taken yet", partner=found.partner_id, file=found.name, error=str(error)
            )
        finally:
            self._busy.discard(at)
            self._looks.pop(at, None)
        self._service.wake(FOLDER_TAKER)


def _bytes_text(name: str) -> str:
    return os.fsencode(name).hex()
