"""Two stored originals, read again and compared."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from syncline_ingest.comparison import Comparison, Edition, compare
from syncline_ingest.readers.detect import reader_for
from syncline_ingest.readers.document import SourceLine
from syncline_ingest.readers.unpack import unpack
from syncline_ingest.revision_pieces import packed
from syncline_ingest.spool import Spool

_LOOK_EVERY_LINES = 256
Check = Callable[[], None]


class Original(NamedTuple):
    """A stored document to read; a process inherits the descriptor."""

    name: str
    currency: str
    descriptor: int
    size: int


class Outcome(NamedTuple):
    """What was found, its lines in pieces as they are stored."""

    found: Comparison
    pieces: tuple[bytes, ...]


def compared(before: Original, after: Original, check: Check) -> Outcome:
    """Compare; `check` is called now and then and may raise. Raises `RefusedDocumentError`."""
    found = compare(_edition(before, check), _edition(after, check))
    return Outcome(found.without_lines(), tuple(packed(found.differing())))


def _edition(original: Original, check: Check) -> Edition:
    return Edition(original.currency, lambda: _lines(original, check))


def _lines(original: Original, check: Check) -> Iterator[SourceLine]:
    spool = Spool(original.descriptor, original.size, "", is_too_large=False)
    document = unpack(original.name, spool)
    for number, line in enumerate(reader_for(document).lines(document)):
        if number % _LOOK_EVERY_LINES == 0:
            check()
        yield line
