"""An organisation's invoices and credit notes, and the log of what was created or changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncline_sandbox.store import Store
from syncline_sandbox.xero.invoice import Invoice
from syncline_sandbox.xero.kind import CREDIT_NOTE, Kind


class Books:
    """Invoices of all organisations; a change and its log entry are one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, org: str, identity: str, kind: Kind | None = None) -> Invoice | None:
        """Return a document by id, or by number; of any kind, unless one is named."""
        name = kind.name if kind else ""
        found = self._store.row(
            "SELECT body FROM xero_document WHERE org = ? AND id = ? AND ? IN (kind, '')",
            org,
            identity.lower(),
            name,
        )
        if found is None:
            found = self._store.row(
                "SELECT body FROM xero_document WHERE org = ? AND number = ? AND ? IN (kind, '')"
                " ORDER BY status = 'DELETED', seq DESC",
                org,
                identity,
                name,
            )
        return Invoice.model_validate_json(found[0]) if found else None

    def numbered(self, org: str, number: str, kind: Kind, *, reuse_deleted: bool) -> Invoice | None:
        """Return the document that holds a number."""
        held = self.get(org, number, kind) if number else None
        if held is None or held.number != number:
            return None
        return None if reuse_deleted and held.status == "DELETED" else held

    def free_number(self, org: str, kind: Kind) -> str:
        """Return the next number of the organisation's own sequence."""
        prefix = "CN-" if kind is CREDIT_NOTE else "INV-"
        rows = self._store.rows(
            "SELECT number FROM xero_document WHERE org = ? AND number GLOB ?",
            org,
            f"{prefix}[0-9]*",
        )
        ends = [number.removeprefix(prefix) for (number,) in rows]
        return f"{prefix}{max((int(end) for end in ends if end.isdecimal()), default=0) + 1:04}"

    def select(
        self,
        org: str,
        kind: Kind | None = None,
        *,
        ids: Sequence[str] = (),
        numbers: Sequence[str] = (),
        contacts: Sequence[str] = (),
        statuses: Sequence[str] = (),
    ) -> list[Invoice]:
        """Return the documents that meet all conditions, oldest first."""
        sql, values = "SELECT body FROM xero_document WHERE org = ?", [org]
        for column, wanted in (
            ("kind", [kind.name] if kind else []),
            ("id", [identity.lower() for identity in ids]),
            ("number", numbers),
            ("contact", contacts),
            ("status", statuses),
        ):
            if wanted:
                sql += f" AND {column} IN ({', '.join('?' * len(wanted))})"
                values += wanted
        rows = self._store.rows(f"{sql} ORDER BY seq", *values)
        return [Invoice.model_validate_json(body) for (body,) in rows]

    def save(self, org: str, invoice: Invoice, actor: str) -> None:
        """Store an invoice and log who wrote it."""
        with self._store.transaction():
            known = self._store.row(
                "SELECT 1 FROM xero_document WHERE org = ? AND id = ?", org, invoice.invoice_id
            )
            self._store.execute(
                "INSERT INTO xero_document (org, kind, id, number, status, contact, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org, id) DO UPDATE SET"
                " number = excluded.number, status = excluded.status,"
                " contact = excluded.contact, body = excluded.body",
                org,
                invoice.kind,
                invoice.invoice_id,
                invoice.number,
                invoice.status,
                invoice.contact_id,
                invoice.model_dump_json(),
            )
            self._store.execute(
                "INSERT INTO xero_write (org, at, actor, action, id, number, status, total)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                org,
                invoice.updated_at.isoformat(),
                actor,
                "updated" if known else "created",
                invoice.invoice_id,
                invoice.number,
                invoice.status,
                str(invoice.total),
            )

    def writes(self, org: str) -> list[dict[str, Any]]:
        """Return the log, oldest first."""
        names = ("at", "actor", "action", "invoice_id", "number", "status", "total")
        rows = self._store.rows(
            "SELECT at, actor, action, id, number, status, total FROM xero_write"
            " WHERE org = ? ORDER BY seq",
            org,
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def counts(self, org: str) -> dict[str, int]:
        """Return how many records the API created and updated."""
        rows = self._store.rows(
            "SELECT action, count(*) FROM xero_write WHERE org = ? AND actor <> 'person'"
            " GROUP BY action",
            org,
        )
        return {"created": 0, "updated": 0} | dict(rows)


def contains(invoice: Invoice, text: str) -> bool:
    """Tell whether Xero's `searchTerm` finds an invoice."""
    wanted = text.casefold()
    return wanted in invoice.number.casefold() or wanted in invoice.reference.casefold()


def changed_since(updated_at: datetime, since: datetime | None) -> bool:
    """Tell whether a record passes `If-Modified-Since`."""
    return since is None or updated_at > since
