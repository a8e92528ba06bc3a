"""Control of the feed: accounts, published and generated invoices."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.decimals import EXACT, plain
from syncline_sandbox.dicker.account import Account, Accounts
from syncline_sandbox.invoices import (
    DistributorInvoice,
    describe,
    generate_credit_note,
    generate_distributor_invoice,
    revise_distributor_invoice,
)

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


class Publish(BaseModel):
    """An invoice in feed form: header fields and `Lines`."""

    account_code: str
    invoice: dict[str, Any]


class Generate(BaseModel):
    """Arguments of the generator, and what to make of its invoice."""

    model_config = ConfigDict(extra="forbid")

    account_code: str
    seed: int = 1
    tenants: int = Field(default=40, ge=1, le=5000)
    month: str = Field(default="2026-10", pattern=MONTH)
    currency: str = "AUD"
    pricing_currency: str = "USD"
    lines_per_tenant: int = Field(default=37, ge=1, le=5000)
    blank_rrp: bool = True
    unpriced_tenants: int = 0
    negative_tenants: int = 0
    free_tenants: int = 0
    revision: int = Field(default=1, ge=1, le=20)
    """2 and up re-issue the invoice with a few lines changed."""
    credit_note: bool = False
    """Publish a credit note that amends the invoice instead of the invoice."""
    header_off_by: Decimal = Decimal(0)
    """Added to the header's TotalExTax, so that it does not tie out."""


def control_router(accounts: Accounts) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/_sandbox/dicker")

    def require(code: str) -> None:
        if accounts.get(code) is None:
            raise HTTPException(404, f"no account {code!r}")

    @router.post("/accounts", status_code=201)
    async def save_account(account: Account) -> Account:
        accounts.save(account)
        return account

    @router.post("/accounts/{code}/expire-keys")
    async def expire_keys(code: str) -> dict[str, int]:
        require(code)
        return {"expired": accounts.expire_keys(code)}

    @router.post("/invoices", status_code=201)
    async def publish(order: Publish) -> dict[str, str]:
        require(order.account_code)
        lines = order.invoice.get("Lines")
        if not order.invoice.get("InvoiceNumber") or not isinstance(lines, list):
            raise HTTPException(422, "invoice needs an InvoiceNumber and a list of Lines")
        return accounts.publish(order.account_code, order.invoice)

    @router.post("/invoices/generate", status_code=201)
    async def generate(order: Generate) -> dict[str, object]:
        require(order.account_code)
        invoice = _generate(order)
        feed = invoice.to_feed()
        feed["TotalExTax"] = plain(EXACT.add(invoice.total_ex_tax, order.header_off_by))
        head = accounts.publish(order.account_code, feed)
        return {**describe(invoice), "Revision": head["Revision"], "Sha": head["Sha"]}

    @router.get("/accounts/{code}/invoices")
    async def published(code: str) -> list[dict[str, str]]:
        require(code)
        return accounts.invoices(code)

    return router


def _generate(order: Generate) -> DistributorInvoice:
    invoice = generate_distributor_invoice(
        order.seed,
        order.tenants,
        order.month,
        order.currency,
        order.pricing_currency,
        lines_per_tenant=order.lines_per_tenant,
        blank_rrp=order.blank_rrp,
        unpriced_tenants=order.unpriced_tenants,
        negative_tenants=order.negative_tenants,
        free_tenants=order.free_tenants,
    )
    for _ in range(order.revision - 1):
        invoice = revise_distributor_invoice(invoice, order.seed)
    return generate_credit_note(invoice, order.seed) if order.credit_note else invoice
