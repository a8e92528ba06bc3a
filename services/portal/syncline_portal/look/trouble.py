"""What goes wrong on a page, in words; nothing that a person entered is lost by it."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui
from syncline_chassis.answer import problem_of
from syncline_chassis.errors import SynclineError
from syncline_chassis.mongo import MongoError

from syncline_portal.look import button
from syncline_portal.signin import sign_in_at
from syncline_portal.visit import SessionEndedError, Visit


@contextmanager
def told(visit: Visit) -> Iterator[None]:
    """Say what went wrong in the block; what follows in it is left out."""
    client = ui.context.client  # what was pressed may be drawn anew meanwhile
    try:
        yield
    except SessionEndedError as error:
        with client:
            session_ended(visit, str(error))
    except (SynclineError, MongoError) as error:
        text = words(error)
        with client:
            ui.notify(text, type="negative", timeout=0, close_button="Close", multi_line=True)


def words(error: SynclineError | MongoError) -> str:
    """A sentence for a person."""
    if isinstance(error, MongoError):
        return "The portal's database does not answer now. Try again in a moment."
    problem = problem_of(error)
    return problem.detail or problem.title


def session_ended(visit: Visit, why: str) -> None:
    """Ask to sign in again; it comes back to this page."""
    with ui.dialog(value=True).props("persistent"), ui.card().classes("dialog small"):
        ui.label("Sign in again").classes("text-weight-bold")
        ui.label(why)
        link = ui.link("Sign in", sign_in_at(visit.path)).classes("button-link")
        link.props("autofocus")


def panel(error: SynclineError | MongoError) -> None:
    """In place of what could not be shown."""
    with ui.element("section").classes("card").props("role=alert"):
        ui.label("This cannot be shown now").classes("text-weight-bold")
        ui.label(words(error))
        button.plain("Try again", ui.navigate.reload)
