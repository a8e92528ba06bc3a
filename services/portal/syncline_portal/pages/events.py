"""Events: what happens at a partner, live or from a day on; the JSON of each behind a click."""

import asyncio
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments
from syncline_chassis.errors import SynclineError
from syncline_chassis.mongo import MongoError
from syncline_contracts import subjects
from syncline_contracts.catalog import EVENTS
from syncline_contracts.stream import EVENTS_STREAM

from syncline_portal.feed import KEPT, Fact, Feed
from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.moment import midnight
from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import Column, listing
from syncline_portal.look.trouble import session_ended, told
from syncline_portal.visit import SessionEndedError, Visit

RECENT = timedelta(hours=24)
"""So far back it begins where no day is chosen."""
PAUSE_S = 0.4
"""Between two looks: many events of one moment make one."""
AGAIN_S = 2.0
TYPES = sorted(event.type_name for event in EVENTS)
COLUMNS = (
    Column("at", "When"),
    Column("type", "Event"),
    Column("about", "About"),
    Column("subject", "Subject"),
    Column("open", ""),
)
OPEN = """
<q-td :props="props"><q-btn flat dense class="plain" label="JSON"
  @click="$parent.$emit('json', props.row.key)"></q-btn></q-td>
"""


@page("/events", "Events", "events")
async def events(opened: Opened) -> None:
    """Build the page."""
    ui.html("<h1>Events</h1>", sanitize=False)
    ui.label("What happens, the newest first. Other systems subscribe to the same.").classes("lead")
    ui.link("AsyncAPI document", "/asyncapi.json")
    _Events(opened.visit).show()


class _Events:
    """What is open on one page: a feed that fills, and what of it is painted."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._client = ui.context.client
        self._feed = Feed()
        self._changed = asyncio.Event()
        self._following: asyncio.Task[None] | None = None
        self._is_paused = False
        self._unseen = 0

    def show(self) -> None:
        with ui.element("div").classes("bar"):
            types = ui.select(TYPES, label="Types", multiple=True, on_change=self._again)
            self._types = types.props("outlined dense clearable use-chips").classes("pick-types")
            self._text = ui.input("Text", on_change=self._again)
            self._since = ui.input("From", on_change=self._again).props("type=date stack-label")
            for field in (self._text, self._since):
                field.props("outlined dense clearable debounce=300")
            ui.element("span").classes("grow")
            self._pause = button.plain("Pause", self._pause_or_go_on)
        self._state = ui.label().classes("lead").props("role=status")
        self._table = listing("Events", COLUMNS, "no event is like that")
        self._table.add_slot("body-cell-open", OPEN)
        self._table.on("json", self._open)
        painting = background_tasks.create(self._paint_again_and_again())
        self._client.on_delete(painting.cancel)
        self._client.on_delete(self._leave)
        self._again()

    def _again(self) -> None:
        """Begin anew with the filters as they are."""
        with told(self._visit):
            now = self._visit.portal.clock.now()
            since = midnight(self._since.value) or now - RECENT
            self._leave()
            self._feed = Feed(frozenset(self._types.value or ()), (self._text.value or "").strip())
            self._unseen = 0
            self._changed.set()
            self._following = background_tasks.create(self._follow(self._feed, since))

    def _leave(self) -> None:
        if self._following:
            self._following.cancel()

    async def _follow(self, feed: Feed, since: datetime) -> None:
        visit, first = self._visit, since
        subject = subjects.event("*.*.*", visit.partner_id)
        while True:
            try:
                facts = visit.portal.bus.follow(EVENTS_STREAM.name, subject, since=since)
                async with aclosing(facts) as following:
                    async for fact in following:
                        # The broker counts in nanoseconds and takes a far day for none.
                        if fact.headers.time >= first and feed.take(fact):
                            self._unseen += 1
                            self._changed.set()
            except SynclineError:
                await asyncio.sleep(AGAIN_S)
            since = feed.last or since

    async def _paint_again_and_again(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            with self._client:
                try:
                    await self._visit.call("viewer")
                except SessionEndedError as error:
                    self._leave()
                    session_ended(self._visit, str(error))
                    return
                except (SynclineError, MongoError):
                    self._changed.set()
                    await asyncio.sleep(AGAIN_S)
                    continue
                self._paint()
            await asyncio.sleep(PAUSE_S)

    def _paint(self) -> None:
        if self._is_paused:
            self._pause.set_text(f"Go on ({self._unseen:,} newer)" if self._unseen else "Go on")
            return
        self._unseen = 0
        facts = self._feed.newest()
        self._table.rows = [_row(fact) for fact in facts]
        more = f"; older ones are not shown, the newest {KEPT} are" if len(facts) == KEPT else ""
        self._state.set_text(f"{len(facts):,} events{more}." if facts else "Nothing yet.")

    def _pause_or_go_on(self) -> None:
        self._is_paused = not self._is_paused
        self._pause.set_text("Go on" if self._is_paused else "Pause")
        self._changed.set()

    def _open(self, event: GenericEventArguments) -> None:
        fact = self._feed.find(str(event.args))
        if fact is None:
            ui.notify("So many newer ones came that this event is not kept here any more.")
            return
        with dialog(fact.type):
            ui.label(fact.subject).classes("lead")
            ui.label(f"Id {fact.id}, correlation {fact.correlation_id}").classes("lead")
            with ui.element("pre").classes("request").props("tabindex=0"):
                ui.label(fact.text)


def _row(fact: Fact) -> dict[str, Any]:
    return {
        "key": fact.id,
        "at": f"{fact.time:%d %b %Y %H:%M:%S} UTC",
        "type": fact.type,
        "about": fact.about,
        "subject": fact.subject,
        "open": "",
    }
