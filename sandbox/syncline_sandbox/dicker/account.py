"""A partner's account at the distributor: its token, its keys, its published invoices."""

import hashlib
import secrets
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.clock import Clock
from syncline_sandbox.decimals import dump_json, load_json
from syncline_sandbox.months import parse_feed_date
from syncline_sandbox.store import Store

PAGE_SIZE = 200
_ACCOUNT, _INVOICE, _KEY = "dicker_account", "dicker_invoice", "dicker_key"

HEADER_FIELDS = (
    "InvoiceNumber", "InvoiceDate", "BillingPeriodStart", "BillingPeriodEnd", "Currency",
    "DocumentType", "AmendsInvoiceNumber", "TotalExTax", "TotalTax", "LineCount", "Revision", "Sha",
)  # fmt: skip


class Account(BaseModel):
    """An account and what opens it."""

    model_config = ConfigDict(extra="forbid")

    account_code: str = Field(min_length=1, max_length=40)
    access_token: str = Field(min_length=1)
    key_lifetime_s: int = Field(default=1800, ge=1)


class Accounts:
    """Accounts, access keys and invoices."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def save(self, account: Account) -> None:
        """Add an account or change its token."""
        self._store.put(_ACCOUNT, "", account.account_code, account.model_dump())

    def get(self, code: str) -> Account | None:
        """Return an account."""
        found = self._store.get(_ACCOUNT, "", code)
        return Account(**found) if found else None

    def all(self) -> list[Account]:
        """Return every account."""
        return [Account(**found) for found in self._store.all(_ACCOUNT)]

    def issue_key(self, access_token: str) -> tuple[str, int] | None:
        """Return a new access key with its lifetime, or None for an unknown token."""
        for account in self.all():
            if secrets.compare_digest(account.access_token.encode(), access_token.encode()):
                key = secrets.token_hex(20)
                expires = self._clock.timestamp() + account.key_lifetime_s
                self._store.execute(
                    "INSERT INTO token VALUES (?, ?, ?, '', ?)",
                    _KEY,
                    key,
                    account.account_code,
                    expires,
                )
                return key, account.key_lifetime_s
        return None

    def check_key(self, key: str, account_code: str) -> str | None:
        """Return why a key does not open the account, or None if it does."""
        found = self._store.row(
            "SELECT owner, expires FROM token WHERE kind = ? AND value = ?", _KEY, key
        )
        if found is None:
            return "AccessKey is not valid"
        if found[1] <= self._clock.timestamp():
            return "AccessKey has expired"
        return None if found[0] == account_code else "AccessKey does not belong to this account"

    def expire_keys(self, account_code: str) -> int:
        """End all keys of an account now."""
        self._store.execute(
            "UPDATE token SET expires = 0 WHERE kind = ? AND owner = ?", _KEY, account_code
        )
        return len(
            self._store.rows("SELECT 1 FROM token WHERE kind = ? AND owner = ?", _KEY, account_code)
        )

    def publish(self, account_code: str, invoice: dict[str, Any]) -> dict[str, str]:
        """Put an invoice into the feed, or another content in place of the one with its number.

        Nothing is checked: a feed that contradicts itself is a case worth testing.
        """
        lines = list(invoice["Lines"])
        sha = hashlib.sha256(dump_json(lines)).hexdigest()
        head = {name: str(invoice.get(name) or "") for name in HEADER_FIELDS}
        head["DocumentType"] = head["DocumentType"] or "INVOICE"
        head["LineCount"] = head["LineCount"] or str(len(lines))
        number = head["InvoiceNumber"]
        before = self._store.get(_INVOICE, account_code, number)
        if before and not (before["Sha"] == sha and _same_header(before, head)):
            head["Revision"] = _next(before["Revision"])
        elif before:
            head["Revision"] = before["Revision"]
        head["Revision"] = head["Revision"] or "1"
        head["Sha"] = sha
        pages = [lines[at : at + PAGE_SIZE] for at in range(0, len(lines), PAGE_SIZE)] or [[]]
        with self._store.transaction():
            self._store.put(_INVOICE, account_code, number, head)
            self._store.execute(
                "DELETE FROM dicker_page WHERE account = ? AND number = ?", account_code, number
            )
            for at, page in enumerate(pages, 1):
                self._store.execute(
                    "INSERT INTO dicker_page VALUES (?, ?, ?, ?)",
                    account_code,
                    number,
                    at,
                    dump_json(page),
                )
        return head

    def invoices(self, account_code: str, since: date | None = None) -> list[dict[str, str]]:
        """Return the headers, oldest first, from an invoice date on."""
        found: list[dict[str, str]] = self._store.all(_INVOICE, account_code)
        if since is None:
            return found
        return [head for head in found if parse_feed_date(head["InvoiceDate"]) >= since]

    def page(self, account_code: str, number: str, page: int) -> dict[str, Any] | None:
        """Return one page of lines, or None if there is no such invoice or page."""
        head = self._store.get(_INVOICE, account_code, number)
        rows = self._store.rows(
            "SELECT page, body FROM dicker_page WHERE account = ? AND number = ? ORDER BY page",
            account_code,
            number,
        )
        if head is None or not 1 <= page <= len(rows):
            return None
        return {
            "InvoiceNumber": number,
            "Revision": head["Revision"],
            "Page": str(page),
            "PageCount": str(len(rows)),
            "LineCount": head["LineCount"],
            "Lines": load_json(rows[page - 1][1]),
        }


def _same_header(before: dict[str, str], after: dict[str, str]) -> bool:
    return all(
        before[name] == after[name] for name in HEADER_FIELDS if name not in ("Revision", "Sha")
    )


def _next(revision: str) -> str:
    return str(int(revision) + 1) if revision.isdecimal() else f"{revision}+1"
