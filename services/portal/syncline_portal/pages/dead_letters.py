"""Dead letters: messages that could not be handled; read them, then hand them over once more."""

from functools import partial
from typing import Any

from nicegui import events, ui
from syncline_contracts.dead_letter import DeadLetter

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.live import OFTEN_S, keep_fresh
from syncline_portal.look.moment import moment
from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.routes.dead_letters import (
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
    table = listing("Dead letters", COLUMNS)
    table.add_slot("body-cell-open", OPEN)

    async def refresh() -> None:
        call = await visit.call("operator")
        found = await list_dead_letters(call, before=None, limit=NEWEST)
        table.rows = [_row(one) for one in found.dead_letters]

    async def read(event: events.GenericEventArguments) -> None:
        with told(visit):
            letter = await get_dead_letter(await visit.call("operator"), int(str(event.args)))
            _show(letter, partial(_replay, visit, letter, refresh))

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


def _show(letter: DeadLetter, replay: Any) -> None:
    with dialog(f"{letter.service}: {letter.type}") as opened:
        ui.label(letter.error).classes("note warn")
        ui.label(f"{letter.subject}, tried {letter.attempts} times").classes("lead")
        with ui.element("pre").classes("request"):
            ui.label(letter.body or "")
        with ui.element("div").classes("bar actions"):
            ui.element("span").classes("grow")
            button.main("Replay", partial(replay, opened))


async def _replay(visit: Visit, letter: DeadLetter, refresh: Any, opened: ui.dialog) -> None:
    with told(visit):
        await replay_dead_letter(await visit.call("operator"), letter.letter_id)
        ui.notify("Handled. It is no dead letter any more.", type="positive")
        opened.close()
        await refresh()
