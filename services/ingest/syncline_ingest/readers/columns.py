"""Columns of a kind of document: by name, in any case and order; unknown ones pass."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import itemgetter

from syncline_ingest.readers.refusal import refuse

Pick = Callable[[list[str]], tuple[str, ...]]
Pairs = tuple[tuple[str, str], ...]
"""Field of a line, and the column that it comes from."""

_RENAMED = {
    "providername": "publishername",
    "providerid": "publisherid",
    "unitofmeasure": "unit",
    "resellermpnid": "tier2mpnid",
    "totalforcustomer": "total",
    "rateofpartnerearnedcredit": "partnerearnedcreditrate",
}
"""Other names that suppliers give to a column (invoice formats 6, no. 17)."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns, by what they become."""

    title: str
    """What a person calls such a document."""
    account: str
    fixed: tuple[str, str]
    """Invoice number and currency: the same in every row."""
    owner: tuple[str, ...]
    """Customer, its name, its domain, pricing currency, exchange rate."""
    amount: tuple[str, str]
    """Cost and tax."""
    nature: tuple[str, ...]
    numbers: Pairs
    days: Pairs
    texts: Pairs
    ids: Pairs
    repeated: tuple[str, ...]
    """What else repeats from row to row."""
    single: tuple[str, ...]
    """What else differs from row to row."""
    required: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        pairs = (*self.numbers, *self.days, *self.texts, *self.ids)
        named = (*self.fixed, *self.owner, *self.amount, *self.nature, *self.repeated)
        columns = (self.account, *named, *self.single, *(column for _, column in pairs))
        return tuple(dict.fromkeys(column for column in columns if column))


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where the cells of a row are; a missing column is the empty cell that has to follow it."""

    account: Callable[[list[str]], str]
    fixed: Pick
    owner: Pick
    amount: Pick
    nature: Pick
    numbers: Pick
    days: Pick
    texts: Pick
    ids: Pick
    repeated: Pick
    single: Pick
    shared: Pick
    """Nature, texts, ids and what else repeats, together."""


def likeness(columns: Columns, names: AbstractSet[str]) -> int:
    """How many of the names of a kind of document stand in a header, given as they compare."""
    return sum(1 for name in columns.names() if name.casefold() in names)


def find(name: str, columns: Columns, header: Sequence[str]) -> dict[str, int]:
    """Place of every known column. Raises `RefusedDocumentError` that names what is there twice."""
    known = {column.casefold(): column for column in columns.names()}
    at: dict[str, int] = {}
    for index, title in enumerate(header):
        column = known.get(plain(title))
        if column is None:
            continue
        if column in at:
            detail = "the column is there twice; which one counts cannot be told."
            raise refuse("duplicate_column", name, detail, row=0, column=column)
        at[column] = index
    return at


def require(name: str, required: Sequence[str], title: str, at: dict[str, int]) -> None:
    """Raise `RefusedDocumentError` that names every required column that is missing."""
    missing = [column for column in required if column not in at]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        noun = "column" if len(missing) == 1 else "columns"
        detail = (
            f"the {noun} {', '.join(missing)} {are} missing. Export the {title} again, with all "
            "columns."
        )
        raise refuse("missing_column", name, detail, row=0, column=missing[0])


def plan(columns: Columns, at: dict[str, int], width: int) -> ColumnPlan:
    """How to take a row apart that has `width` cells and an empty one after them."""

    def pick(names: Sequence[str]) -> Pick:
        places = [at.get(column, width) for column in names]
        if len(places) == 1:
            only = places[0]
            return lambda cells: (cells[only],)
        return itemgetter(*places) if places else lambda cells: ()

    def second(pairs: Pairs) -> list[str]:
        return [column for _, column in pairs]

    texts, ids = second(columns.texts), second(columns.ids)
    return ColumnPlan(
        account=itemgetter(at.get(columns.account, width)),
        fixed=pick(columns.fixed),
        owner=pick(columns.owner),
        amount=pick(columns.amount),
        nature=pick(columns.nature),
        numbers=pick(second(columns.numbers)),
        days=pick(second(columns.days)),
        texts=pick(texts),
        ids=pick(ids),
        repeated=pick(columns.repeated),
        single=pick(columns.single),
        shared=pick([*columns.nature, *texts, *ids, *columns.repeated]),
    )


def plain(title: str) -> str:
    """Name as it compares; a localised file may have the English one in brackets at its end."""
    text = title.strip().strip("\ufeff").replace("_", "").replace(" ", "").casefold()
    if text.endswith(")") and "(" in text:
        text = text[text.rindex("(") + 1 : -1]
    return _RENAMED.get(text, text)
