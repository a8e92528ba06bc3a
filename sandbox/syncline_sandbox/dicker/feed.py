"""The distributor's calls: an access key, the invoices of an account, the lines of an invoice."""

from typing import Any

from fastapi import APIRouter, Request, Response

from syncline_sandbox.decimals import dump_json, load_json
from syncline_sandbox.dicker.account import Accounts
from syncline_sandbox.dicker.envelope import wrap, wrap_error
from syncline_sandbox.months import parse_feed_date


class _RefusedError(Exception):
    """Becomes Status ERROR; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status


def feed_router(accounts: Accounts) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/dicker")

    @router.post("/AccessKeyRequest")
    async def access_key_request(request: Request) -> Response:
        return await _answer(request, lambda body: _access_key(accounts, body))

    @router.post("/Invoice/GetAzureInvoices")
    async def get_azure_invoices(request: Request) -> Response:
        return await _answer(request, lambda body: _invoices(accounts, body))

    @router.post("/Invoice/GetAzureInvoiceLines")
    async def get_azure_invoice_lines(request: Request) -> Response:
        return await _answer(request, lambda body: _lines(accounts, body))

    return router


async def _answer(request: Request, act: Any) -> Response:
    transaction_id = request.headers.get("DD-TransactionID", "")
    status = 200
    try:
        if not transaction_id or not request.headers.get("DD-ApiVersion"):
            raise _RefusedError("Headers DD-TransactionID and DD-ApiVersion are required", 400)
        content = wrap(act(await _body(request)), transaction_id)
    except _RefusedError as refused:
        status = refused.status
        content = wrap_error(str(refused), transaction_id)
    return Response(dump_json(content), status, media_type="application/json")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = load_json(await request.body())
    except ValueError as error:
        raise _RefusedError("The request is not JSON", 400) from error
    if not isinstance(body, dict):
        raise _RefusedError("The request is not a JSON object", 400)
    return body


def _access_key(accounts: Accounts, body: dict[str, Any]) -> dict[str, str]:
    issued = accounts.issue_key(str(body.get("AccessToken") or ""))
    if issued is None:
        raise _RefusedError("AccessToken is not valid")
    return {"AccessKey": issued[0], "ExpiresInSeconds": str(issued[1])}


def _account(accounts: Accounts, body: dict[str, Any]) -> str:
    code = str(body.get("AccountCode") or "")
    problem = accounts.check_key(str(body.get("AccessKey") or ""), code)
    if problem:
        raise _RefusedError(problem)
    return code


def _invoices(accounts: Accounts, body: dict[str, Any]) -> dict[str, Any]:
    code = _account(accounts, body)
    try:
        since = parse_feed_date(str(body["FromDate"])) if body.get("FromDate") else None
    except ValueError as error:
        raise _RefusedError("FromDate must be like 19-JAN-2024") from error
    return {"Invoices": accounts.invoices(code, since)}


def _lines(accounts: Accounts, body: dict[str, Any]) -> dict[str, Any]:
    code = _account(accounts, body)
    page = str(body.get("Page") or "1")
    number = str(body.get("InvoiceNumber") or "")
    found = accounts.page(code, number, int(page)) if page.isdecimal() else None
    if found is None:
        raise _RefusedError("No such invoice or page")
    return found


def account_of(body: bytes) -> str:
    """Return the account that a request names, for counters and faults; empty if none."""
    try:
        parsed = load_json(body)
    except ValueError:
        return ""
    return str(parsed.get("AccountCode") or "") if isinstance(parsed, dict) else ""
