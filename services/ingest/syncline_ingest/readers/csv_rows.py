"""Rows of a hostile CSV file: bounded lines, cells and columns; every refusal names its place."""

import csv
from collections.abc import Iterable, Iterator

from syncline_ingest.readers.refusal import RefusedDocumentError, refuse

MAX_CELL = 1024 * 1024
MAX_LINE = 8 * 1024 * 1024
MAX_COLUMNS = 500
MAX_BLANK_ROWS = 100_000
_SEPARATORS = (",", ";", "\t")
_AGAIN = "Export the file again and leave it as it is."

csv.field_size_limit(MAX_CELL)


class _BadTextError(Exception):
    """A line cannot be text; `before` is what of it can."""

    def __init__(self, code: str, detail: str, before: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.before = before


class CsvRows:
    """Header and rows of one document; rows count from 1, the header not counted."""

    def __init__(self, name: str, chunks: Iterable[bytes]) -> None:
        self._name = name
        self._held: list[str] = []
        self._lines = self._decoded(chunks)
        self._separator = ","
        self.header: list[str] = []

    def read_header(self) -> list[str]:
        """Read the first row, and by it the separator."""
        try:
            first = next(self._lines, "")
        except _BadTextError as error:
            raise refuse(error.code, self._name, error.detail, row=0) from None
        self._separator = max(_SEPARATORS, key=first.count)
        try:
            header = next(csv.reader(self._with(first), delimiter=self._separator, strict=True), [])
        except _BadTextError as error:
            raise refuse(error.code, self._name, error.detail, row=0) from None
        except csv.Error:
            detail = f"it is broken: a quote is not closed, or a name is too long. {_AGAIN}"
            raise refuse("broken_row", self._name, detail, row=0) from None
        if len(header) > MAX_COLUMNS:
            detail = f"it has {len(header)} columns, more than {MAX_COLUMNS}. {_AGAIN}"
            raise refuse("too_many_columns", self._name, detail, row=0)
        self.header = header
        return header

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of every row that has any; as many cells as the header."""
        row, blank, width = 0, 0, len(self.header)
        held = self._held
        held.clear()
        try:
            for cells in csv.reader(self._lines, delimiter=self._separator, strict=True):
                held.clear()
                row += 1
                if not any(cells):
                    blank += 1
                    if blank > MAX_BLANK_ROWS:
                        detail = f"more than {MAX_BLANK_ROWS} rows above it are empty. {_AGAIN}"
                        raise refuse("too_many_blank_rows", self._name, detail, row=row)
                    continue
                if len(cells) != width:
                    cells = self._fit(row, cells, width)
                yield row, cells
        except _BadTextError as error:
            column = self._column("".join(held) + error.before)
            raise refuse(error.code, self._name, error.detail, row=row + 1, column=column) from None
        except csv.Error as error:
            raise self._broken(row + 1, str(error)) from None

    def _fit(self, row: int, cells: list[str], width: int) -> list[str]:
        if len(cells) > width and not any(cells[width:]):
            return cells[:width]
        raise refuse(
            "broken_row",
            self._name,
            f"it has {len(cells)} cells and the header has {width}: the file is cut off or a "
            f"quote is missing. {_AGAIN}",
            row=row,
            column=self._at(min(len(cells), width) - 1),
        )

    def _broken(self, row: int, reason: str) -> RefusedDocumentError:
        text = "".join(self._held)
        long = _long_cell(text, self._separator)
        if long is not None and "field larger" in reason:
            detail = f"the cell is longer than {MAX_CELL} characters. {_AGAIN}"
            return refuse("cell_too_long", self._name, detail, row=row, column=self._at(long))
        column = self._column(text)
        detail = f"the quotes of the row do not match. {_AGAIN}"
        return refuse("broken_row", self._name, detail, row=row, column=column)

    def _column(self, text: str) -> str | None:
        return self._at(sum(1 for _ in _cell_lengths(text, self._separator)) - 1)

    def _at(self, index: int) -> str | None:
        return self.header[index].strip() if 0 <= index < len(self.header) else None

    def _with(self, first: str) -> Iterator[str]:
        yield first
        yield from self._lines

    def _decoded(self, chunks: Iterable[bytes]) -> Iterator[str]:
        rest, is_first = b"", True
        for chunk in chunks:
            pieces = (rest + chunk).splitlines(keepends=True)
            # The last one may go on in the next chunk, be it by the second half of CRLF.
            rest = pieces.pop() if pieces else b""
            for piece in pieces:
                yield self._text(piece, is_first)
                is_first = False
            if len(rest) > MAX_LINE:
                raise _BadTextError(
                    "row_too_long",
                    f"the row is longer than {MAX_LINE} bytes. {_AGAIN}",
                    _readable(rest[:MAX_CELL]),
                )
        if rest:
            yield self._text(rest, is_first)

    def _text(self, piece: bytes, is_first: bool) -> str:
        if b"\0" in piece:
            before = _readable(piece[: piece.index(b"\0")])
            raise _BadTextError(
                "nul_byte", f"it holds a NUL byte, so it is no text. {_AGAIN}", before
            )
        try:
            text = piece.decode("utf-8-sig" if is_first else "utf-8")
        except UnicodeDecodeError as error:
            raise _BadTextError(
                "not_utf8",
                "it is not UTF-8. Save it as 'CSV UTF-8', or export it again.",
                _readable(piece[: error.start]),
            ) from None
        self._held.append(text)
        return text


def _readable(piece: bytes) -> str:
    return piece.decode("utf-8", "replace")


def _cell_lengths(text: str, separator: str) -> Iterator[int]:
    """Lengths of the cells of a broken row, as far as its quotes can be told apart."""
    length, quoted = 0, False
    for letter in text[: 2 * MAX_LINE]:
        if letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            yield length
            length = -1
        length += 1
    yield length


def _long_cell(text: str, separator: str) -> int | None:
    for index, length in enumerate(_cell_lengths(text, separator)):
        if length > MAX_CELL:
            return index
    return None
