"""Records, wishes and ledger rows."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.jobs import Job
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.protocol import DesiredRecord, Record, Unit
from syncline_contracts.message import Headers

UNIT = Unit("document", "SL-0000000001", "AZ-202610-0000000001")
FORM: dict[str, Any] = {
    "number": UNIT.label,
    "lines": [{"item": "A", "amount": "10.00"}, {"item": "B", "amount": "5.00"}],
}
NOW = datetime(2026, 11, 16, tzinfo=UTC)


def record(amount: str = "15.00", **fields: Any) -> Record:
    given: dict[str, Any] = {
        "ref": "r-1",
        "external_key": UNIT.external_key,
        "label": UNIT.label,
        "status": "DRAFT",
        "locked": False,
        "gone": False,
        "canonical": FORM,
        "amount": Decimal(amount),
    }
    return Record(**(given | fields))


def wish(amount: str = "15.00", **fields: Any) -> DesiredRecord:
    given: dict[str, Any] = {
        "unit": UNIT,
        "canonical": FORM,
        "amount": Decimal(amount),
        "request": {"method": "PUT"},
    }
    return DesiredRecord(**(given | fields))


def row(**fields: Any) -> Row:
    given: dict[str, Any] = {
        "partner_id": "acme",
        "connection_id": "main",
        "invoice_key": "0" * 16,
        "invoice_no": "1",
        "tenant_id": "t",
        "unit": UNIT.name,
        "generation": 1,
        "external_key": UNIT.external_key,
        "label": UNIT.label,
        "state": "written",
        "step": 3,
        "ref": "r-1",
        "amount": Decimal("15.00"),
        "canonical": FORM,
    }
    return Row(**(given | fields))


def job(number: int, **fields: Any) -> Job:
    given: dict[str, Any] = {
        "job_id": f"job-{number}",
        "kind": "plan",
        "partner_id": "acme",
        "connection_id": "main",
        "invoice_key": "0" * 16,
        "invoice_no": "1",
        "tenant_id": f"t-{number}",
        "request_id": f"request-{number}",
        "payload": {},
        "cause": Headers(type="tenant.plan.v1", source="mapping", subject="s"),
        "created_at": NOW,
        "due_at": NOW,
        "order": str(number),
    }
    return Job(**(given | fields))
