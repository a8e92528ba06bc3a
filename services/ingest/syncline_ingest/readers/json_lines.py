"""JSON lines of a stored document: objects of texts, bounded, refused with their place."""

from collections.abc import Iterable, Iterator

import orjson

from syncline_ingest.readers.refusal import refuse

MAX_LINE = 1024 * 1024


def json_lines(name: str, chunks: Iterable[bytes]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and fields of every object; the first one is row 0, the header."""
    for row, raw in enumerate(_split(name, chunks)):
        try:
            found = orjson.loads(raw)
        except orjson.JSONDecodeError:
            detail = "it is no JSON: the file is cut off or was changed."
            raise refuse("broken_row", name, detail, row=row) from None
        if not isinstance(found, dict):
            raise refuse("broken_row", name, "it is no JSON object.", row=row)
        for field, value in found.items():
            if type(value) is not str:
                if value is None:
                    found[field] = ""
                    continue
                # A JSON number has passed a float: the digits that it lost cannot be told.
                detail = "the value is not given as text, so its digits cannot be trusted."
                raise refuse("not_text", name, detail, row=row, column=field)
        yield row, found


def _split(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest, row = b"", 0
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            if piece.strip():
                yield piece
                row += 1
        if len(rest) > MAX_LINE:
            detail = f"the line is longer than {MAX_LINE} bytes."
            raise refuse("row_too_long", name, detail, row=row)
    if rest.strip():
        yield rest
