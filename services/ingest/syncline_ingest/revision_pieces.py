"""Differing lines as they are stored: in pieces, each packed."""

import zlib
from collections.abc import Iterator
from itertools import islice

from pydantic import TypeAdapter
from syncline_contracts.revision import RevisedLine

PIECE_LINES = 500
_LINES = TypeAdapter(tuple[RevisedLine, ...])


def packed(lines: Iterator[RevisedLine]) -> Iterator[bytes]:
    """Pieces of lines, in order; few are in memory at once."""
    while piece := tuple(islice(lines, PIECE_LINES)):
        yield zlib.compress(_LINES.dump_json(piece), 1)


def unpacked(piece: bytes) -> tuple[RevisedLine, ...]:
    """Lines of a piece."""
    return _LINES.validate_json(zlib.decompress(piece))
