"""Paging: `limit` rows after an opaque `cursor`; the answer's `next_cursor` leads on."""

from typing import Annotated

from fastapi import Depends, Query
from syncline_contracts.query import Page


def _page(
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Page:
    return Page(cursor=cursor, limit=limit)


ThePage = Annotated[Page, Depends(_page)]
