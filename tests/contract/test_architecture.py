"""The picture of the architecture is the catalogue's."""

from pathlib import Path

from syncline_contracts.catalog import MESSAGES, QUERIES
from syncline_contracts.stream import DURABLES, STREAMS
from syncline_stack.release.architecture import FILE, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_catalogue_says() -> None:
    assert (ROOT / FILE).read_text() == page(), "Run make docs."


def test_nothing_that_is_said_is_left_out() -> None:
    text = page()
    names = [
        *(one.type_name for one in MESSAGES),
        *(one.name for one in QUERIES),
        *(one.name for one in STREAMS),
        *(one.name for one in DURABLES),
    ]
    assert [name for name in names if f"`{name}`" not in text] == []
