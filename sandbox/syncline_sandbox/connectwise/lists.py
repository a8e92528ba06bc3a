"""Lists: conditions, order, both ways of paging, counts, and the links between pages."""

from collections.abc import Mapping
from decimal import Decimal

from starlette.requests import Request

from syncline_sandbox.connectwise.conditions import compile_conditions
from syncline_sandbox.connectwise.errors import RefusedError, not_found
from syncline_sandbox.connectwise.render import Row
from syncline_sandbox.decimals import CENT
from syncline_sandbox.fault import as_told

DEFAULT_PAGE, MOST_PAGE = 25, 1000


def page(request: Request, rows: list[Row]) -> tuple[list[Row], dict[str, str]]:
    """The rows of the page that is asked for, and its headers. Raises `RefusedError`."""
    params = request.query_params
    size = min(_number(params, "pageSize", DEFAULT_PAGE), MOST_PAGE)
    forward = request.headers.get("pagination-type", "").casefold() == "forward-only"
    found = _found(params, rows)
    if forward:
        if "orderBy" in params:
            raise _wrong("orderBy cannot be used with forward-only paging")
        after = int(params["pageId"]) if params.get("pageId", "").isdecimal() else 0
        shown = [row for row in found if int(row["id"]) > after][:size]
        # There is a next page even after the last row: the caller stops at a short one.
        last = shown[-1]["id"] if shown else after
        links = {"next": {"pageId": last, "pageSize": size}}
    else:
        number, count = _number(params, "page", 1), max(1, -(-len(found) // size))
        shown = found[(number - 1) * size : number * size]
        pages = {"first": 1, "prev": number - 1, "next": number + 1, "last": count}
        links = {
            rel: {"page": one, "pageSize": size} for rel, one in pages.items() if 1 <= one <= count
        }
    written = (
        f'<{request.url.include_query_params(**to)}>; rel="{rel}"' for rel, to in links.items()
    )
    told = as_told(request.state, shown, _dearer)
    return [_trimmed(params, row) for row in told], {"Link": ", ".join(written)}


def count(request: Request, rows: list[Row]) -> Row:
    """How many rows meet the conditions."""
    return {"count": len(_found(request.query_params, rows))}


def one(request: Request, rows: list[Row], identity: int) -> Row:
    """The row of this id. Raises `RefusedError`."""
    for row in rows:
        if row["id"] == identity:
            return _trimmed(request.query_params, row)
    raise not_found()


def _found(params: Mapping[str, str], rows: list[Row]) -> list[Row]:
    test = compile_conditions(params.get("conditions", ""))
    found = sorted((row for row in rows if test(_plain(row))), key=lambda row: int(row["id"]))
    name, _, way = params.get("orderBy", "").partition(" ")
    if name:
        if found and name not in found[0]:
            raise _wrong(f"there is no field {name!r}")
        found.sort(key=lambda row: str(row[name]).casefold(), reverse=way.casefold() == "desc")
    return found


def _trimmed(params: Mapping[str, str], row: Row) -> Row:
    fields = [name for name in params.get("fields", "").split(",") if name]
    return {name: row[name] for name in fields if name in row} if fields else row


def _dearer(row: Row) -> Row:
    """By a cent, where it has a price."""
    return {name: one + CENT if name.endswith("Price") else one for name, one in row.items()}


def _plain(row: Row) -> Row:
    return {name: float(one) if isinstance(one, Decimal) else one for name, one in row.items()}


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isdecimal() or not int(text):
        raise _wrong(f"{name} is no number above zero")
    return int(text)


def _wrong(what: str) -> RefusedError:
    return RefusedError(400, "ConnectWiseApi", what)
