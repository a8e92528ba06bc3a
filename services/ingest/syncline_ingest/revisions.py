"""Comparisons of revisions as they are stored: a summary, and pieces of the lines that differ."""

import base64
import binascii
import zlib
from collections.abc import Iterable

from syncline_chassis.errors import (
    NotFoundError,
    ProblemError,
    UnprocessableError,
)
from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.ingest_query import GetRevisionComparison
from syncline_contracts.line import Role
from syncline_contracts.revision import RevisedLine, RevisionComparison, RevisionSummary

from syncline_ingest import revision_pieces

COMPARISONS, PIECES = "comparisons", "comparison_pieces"
INDEXES = (Index(PIECES, (("partner_id", 1), ("comparison", 1), ("number", 1)), unique=True),)


class Revisions:
    """What revisions of invoices changed."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(COMPARISONS)
        self._pieces = uow.collection(PIECES)

    async def put(
        self, partner_id: str, summary: RevisionSummary, left_out: int, pieces: Iterable[bytes]
    ) -> None:
        """Store a comparison whole, in place of what an earlier attempt may have left."""
        key = _key(partner_id, summary.invoice_key, summary.role, summary.revision)
        body = zlib.compress(summary.model_dump_json().encode(), 1)
        await self._rows.replace_one(
            key, {**key, "summary": body, "left_out": left_out}, upsert=True
        )
        of_it = {"partner_id": partner_id, "comparison": key["_id"]}
        await self._pieces.delete_many(of_it)
        rows = [{**of_it, "number": number, "lines": one} for number, one in enumerate(pieces)]
        await self._pieces.insert_many(rows)

    async def refuse(self, row: Document, why: str) -> None:
        """Note that a revision cannot be compared, in a sentence for a person."""
        key = _key(row["partner_id"], row["invoice_key"], row["role"], row["revision"])
        await self._rows.replace_one(key, {**key, "refused": why}, upsert=True)

    async def get(self, query: GetRevisionComparison, revision: int) -> RevisionComparison:
        """A page of a comparison. Raises `ProblemError` where there is none, or none yet."""
        key = _key(query.partner_id, query.invoice_key, query.role, revision)
        row = await self._rows.find_one(key)
        if row is None:
            raise ProblemError(
                409,
                "not_compared_yet",
                "Not compared yet",
                f"Revision {revision} is not compared with revision {revision - 1} yet. Ask again "
                "in a moment.",
            )
        if "refused" in row:
            raise ProblemError(409, "not_comparable", "Not comparable", row["refused"])
        summary = RevisionSummary.model_validate_json(zlib.decompress(row["summary"]))
        lines, cursor = await self._page(query, str(key["_id"]))
        return RevisionComparison(
            summary=summary, lines=lines, lines_left_out=row["left_out"], next_cursor=cursor
        )

    async def _page(
        self, query: GetRevisionComparison, comparison: str
    ) -> tuple[tuple[RevisedLine, ...], str | None]:
        """Lines after the cursor, which is the place of the next one; a piece at a time."""
        place, limit = _read_cursor(query.page.cursor), query.page.limit
        found: list[RevisedLine] = []
        pieces = self._pieces.iterate(
            {
                "partner_id": query.partner_id,
                "comparison": comparison,
                "number": {"$gte": place // revision_pieces.PIECE_LINES},
            },
            sort=[("number", 1)],
            batch_size=2,
        )
        async for piece in pieces:
            lines = revision_pieces.unpacked(piece["lines"])
            for at, line in enumerate(lines, start=piece["number"] * revision_pieces.PIECE_LINES):
                if at < place or query.tenant_id not in (None, line.tenant_id):
                    continue
                if len(found) == limit:
                    return tuple(found), _cursor(at)
                found.append(line)
        return tuple(found), None


def revision_asked_for(query: GetRevisionComparison, newest: int | None) -> int:
    """Revision that is asked for, given the newest there is. Raises `NotFoundError`."""
    what = "daily usage behind it" if query.role == "detail" else "invoice"
    if newest is None:
        raise NotFoundError(f"There is no {what} {query.invoice_key} of this partner.")
    wanted = query.revision or newest
    if newest == 1:
        raise NotFoundError("This invoice has one revision only, so there is nothing to compare.")
    if wanted == 1:
        raise NotFoundError("Revision 1 is the first: there is none before it.")
    if wanted > newest:
        raise NotFoundError(f"There is no revision {wanted}: the newest is {newest}.")
    return wanted


def _key(partner_id: str, invoice_key: str, role: Role, revision: int) -> Document:
    return {"_id": f"{partner_id}/{invoice_key}/{role}/{revision}", "partner_id": partner_id}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(cursor).decode()))
    except (binascii.Error, ValueError):
        raise UnprocessableError("The cursor is not one of ours: start again.", "cursor") from None
