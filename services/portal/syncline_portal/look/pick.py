"""Search as you type in a list of the live PSA, and choose one."""

import itertools
import json
from collections.abc import Callable

from nicegui import ui
from syncline_chassis.errors import SynclineError
from syncline_contracts.query import PickItem, SearchPicks

from syncline_portal.look.trouble import words
from syncline_portal.visit import Visit

WAIT_MS = 250
SHOWN = 30
_NUMBERS = itertools.count(1)


class Pick:
    """A search field with its choices below."""

    def __init__(
        self,
        visit: Visit,
        label: str,
        connector: str,
        connection_id: str,
        list: str,
        *,
        chosen: tuple[str, str] | None = None,
        on_choice: Callable[[], None] = lambda: None,
    ) -> None:
        self.chosen = chosen
        """Id and name."""
        self._visit, self._connector, self._list = visit, connector, list
        self._connection_id, self._on_choice = connection_id, on_choice
        self._asked = 0
        self._known: dict[str, PickItem] = {}
        self._drawn: object = None
        self._event = f"chosen-{next(_NUMBERS)}"
        ui.on(self._event, lambda event: self._choose(str(event.args)))
        self._label = ui.label()
        field = ui.input(label, on_change=lambda event: self.search(str(event.value or "")))
        field.props(f"outlined dense clearable debounce={WAIT_MS} autocomplete=off")
        field.classes("full-width")
        self._choices = ui.element("div").classes("choices").props("role=group")
        self._choices.props("aria-live=polite")
        self._say()

    async def search(self, text: str) -> None:
        """Show what the PSA finds; the answer to an earlier text never replaces a later one."""
        self._asked += 1
        asked = self._asked
        query = SearchPicks(
            partner_id=self._visit.partner_id,
            connection_id=self._connection_id,
            list=self._list,
            text=text.strip()[:200],
        )
        try:
            found = await self._visit.ask(
                query,
                service=self._connector,
                timeout_s=self._visit.portal.settings.portal_vendor_timeout_s,
            )
        except SynclineError as error:
            self._show((), words(error))
            return
        if asked == self._asked:
            self._show(found.items, "Nothing is found under this name.")

    def _show(self, items: tuple[PickItem, ...], otherwise: str) -> None:
        """Draw them; those that are drawn already stay, or a click on one would be lost."""
        if (items, otherwise, self.chosen) == self._drawn:
            return
        self._drawn = (items, otherwise, self.chosen)
        self._choices.clear()
        with self._choices:
            if not items:
                ui.label(otherwise).classes("lead")
            for item in items[:SHOWN]:
                self._choice(item)
            if len(items) > SHOWN:
                ui.label(f"And {len(items) - SHOWN} more: type more of the name.").classes("lead")

    def _choice(self, item: PickItem) -> None:
        pressed = self.chosen is not None and self.chosen[0] == item.id
        self._known[item.id] = item
        # Told by the browser itself: a list that is drawn anew meanwhile loses no click.
        tell = f"() => emitEvent({json.dumps(self._event)}, {json.dumps(item.id)})"
        button = ui.element("button").on("click", js_handler=tell)
        button.props(f"type=button aria-pressed={'true' if pressed else 'false'}")
        with button:
            ui.label(item.name).classes("text-weight-bold")
            detail = f"{item.detail} - inactive" if item.inactive else item.detail
            if detail:
                ui.label(detail).classes("lead")

    def _choose(self, item_id: str) -> None:
        item = self._known[item_id]
        self.chosen = (item.id, item.name)
        self._show((item,), "")
        self._say()
        self._on_choice()

    def _say(self) -> None:
        self._label.text = f"Chosen: {self.chosen[1]}" if self.chosen else "Nothing is chosen yet."
