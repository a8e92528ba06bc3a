"""Dead letters: messages that could not be handled; read, corrected, replayed or discarded."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import events, ui
from syncline_contracts.dead_letter import DeadLetter

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.live import OFTEN_S, keep_fresh
from syncline_portal.look.moment import moment
from syncline_portal.look.page import Opened, page
from syncline_portal.look.price_words import counted
from syncline_portal.look.table import Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.routes.dead_letters import (
    Discard,
    Replay,
    discard_dead_letter,
    get_dead_letter,
    list_dead_letters,
    replay_dead_letter,
)
from syncline_portal.visit import Visit

COLUMNS = (
    Column("at", "When"),
    Column("service", "Service"),
    Column("type", "Message"),
    Column("partner", "Partner"),
    Column("error", "Why"),
    Column("open", ""),
)
NEWEST = 100
SHORTEST_REASON = 3
Refresh = Callable[[], Awaitable[None]]
OPEN = """
<q-td :props="props"><q-btn flat dense class="plain" label="Read"
  @click="$parent.$emit('read', props.row.key)"></q-btn></q-td>
"""


@page("/dead-letters", "Dead letters", "dead-letters")
async def dead_letters(opened: Opened) -> None:
    """Build the page."""
    visit = opened.visit
    ui.html("<h1>Dead letters</h1>", sanitize=False)
    ui.label("Messages that no service could handle, of every partner. Nothing is lost.").classes(
        "lead"
    )
    table = listing("Dead letters", COLUMNS, "every message was handled")
    table.add_slot("body-cell-open", OPEN)

    async def refresh() -> None:
        call = await visit.call("operator")
        found = await list_dead_letters(call, before=None, limit=NEWEST)
        table.rows = [_row(one) for one in found.dead_letters]

    async def read(event: events.GenericEventArguments) -> None:
        with told(visit):
            letter = await get_dead_letter(await visit.call("operator"), int(str(event.args)))
            _show(visit, letter, refresh)

    table.on("read", read)
    await refresh()
    keep_fresh(visit, refresh, every_s=OFTEN_S)


def _row(one: DeadLetter) -> dict[str, Any]:
    return {
        "key": one.letter_id,
        "at": moment(one.at),
        "service": one.service,
        "type": one.type,
        "partner": one.partner_id or "",
        "error": one.error,
        "open": "",
    }


def _show(visit: Visit, letter: DeadLetter, refresh: Refresh) -> None:
    with dialog(f"{letter.service}: {letter.type}") as opened:
        ui.label(letter.error).classes("note warn")
        often = counted(letter.attempts, "time")
        ui.label(f"Dead letter {letter.letter_id}, {letter.subject}, tried {often}").classes("lead")
        _Letter(visit, letter, refresh, opened).show()


class _Letter:
    """One that is open; what was typed stays until something became of it."""

    def __init__(
        self, visit: Visit, letter: DeadLetter, refresh: Refresh, opened: ui.dialog
    ) -> None:
        self._visit = visit
        self._number = letter.letter_id
        self._shown = _readable(letter.body or "")
        self._refresh = refresh
        self._opened = opened

    def show(self) -> None:
        self._body = ui.textarea("Message", value=self._shown).props("outlined autogrow")
        self._body.classes("full-width code")
        ui.label("Changed, it is another message with an id of its own.").classes("lead")
        self._why = ui.input("Reason").props("outlined maxlength=500").classes("full-width")
        with ui.element("div").classes("bar actions"):
            button.plain("Discard", self._discard)
            ui.element("span").classes("grow")
            button.main("Replay", self._replay)

    async def _replay(self) -> None:
        changed = self._body.value if self._body.value != self._shown else None
        with told(self._visit):
            wanted = Replay(body=changed, why=(self._why.value or "").strip())
            await replay_dead_letter(await self._visit.call("operator"), self._number, wanted)
            await self._done("Handled. It is no dead letter any more.")

    async def _discard(self) -> None:
        why = (self._why.value or "").strip()
        if len(why) < SHORTEST_REASON:
            self._why.props("error error-message='Say why: it stands in the audit.'")
            return
        with told(self._visit):
            call = await self._visit.call("operator")
            await discard_dead_letter(call, self._number, Discard(why=why))
            await self._done("Discarded. The audit keeps it.")

    async def _done(self, words: str) -> None:
        ui.notify(words, type="positive")
        self._opened.close()
        await self._refresh()


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
