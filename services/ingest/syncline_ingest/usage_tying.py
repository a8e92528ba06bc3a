"""Tying daily usage to its invoice, in the transaction that takes in the later of the two."""

import zlib
from collections.abc import Iterable
from decimal import Decimal

from pydantic import TypeAdapter
from syncline_chassis.errors import NotFoundError
from syncline_chassis.mongo import Document
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.invoice import TenantManifest
from syncline_contracts.line import Role
from syncline_contracts.money import to_text
from syncline_contracts.usage import UsageTie, UsageTiedV1

from syncline_ingest.usage_tie import compare

TOTALS, TIES = "control_totals", "usage_ties"
WAITING = "Daily usage: it waits for the invoice behind which it stands, and bills nothing."
_TENANTS = TypeAdapter(tuple[TenantManifest, ...])


class UsageTies:
    """Control totals of the newest documents of each invoice, and how they compare."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._totals = uow.collection(TOTALS)
        self._ties = uow.collection(TIES)

    async def take(
        self, row: Document, tenants: Iterable[TenantManifest], tolerance: Decimal
    ) -> UsageTie | None:
        """Note a document's totals; compare it with its counterpart where that is here.

        The tolerance that counts is the one of the source that brought the daily usage.
        """
        partner_id, invoice_key, role = row["partner_id"], row["invoice_key"], row["role"]
        mine: Document = {
            "partner_id": partner_id,
            "invoice_no": row["invoice_no"],
            "currency": row["currency"],
            "revision": row["revision"],
            "tolerance": to_text(tolerance),
            # Packed: a document may name tens of thousands of tenants.
            "tenants": zlib.compress(_TENANTS.dump_json(tuple(tenants)), 1),
        }
        key = _key(partner_id, invoice_key, role)
        await self._totals.replace_one(key, {**key, **mine}, upsert=True)
        other_role: Role = "billing" if role == "detail" else "detail"
        other = await self._totals.find_one(_key(partner_id, invoice_key, other_role))
        if other is None:
            return None
        billing, detail = (mine, other) if role == "billing" else (other, mine)
        tie = _tie(invoice_key, billing, detail)
        await self._ties.replace_one(
            _one(partner_id, invoice_key),
            {**_one(partner_id, invoice_key), "body": tie.model_dump_json()},
            upsert=True,
        )
        self._uow.publish(UsageTiedV1(partner_id=partner_id, tie=tie))
        return tie

    async def get(self, partner_id: str, invoice_key: str) -> UsageTie:
        """The newest comparison. Raises `NotFoundError`."""
        row = await self._ties.find_one(_one(partner_id, invoice_key))
        if row is None:
            raise NotFoundError("There is no daily usage beside this invoice yet.")
        return UsageTie.model_validate_json(row["body"])


def in_words(tie: UsageTie) -> str:
    """The outcome as a sentence."""
    found = ", ".join(
        f"{one.kind.replace('_', ' ')} {to_text(one.difference)} {tie.currency}"
        for one in tie.classes
        if one.difference
    )
    if not found:
        return "Daily usage and invoice agree to the last digit."
    verdict = "within" if tie.is_tied else "beyond"
    return (
        f"Daily usage is off the invoice by {found}: {verdict} the tolerance of "
        f"{to_text(tie.tolerance)} per class."
    )


def _tie(invoice_key: str, billing: Document, detail: Document) -> UsageTie:
    tolerance = Decimal(detail["tolerance"])
    found = compare(_tenants(billing), _tenants(detail), tolerance)
    return UsageTie(
        invoice_key=invoice_key,
        invoice_no=billing["invoice_no"],
        currency=billing["currency"],
        billing_revision=billing["revision"],
        detail_revision=detail["revision"],
        tolerance=tolerance,
        is_tied=found.is_tied and billing["currency"] == detail["currency"],
        classes=found.classes,
        gaps=found.gaps,
        gap_count=found.gap_count,
    )


def _tenants(row: Document) -> tuple[TenantManifest, ...]:
    return _TENANTS.validate_json(zlib.decompress(row["tenants"]))


def _key(partner_id: str, invoice_key: str, role: str) -> Document:
    return {"_id": f"{partner_id}/{invoice_key}/{role}", "partner_id": partner_id}


def _one(partner_id: str, invoice_key: str) -> Document:
    return {"_id": f"{partner_id}/{invoice_key}", "partner_id": partner_id}
