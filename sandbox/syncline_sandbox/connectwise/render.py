"""Records as the API writes them."""

from datetime import date
from decimal import Decimal
from typing import Any

from syncline_sandbox.connectwise.records import Addition, Agreement, Company, Product
from syncline_sandbox.decimals import product as multiplied
from syncline_sandbox.decimals import round_half_up

Row = dict[str, Any]


def company_row(one: Company) -> Row:
    """A company."""
    return {
        "id": one.id,
        "identifier": one.identifier,
        "name": one.name,
        "deletedFlag": one.deleted,
        "status": {"id": 1, "name": one.status},
        "currency": _currency(one.currency),
    }


def agreement_row(one: Agreement, company: Company | None, today: date) -> Row:
    """An agreement with its references."""
    return {
        "id": one.id,
        "name": one.name,
        "type": {"id": 1, "name": "Azure"},
        "company": {"id": one.company_id, "name": company.name if company else ""},
        "currency": _currency(one.currency),
        "cancelledFlag": one.cancelled,
        "agreementStatus": one.status(today),
        "startDate": moment(one.start),
        "endDate": moment(one.end) if one.end else "",
        "noEndingDateFlag": one.end is None,
        "billStartDate": moment(one.bill_start or one.start),
        "billingCycle": {"id": 2, "name": one.billing_cycle} if one.billing_cycle else None,
        "invoicingCycle": one.invoicing_cycle,
        "billOneTimeFlag": one.one_time,
        "prorateFlag": one.prorates,
        "invoiceProratedAdditionsFlag": one.invoices_prorated,
        "nextInvoiceDate": moment(one.next_invoice) if one.next_invoice else "",
    }


def currency_row(number: int, code: str) -> Row:
    """A currency of the system."""
    return {
        "id": number,
        "currencyIdentifier": code,
        "name": code,
        "currencyCode": {"id": number, "name": code},
        "numberOfDecimals": 2,
    }


def product_row(one: Product) -> Row:
    """A catalogue item."""
    return {
        "id": one.id,
        "identifier": one.identifier,
        "description": one.description,
        "productClass": one.product_class,
        "price": one.price,
        "cost": one.cost,
        "inactiveFlag": one.inactive,
    }


def addition_row(one: Addition, product: Product | None, agreement: Agreement) -> Row:
    """An addition with what the server adds up."""
    return {
        "id": one.id,
        "product": {"id": one.product_id, "identifier": product.identifier if product else ""},
        "quantity": one.quantity,
        "unitPrice": one.unit_price,
        "unitCost": one.unit_cost,
        "billCustomer": one.bill_customer,
        "effectiveDate": moment(one.effective),
        "cancelledDate": moment(one.cancelled) if one.cancelled else "",
        "taxableFlag": one.taxable,
        "serialNumber": one.serial_number,
        "description": one.description,
        "invoiceDescription": one.invoice_description,
        "agreementId": agreement.id,
        "billedQuantity": one.billed_quantity,
        "extPrice": _money(one.quantity, one.unit_price),
        "extCost": _money(one.quantity, one.unit_cost),
    }


def moment(day: date) -> str:
    """A day as the vendor writes it."""
    return f"{day.isoformat()}T00:00:00Z"


def _currency(code: str) -> Row | None:
    return {"id": 1, "currencyCode": code, "currencyIdentifier": code} if code else None


def _money(quantity: Decimal, price: Decimal) -> Decimal:
    return round_half_up(multiplied(quantity, price))
