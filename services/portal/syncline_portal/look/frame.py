"""The frame around every page: where one is, for whom, and where one can go."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from nicegui import ui
from syncline_contracts.mapping_query import PartnerView

from syncline_portal.look import button
from syncline_portal.signin import SIGN_OUT
from syncline_portal.visit import Visit

CSS = (Path(__file__).parent / "theme.css").read_text()
SECTIONS = (
    ("queue", "Work queue"),
    ("azure", "Azure"),
    ("profiles", "Azure Billing Profiles"),
    ("connections", "Connections"),
    ("sources", "Sources"),
    ("events", "Events"),
    ("audit", "Audit"),
    ("settings", "Settings"),
)
OPERATOR_SECTIONS = (("dead-letters", "Dead letters"),)
_DARK = """
const stored = localStorage.getItem('syncline-dark');
if (stored !== null) Quasar.Dark.set(stored === 'true');
"""
_TOGGLE = "Quasar.Dark.toggle(); localStorage.setItem('syncline-dark', Quasar.Dark.isActive);"


FIRST_PARTNER = "/new-partner"
"""Where an operator registers a partner while there is none to be on a page of."""


def address(partner_id: str, *rest: str) -> str:
    """Path of a page."""
    return "/" + "/".join(quote(part, safe="") for part in ("p", partner_id, *rest))


@contextmanager
def frame(visit: Visit, partners: tuple[PartnerView, ...], section: str) -> Iterator[None]:
    """Navigation and partner switcher around the content; neither while there is no partner."""
    ui.add_css(CSS)
    ui.dark_mode(None)
    ui.colors(primary="#0b5cad")
    ui.run_javascript(_DARK)
    ui.html('<a class="skip" href="#content">Skip to the content</a>', sanitize=False)
    drawer = _drawer(visit, section) if visit.partner_id else None
    with ui.header().classes("top"):
        if drawer:
            button.sign("menu", "Navigation", drawer.toggle)
        ui.link("Syncline", "/").classes("brand hide-small")
        ui.element("span").classes("grow")
        if drawer:
            _switcher(visit, partners)
        button.sign("contrast", "Light or dark", lambda: ui.run_javascript(_TOGGLE))
        _account(visit)
    with ui.element("div").classes("page").props("id=content tabindex=-1"):
        yield


def _drawer(visit: Visit, section: str) -> ui.left_drawer:
    drawer = ui.left_drawer(value=None).classes("side").props("width=216 breakpoint=900")
    with drawer, ui.element("nav").props('aria-label="Pages"'):
        sections = SECTIONS + (OPERATOR_SECTIONS if visit.actor.is_operator else ())
        for name, words in sections:
            link = ui.link(words, address(visit.partner_id, name))
            if name == section:
                link.props('aria-current="page"')
    return drawer


def _switcher(visit: Visit, partners: tuple[PartnerView, ...]) -> None:
    names = {one.partner_id: one.settings.name for one in partners}
    if len(names) < 2:
        ui.label(names.get(visit.partner_id, visit.partner_id)).classes("text-weight-bold")
        return
    chosen = ui.select(
        names,
        value=visit.partner_id,
        on_change=lambda event: ui.navigate.to(address(str(event.value), "azure")),
    )
    chosen.props('dense outlined options-dense aria-label="Partner"')


def _account(visit: Visit) -> None:
    with button.sign("account_circle", "You"), ui.menu(), ui.element("div").classes("q-pa-md"):
        ui.label(visit.actor.name).classes("text-weight-bold")
        ui.label(f"Role: {visit.actor.role_for(visit.partner_id)}").classes("lead")
        with ui.element("form").props(f'method=post action="{SIGN_OUT}"'):
            ui.html('<button class="as-link">Sign out</button>', sanitize=False)
