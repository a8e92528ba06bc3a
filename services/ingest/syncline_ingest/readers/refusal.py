"""Why a document is refused: a sentence for a person, with the place."""

from typing import Any

SHOWN_CHARACTERS = 60


class RefusedDocumentError(Exception):
    """The document as a whole is not taken in; trying again changes nothing."""

    def __init__(
        self, code: str, message: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.row = row
        self.column = column

    def __reduce__(self) -> tuple[Any, ...]:
        # On its way out of the process that reads: an exception with named arguments needs this.
        return _again, (self.code, self.message, self.row, self.column)


def _again(code: str, message: str, row: int | None, column: str | None) -> RefusedDocumentError:
    return RefusedDocumentError(code, message, row=row, column=column)


def refuse(
    code: str, name: str, detail: str, *, row: int | None = None, column: str | None = None
) -> RefusedDocumentError:
    """Build the error; its text names document, row and column, in this order."""
    place = name
    if row is not None:
        place += f", row {row}" if row else ", header"
    if column is not None:
        place += f", column {shown(column)}"
    return RefusedDocumentError(code, f"{place}: {detail}", row=row, column=column)


def shown(text: str) -> str:
    """A supplier's text as part of a sentence: short, on one line."""
    flat = "".join(letter if letter.isprintable() else "?" for letter in text)
    return flat if len(flat) <= SHOWN_CHARACTERS else flat[: SHOWN_CHARACTERS - 1] + "…"
